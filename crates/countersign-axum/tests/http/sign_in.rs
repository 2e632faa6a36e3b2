//! Signing in by each way there is, and the way back without any: exactly what is answered.

use countersign::Import;
use countersign::event::EventKind;
use countersign::secret::Secret;
use serde_json::{Value, json};

use crate::support::{Call, World, members};

#[tokio::test] // S-33
async fn signing_in_with_a_code() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let begun = alice.login_at(&mut browser).await;
    assert!(begun.cookies().iter().all(|(name, ..)| *name != "session"));
    let begun = begun.ok(202);
    let token = begun["mfaTempToken"].clone();
    assert_eq!(
        begun,
        json!({
            "mfaRequired": true,
            "mfaTempToken": token,
            "methods": ["totp", "recovery_code", "email"],
            "expiresAt": "2027-01-15T08:05:00Z",
            "recovery": null,
        })
    );
    browser.demand_signed_out().await;
    // The challenge is no session, wherever it is put.
    browser
        .jar
        .insert("session".to_owned(), token.as_str().unwrap().to_owned());
    browser.demand_signed_out().await;

    let body = json!({ "mfaTempToken": token, "code": alice.code() });
    let verified = browser.post("/auth/mfa/verify", body.clone()).await.ok(200);
    let user =
        json!({ "id": "user-alice", "email": "alice@example.com", "twoFactorEnabled": true });
    assert_eq!(
        verified,
        json!({
            "user": user,
            "method": "totp",
            "recoveryCodesRemaining": 10,
            "recoveryCodesLow": false,
        })
    );
    assert_eq!(browser.get("/auth/me").await.ok(200), user);
    browser
        .post("/auth/mfa/verify", body)
        .await
        .refused(410, "token_spent");
}

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
    world.clock.forward(600);
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
            "total": 10,
            "remaining": 9,
            "low": false,
            "imported": false,
            "stale": false,
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
    assert_eq!(members(&new), ["recoveryCodes", "sheetTicket"]);
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
async fn signing_in_with_a_code_by_mail() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let send = json!({ "mfaTempToken": token });
    browser
        .post("/auth/mfa/email/send", send.clone())
        .await
        .ok(202);
    let again = browser
        .post("/auth/mfa/email/send", send)
        .await
        .refused(429, "throttled");
    assert_eq!(again.header("retry-after"), Some("60"));
    let code = world.mail.code();
    world.hide_all([code.clone()]);
    // Never guessed from the shape.
    let body = json!({ "mfaTempToken": token, "code": code });
    browser
        .post("/auth/mfa/verify", body.clone())
        .await
        .refused(401, "invalid_code");
    let call = Call::new("POST", "/auth/mfa/verify").json(body);
    let verified = browser.send(&call.with("method", "email")).await.ok(200);
    assert_eq!(verified["method"], "email");
    assert_eq!(world.mail.codes(), 1);

    world.host.unconfirm(&alice.user);
    let begun = alice.login_at(&mut browser).await.ok(202);
    assert_eq!(begun["methods"], json!(["totp", "recovery_code"]));
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    let refused = browser.post("/auth/mfa/email/send", body).await;
    refused.refused(403, "method_unavailable");
}

#[tokio::test]
async fn the_way_back_of_somebody_who_lost_everything() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    let requested = browser
        .post("/auth/mfa/recovery/request", body)
        .await
        .ok(202);
    assert_eq!(requested, json!({ "effectiveAt": "2027-01-18T08:00:00Z" }));
    let recovery = json!({
        "requestedAt": "2027-01-15T08:00:00Z",
        "effectiveAt": "2027-01-18T08:00:00Z",
        "openUntil": "2027-01-19T08:00:00Z",
    });
    let status = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(status["recovery"], recovery);

    let begun = alice.login_at(&mut browser).await.ok(202);
    assert_eq!(begun["recovery"], recovery);
    let body = json!({ "mfaTempToken": begun["mfaTempToken"] });
    let early = browser.post("/auth/mfa/recovery/complete", body).await;
    let early = early.refused(409, "recovery_waiting");
    assert_eq!(early.json["effectiveAt"], "2027-01-18T08:00:00Z");

    world.clock.forward(72 * 3600);
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    let completed = browser
        .post("/auth/mfa/recovery/complete", body)
        .await
        .ok(200);
    assert_eq!(members(&completed), ["enrollmentGrant"]);
    let body = json!({ "enrollmentGrant": completed["enrollmentGrant"] });
    let setup = browser.post("/auth/mfa/setup/start", body).await.ok(200);
    alice.scan(&setup);
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": alice.code_of(-1) });
    let confirmed = browser.post("/auth/mfa/setup/confirm", body).await.ok(200);
    // It opens no session, and ends all there are.
    assert_eq!(confirmed["user"], Value::Null);
    browser.demand_signed_out().await;
    alice.browser.demand_signed_out().await;
    assert_eq!(world.host.sessions_of(&alice.user), []);
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": alice.code() });
    browser.post("/auth/mfa/verify", body).await.ok(200);
}

#[tokio::test]
async fn a_recovery_is_cancelled_by_the_link_in_its_mail() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    browser
        .post("/auth/mfa/recovery/request", body)
        .await
        .ok(202);
    let token = alice.mailed(|letter| &letter.cancel).await;
    let body = json!({ "cancelToken": token });
    let mut mail_program = world.browser();
    mail_program
        .post("/auth/mfa/recovery/cancel", body.clone())
        .await
        .ok(204);
    let again = mail_program.post("/auth/mfa/recovery/cancel", body).await;
    again.refused(409, "no_recovery");
    let letters = alice.letters().await;
    assert_eq!(letters.last().unwrap().kind, EventKind::RecoveryCancelled);
}

#[tokio::test]
async fn the_security_log_comes_in_pages_newest_first() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut bob = world.enrolled("bob").await;
    for number in 0..12 {
        let body = json!({ "password": "no", "code": alice.code(), "purpose": "add" });
        alice.browser.post("/auth/mfa/step-up", body.clone()).await;
        bob.browser.post("/auth/mfa/step-up", body).await;
        world.clock.forward(3600 * number);
    }
    let page = alice.browser.get("/auth/mfa/events").await.ok(200);
    assert_eq!(members(&page), ["before", "events"]);
    let events = page["events"].as_array().unwrap();
    assert_eq!(events.len(), 20);
    let before = page["before"].as_str().unwrap();
    let next = format!("/auth/mfa/events?before={before}");
    let next = alice.browser.get(&next).await.ok(200);
    assert_eq!(next["before"], Value::Null);
    let rest = next["events"].as_array().unwrap();
    let mut places: Vec<i64> = Vec::new();
    for event in events.iter().chain(rest) {
        places.push(event["id"].as_str().unwrap().parse().unwrap());
        assert_eq!(event["ip"], "192.0.2.7");
        assert_eq!(event["actor"], "user");
    }
    assert!(places.is_sorted_by(|newer, older| newer > older));
    let mine = world
        .directory
        .events(&alice.user, None, usize::MAX)
        .await
        .unwrap();
    assert_eq!(places.len(), mine.len());
    let refused =
        json!({ "outcome": "refused", "reason": "wrong_password", "factor": "authenticator" });
    let last = events
        .iter()
        .find(|event| event["kind"] == "reauthentication_refused")
        .unwrap();
    for name in members(&refused) {
        assert_eq!(last[name], refused[name]);
    }
    assert_eq!(last["severity"], "warning");
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
