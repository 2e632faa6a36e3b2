//! The two steps of a login: what is answered, and the second step under attack by replay, by
//! guessing, and by what happens to the account meanwhile.

use std::time::Duration;

use countersign::account::Administrator;
use serde_json::{Value, json};

use crate::refusals::ready;
use crate::support::{Answer, Browser, Call, Person, World, policy};

/// Answers a challenge.
async fn answer(browser: &mut Browser, token: &str, code: &str) -> Answer {
    let body = json!({ "mfaTempToken": token, "code": code });
    browser.post("/auth/mfa/verify", body).await
}

#[tokio::test] // S-33
async fn signing_in_with_a_code() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let begun = alice.login_at(&mut browser).await;
    assert!(begun.cookies().iter().all(|(name, ..)| *name != "session"));
    let begun = begun.ok(202);
    let token = begun["mfaTempToken"].clone();
    assert_eq!(
        begun,
        json!({
            "mfaRequired": true,
            "mfaTempToken": token,
            "methods": ["totp", "recovery_code", "email"],
            "authenticators": [{ "kind": "totp", "label": "Authenticator" }],
            "blocked": [],
            "emailHint": "a•••e@e•••.com",
            "phoneHint": null,
            "expiresAt": "2027-01-15T08:05:00Z",
            "recovery": null,
        })
    );
    browser.demand_signed_out().await;
    // The challenge is no session, wherever it is put.
    browser
        .jar
        .insert("session".to_owned(), token.as_str().unwrap().to_owned());
    browser.demand_signed_out().await;

    let body = json!({ "mfaTempToken": token, "code": alice.code() });
    let verified = browser.post("/auth/mfa/verify", body.clone()).await.ok(200);
    let user =
        json!({ "id": "user-alice", "email": "alice@example.com", "twoFactorEnabled": true });
    assert_eq!(
        verified,
        json!({
            "user": user,
            "method": "totp",
            "recoveryCodesRemaining": 10,
            "recoveryCodesLow": false,
            "assurance": {
                "level": 2,
                "amr": ["pwd", "otp", "mfa"],
                "authTime": "2027-01-15T08:00:00Z",
                "phishingResistant": false,
            },
        })
    );
    assert_eq!(browser.get("/auth/me").await.ok(200), user);
    browser
        .post("/auth/mfa/verify", body)
        .await
        .refused(410, "token_spent");
}

#[tokio::test] // S-50
async fn a_challenge_in_flight_dies_with_what_happens_to_the_account() {
    let fates = [
        "disable",
        "delete",
        "lock",
        "lock by mail",
        "locked by an administrator",
        "password",
        "reset",
        "removal",
        "replacement",
    ];
    for fate in fates {
        let world = World::new();
        let mut alice = world.enrolled("alice").await;
        let mut root = world.administrator("root").await;
        let list = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
        let first = list["authenticators"][0]["id"].clone();
        if fate == "removal" {
            bind_another(&mut alice, json!(null)).await;
        }
        let mut browser = world.browser();
        let token = alice.challenge_at(&mut browser).await;
        let proof = alice.recovery_proof(1);
        let reason = json!({ "reason": "stolen" });
        let over = match fate {
            "disable" => alice.browser.post("/auth/mfa/disable", proof).await,
            "delete" => alice.browser.delete("/auth/mfa", Some(proof)).await,
            "lock" => alice.browser.post("/auth/mfa/lock", json!({})).await,
            "lock by mail" => {
                let token = alice.mailed(|letter| &letter.lock).await;
                let body = json!({ "lockToken": token });
                world.browser().post("/auth/mfa/lock", body).await
            }
            "locked by an administrator" => {
                root.browser
                    .post("/auth/mfa/admin/users/user-alice/lock", reason)
                    .await
            }
            "password" => {
                let body = json!({ "newPassword": alice.password() });
                alice.browser.post("/auth/password", body).await
            }
            "reset" => {
                root.browser
                    .post("/auth/mfa/admin/users/user-alice/reset", reason)
                    .await
            }
            "removal" => {
                let path = format!("/auth/mfa/authenticators/{}", first.as_str().unwrap());
                alice.browser.delete(&path, Some(proof)).await
            }
            _ => bind_another(&mut alice, first).await,
        };
        assert!(over.status < 300, "{fate}: {}", over.text);
        let refused = answer(&mut browser, &token, &alice.next_code()).await;
        match fate.starts_with("lock") {
            true => refused.refused(423, "locked"),
            false => refused.refused(410, "token_expired"),
        };
        assert_eq!(browser.session(), None, "{fate}");
        for path in ["/auth/mfa/email/send", "/auth/mfa/recovery/request"] {
            let refused = browser.post(path, json!({ "mfaTempToken": token })).await;
            assert!(
                [410, 423].contains(&refused.status),
                "{fate}: {}",
                refused.text
            );
        }
    }
}

/// Binds another authenticator, perhaps in the place of one.
async fn bind_another(person: &mut Person, replaces: Value) -> Answer {
    let number = if replaces.is_null() { 2 } else { 1 };
    let call = Call::new("POST", "/auth/mfa/setup/start").json(person.recovery_proof(number));
    let setup = person
        .browser
        .send(&call.with("replaces", replaces))
        .await
        .ok(200);
    person.scan(&setup);
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": person.code() });
    person.browser.post("/auth/mfa/setup/confirm", body).await
}

#[tokio::test] // S-33
async fn a_challenge_that_was_given_up_is_over() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    for _ in 0..2 {
        browser
            .post("/auth/mfa/verify/cancel", body.clone())
            .await
            .ok(204);
    }
    let refused = answer(&mut browser, &token, &alice.code()).await;
    refused.refused(410, "token_spent");
    // The code was not looked at.
    let token = alice.challenge_at(&mut browser).await;
    answer(&mut browser, &token, &alice.code()).await.ok(200);
}

#[tokio::test] // S-9 S-53
async fn wrong_replayed_and_used_look_alike() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    alice.sign_in_at(&mut browser).await;
    let token = alice.challenge_at(&mut browser).await;
    answer(&mut browser, &token, &alice.recovery[0])
        .await
        .ok(200);
    let token = alice.challenge_at(&mut browser).await;
    let used = alice.recovery[0].clone();
    let texts = [alice.wrong_code(), alice.code(), "1234567".to_owned(), used];
    let mut answers = Vec::new();
    for code in texts {
        let refused = answer(&mut browser, &token, &code).await;
        answers.push(refused.refused(401, "invalid_code").text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");

    // Beside a password, which of the two was wrong is not told either.
    let mut alice = world.enrolled("another").await;
    let (right, wrong) = (alice.next_code(), alice.wrong_code());
    let mut answers = Vec::new();
    for (password, code) in [("no", &right), (&alice.password(), &wrong), ("no", &wrong)] {
        let body = json!({ "password": password, "code": code });
        let refused = alice.browser.post("/auth/mfa/disable", body).await;
        answers.push(refused.refused(401, "reauthentication_failed").text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

/// What is no code is refused before a password that comes along is looked at, or the answer would
/// tell whether that is right.
#[tokio::test] // S-53
async fn a_malformed_code_is_no_oracle_for_the_password() {
    for operation in [
        "POST /auth/mfa/disable",
        "DELETE /auth/mfa",
        "POST /auth/mfa/step-up",
        "POST /auth/mfa/setup/start",
        "POST /auth/mfa/recovery-codes/regenerate",
        "DELETE /auth/mfa/authenticators/{id}",
    ] {
        let mut ready = ready::ready(operation).await;
        let host = ready.world().host.clone();
        let checked = host.passwords_checked();
        let good = ready.call.clone();
        let mut answers = Vec::new();
        for typed in ["", "letters", "12345", "123456789", "\u{202e}123456"] {
            for password in [ready.person.password(), "no".to_owned()] {
                ready.call = good.clone().with("password", password).with("code", typed);
                let refused = ready.send().await.refused(401, "malformed_code");
                answers.push(refused.text);
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{operation}: {answers:?}");
        assert_eq!(host.passwords_checked(), checked, "{operation}");
        // Nobody was charged, and the right code passes.
        ready.call = good;
        assert!(ready.send().await.status < 300, "{operation}");
    }
}

#[tokio::test] // S-14 S-54
async fn guesses_block_for_a_while_and_the_answer_says_how_long() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    for attempt in 0..5 {
        // Neither a new challenge nor another browser resets anything.
        let mut another = world.browser();
        let token = alice.challenge_at(&mut another).await;
        let wrong = answer(&mut another, &token, &alice.wrong_code()).await;
        wrong.refused(401, "invalid_code");
        assert_eq!(another.session(), None, "{attempt}");
    }
    let token = alice.challenge_at(&mut browser).await;
    let code = alice.code();
    for (seconds, left) in [(0, "30"), (1, "29"), (28, "1")] {
        world.clock.advance(Duration::from_secs(seconds));
        let blocked = answer(&mut browser, &token, &code).await;
        let blocked = blocked.refused(429, "throttled");
        assert_eq!(blocked.header("retry-after"), Some(left));
    }
    // Another factor is not blocked.
    let mut other = world.browser();
    let another = alice.challenge_at(&mut other).await;
    answer(&mut other, &another, &alice.recovery[0])
        .await
        .ok(200);

    world.clock.advance(Duration::from_secs(1));
    let token = alice.challenge_at(&mut browser).await;
    let wrong = answer(&mut browser, &token, &alice.wrong_code()).await;
    wrong.refused(401, "invalid_code");
    // The challenge says so before anybody types in vain.
    let begun = alice.login_at(&mut browser).await.ok(202);
    let methods = json!(["totp", "recovery_code", "email"]);
    let blocked = json!([{ "method": "totp", "retryAt": "2027-01-15T08:01:30Z" }]);
    assert_eq!((&begun["methods"], &begun["blocked"]), (&methods, &blocked));
    let token = alice.challenge_at(&mut browser).await;
    let blocked = answer(&mut browser, &token, &alice.code()).await;
    let blocked = blocked.refused(429, "throttled");
    assert_eq!(blocked.header("retry-after"), Some("60"));
    world.clock.advance(Duration::from_secs(60));
    let token = alice.challenge_at(&mut browser).await;
    answer(&mut browser, &token, &alice.code()).await.ok(200);
}

#[tokio::test]
async fn a_challenge_that_was_open_when_a_factor_was_blocked_is_over() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    for _ in 0..5 {
        let wrong = answer(&mut browser, &token, &alice.wrong_code()).await;
        wrong.refused(401, "invalid_code");
    }
    let blocked = answer(&mut browser, &token, &alice.code()).await;
    blocked.refused(429, "throttled");
    let other = answer(&mut browser, &token, &alice.recovery[0]).await;
    other.refused(410, "token_expired");
    world.clock.advance(Duration::from_secs(30));
    let late = answer(&mut browser, &token, &alice.code()).await;
    late.refused(410, "token_expired");
}

#[tokio::test]
async fn an_account_is_said_to_be_locked_to_whoever_has_the_password_and_nobody_else() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let because = Administrator::new("root").because("stolen");
    world
        .mfa
        .admin_lock_account(&alice.user, because)
        .await
        .unwrap();
    alice.login().await.refused(423, "locked");
    let mut stranger = world.browser();
    for email in [alice.email.as_str(), "nobody@example.com"] {
        let body = json!({ "email": email, "password": "a guess" });
        let refused = stranger.post("/auth/login", body).await;
        let refused = refused.refused(401, "invalid_credentials");
        assert!(refused.cookies().is_empty());
    }
}

#[tokio::test]
async fn failures_that_add_up_demand_a_new_password() {
    let world = World::with(policy().password_change_after(5));
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    for _ in 0..5 {
        answer(&mut browser, &token, &alice.wrong_code()).await;
    }
    let refused = alice.login_at(&mut browser).await;
    refused.refused(403, "password_change_required");
    let body = json!({ "newPassword": alice.password() });
    alice.browser.post("/auth/password", body).await.ok(204);
    // The factors stayed, and the block is lifted.
    let token = alice.challenge_at(&mut browser).await;
    answer(&mut browser, &token, &alice.code()).await.ok(200);
}

#[tokio::test] // S-20
async fn of_many_who_answer_at_once_with_one_code_one_signs_in() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    for code in [alice.code(), alice.recovery[0].clone()] {
        let mut visitors = Vec::new();
        for _ in 0..4 {
            let mut browser = world.browser();
            let token = alice.challenge_at(&mut browser).await;
            let code = code.clone();
            visitors.push(tokio::spawn(async move {
                answer(&mut browser, &token, &code).await.status
            }));
        }
        let mut statuses = Vec::new();
        for visitor in visitors {
            statuses.push(visitor.await.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401, 401]);
    }
}

#[tokio::test]
async fn a_deleted_user_is_not_signed_in_by_what_is_left() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    world.host.delete(&alice.user);
    answer(&mut browser, &token, &alice.code())
        .await
        .refused(401, "invalid_token");
    assert_eq!(browser.session(), None);
    let send = browser
        .post("/auth/mfa/email/send", json!({ "mfaTempToken": token }))
        .await;
    send.refused(401, "invalid_token");
}
