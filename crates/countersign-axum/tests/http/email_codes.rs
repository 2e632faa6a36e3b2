//! Codes by e-mail.

use serde_json::json;

use crate::support::{Call, World};

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
