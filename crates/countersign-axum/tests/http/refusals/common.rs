//! What goes wrong in the same way for many operations.

use std::time::Duration;

use countersign::account::Administrator;
use countersign::policy::Throttle;
use countersign::testing::Fate;
use serde_json::json;

use super::ready::Ready;
use crate::support::{Answer, Call, Person, policy};

pub(super) async fn story(mut ready: Ready, code: &str) -> Answer {
    let call = ready.call.clone();
    let world = ready.world();
    ready.call = match code {
        "foreign_origin" => call.header("origin", "https://evil.example"),
        "malformed_body" => call.bytes("{\"co"),
        "body_too_large" => call.bytes(vec![b' '; 24 * 1024 + 1]),
        "not_json" => call.header("content-type", "text/plain"),
        "invalid_request" if call.method == "GET" => {
            let path = format!("{}?before=yesterday", call.path);
            Call { path, ..call }
        }
        "invalid_request" => call.bytes("[]"),
        "invalid_code" => {
            let wrong = ready.person.wrong_code();
            call.with("code", wrong)
        }
        "malformed_code" => call.with("code", "letters"),
        "invalid_token" => forged(call),
        "reauthentication_failed" => {
            let wrong = ready.person.wrong_code();
            call.with("code", wrong)
        }
        "reauthentication_required" => call.without("password"),
        "unknown_authenticator" | "unknown_device" => {
            let (path, _) = call.path.rsplit_once('/').unwrap();
            let path = format!("{path}/0123456789abcdef0123456789abcdef");
            Call { path, ..call }
        }
        "unknown_recovery_codes" => call.with("recoveryCodeSet", "0123456789abcdef"),
        "invalid_name" => call.with("label", " "),
        "unauthenticated" => {
            ready.browser().jar.remove("session");
            call
        }
        "unavailable" => {
            world.store.break_down();
            call
        }
        "outcome_unknown" => {
            world.store.at_commit(1, Fate::BreakDown);
            call
        }
        "contended" => {
            world.store.every_commit(Fate::Conflict);
            call
        }
        "internal" => {
            world.store.damage(&ready.person.user);
            call
        }
        "locked" => {
            lock(&mut ready).await;
            call
        }
        "token_expired" => {
            world.clock.advance(Duration::from_secs(30 * 24 * 3600));
            call
        }
        "token_spent" => {
            ready.send().await;
            call
        }
        "not_enrolled" => {
            let proof = ready.person.recovery_proof(10);
            let browser = &mut ready.person.browser;
            browser.post("/auth/mfa/disable", proof).await.ok(204);
            call
        }
        "throttled" => {
            fail(&mut ready.person, 5).await;
            call
        }
        "insufficient_user_authentication" => {
            world.clock.advance(Duration::from_secs(301));
            call
        }
        "password_change_required" => {
            ready.under(policy().password_change_after(5));
            fail(&mut ready.person, 5).await;
            call
        }
        "factor_disabled" => {
            let throttle = Throttle::DEFAULT.exhaust_at(6);
            ready.under(policy().throttle(throttle).password_change_after(11));
            fail(&mut ready.person, 5).await;
            world.clock.advance(Duration::from_secs(3600));
            fail(&mut ready.person, 1).await;
            call
        }
        _ => panic!("how does anything answer {code}?"),
    };
    ready.send().await
}

/// With another last letter in each token.
fn forged(mut call: Call) -> Call {
    let members = call.body.as_mut().and_then(|body| body.as_object_mut());
    for (name, value) in members.unwrap() {
        if let Some(token) = value
            .as_str()
            .filter(|_| name.ends_with("Token") || name.ends_with("Ticket"))
        {
            let flipped = if token.ends_with('A') { "B" } else { "A" };
            *value = format!("{}{flipped}", &token[..token.len() - 1]).into();
        }
    }
    call
}

/// Locks the account whose request it is behind the application's back, which lets its session go
/// on in the new epoch.
async fn lock(ready: &mut Ready) {
    let because = Administrator::new("root").because("stolen");
    let world = ready.world();
    let user = ready.person.user.clone();
    let locked = world.mfa.admin_lock_account(&user, because).await.unwrap();
    world.host.renew(&user, locked.epoch);
}

/// So many wrong codes beside the right password, in a session.
pub(super) async fn fail(person: &mut Person, times: u32) {
    for _ in 0..times {
        let wrong = person.wrong_code();
        let body = json!({ "password": person.password(), "code": wrong, "purpose": "add" });
        let answer = person.browser.post("/auth/mfa/step-up", body).await;
        answer.refused(401, "reauthentication_failed");
    }
}
