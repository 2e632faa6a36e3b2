//! Delayed recovery: requested, cancelled, completed.

use std::time::Duration;

use countersign::event::EventKind;
use serde_json::{Value, json};

use crate::support::{World, members};

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

    world.clock.advance(Duration::from_secs(72 * 3600));
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
    assert_eq!(
        letters.last().unwrap().kind,
        EventKind::DelayedRecoveryCancelled
    );
}
