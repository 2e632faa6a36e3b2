//! Recovery codes: issued, downloaded, regenerated, and those of another service.

use std::time::Duration;

use countersign::account::Import;
use countersign::secret::Secret;
use serde_json::json;

use crate::support::{Person, World, members};

#[tokio::test] // S-22
async fn recovery_codes_are_shown_once_and_downloaded_once() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let body = json!({ "sheetTicket": alice.ticket });
    let sheet = alice
        .browser
        .post("/auth/mfa/recovery-codes/sheet", body.clone())
        .await;
    assert_eq!(
        sheet.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let disposition = "attachment; filename=\"recovery-codes.txt\"";
    assert_eq!(sheet.header("content-disposition"), Some(disposition));
    assert!(alice.recovery.iter().all(|code| sheet.text.contains(code)));
    let again = alice
        .browser
        .post("/auth/mfa/recovery-codes/sheet", body)
        .await;
    again.refused(410, "token_spent");

    // Signing in with number 4.
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    world.clock.advance(Duration::from_secs(600));
    let body = json!({ "mfaTempToken": token, "code": alice.recovery[3] });
    browser
        .post("/auth/mfa/verify", body)
        .await
        .refused(410, "token_expired");
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": alice.recovery[3].to_uppercase() });
    let verified = browser.post("/auth/mfa/verify", body).await.ok(200);
    assert_eq!(verified["method"], "recovery_code");
    assert_eq!(verified["recoveryCodesRemaining"], 9);

    let list = browser.get("/auth/mfa/recovery-codes").await;
    assert!(alice.recovery.iter().all(|code| !list.text.contains(code)));
    let list = list.ok(200);
    let used = |number| match number {
        4 => json!({ "number": 4, "usedAt": "2027-01-15T08:10:00Z" }),
        _ => json!({ "number": number, "usedAt": null }),
    };
    assert_eq!(
        list,
        json!({
            "id": list["id"],
            "total": 10,
            "remaining": 9,
            "low": false,
            "imported": false,
            "stale": false,
            "unsaved": true,
            "generatedAt": "2027-01-15T08:00:00Z",
            "codes": (1..=10).map(used).collect::<Vec<_>>(),
        })
    );

    let proof = alice.proof();
    let new = alice
        .browser
        .post("/auth/mfa/recovery-codes/regenerate", proof)
        .await
        .ok(200);
    assert_eq!(
        members(&new),
        ["recoveryCodeSet", "recoveryCodes", "sheetTicket"]
    );
    let old = alice.recovery.clone();
    alice.keep(&new);
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": old[0] });
    browser
        .post("/auth/mfa/verify", body)
        .await
        .refused(401, "invalid_code");
    let body = json!({ "mfaTempToken": token, "code": alice.recovery[0] });
    browser.post("/auth/mfa/verify", body).await.ok(200);
}

#[tokio::test]
async fn whoever_comes_from_another_service_makes_recovery_codes_and_no_sign_in_hands_them_out() {
    let world = World::new();
    let mut alice = world.sign_up("alice");
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    alice.secret = Some(secret.expose_base32().to_string());
    let import = Import::totp(secret, Default::default()).confirmed_at(world.clock.time());
    world.mfa.import(&alice.user, import).await.unwrap();
    let begun = alice.login().await.ok(202);
    assert_eq!(begun["methods"], json!(["totp", "email"]));
    let body = json!({ "mfaTempToken": begun["mfaTempToken"], "code": alice.code() });
    let verified = alice.browser.post("/auth/mfa/verify", body).await.ok(200);
    assert_eq!(verified["recoveryCodesRemaining"], 0);
    assert!(verified.get("recoveryCodes").is_none());
    let status = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(status["recoveryCodesLow"], true);
    assert_eq!(status["recoveryCodeSet"], json!(null));
    assert_eq!(status["recoveryCodesUnsaved"], false);
    let none = alice.browser.get("/auth/mfa/recovery-codes").await.ok(200);
    assert_eq!(
        none,
        json!({
            "id": null,
            "total": 0,
            "remaining": 0,
            "low": true,
            "stale": false,
            "imported": false,
            "unsaved": false,
            "generatedAt": null,
            "codes": [],
        })
    );

    let proof = json!({ "password": alice.password(), "code": alice.next_code() });
    let path = "/auth/mfa/recovery-codes/regenerate";
    let made = alice.browser.post(path, proof).await.ok(200);
    alice.keep(&made);
    assert_eq!(alice.recovery.len(), 10);
}

#[tokio::test]
async fn codes_of_another_service_sign_in_where_the_method_is_named() {
    let world = World::new();
    let mut alice = world.sign_up("alice");
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    let import = Import::totp(secret, Default::default()).recovery_codes(["aBcD-eFgH", "12345678"]);
    world.mfa.import(&alice.user, import).await.unwrap();
    let begun = alice.login().await.ok(202);
    assert_eq!(begun["methods"], json!(["totp", "recovery_code", "email"]));

    let token = &begun["mfaTempToken"];
    let unnamed = json!({ "mfaTempToken": token, "code": "aBcD-eFgH" });
    let answer = alice.browser.post("/auth/mfa/verify", unnamed).await;
    answer.refused(401, "malformed_code");
    let named = json!({ "mfaTempToken": token, "method": "recovery_code", "code": "aBcD eFgH" });
    let verified = alice.browser.post("/auth/mfa/verify", named).await.ok(200);
    assert_eq!(verified["method"], "recovery_code");
    assert_eq!(verified["recoveryCodesRemaining"], 1);
    let set = alice.browser.get("/auth/mfa/recovery-codes").await.ok(200);
    assert_eq!((&set["imported"], &set["total"]), (&json!(true), &json!(2)));
}

#[tokio::test]
async fn recovery_codes_are_unsaved_until_their_owner_says_that_they_are_kept() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let old = alice.browser.get("/auth/mfa/recovery-codes").await.ok(200);
    let proof = alice.proof();
    let path = "/auth/mfa/recovery-codes/regenerate";
    let new = alice.browser.post(path, proof).await.ok(200);
    alice.keep(&new);
    let unsaved = async |alice: &mut Person| {
        let set = alice.browser.get("/auth/mfa/recovery-codes").await.ok(200);
        let status = alice.browser.get("/auth/mfa/status").await.ok(200);
        assert_eq!(set["id"], new["recoveryCodeSet"]);
        assert_eq!(set["id"], status["recoveryCodeSet"]);
        assert_eq!(set["unsaved"], status["recoveryCodesUnsaved"]);
        set["unsaved"].as_bool().unwrap()
    };
    assert!(unsaved(&mut alice).await);

    // A page of before the new codes says nothing of them, nor does text that is no id.
    let path = "/auth/mfa/recovery-codes/acknowledge";
    for set in [old["id"].clone(), json!("a set")] {
        let body = json!({ "recoveryCodeSet": set });
        let refused = alice.browser.post(path, body).await;
        refused.refused(404, "unknown_recovery_codes");
    }
    assert!(unsaved(&mut alice).await);
    for _ in 0..2 {
        let body = json!({ "recoveryCodeSet": new["recoveryCodeSet"] });
        alice.browser.post(path, body).await.ok(204);
        assert!(!unsaved(&mut alice).await);
    }
}
