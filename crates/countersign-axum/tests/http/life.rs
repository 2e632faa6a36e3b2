//! The life of an account, success by success: exactly what is answered, and what it means for sessions.

use countersign::event::EventKind;
use serde_json::{Value, json};

use crate::support::{Browser, Call, World, policy};

/// The names of an object's members.
fn members(json: &Value) -> Vec<&str> {
    json.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

async fn demand_signed_out(browser: &mut Browser) {
    for path in ["/auth/me", "/auth/mfa/status"] {
        browser.get(path).await.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn turning_it_on() {
    let world = World::new();
    let mut alice = world.sign_up("alice");
    let user =
        json!({ "id": "user-alice", "email": "alice@example.com", "twoFactorEnabled": false });
    demand_signed_out(&mut alice.browser).await;
    assert_eq!(alice.login().await.ok(200), json!({ "user": user }));
    assert_eq!(alice.browser.get("/auth/me").await.ok(200), user);
    let mut elsewhere = world.browser();
    alice.login_at(&mut elsewhere).await.ok(200);
    let nothing = json!({
        "enabled": false,
        "confirmedAt": null,
        "lastVerifiedAt": null,
        "recoveryCodesRemaining": 0,
        "recoveryCodesLow": false,
        "pending": null,
        "authenticators": [],
        "trustedDevices": [],
        "locked": false,
        "recovery": null,
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
        ["recoveryCodes", "sheetTicket", "user"]
    );
    assert_eq!(confirmed["user"], Value::Null);
    alice.keep(&confirmed);
    assert_eq!(alice.recovery.len(), 10);

    // The acting session goes on under a new id, the others end.
    assert_ne!(alice.browser.session(), Some(session.as_str()));
    assert!(!world.host.has_session(&session));
    demand_signed_out(&mut elsewhere).await;
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
    demand_signed_out(&mut browser).await;
    // The challenge is no session, wherever it is put.
    browser
        .jar
        .insert("session".to_owned(), token.as_str().unwrap().to_owned());
    demand_signed_out(&mut browser).await;

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
            "recoveryCodes": null,
            "sheetTicket": null,
        })
    );
    assert_eq!(browser.get("/auth/me").await.ok(200), user);
    browser
        .post("/auth/mfa/verify", body)
        .await
        .refused(410, "token_spent");
}

#[tokio::test]
async fn a_grant_of_a_login_begins_a_session_once_it_is_used() {
    let world = World::with(policy().require(true));
    let mut alice = world.sign_up("alice");
    let begun = alice.login().await.ok(202);
    assert_eq!(
        members(&begun),
        ["enrollmentGrant", "mfaEnrollmentRequired"]
    );
    assert_eq!(begun["mfaEnrollmentRequired"], true);
    demand_signed_out(&mut alice.browser).await;
    let body = json!({ "enrollmentGrant": begun["enrollmentGrant"], "label": "Phone" });
    let setup = alice
        .browser
        .post("/auth/mfa/setup/start", body)
        .await
        .ok(200);
    alice.scan(&setup);
    demand_signed_out(&mut alice.browser).await;
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
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    let refused = browser.post("/auth/mfa/email/send", body).await;
    refused.refused(403, "method_unavailable");
}

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
    assert_eq!(
        confirmed,
        json!({ "recoveryCodes": null, "sheetTicket": null, "user": null })
    );
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
    demand_signed_out(&mut elsewhere).await;
    let after = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
    assert_eq!(after["authenticators"].as_array().unwrap().len(), 1);
    assert_ne!(
        after["authenticators"][0]["id"],
        list["authenticators"][0]["id"]
    );
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
    demand_signed_out(&mut browser).await;
    demand_signed_out(&mut alice.browser).await;
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
async fn turning_it_off() {
    for path in ["/auth/mfa/disable", "/auth/mfa"] {
        let world = World::new();
        let mut alice = world.enrolled("alice").await;
        let mut elsewhere = world.browser();
        alice.sign_in_at(&mut elsewhere).await;
        let session = alice.browser.session().unwrap().to_owned();
        let body = alice.recovery_proof(1);
        let gone = match path {
            "/auth/mfa" => alice.browser.delete(path, Some(body)).await,
            _ => alice.browser.post(path, body).await,
        };
        gone.ok(204);
        assert_ne!(alice.browser.session(), Some(session.as_str()));
        demand_signed_out(&mut elsewhere).await;
        let status = alice.browser.get("/auth/mfa/status").await.ok(200);
        assert_eq!(status["enabled"], false);
        assert_eq!(status["authenticators"], json!([]));
        alice.login().await.ok(200);
    }
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
        .mfa
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
