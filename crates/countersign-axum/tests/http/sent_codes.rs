//! Codes by e-mail, SMS and voice.

use serde_json::json;

use crate::support::{Call, PHONE, World};

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
    assert_eq!(begun["emailHint"], json!(null));
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    let refused = browser.post("/auth/mfa/email/send", body).await;
    refused.refused(403, "method_unavailable");
}

#[tokio::test]
async fn signing_in_with_a_code_by_text_message_or_call() {
    for channel in ["sms", "voice"] {
        let world = World::new();
        let alice = world.enrolled("alice").await;
        world.host.set_phone(&alice.user, true);
        let mut browser = world.browser();
        let begun = alice.login_at(&mut browser).await.ok(202);
        assert_eq!(begun["phoneHint"], "•••23");
        let methods = json!(["totp", "recovery_code", "email", "sms", "voice"]);
        assert_eq!(begun["methods"], methods);
        let token = &begun["mfaTempToken"];
        let send = json!({ "mfaTempToken": token });
        let path = format!("/auth/mfa/{channel}/send");
        browser.post(&path, send.clone()).await.ok(202);
        assert_eq!(world.mail.sent_to(), PHONE);
        let code = world.mail.code();
        world.hide_all([code.clone()]);
        // The other channel reaches the same phone, and waits as well.
        for other in ["sms", "voice"] {
            let path = format!("/auth/mfa/{other}/send");
            let again = browser.post(&path, send.clone()).await;
            again.refused(429, "throttled");
        }
        let body = json!({ "mfaTempToken": token, "code": code });
        let call = Call::new("POST", "/auth/mfa/verify").json(body);
        let by_mail = browser.send(&call.clone().with("method", "email")).await;
        by_mail.refused(401, "invalid_code");
        let verified = browser.send(&call.with("method", channel)).await.ok(200);
        assert_eq!(verified["method"], channel);
        assert_eq!(verified["assurance"]["level"], 2);
        // Whoever took over the phone number gets no further.
        let refused = browser.get("/auth/vault").await;
        refused.refused(401, "insufficient_user_authentication");
        let status = browser.get("/auth/mfa/status").await.ok(200);
        assert_eq!(status["channels"], json!(["email", "sms", "voice"]));
        let log = browser.get("/auth/mfa/events").await.ok(200);
        assert_eq!(log["events"][0]["channel"], channel);
        assert_eq!(log["events"][0]["factor"], "phone_code");

        world.host.set_phone(&alice.user, false);
        let token = alice.challenge_at(&mut browser).await;
        let refused = browser.post(&path, json!({ "mfaTempToken": token })).await;
        refused.refused(403, "method_unavailable");
    }
}

#[tokio::test] // S-72
async fn the_link_in_a_codes_mail_voids_that_code_in_any_browser() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut thief = world.browser();
    let token = alice.challenge_at(&mut thief).await;
    let send = json!({ "mfaTempToken": token });
    thief.post("/auth/mfa/email/send", send).await.ok(202);
    let code = world.mail.code();
    let link = world.mail.void_token();
    world.hide_all([code.clone(), link.clone()]);
    let void = json!({ "voidToken": link });
    for was_live in [true, false] {
        let mut reader = world.browser();
        let voided = reader.post("/auth/mfa/email/void", void.clone()).await;
        assert_eq!(voided.ok(200), json!({ "wasLive": was_live }));
    }
    let body = json!({ "mfaTempToken": token, "code": code, "method": "email" });
    let late = thief.post("/auth/mfa/verify", body).await;
    late.refused(401, "invalid_code");
}
