//! What an administrator may do to somebody's account, and what they never get to see.

use std::time::Duration;

use countersign::event::EventKind;
use countersign::policy::Requirement;
use serde_json::{Value, json};

use crate::support::{Person, World, members};

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

const READS: [&str; 3] = ["", "/user-alice", "/user-alice/events"];

fn users(path: &str) -> String {
    format!("/auth/mfa/admin/users{path}")
}

fn ids(list: &Value) -> Vec<&str> {
    let users = list["users"].as_array().unwrap().iter();
    users.map(|user| user["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_administrator_finds_users_by_their_state() {
    let world = World::new();
    world.enrolled("alice").await;
    let mut bob = world.enrolled("bob").await;
    let carol = world.sign_up("carol");
    world.mfa.register(&carol.user).await.unwrap();
    // Without a record there is nothing to list.
    world.sign_up("dave");
    let mut root = world.administrator("root").await;
    act(&mut root, "lock", "user-alice", "stolen").await.ok(204);
    act(&mut root, "reset", "user-bob", "lost").await.ok(204);

    let lists: [(&str, &[&str]); 9] = [
        ("", &["user-alice", "user-bob", "user-carol", "user-root"]),
        ("?enabled=true", &["user-alice", "user-root"]),
        ("?enabled=false", &["user-bob", "user-carol"]),
        ("?locked=true", &["user-alice"]),
        ("?reset=true", &["user-bob"]),
        ("?recovery=true", &[]),
        ("?method=totp", &["user-alice", "user-root"]),
        ("?method=hotp", &[]),
        ("?enabled=true&locked=false&after=user-b", &["user-root"]),
    ];
    for (query, right) in lists {
        let list = root.browser.get(&users(query)).await.ok(200);
        assert_eq!(ids(&list), right, "{query}");
        assert_eq!(list["after"], Value::Null);
    }
    let list = root.browser.get(&users("?locked=true")).await.ok(200);
    let now = "2027-01-15T08:00:00Z";
    let alice = json!({
        "id": "user-alice",
        "email": "alice@example.com",
        "enabled": true,
        "methods": ["totp", "recovery_code"],
        "confirmedAt": now,
        "lastVerifiedAt": now,
        "recoveryCodesRemaining": 10,
        "locked": true,
        "resetPending": false,
        "recoveryPending": false,
    });
    assert_eq!(list["users"], json!([alice]));
    for query in ["?lockd=true", "?locked=yes", "?method=letter", "?after="] {
        let refused = root.browser.get(&users(query)).await;
        refused.refused(422, "invalid_request");
    }

    // A user of whom the application knows no more is left out.
    world.host.delete(&carol.user);
    let list = root.browser.get(&users("?enabled=false")).await.ok(200);
    assert_eq!(ids(&list), ["user-bob"]);
    bob.login().await.refused(403, "reset_pending");
}

#[tokio::test]
async fn the_list_comes_in_pages() {
    let world = World::new();
    let mut right = Vec::new();
    for number in 0..45 {
        let person = world.sign_up(&format!("{number:02}"));
        world.mfa.register(&person.user).await.unwrap();
        right.push(person.user.to_string());
    }
    let mut root = world.administrator("root").await;
    let (mut seen, mut lengths) = (Vec::new(), Vec::new());
    let mut query = "?enabled=false".to_owned();
    loop {
        let page = root.browser.get(&users(&query)).await.ok(200);
        assert_eq!(members(&page), ["after", "users"]);
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        lengths.push(ids(&page).len());
        let Some(after) = page["after"].as_str() else {
            break;
        };
        query = format!("?enabled=false&after={after}");
    }
    assert_eq!(seen, right);
    assert_eq!(lengths, [20, 20, 5]);
}

#[tokio::test] // S-49
async fn an_administrator_sees_the_state_of_an_account_and_no_secret() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    let mut browser = world.browser();
    let challenge = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": challenge });
    let requested = browser.post("/auth/mfa/recovery/request", body).await;
    requested.ok(202);
    for _ in 0..5 {
        let wrong = alice.wrong_code();
        let body = json!({ "password": alice.password(), "code": wrong, "purpose": "add" });
        let refused = alice.browser.post("/auth/mfa/step-up", body).await;
        refused.refused(401, "reauthentication_failed");
    }

    world.host.require(Requirement::Now);
    let answer = root.browser.get(&users("/user-alice")).await;
    let secrets = alice.recovery.iter().chain(&alice.secret);
    for secret in secrets {
        assert!(!answer.text.contains(secret.as_str()));
    }
    let seen = answer.ok(200);
    // What its owner sees, and why nobody gets in.
    let mut own = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(own["recovery"], seen["recovery"]);
    assert_ne!(own["recovery"], Value::Null);
    assert_eq!(own["required"], true);
    let more = json!({
        "id": "user-alice",
        "email": "alice@example.com",
        "resetPending": false,
        "blocked": [{ "factor": "authenticator", "until": "2027-01-15T08:00:30Z" }],
        "passwordChangeRequired": false,
        // It is of the session, and the session is another's.
        "assurance": null,
    });
    let own = own.as_object_mut().unwrap();
    own.append(&mut more.as_object().unwrap().clone());
    assert_eq!(seen.as_object(), Some(&*own));

    act(&mut root, "reset", "user-alice", "lost").await.ok(204);
    let seen = root.browser.get(&users("/user-alice")).await.ok(200);
    assert_eq!(seen["resetPending"], true);
    assert_eq!(seen["enabled"], false);
}

#[tokio::test]
async fn an_administrator_reads_who_intervened_and_why() {
    let world = World::new();
    world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    for number in 0..18 {
        let reason = format!("reason {number}");
        act(&mut root, "unlock", "user-alice", &reason)
            .await
            .ok(204);
    }
    let page = root.browser.get(&users("/user-alice/events")).await.ok(200);
    let events = page["events"].as_array().unwrap();
    assert_eq!(events.len(), 20);
    let newest = &events[0];
    assert_eq!(newest["kind"], "unlocked");
    assert_eq!(newest["actor"], "administrator");
    assert_eq!(newest["administrator"], "root@example.com");
    assert_eq!(newest["note"], "reason 17");
    assert_eq!(newest["ip"], "192.0.2.7");
    assert!(
        newest["requestId"]
            .as_str()
            .unwrap()
            .starts_with("request-")
    );

    let before = page["before"].as_str().unwrap();
    let next = users(&format!("/user-alice/events?before={before}"));
    let next = root.browser.get(&next).await.ok(200);
    assert_eq!(next["before"], Value::Null);
    let first = next["events"].as_array().unwrap().last().unwrap();
    assert_eq!(first["kind"], "enrollment_started");
    assert_eq!(first["administrator"], Value::Null);
    assert_eq!(first["note"], Value::Null);
}

#[tokio::test]
async fn nobody_else_sees_anything_and_nobody_learns_who_exists() {
    let world = World::new();
    world.enrolled("alice").await;
    let mut mallory = world.enrolled("mallory").await;
    let mut root = world.administrator("root").await;
    for path in READS {
        let (known, unknown) = (users(path), users(path).replace("alice", "nobody"));
        for path in [&known, &unknown] {
            let refused = mallory.browser.get(path).await;
            refused.refused(403, "forbidden");
            let refused = world.browser().get(path).await;
            refused.refused(401, "unauthenticated");
        }
        if known != unknown {
            let refused = root.browser.get(&unknown).await;
            refused.refused(404, "unknown_user");
        }
    }
    // A session that is over, of an administrator whose account was locked since.
    world.mfa.lock_account(&root.user).await.unwrap();
    for path in READS {
        let refused = root.browser.get(&users(path)).await;
        refused.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn an_administrator_who_is_locked_sees_nobody() {
    let world = World::new();
    world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    let locked = world.mfa.lock_account(&root.user).await.unwrap();
    world.host.renew(&root.user, locked.epoch);
    for path in READS {
        let refused = root.browser.get(&users(path)).await;
        refused.refused(423, "locked");
    }
}
