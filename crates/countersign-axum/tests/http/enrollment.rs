//! Turning the second factor on, changing it, and turning it off: exactly what is answered.

use std::time::Duration;

use countersign::policy::Requirement;
use serde_json::{Value, json};

use crate::support::{Call, World, members, policy, requiring};

#[tokio::test]
async fn turning_it_on() {
    let world = World::new();
    let mut alice = world.sign_up("alice");
    let user =
        json!({ "id": "user-alice", "email": "alice@example.com", "twoFactorEnabled": false });
    alice.browser.demand_signed_out().await;
    assert_eq!(alice.login().await.ok(200)["user"], user);
    assert_eq!(alice.browser.get("/auth/me").await.ok(200), user);
    let mut elsewhere = world.browser();
    alice.login_at(&mut elsewhere).await.ok(200);
    let nothing = json!({
        "enabled": false,
        "required": false,
        "due": null,
        "confirmedAt": null,
        "lastVerifiedAt": null,
        "recoveryCodesRemaining": 0,
        "recoveryCodesLow": false,
        "recoveryCodesUnsaved": false,
        "recoveryCodeSet": null,
        "pending": null,
        "authenticators": [],
        "channels": ["email", "sms", "voice"],
        "trustedDevices": [],
        "locked": false,
        "recovery": null,
        "assurance": {
            "level": 1,
            "amr": ["pwd"],
            "authTime": "2027-01-15T08:00:00Z",
            "phishingResistant": false,
        },
    });
    assert_eq!(alice.browser.get("/auth/mfa/status").await.ok(200), nothing);

    let session = alice.browser.session().unwrap().to_owned();
    let setup = alice.start().await;
    let secret = alice.secret.clone().unwrap();
    assert_eq!(secret.len(), 32);
    let uri = format!("otpauth://totp/Tests:alice@example.com?secret={secret}&issuer=Tests");
    assert_eq!(setup["otpauthUrl"], uri);
    let picture = setup["qrCodeDataUrl"].as_str().unwrap();
    assert!(picture.starts_with("data:image/png;base64,"));
    assert_eq!(setup["expiresAt"], "2027-01-15T08:10:00Z");
    assert_eq!(setup.as_object().unwrap().len(), 5);
    let pending = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(
        pending["pending"],
        json!({ "expiresAt": "2027-01-15T08:10:00Z" })
    );
    assert_eq!(pending["enabled"], false);
    assert_eq!(alice.browser.session(), Some(session.as_str()));

    let body = json!({ "code": alice.code() });
    let confirmed = alice
        .browser
        .post("/auth/mfa/setup/confirm", body)
        .await
        .ok(200);
    assert_eq!(
        members(&confirmed),
        [
            "assurance",
            "recoveryCodeSet",
            "recoveryCodes",
            "sheetTicket",
            "user"
        ]
    );
    assert_eq!(confirmed["user"], Value::Null);
    alice.keep(&confirmed);
    assert_eq!(alice.recovery.len(), 10);

    // The acting session goes on under a new id, the others end.
    assert_ne!(alice.browser.session(), Some(session.as_str()));
    assert!(!world.host.has_session(&session));
    elsewhere.demand_signed_out().await;
    let status = alice.browser.get("/auth/mfa/status").await.ok(200);
    let id = status["authenticators"][0]["id"].clone();
    let now = "2027-01-15T08:00:00Z";
    assert_eq!(
        status["authenticators"],
        json!([{
            "id": id,
            "label": "Authenticator",
            "createdAt": now,
            "lastUsedAt": now,
            "proven": true,
            "method": "totp",
        }])
    );
    assert_eq!(status["confirmedAt"], now);
    assert_eq!(status["recoveryCodesRemaining"], 10);
    assert_eq!(
        alice.browser.get("/auth/me").await.ok(200)["twoFactorEnabled"],
        true
    );
}

#[tokio::test]
async fn a_grant_of_a_login_begins_a_session_once_it_is_used() {
    let world = World::with(requiring());
    let mut alice = world.sign_up("alice");
    let begun = alice.login().await.ok(202);
    assert_eq!(
        members(&begun),
        ["enrollmentGrant", "mfaEnrollmentRequired"]
    );
    assert_eq!(begun["mfaEnrollmentRequired"], true);
    alice.browser.demand_signed_out().await;
    let body = json!({ "enrollmentGrant": begun["enrollmentGrant"], "label": "Phone" });
    let setup = alice
        .browser
        .post("/auth/mfa/setup/start", body)
        .await
        .ok(200);
    alice.scan(&setup);
    alice.browser.demand_signed_out().await;
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": alice.code() });
    let confirmed = alice
        .browser
        .post("/auth/mfa/setup/confirm", body)
        .await
        .ok(200);
    let user =
        json!({ "id": "user-alice", "email": "alice@example.com", "twoFactorEnabled": true });
    assert_eq!(confirmed["user"], user);
    assert_eq!(alice.browser.get("/auth/me").await.ok(200), user);
}

#[tokio::test] // S-65
async fn a_role_has_a_fortnight_to_enrol_and_is_told_until_when() {
    let world = World::new();
    let fortnight = Duration::from_secs(14 * 86_400);
    world.host.require(Requirement::Within(fortnight));
    let mut alice = world.sign_up("alice");
    let due = "2027-01-29T08:00:00Z";
    let login = alice.login().await.ok(200);
    assert_eq!(members(&login), ["assurance", "mfaDue", "user"]);
    assert_eq!(login["mfaDue"], due);
    let status = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(
        (&status["required"], &status["due"]),
        (&json!(false), &json!(due))
    );

    // Her session goes on, and knows that it is due.
    world.clock.advance(fortnight);
    let status = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(
        (&status["required"], &status["due"]),
        (&json!(true), &Value::Null)
    );
    let login = alice.login_at(&mut world.browser()).await.ok(202);
    assert_eq!(login["mfaEnrollmentRequired"], true);
    alice.start().await;
    let body = json!({ "code": alice.code() });
    let confirmed = alice.browser.post("/auth/mfa/setup/confirm", body).await;
    alice.keep(&confirmed.ok(200));
    for (method, path) in [("POST", "/auth/mfa/disable"), ("DELETE", "/auth/mfa")] {
        let call = Call::new(method, path).json(alice.recovery_proof(1));
        let refused = alice.browser.send(&call).await;
        refused.refused(403, "required_by_policy");
    }
    world.host.require(Requirement::Optional);
    let proof = alice.recovery_proof(1);
    alice.browser.post("/auth/mfa/disable", proof).await.ok(204);
}

#[tokio::test]
async fn an_application_that_has_to_say_what_it_requires_and_does_not_is_a_fault() {
    let world = World::with(policy().requirement_per_request(true));
    let mut alice = world.sign_up("alice");
    alice.login().await.refused(500, "internal");
    world.host.require(Requirement::Optional);
    alice.login().await.ok(200);
}

#[tokio::test]
async fn an_enrolment_without_a_code_where_the_policy_allows_it() {
    let world = World::with(policy().codeless_enrollment(true));
    let mut alice = world.signed_in("alice").await;
    let setup = alice.start().await;
    let body = json!({ "enrollmentToken": setup["enrollmentToken"] });
    let confirmed = alice
        .browser
        .post("/auth/mfa/setup/confirm", body)
        .await
        .ok(200);
    alice.keep(&confirmed);
    let status = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(status["authenticators"][0]["proven"], false);
}

#[tokio::test]
async fn the_application_names_the_issuer_and_no_client_does() {
    let world = World::new();
    let mut alice = world.signed_in("alice").await;
    world.host.brand(&alice.user, "Acme Staging");
    let body = json!({ "password": alice.password(), "issuer": "Evil" });
    let setup = alice.browser.post("/auth/mfa/setup/start", body).await;
    let setup = setup.ok(200);
    let uri = setup["otpauthUrl"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Acme%20Staging:"));
    assert!(uri.contains("&issuer=Acme%20Staging"));
    assert!(!uri.contains("Evil"));
}
