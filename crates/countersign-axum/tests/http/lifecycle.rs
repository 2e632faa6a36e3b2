//! Turning the second factor off.

use serde_json::json;

use crate::support::World;

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
        elsewhere.demand_signed_out().await;
        let status = alice.browser.get("/auth/mfa/status").await.ok(200);
        assert_eq!(status["enabled"], false);
        assert_eq!(status["authenticators"], json!([]));
        alice.login().await.ok(200);
    }
}
