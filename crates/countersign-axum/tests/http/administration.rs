//! What an administrator may do to somebody's account, and what they never get to see.

use std::time::Duration;

use countersign::event::EventKind;
use serde_json::{Value, json};

use crate::support::{Person, World};

const MEASURES: [&str; 3] = ["reset", "lock", "unlock"];

fn path(measure: &str, user: &str) -> String {
    format!("/auth/mfa/admin/users/{user}/{measure}")
}

async fn act(root: &mut Person, measure: &str, user: &str, reason: &str) -> crate::support::Answer {
    let body = json!({ "reason": reason });
    root.browser.post(&path(measure, user), body).await
}

#[tokio::test] // S-49
async fn a_reset_is_undone_by_the_mailed_grant_alone() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    let session = root.browser.session().unwrap().to_owned();
    let reset = act(&mut root, "reset", "user-alice", "lost phone").await;
    assert!(reset.cookies().is_empty());
    reset.ok(204);
    assert_eq!(root.browser.session(), Some(session.as_str()));
    assert_eq!(world.host.sessions_of(&alice.user), []);
    alice
        .browser
        .get("/auth/me")
        .await
        .refused(401, "unauthenticated");
    alice.login().await.refused(403, "reset_pending");

    let first = alice.mailed(|letter| &letter.enroll).await;
    act(&mut root, "reset", "user-alice", "the first mail got lost")
        .await
        .ok(204);
    let second = alice.mailed(|letter| &letter.enroll).await;
    assert_ne!(first, second);
    let others = root.letters().await;
    assert!(others.iter().all(|letter| letter.enroll.is_none()));

    // From the mail: in any browser, once, and it opens no session.
    let mut browser = world.browser();
    let start = |grant: &str| json!({ "enrollmentGrant": grant });
    let killed = browser.post("/auth/mfa/setup/start", start(&first)).await;
    killed.refused(410, "token_expired");
    let setup = browser
        .post("/auth/mfa/setup/start", start(&second))
        .await
        .ok(200);
    alice.login().await.refused(403, "reset_pending");
    alice.scan(&setup);
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": alice.code_of(-1) });
    let confirmed = browser.post("/auth/mfa/setup/confirm", body).await.ok(200);
    assert_eq!(confirmed["user"], Value::Null);
    assert_eq!(browser.session(), None);
    let again = browser.post("/auth/mfa/setup/start", start(&second)).await;
    again.refused(409, "already_enrolled");
    alice.sign_in_at(&mut browser).await;
}

#[tokio::test]
async fn a_mailed_grant_is_good_for_a_day() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    act(&mut root, "reset", "user-alice", "lost phone")
        .await
        .ok(204);
    let grant = alice.mailed(|letter| &letter.enroll).await;
    world.clock.advance(Duration::from_secs(24 * 3600 - 1));
    let body = json!({ "enrollmentGrant": grant });
    let mut browser = world.browser();
    browser
        .post("/auth/mfa/setup/start", body.clone())
        .await
        .ok(200);
    world.clock.advance(Duration::from_secs(1));
    let late = browser.post("/auth/mfa/setup/start", body).await;
    late.refused(410, "token_expired");
}

#[tokio::test]
async fn locking_ends_everything_until_it_is_unlocked() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    let link = alice.mailed(|letter| &letter.lock).await;
    act(&mut root, "lock", "user-alice", "stolen").await.ok(204);
    alice
        .browser
        .get("/auth/me")
        .await
        .refused(401, "unauthenticated");
    alice.login().await.refused(423, "locked");
    world.clock.advance(Duration::from_secs(1));
    act(&mut root, "unlock", "user-alice", "she called")
        .await
        .ok(204);
    let mut browser = world.browser();
    alice.sign_in_at(&mut browser).await;
    // A link of before the unlock locks nothing any more.
    let body = json!({ "lockToken": link });
    let dead = browser.post("/auth/mfa/lock", body).await;
    dead.refused(410, "token_expired");
}

#[tokio::test]
async fn nobody_else_may_and_nobody_is_told_who_exists() {
    let world = World::new();
    world.enrolled("alice").await;
    let mut mallory = world.enrolled("mallory").await;
    for measure in MEASURES {
        for user in ["user-alice", "user-nobody", "user-mallory"] {
            let refused = act(&mut mallory, measure, user, "please").await;
            let refused = refused.refused(403, "forbidden");
            assert!(!refused.text.contains(user));
        }
        let body = json!({ "reason": "please" });
        let refused = world
            .browser()
            .post(&path(measure, "user-alice"), body)
            .await;
        refused.refused(401, "unauthenticated");
    }
    let letters = mallory.letters().await;
    assert!(
        letters
            .iter()
            .all(|letter| letter.kind != EventKind::Locked)
    );
}

#[tokio::test]
async fn a_reason_is_demanded() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    let long = "é".repeat(501);
    for measure in MEASURES {
        for reason in ["", "   ", "\r\n", &long] {
            let refused = act(&mut root, measure, "user-alice", reason).await;
            refused.refused(422, "reason_required");
        }
        act(&mut root, measure, "user-nobody", "x")
            .await
            .refused(404, "unknown_user");
    }
    assert!(world.mfa.status(&alice.user).await.unwrap().enabled);
    let longest = "é".repeat(500);
    act(&mut root, "lock", "user-alice", &longest).await.ok(204);
}

#[tokio::test]
async fn the_user_is_told_that_it_was_an_administrator_and_not_who_or_why() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    act(&mut root, "unlock", "user-alice", "to be sure")
        .await
        .ok(204);
    let log = alice.browser.get("/auth/mfa/events").await;
    assert!(!log.text.contains("root@example.com") && !log.text.contains("to be sure"));
    let log = log.ok(200);
    assert_eq!(log["events"][0]["kind"], "unlocked");
    assert_eq!(log["events"][0]["actor"], "administrator");
    assert_eq!(log["events"][0]["ip"], Value::Null);
    assert_eq!(log["events"][0]["userAgent"], Value::Null);
    let events = world.directory.events(&alice.user, None, 1).await.unwrap();
    assert_eq!(events[0].event.note.as_deref(), Some("to be sure"));
}

#[tokio::test]
async fn an_administrator_who_is_locked_cannot_unlock_anybody() {
    let world = World::new();
    world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    // The lock is of another machine, and the application lets the session go on.
    let locked = world.mfa.lock_account(&root.user).await.unwrap();
    world.host.renew(&root.user, locked.epoch);
    for measure in MEASURES {
        for user in ["user-root", "user-alice"] {
            act(&mut root, measure, user, "please")
                .await
                .refused(423, "locked");
        }
    }
    assert!(
        world
            .mfa
            .status(&root.user)
            .await
            .unwrap()
            .locked_at
            .is_some()
    );
}
