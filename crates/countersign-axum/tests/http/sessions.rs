//! What the routes do to sessions, and what they do with one whose time is over.

use std::time::Duration;

use serde_json::json;

use crate::refusals::ready::{Ready, ready};
use crate::support::{Browser, Call, Person, World};

/// What happens to the session that acts, and to another of the same account.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    /// Nothing.
    Nothing,
    /// The acting one gets a new id.
    Rotate,
    /// And the others end.
    EndOthers,
    /// All end.
    EndAll,
}

const EFFECTS: [(&str, Effect); 17] = [
    ("POST /auth/mfa/setup/start", Effect::Nothing),
    ("POST /auth/mfa/setup/confirm", Effect::EndOthers),
    ("DELETE /auth/mfa/setup", Effect::Nothing),
    ("GET /auth/mfa/status", Effect::Nothing),
    ("GET /auth/mfa/events", Effect::Nothing),
    ("GET /auth/mfa/recovery-codes", Effect::Nothing),
    ("POST /auth/mfa/recovery-codes/regenerate", Effect::Rotate),
    ("POST /auth/mfa/recovery-codes/sheet", Effect::Nothing),
    ("POST /auth/mfa/step-up", Effect::Rotate),
    ("POST /auth/mfa/disable", Effect::EndOthers),
    ("DELETE /auth/mfa", Effect::EndOthers),
    ("PATCH /auth/mfa/authenticators/{id}", Effect::Nothing),
    ("DELETE /auth/mfa/authenticators/{id}", Effect::EndOthers),
    ("DELETE /auth/mfa/devices", Effect::Nothing),
    ("DELETE /auth/mfa/devices/{id}", Effect::Nothing),
    ("POST /auth/mfa/lock", Effect::EndAll),
    ("POST /auth/mfa/admin/users/{id}/unlock", Effect::Nothing),
];

#[tokio::test]
async fn each_success_changes_sessions_as_it_has_to() {
    for (operation, effect) in EFFECTS {
        let mut ready = ready(operation).await;
        let (world, user) = (ready.world(), ready.person.user.clone());
        let mut elsewhere = another_session(&ready.person).await;
        let before = ready.browser().session().unwrap().to_owned();
        let answer = ready.send().await;
        assert!(answer.status < 300, "{operation}: {}", answer.text);

        let browser = ready.browser();
        let after = browser.session().map(str::to_owned);
        match effect {
            Effect::Nothing => assert_eq!(after.as_ref(), Some(&before), "{operation}"),
            Effect::EndAll => assert_eq!(after, None, "{operation}"),
            _ => {
                assert_ne!(after.as_ref(), Some(&before), "{operation}");
                assert!(!world.host.has_session(&before), "{operation}");
            }
        }
        let stays = matches!(effect, Effect::Nothing | Effect::Rotate);
        let other = elsewhere.get("/auth/me").await;
        assert_eq!(other.status, if stays { 200 } else { 401 }, "{operation}");
        if effect != Effect::EndAll {
            browser.get("/auth/me").await.ok(200);
        }
        let epoch = world.mfa.status(&user).await.unwrap().epoch;
        let sessions = world.host.sessions_of(&user);
        assert!(
            sessions.iter().all(|one| Some(*one) == epoch),
            "{operation}"
        );
    }
}

/// Another session of the same account.
async fn another_session(person: &Person) -> Browser {
    let mut browser = person.world().browser();
    let begun = person.login_at(&mut browser).await;
    if begun.status == 202 {
        let token = begun.ok(202)["mfaTempToken"].clone();
        let body = json!({ "mfaTempToken": token, "code": person.recovery[8] });
        browser.post("/auth/mfa/verify", body).await.ok(200);
    }
    browser
}

#[tokio::test] // S-50
async fn a_session_of_an_epoch_that_is_over_is_signed_out_wherever_one_is_needed() {
    for operation in needing_a_session() {
        let mut ready = in_a_session(&operation).await;
        let world = ready.world();
        let session = ready.browser().session().unwrap().to_owned();
        // On another machine, so that nobody has ended the session yet.
        let user = ready.person.user.clone();
        let epoch = world.mfa.password_changed(&user).await.unwrap().epoch;
        assert_ne!(world.host.sessions_of(&user), [epoch]);
        let events = world
            .directory
            .events(&user, None, usize::MAX)
            .await
            .unwrap();

        let answer = ready.send().await.refused(401, "unauthenticated");
        assert_eq!(
            answer.json["detail"], "You are signed out. Sign in again.",
            "{operation}"
        );
        assert_eq!(ready.browser().session(), None, "{operation}");
        assert!(!world.host.has_session(&session), "{operation}");
        let after = world
            .directory
            .events(&user, None, usize::MAX)
            .await
            .unwrap();
        assert_eq!(after, events, "{operation} has done something");
    }
}

#[tokio::test] // S-50
async fn a_session_of_before_a_restored_backup_is_signed_out_wherever_one_is_needed() {
    for operation in needing_a_session() {
        let mut ready = in_a_session(&operation).await;
        let world = ready.world();
        world.clock.advance(Duration::from_secs(1));
        let session = ready.browser().session().unwrap().to_owned();
        ready.browser().world = world.restored();
        let answer = ready.send().await.refused(401, "unauthenticated");
        assert_eq!(
            answer.json["detail"], "You are signed out. Sign in again.",
            "{operation}"
        );
        assert_eq!(ready.browser().session(), None, "{operation}");
        assert!(!world.host.has_session(&session), "{operation}");
    }
}

/// All operations that a session is needed for, but what begins one and what an application does
/// that looks no further.
fn needing_a_session() -> Vec<String> {
    let document = World::new().document();
    let promised = document.promised().iter();
    let needing = promised.filter(|seen| seen.code.as_deref() == Some("unauthenticated"));
    let needing: Vec<_> = needing
        .map(|seen| seen.operation.clone())
        .filter(|one| !["POST /auth/login", "POST /auth/password"].contains(&one.as_str()))
        .collect();
    assert!(needing.len() > 20, "{}", needing.len());
    needing
}

/// Ready for the operation, with nothing but the session to say who acts.
async fn in_a_session(operation: &str) -> Ready {
    match operation {
        "POST /auth/transfer" => transfer().await,
        "POST /auth/mfa/setup/confirm" => {
            let mut ready = ready(operation).await;
            ready.call = ready.call.without("enrollmentToken");
            ready
        }
        _ => ready(operation).await,
    }
}

async fn transfer() -> Ready {
    let mut person = World::new().enrolled("alice").await;
    let token = person.step_up("app:transfer", 1).await;
    let call = Call::new("POST", "/auth/transfer").json(json!({ "cents": 1 }));
    Ready::new(person, call.header("x-step-up-token", &token))
}

#[tokio::test]
async fn a_changed_password_keeps_the_acting_session_and_ends_the_others() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut elsewhere = world.browser();
    alice.sign_in_at(&mut elsewhere).await;
    let session = alice.browser.session().unwrap().to_owned();
    let body = json!({ "newPassword": alice.password() });
    alice.browser.post("/auth/password", body).await.ok(204);
    assert_ne!(alice.browser.session(), Some(session.as_str()));
    alice.browser.get("/auth/me").await.ok(200);
    elsewhere
        .get("/auth/me")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test] // S-50
async fn a_changed_password_begins_no_session_anew_that_has_ended_elsewhere() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    // On another machine, so that nobody has ended the session yet.
    world.mfa.lock_account(&alice.user).await.unwrap();
    let body = json!({ "newPassword": alice.password() });
    alice.browser.post("/auth/password", body).await.ok(204);
    assert_eq!(alice.browser.session(), None);
    let me = alice.browser.get("/auth/me").await;
    me.refused(401, "unauthenticated");
}

#[tokio::test]
async fn who_signs_in_over_a_session_of_somebody_else_has_their_own_afterwards() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut bob = world.enrolled("bob").await;
    let session = bob.browser.session().unwrap().to_owned();
    alice.sign_in_at(&mut bob.browser).await;
    assert!(!world.host.has_session(&session));
    let me = bob.browser.get("/auth/me").await.ok(200);
    assert_eq!(me["id"], "user-alice");
}
