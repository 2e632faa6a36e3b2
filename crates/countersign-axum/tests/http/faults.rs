//! Faults of the store, of the mail service and of the application: nothing is granted, and nothing
//! is told of them.

use countersign::UserId;
use countersign::testing::Fate;
use serde_json::json;

use crate::support::{Call, Store, World};

#[tokio::test] // S-44
async fn an_application_that_fails_grants_nothing() {
    for method in [
        "session",
        "account",
        "check_password",
        "fresh_first_factor",
        "begin_session",
        "change_sessions",
        "requirement",
        "demand",
    ] {
        let world = World::new();
        let mut alice = world.enrolled("alice").await;
        let mut browser = world.browser();
        let token = alice.challenge_at(&mut browser).await;
        world.host.break_down(method);
        let verify = json!({ "mfaTempToken": token, "code": alice.code() });
        let proof = alice.recovery_proof(1);
        let answer = match method {
            "session" => alice.browser.get("/auth/mfa/status").await,
            "demand" => alice.login_at(&mut browser).await,
            "account" | "begin_session" => browser.post("/auth/mfa/verify", verify).await,
            "fresh_first_factor" => {
                let alone = json!({ "code": proof["code"] });
                alice.browser.post("/auth/mfa/disable", alone).await
            }
            _ => alice.browser.post("/auth/mfa/disable", proof).await,
        };
        let answer = answer.refused(503, "unavailable");
        assert!(!answer.text.contains("table"), "{}", answer.text);
        assert_eq!(browser.session(), None, "{method}");
        // Once, with the cause, for whoever runs it.
        let logs = world.logs();
        let told: Vec<_> = logs
            .iter()
            .filter(|line| line.contains("the application failed"))
            .collect();
        let [told] = told.as_slice() else {
            panic!("{method} is told so often: {told:?}");
        };
        for part in [
            "ERROR",
            &format!("host_method=\"{method}\""),
            "table is broken",
            "route=\"/auth/",
        ] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }
}

#[tokio::test]
async fn a_session_that_the_application_cannot_end_has_ended_all_the_same() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut elsewhere = world.browser();
    alice.sign_in_at(&mut elsewhere).await;
    for method in ["change_sessions", "end_session"] {
        world.host.break_down(method);
    }
    let proof = alice.recovery_proof(1);
    let answer = alice.browser.post("/auth/mfa/disable", proof).await;
    answer.refused(503, "unavailable");
    for browser in [&mut alice.browser, &mut elsewhere] {
        browser
            .get("/auth/me")
            .await
            .refused(401, "unauthenticated");
    }
    world.host.repair();
    alice.login().await.ok(200);
}

#[tokio::test]
async fn an_administrator_of_whom_nothing_can_be_learnt_is_none() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut root = world.administrator("root").await;
    world.host.break_down("administrator");
    let body = json!({ "reason": "stolen" });
    let answer = root
        .browser
        .post("/auth/mfa/admin/users/user-alice/lock", body)
        .await;
    answer.refused(503, "unavailable");
    assert!(
        world
            .mfa
            .status(&alice.user)
            .await
            .unwrap()
            .locked_at
            .is_none()
    );
}

/// Plans what a store does with the calls about a user.
type Script = fn(&Store, &UserId);

#[tokio::test] // S-44
async fn a_store_that_fails_signs_nobody_in() {
    let faults: [(Script, u16, &str); 4] = [
        (|store, _| store.break_down(), 503, "unavailable"),
        (
            |store, _| store.at_commit(1, Fate::BreakDown),
            503,
            "outcome_unknown",
        ),
        (
            |store, _| store.every_commit(Fate::Conflict),
            503,
            "contended",
        ),
        (|store, user| store.damage(user), 500, "internal"),
    ];
    for (script, status, code) in faults {
        let world = World::new();
        let alice = world.enrolled("alice").await;
        let mut browser = world.browser();
        let token = alice.challenge_at(&mut browser).await;
        script(&world.store, &alice.user);
        let body = json!({ "mfaTempToken": token, "code": alice.code() });
        let answer = browser.post("/auth/mfa/verify", body.clone()).await;
        let answer = answer.refused(status, code);
        assert_eq!(answer.json.get("detail"), None);
        assert_eq!(browser.session(), None);
        // What was not written was not charged either, and what was is spent.
        world.store.repair();
        let again = browser.post("/auth/mfa/verify", body).await;
        match code {
            "outcome_unknown" => drop(again.refused(410, "token_spent")),
            _ => drop(again.ok(200)),
        }
    }
}

#[tokio::test]
async fn a_login_of_a_damaged_record_is_not_taken_for_one_without_a_second_factor() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    world.store.damage(&alice.user);
    let login = Call::new("POST", "/auth/login");
    let login = login
        .with("email", alice.email.clone())
        .with("password", alice.password());
    alice.browser.send(&login).await.refused(500, "internal");
}

#[tokio::test]
async fn a_code_that_could_not_be_mailed_is_said_to_be_so() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    world.mail.break_down();
    let body = json!({ "mfaTempToken": token });
    let answer = browser.post("/auth/mfa/email/send", body).await;
    answer.refused(503, "mail_unavailable");
    assert_eq!(world.mail.codes(), 0);
}

#[tokio::test]
async fn codes_that_are_shown_once_are_shown_even_if_the_application_fails() {
    let world = World::new();
    let mut alice = world.signed_in("alice").await;
    alice.start().await;
    world.host.break_down("change_sessions");
    let body = json!({ "code": alice.code() });
    let confirmed = alice.browser.post("/auth/mfa/setup/confirm", body).await;
    alice.keep(&confirmed.ok(200));
    // Its session was not told of the new epoch, and is over.
    alice.browser.demand_signed_out().await;
    let mut browser = world.browser();
    alice.sign_in_at(&mut browser).await;
    let proof = alice.recovery_proof(1);
    let new = browser
        .post("/auth/mfa/recovery-codes/regenerate", proof)
        .await;
    alice.keep(&new.ok(200));
    browser.get("/auth/me").await.ok(200);
}
