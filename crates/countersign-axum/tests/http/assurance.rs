//! The factors that a session rests on: what raises it, what a handler demands, and users without a
//! password.

use std::time::Duration;

use countersign::FirstFactor;
use serde_json::{Value, json};

use crate::support::{Call, World, policy};

const VAULT: &str = "/auth/vault";

#[tokio::test] // S-60
async fn a_session_that_enrols_is_raised_without_signing_in_anew() {
    let world = World::new();
    let mut alice = world.signed_in("alice").await;
    let status = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(status["assurance"]["amr"], json!(["pwd"]));
    let refused = alice.browser.get(VAULT).await;
    refused.refused(401, "insufficient_user_authentication");

    alice.start().await;
    let body = json!({ "code": alice.code() });
    let confirmed = alice.browser.post("/auth/mfa/setup/confirm", body).await;
    assert_eq!(
        confirmed.ok(200)["assurance"],
        json!({
            "level": 2,
            "amr": ["pwd", "otp", "mfa"],
            "authTime": "2027-01-15T08:00:00Z",
            "phishingResistant": false,
        })
    );
    alice.browser.get(VAULT).await.ok(204);
}

#[tokio::test] // S-60
async fn what_was_given_too_long_ago_is_asked_for_again_and_a_step_up_answers() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    alice.browser.get(VAULT).await.ok(204);
    world.clock.advance(Duration::from_secs(301));
    let refused = alice.browser.get(VAULT).await;
    let refused = refused.refused(401, "insufficient_user_authentication");
    assert!(
        refused.headers.get("www-authenticate").is_none(),
        "a browser"
    );

    let bearer = Call::new("GET", VAULT).header("authorization", "bearer abc");
    let refused = alice.browser.send(&bearer).await;
    let refused = refused.refused(401, "insufficient_user_authentication");
    assert_eq!(
        refused.headers["www-authenticate"],
        "Bearer error=\"insufficient_user_authentication\", error_description=\"A second factor \
         is needed\", acr_values=\"aal2\", max_age=\"300\""
    );

    let body =
        json!({ "purpose": "app:vault", "password": alice.password(), "code": alice.code() });
    let granted = alice.browser.post("/auth/mfa/step-up", body).await.ok(200);
    assert_eq!(granted["assurance"]["level"], 2);
    alice.browser.get(VAULT).await.ok(204);
}

#[tokio::test] // S-24, S-37
async fn neither_an_e_mail_code_nor_a_remembered_browser_raises_a_session() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    browser.post("/auth/mfa/email/send", body).await.ok(202);
    let code = world.mail.code();
    world.hide_all([code.clone()]);
    let body = json!({ "mfaTempToken": token, "code": code, "method": "email" });
    let verified = browser.post("/auth/mfa/verify", body).await.ok(200);
    assert_eq!(verified["assurance"]["amr"], json!(["pwd", "email"]));
    assert_eq!(verified["assurance"]["level"], 1);
    let refused = browser.get(VAULT).await;
    refused.refused(401, "insufficient_user_authentication");

    world.clock.advance(Duration::from_secs(60));
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": alice.code(), "trustDevice": true });
    browser.post("/auth/mfa/verify", body).await.ok(200);
    let again = alice.login_at(&mut browser).await.ok(200);
    assert_eq!(again["assurance"]["amr"], json!(["pwd"]));
    let refused = browser.get(VAULT).await;
    refused.refused(401, "insufficient_user_authentication");
}

#[tokio::test] // S-45
async fn a_fresh_sign_on_stands_for_the_password_of_a_user_who_has_none() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let disable = |code: &str| json!({ "code": code });
    let code = alice.recovery[0].clone();
    let refused = alice
        .browser
        .post("/auth/mfa/disable", disable(&code))
        .await;
    refused.refused(403, "reauthentication_required");

    let stale = world.clock.time() - Duration::from_secs(301);
    let user = alice.user.clone();
    world
        .host
        .signed_on(&user, FirstFactor::federated("google", stale));
    let refused = alice
        .browser
        .post("/auth/mfa/disable", disable(&code))
        .await;
    refused.refused(403, "reauthentication_required");

    world
        .host
        .signed_on(&user, FirstFactor::federated("google", world.clock.time()));
    let checked = world.host.passwords_checked();
    let wrong = alice.wrong_code();
    let refused = alice
        .browser
        .post("/auth/mfa/disable", disable(&wrong))
        .await;
    refused.refused(401, "reauthentication_failed");
    let body = json!({ "purpose": "app:vault", "code": alice.recovery[1] });
    let granted = alice.browser.post("/auth/mfa/step-up", body).await.ok(200);
    assert_eq!(granted["assurance"]["amr"], json!(["fed", "mfa"]));
    alice
        .browser
        .post("/auth/mfa/disable", disable(&code))
        .await
        .ok(204);
    assert_eq!(world.host.passwords_checked(), checked);
}

#[tokio::test]
async fn a_note_of_the_login_comes_back_when_it_is_through() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    world.clock.advance(Duration::from_secs(60));
    let mut browser = world.browser();
    browser
        .headers
        .insert("x-note".to_owned(), "/orders/17".to_owned());
    let token = alice.challenge_at(&mut browser).await;
    browser.headers.remove("x-note");
    let body = json!({ "mfaTempToken": token, "code": alice.code() });
    let verified = browser.post("/auth/mfa/verify", body).await.ok(200);
    assert_eq!(verified["note"], "/orders/17");

    world.clock.advance(Duration::from_secs(60));
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": alice.code() });
    let verified = browser.post("/auth/mfa/verify", body).await.ok(200);
    assert_eq!(verified.get("note"), None::<&Value>);
}

#[tokio::test] // S-45
async fn what_was_proved_a_moment_ago_is_not_asked_for_again_where_the_policy_says_so() {
    let regenerate = "/auth/mfa/recovery-codes/regenerate";
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let refused = alice.browser.post(regenerate, json!({})).await;
    refused.refused(403, "reauthentication_required");

    let world = World::with(policy().confirmed_sessions(true));
    let mut alice = world.enrolled("alice").await;
    let codes = alice.browser.post(regenerate, json!({})).await.ok(200);
    alice.keep(&codes);
    let more = alice.browser.post("/auth/mfa/setup/start", json!({})).await;
    more.ok(200);
    let refused = alice.browser.post("/auth/mfa/disable", json!({})).await;
    refused.refused(403, "reauthentication_required");

    world.clock.advance(Duration::from_secs(301));
    for path in [regenerate, "/auth/mfa/setup/start"] {
        let refused = alice.browser.post(path, json!({})).await;
        refused.refused(403, "reauthentication_required");
    }
    let body =
        json!({ "purpose": "app:confirm", "password": alice.password(), "code": alice.code() });
    alice.browser.post("/auth/mfa/step-up", body).await.ok(200);
    let codes = alice.browser.post(regenerate, json!({})).await.ok(200);
    alice.keep(&codes);
}
