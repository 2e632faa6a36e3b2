//! Passkeys and security keys: registered, signed in with, and used in the place of a code.

use countersign::policy::Requirement;
use serde_json::json;

use crate::support::{Call, World, policy, requiring};

const FINISH: &str = "/auth/mfa/passkeys/register/finish";
const ASK: &str = "/auth/mfa/verify/passkey/start";

#[tokio::test]
async fn a_first_passkey_brings_recovery_codes_and_signs_in() {
    let world = World::new();
    let mut alice = world.signed_in("alice").await;
    let proof = json!({ "password": alice.password(), "label": "Blue key" });
    let registered = alice.register(proof).await;
    assert_eq!(registered["recoveryCodes"].as_array().unwrap().len(), 10);
    let list = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
    let passkey = &list["authenticators"][0];
    assert_eq!(
        (&passkey["label"], &passkey["method"]),
        (&json!("Blue key"), &json!("passkey"))
    );

    let mut browser = world.browser();
    let challenge = alice.login_at(&mut browser).await.ok(202);
    assert_eq!(
        challenge["methods"],
        json!(["passkey", "recovery_code", "email"])
    );
    let offered = json!([{ "kind": "passkey", "label": "Blue key" }]);
    assert_eq!(challenge["authenticators"], offered);
    let token = challenge["mfaTempToken"].as_str().unwrap();
    let bound = browser.bindings();
    let mut body = alice.assertion_at(&mut browser, token).await;
    assert_eq!(
        browser.bindings(),
        bound,
        "the challenge's cookie is enough"
    );
    body["trustDevice"] = true.into();
    let verified = browser.post("/auth/mfa/verify", body.clone()).await.ok(200);
    assert_eq!(verified["method"], "passkey");
    assert_eq!(verified["assurance"]["phishingResistant"], true);
    assert_eq!(
        verified["assurance"]["amr"],
        json!(["pwd", "pop", "user", "mfa"])
    );
    browser
        .post("/auth/mfa/verify", body)
        .await
        .refused(410, "token_spent");
    alice.login_at(&mut browser).await.ok(200);
}

#[tokio::test]
async fn a_passkey_stands_in_the_place_of_a_code_everywhere() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let proof = alice.recovery_proof(1);
    alice.register(proof).await;

    let mut proof = alice.passkey_proof().await;
    proof["purpose"] = "app:transfer".into();
    let granted = alice.browser.post("/auth/mfa/step-up", proof).await.ok(200);
    let token = granted["stepUpToken"].as_str().unwrap();
    let transfer = Call::new("POST", "/auth/transfer").json(json!({ "cents": 1 }));
    let transfer = transfer.header("x-step-up-token", token);
    alice.browser.send(&transfer).await.ok(204);

    let proof = alice.passkey_proof().await;
    let setup = alice.browser.post("/auth/mfa/setup/start", proof).await;
    setup.ok(200);
    let proof = alice.passkey_proof().await;
    let path = "/auth/mfa/recovery-codes/regenerate";
    alice.browser.post(path, proof).await.ok(200);
    let list = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
    let app = list["authenticators"][0]["id"].as_str().unwrap().to_owned();
    let proof = alice.passkey_proof().await;
    let path = format!("/auth/mfa/authenticators/{app}");
    alice.browser.delete(&path, Some(proof)).await.ok(204);
    let proof = alice.passkey_proof().await;
    alice.browser.post("/auth/mfa/disable", proof).await.ok(204);
}

#[tokio::test]
async fn a_login_that_demands_an_enrolment_takes_a_passkey() {
    let world = World::with(requiring());
    let mut alice = world.sign_up("alice");
    let grant = alice.login().await.ok(202)["enrollmentGrant"].clone();
    let registered = alice.register(json!({ "enrollmentGrant": grant })).await;
    assert_eq!(registered["user"]["email"], alice.email);
    alice.browser.get("/auth/me").await.ok(200);
}

#[tokio::test]
async fn a_ceremony_is_worth_nothing_in_another_browser() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let proof = alice.recovery_proof(1);
    let body = alice.start_key(proof).await;
    let mut thief = world.browser();
    thief
        .post(FINISH, body.clone())
        .await
        .refused(401, "invalid_token");
    alice.browser.post(FINISH, body).await.ok(200);

    let proof = alice.passkey_proof().await;
    let session = alice.browser.session().unwrap().to_owned();
    thief.jar.insert("session".to_owned(), session);
    let refused = thief.post("/auth/mfa/disable", proof.clone()).await;
    refused.refused(401, "invalid_token");
    alice.browser.post("/auth/mfa/disable", proof).await.ok(204);

    let token = json!({ "mfaTempToken": alice.browser.jar.values().next() });
    thief.post(ASK, token).await.refused(401, "invalid_token");
}

#[tokio::test]
async fn an_assertion_goes_with_its_token_and_beside_a_code_it_is_not_looked_at() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let proof = alice.recovery_proof(1);
    alice.register(proof).await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let login = alice.assertion_at(&mut browser, &token).await;
    let mut action = alice.passkey_proof().await;
    action["purpose"] = "app:transfer".into();
    for (path, body) in [("/auth/mfa/verify", login), ("/auth/mfa/step-up", action)] {
        let from = match path {
            "/auth/mfa/verify" => &mut browser,
            _ => &mut alice.browser,
        };
        for field in ["ceremonyToken", "assertion"] {
            let half = Call::new("POST", path).json(body.clone()).without(field);
            let refused = from.send(&half).await.refused(422, "invalid_request");
            assert_eq!(
                refused.json["detail"],
                format!("the field `{field}` is missing")
            );
        }
        let wrong = Call::new("POST", path)
            .json(body.clone())
            .with("code", "letters");
        from.send(&wrong).await.refused(401, "malformed_code");
        from.post(path, body).await.ok(200);
    }
    let nothing = json!({ "mfaTempToken": token });
    let refused = browser.post("/auth/mfa/verify", nothing).await;
    let refused = refused.refused(422, "invalid_request");
    assert_eq!(refused.json["detail"], "the field `code` is missing");
}

#[tokio::test]
async fn a_response_of_16_kib_fits_a_body_and_is_refused_by_the_library() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let proof = alice.recovery_proof(1);
    let mut body = alice.start_key(proof).await;
    let credential = body["credential"].to_string();
    body["credential"]["padding"] = "x".repeat(16 * 1024 - credential.len()).into();
    // Members that no specification names are passed over.
    let too_long = alice.browser.post(FINISH, body.clone()).await;
    too_long.refused(401, "invalid_passkey");
    body["credential"]["padding"] = "x".repeat(15 * 1024 - credential.len()).into();
    alice.browser.post(FINISH, body).await.ok(200);
}

#[tokio::test]
async fn a_policy_without_passkeys_has_none() {
    let world = World::with(policy().passkeys(false).requirement(Requirement::Optional));
    let mut alice = world.enrolled("alice").await;
    let proof = alice.proof();
    let refused = alice
        .browser
        .post("/auth/mfa/passkeys/register/start", proof)
        .await;
    refused.refused(403, "method_unavailable");
    alice
        .browser
        .post(ASK, json!({}))
        .await
        .refused(403, "method_unavailable");
    let challenge = alice.login_at(&mut world.browser()).await.ok(202);
    assert_eq!(
        challenge["methods"],
        json!(["totp", "recovery_code", "email"])
    );
}
