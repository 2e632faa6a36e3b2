//! Tokens under a clock that was ahead or steps back: no dead one lives again, and none of now
//! dies.

use std::time::Duration;

use countersign::event::EventKind;
use countersign::{Answer, Denial};

use crate::support::{HOUR, KEY_A, World, denied, everything, order, policy, world};

const YEAR: u64 = 365 * 86_400;

#[tokio::test]
async fn the_spent_list_that_a_clock_ahead_filled_ends_with_its_epoch() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let day = 86_400;
    world.forward(1200);
    world.forward(day);
    // 32 logins within five minutes, by twelve codes of the phone and step-ups, under the wrong
    // clock.
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(world.challenge(&alice.user).await);
    }
    for challenge in &open {
        world.mfa.cancel_login(challenge).await.unwrap();
    }
    for code in &alice.recovery[..9] {
        world.sign_in(&alice.user, code).await.unwrap();
    }
    for _ in 0..7 {
        world.forward(30);
        let code = world.code(&alice);
        world.sign_in(&alice.user, &code).await.unwrap();
    }
    world.back(day + 210);
    world.mfa.password_changed(&alice.user).await.unwrap();
    let got = world.sign_in(&alice.user, &alice.recovery[9]).await;
    assert_eq!(got.map(drop), Ok(()));
}

#[tokio::test]
async fn a_lock_token_that_an_unlock_killed_stays_dead_when_the_clock_steps_back() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let event = world.last(&alice.user, EventKind::AuthenticatorBound).await;
    let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
    world.forward(HOUR);
    world.mfa.lock_account_by_token(&token).await.unwrap();
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
    // Another machine, whose clock is two hours behind.
    world.back(2 * HOUR);
    world
        .mfa
        .admin_lock_account(&alice.user, order())
        .await
        .unwrap();
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    world.forward(2 * HOUR);
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
}

#[tokio::test]
async fn a_lock_token_used_for_the_lock_is_dead_after_its_unlock_by_a_clock_behind() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.forward(HOUR);
    let code = world.code(&alice);
    let answer = Answer::parse(&code).unwrap().trust_device("x");
    let challenge = world.challenge(&alice.user).await;
    world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap();
    let event = world.last(&alice.user, EventKind::DeviceTrusted).await;
    let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
    world.mfa.lock_account_by_token(&token).await.unwrap();
    world.back(60);
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    world.forward(60);
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
}

#[tokio::test]
async fn an_unlock_by_a_clock_a_year_ahead_does_not_kill_the_lock_links_of_a_year() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.forward(YEAR);
    world.mfa.lock_account(&alice.user).await.unwrap();
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    world.back(YEAR);
    let event = world.last(&alice.user, EventKind::AuthenticatorBound).await;
    let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
    let locked = world.mfa.lock_account_by_token(&token).await;
    assert_eq!(denied(locked.map(drop)), Ok(()));
    // And an unlock by a clock that is right kills them again.
    world.forward(HOUR);
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
}

#[tokio::test]
async fn an_unlock_after_a_lock_by_a_clock_a_year_ahead_kills_the_links_of_before_and_no_others() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.forward(YEAR);
    world.mfa.lock_account(&alice.user).await.unwrap();
    world.back(YEAR);
    world.forward(60);
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    for (kind, right) in [
        (EventKind::AuthenticatorBound, Err(Denial::TokenExpired)),
        (EventKind::Unlocked, Ok(())),
    ] {
        let event = world.last(&alice.user, kind).await;
        let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
        let locked = world.mfa.lock_account_by_token(&token).await;
        assert_eq!(denied(locked.map(drop)), right, "{kind:?}");
    }
}

#[tokio::test]
async fn a_watermark_of_a_clock_a_year_ahead_does_not_hide_those_of_now() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.forward(YEAR);
    for code in &alice.recovery[..2] {
        world.sign_in(&alice.user, code).await.unwrap();
        world.forward(300);
    }
    world.back(YEAR);
    let used = world.challenge(&alice.user).await;
    let answered = world.mfa.answer_challenge(&used, &alice.recovery[2]).await;
    answered.unwrap();
    world.forward(300);
    world
        .sign_in(&alice.user, &alice.recovery[3])
        .await
        .unwrap();
    world.back(60);
    let again = world.mfa.answer_challenge(&used, &alice.recovery[4]).await;
    assert_eq!(denied(again.map(drop)), Err(Denial::TokenExpired));
}

#[tokio::test]
async fn a_used_token_of_the_longest_life_stays_dead_when_the_clock_steps_back_to_its_issue() {
    let world = World::with(everything().challenge_lifetime(Duration::from_secs(900)));
    let alice = world.enroll(1).await;
    let used = world.challenge(&alice.user).await;
    let answered = world.mfa.answer_challenge(&used, &alice.recovery[0]).await;
    answered.unwrap();
    world.forward(900);
    world
        .sign_in(&alice.user, &alice.recovery[1])
        .await
        .unwrap();
    // Another machine's clock may be half a minute behind when it takes a token that was just
    // issued.
    for back in [900, 30, 1] {
        world.back(back);
        let again = world.mfa.answer_challenge(&used, &alice.recovery[2]).await;
        assert!(again.is_err(), "{:?}", world.clock.time());
    }
}

/// The same service on a machine whose clock is ahead.
fn elsewhere(world: &World, seconds_ahead: u64) -> World {
    let other = World::over(world.store.clone(), policy(), KEY_A);
    let behind = world.clock.time().since(other.clock.time()).as_secs();
    other.forward(behind + seconds_ahead);
    other
}

#[tokio::test] // S-32
async fn a_token_from_the_future_is_refused() {
    let world = world();
    let person = world.enroll(1).await;
    let code = world.code(&person);
    let ahead = elsewhere(&world, 31).challenge(&person.user).await;
    let written = world.written(&person.user).await;
    let answer = denied(world.mfa.answer_challenge(&ahead, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::TokenInvalid);
    world.mfa.cancel_login(&ahead).await.unwrap();
    assert_eq!(world.written(&person.user).await, written);

    let ahead = elsewhere(&world, 30).challenge(&person.user).await;
    assert!(world.mfa.answer_challenge(&ahead, &code).await.is_ok());
}

#[tokio::test] // S-8, S-33
async fn a_clock_that_steps_back_revives_no_spent_token() {
    let world = world();
    let person = world.enroll(1).await;
    let first = world.challenge(&person.user).await;
    let code = world.code(&person);
    world.mfa.answer_challenge(&first, &code).await.unwrap();
    world.forward(300);
    let unused = world.challenge(&person.user).await;
    // This use drops the first token, which expired, from the list.
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();
    // And this one drops none.
    world.forward(30);
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();
    world.back(329);
    let answer = denied(
        world
            .mfa
            .answer_challenge(&first, &person.recovery[0])
            .await,
    );
    assert_eq!(answer.unwrap_err(), Denial::TokenExpired);
    world.forward(329);
    let answer = denied(
        world
            .mfa
            .answer_challenge(&unused, &person.recovery[0])
            .await,
    );
    assert!(
        answer.is_ok(),
        "one that expires later is as good as before"
    );
}

#[tokio::test] // S-8, S-33
async fn what_a_clock_that_was_ahead_noted_ends_with_the_epoch() {
    let world = world();
    let person = world.enroll(1).await;
    world.forward(300);
    world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap();
    // This use drops the first token, which expired then, ten minutes ahead of the present.
    world.forward(400);
    world
        .sign_in(&person.user, &person.recovery[1])
        .await
        .unwrap();
    world.back(700);
    let refused = world.sign_in(&person.user, &person.recovery[2]).await;
    assert_eq!(refused.unwrap_err(), Denial::TokenExpired);
    world.mfa.password_changed(&person.user).await.unwrap();
    assert!(
        world
            .sign_in(&person.user, &person.recovery[2])
            .await
            .is_ok()
    );
}
