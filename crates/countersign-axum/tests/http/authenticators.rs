//! Several authenticators: added, renamed, replaced, removed.

use serde_json::json;

use crate::support::{Call, World, members};

#[tokio::test]
async fn several_authenticators() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let call = Call::new("POST", "/auth/mfa/setup/start").json(alice.recovery_proof(1));
    let setup = alice
        .browser
        .send(&call.with("label", "Tablet"))
        .await
        .ok(200);
    let first = alice.secret.clone();
    alice.scan(&setup);
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": alice.code() });
    let confirmed = alice
        .browser
        .post("/auth/mfa/setup/confirm", body)
        .await
        .ok(200);
    let assurance = &confirmed["assurance"];
    assert_eq!(assurance["level"], 2);
    let codes = json!({
        "recoveryCodeSet": null,
        "recoveryCodes": null,
        "sheetTicket": null,
        "user": null,
        "assurance": assurance,
    });
    assert_eq!(confirmed, codes);
    alice.secret = first;

    let list = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
    assert_eq!(members(&list), ["authenticators"]);
    let id = |place: usize| list["authenticators"][place]["id"].as_str().unwrap();
    assert_eq!(list["authenticators"][1]["label"], "Tablet");
    let first = format!("/auth/mfa/authenticators/{}", id(0));
    let rename = Call::new("PATCH", &first).json(json!({ "label": " Telefon №1 " }));
    let renamed = alice.browser.send(&rename).await.ok(200);
    assert_eq!(renamed["label"], "Telefon №1");
    assert_eq!(renamed["id"], id(0));

    // By a code of the very one that is removed.
    let proof = alice.proof();
    alice.browser.delete(&first, Some(proof)).await.ok(204);
    let list = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
    assert_eq!(list["authenticators"].as_array().unwrap().len(), 1);
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": alice.next_code() });
    let removed = browser.post("/auth/mfa/verify", body).await;
    removed.refused(401, "invalid_code");
}

#[tokio::test]
async fn replacing_an_authenticator_needs_its_id() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut elsewhere = world.browser();
    alice.sign_in_at(&mut elsewhere).await;
    let list = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
    let call = Call::new("POST", "/auth/mfa/setup/start").json(alice.recovery_proof(1));
    let call = call.with("replaces", list["authenticators"][0]["id"].clone());
    let setup = alice.browser.send(&call).await.ok(200);
    alice.scan(&setup);
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": alice.code() });
    alice
        .browser
        .post("/auth/mfa/setup/confirm", body)
        .await
        .ok(200);
    elsewhere.demand_signed_out().await;
    let after = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
    assert_eq!(after["authenticators"].as_array().unwrap().len(), 1);
    assert_ne!(
        after["authenticators"][0]["id"],
        list["authenticators"][0]["id"]
    );
}
