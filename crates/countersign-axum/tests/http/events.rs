//! The security log.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{World, members};

#[tokio::test]
async fn the_security_log_comes_in_pages_newest_first() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut bob = world.enrolled("bob").await;
    for number in 0..12 {
        let body = json!({ "password": "no", "code": alice.code(), "purpose": "add" });
        alice.browser.post("/auth/mfa/step-up", body.clone()).await;
        bob.browser.post("/auth/mfa/step-up", body).await;
        world.clock.advance(Duration::from_secs(3600 * number));
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
