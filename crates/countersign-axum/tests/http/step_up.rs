//! Step-up tokens: bound to their user, browser and purpose, and spent by one action.

use std::time::Duration;

use serde_json::json;

use crate::support::{Call, World};

#[tokio::test]
async fn a_step_up_of_somebody_else_another_browser_or_another_purpose_is_refused() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut mallory = world.enrolled("mallory").await;
    let transfer = |token: &str| {
        let call = Call::new("POST", "/auth/transfer").json(json!({ "cents": 1 }));
        call.header("x-step-up-token", token)
    };
    let token = alice.step_up("app:transfer", 1).await;
    let stolen = mallory.browser.send(&transfer(&token)).await;
    stolen.refused(401, "invalid_token");
    // With her session as well, but not with what her browser is bound to.
    let mut thief = world.browser();
    let session = alice.browser.session().unwrap().to_owned();
    thief.jar.insert("session".to_owned(), session);
    thief
        .send(&transfer(&token))
        .await
        .refused(401, "invalid_token");
    let other = alice.step_up("app:transfer2", 2).await;
    let refused = alice.browser.send(&transfer(&other)).await;
    refused.refused(401, "invalid_token");
    let other = alice.step_up("disable", 3).await;
    let refused = alice.browser.send(&transfer(&other)).await;
    refused.refused(401, "invalid_token");

    alice.browser.send(&transfer(&token)).await.ok(204);
    alice
        .browser
        .send(&transfer(&token))
        .await
        .refused(410, "token_spent");
    let token = alice.step_up("app:transfer", 4).await;
    world.clock.advance(Duration::from_secs(300));
    alice
        .browser
        .send(&transfer(&token))
        .await
        .refused(410, "token_expired");

    // In the place of a code it is wrong, and charged.
    let token = alice.step_up("regenerate", 5).await;
    for (person, password) in [(&mut mallory, "mallory"), (&mut alice, "alice")] {
        let password = format!("password of {password}");
        let body = json!({ "password": password, "stepUpToken": token });
        let refused = person.browser.post("/auth/mfa/disable", body).await;
        refused.refused(401, "reauthentication_failed");
    }
    let body = json!({ "password": alice.password(), "stepUpToken": token });
    let right = alice
        .browser
        .post("/auth/mfa/recovery-codes/regenerate", body)
        .await;
    right.ok(200);
}

#[tokio::test]
async fn a_step_up_is_demanded_before_the_body_is_read_and_costs_nothing_if_that_is_wrong() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let call = Call::new("POST", "/auth/transfer").json(json!({ "cents": 1 }));
    world
        .browser()
        .send(&call)
        .await
        .refused(401, "unauthenticated");
    let refused = alice.browser.send(&call).await;
    refused.refused(403, "reauthentication_required");
    let token = alice.step_up("app:transfer", 1).await;
    let call = call.header("x-step-up-token", &token);
    let wrong = call.clone().with("cents", -1);
    alice
        .browser
        .send(&wrong)
        .await
        .refused(422, "invalid_request");
    alice.browser.send(&call).await.ok(204);
}
