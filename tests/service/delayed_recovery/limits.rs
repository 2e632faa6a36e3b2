//! What makes a delayed recovery wait longer, how often it may be asked for, and by whom.

use std::sync::Arc;
use std::time::Duration;

use countersign::account::Factor;
use countersign::event::EventKind;
use countersign::{Answer, Denial, FailedFirstFactor, Login, RequestContext};

use crate::delayed_recovery::cancel::whole_world;
use crate::delayed_recovery::whole_way::{
    HOUR, complete, confirm, recovered, recovery_of, recovery_world, request, start,
};
use crate::support::{
    FOREIGN_RECOVERY_CODE, KEY_A, Person, WRONG_CODE, World, denied, everything, password, policy,
    world,
};

/// Fails once with each factor there is, a try after the other.
async fn fail(world: &World, person: &Person, how: &str) {
    let (mfa, user) = (&world.mfa, &person.user);
    let denial = match how {
        "code" => world.sign_in(user, WRONG_CODE).await.map(drop),
        "recovery code" => world.sign_in(user, FOREIGN_RECOVERY_CODE).await.map(drop),
        "e-mail code" => {
            let challenge = world.challenge(user).await;
            denied(
                mfa.answer_challenge(&challenge, Answer::email("12345678"))
                    .await,
            )
            .map(drop)
        }
        "replay" => {
            // The code that confirmed the enrolment.
            let past = world.clock.time() - Duration::from_secs(30);
            let code = crate::support::code_at(&person.totp, past);
            world.sign_in(user, &code).await.map(drop)
        }
        _ => {
            let proof = FailedFirstFactor.with_code(Answer::parse(&world.code(person)).unwrap());
            denied(mfa.disable_mfa(user, proof).await).map(drop)
        }
    };
    let denial = denial.unwrap_err();
    assert!(matches!(
        denial,
        Denial::InvalidCode | Denial::ReauthenticationFailed
    ));
}

#[tokio::test]
async fn a_failure_of_any_factor_restarts_the_wait() {
    for how in ["code", "recovery code", "e-mail code", "replay", "password"] {
        let world = whole_world();
        let person = world.enroll(1).await;
        let asked = request(&world, &person.user).await.unwrap();
        if how != "replay" {
            world.forward(HOUR);
        }
        fail(&world, &person, how).await;
        let waits = recovery_of(&world, &person.user).await.unwrap();
        assert_eq!(waits.requested_at, asked.requested_at);
        let three_days = Duration::from_secs(72 * HOUR);
        assert_eq!(waits.effective_at, world.clock.time() + three_days, "{how}");
        let told = world
            .last(&person.user, EventKind::DelayedRecoveryRestarted)
            .await;
        assert!(told.notify_user());
        assert_eq!(told.effective_at, Some(waits.effective_at));
    }
}

#[tokio::test]
async fn a_wait_restarts_twice_and_no_more() {
    let world = recovery_world();
    let person = world.enroll(1).await;
    let user = &person.user;
    request(&world, user).await.unwrap();
    let mut moments = Vec::new();
    for _ in 0..4 {
        world.forward(HOUR);
        fail(&world, &person, "code").await;
        moments.push(recovery_of(&world, user).await.unwrap().effective_at);
    }
    let hour = Duration::from_secs(HOUR);
    assert_eq!(moments[1], moments[0] + hour);
    assert_eq!(moments[2..], [moments[1], moments[1]]);

    // The fifth blocks, and what a block refuses is no failure; the wait ends in spite of a flood.
    fail(&world, &person, "code").await;
    let written = world.written(user).await;
    let blocked = world.sign_in(user, WRONG_CODE).await.unwrap_err();
    assert!(matches!(blocked, Denial::Throttled { .. }));
    assert_eq!(world.written(user).await, written);
    world.forward(70 * HOUR);
    assert!(complete(&world, user).await.is_ok(), "72 h from the second");
}

#[tokio::test]
async fn a_refusal_that_charges_no_factor_restarts_nothing() {
    let world = recovery_world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let new = countersign::NewAuthenticator::new("alice");
    let proof = world.with_code(&person.recovery[0]);
    let setup = world.mfa.start_enrollment(user, new, proof).await.unwrap();
    let pending = request(&world, user).await.unwrap();
    let wrong = world.mfa.confirm_enrollment(&setup.token, WRONG_CODE).await;
    assert_eq!(denied(wrong).unwrap_err(), Denial::InvalidCode);
    let challenge = world.challenge(user).await;
    world.forward(300);
    let late = world.mfa.answer_challenge(&challenge, WRONG_CODE).await;
    assert_eq!(denied(late).unwrap_err(), Denial::TokenExpired);
    assert_eq!(recovery_of(&world, user).await, Some(pending));
}

#[tokio::test]
async fn a_failure_closes_a_door_that_stands_open() {
    let world = recovery_world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let grant = recovered(&world, user).await;
    let (setup, totp) = start(&world, &grant).await.unwrap();
    fail(&world, &person, "code").await;
    let effective_at = world.clock.time() + Duration::from_secs(72 * HOUR);
    let refused = [
        start(&world, &grant).await.map(drop),
        confirm(&world, &setup, &totp).await.map(drop),
        complete(&world, user).await.map(drop),
    ];
    let waiting = Denial::DelayedRecoveryWaiting { effective_at };
    assert_eq!(
        refused.map(Result::unwrap_err),
        [Denial::TokenExpired, Denial::TokenExpired, waiting]
    );
    world.forward(72 * HOUR);
    let grant = complete(&world, user).await.unwrap();
    let (setup, totp) = start(&world, &grant).await.unwrap();
    assert!(confirm(&world, &setup, &totp).await.is_ok());
}

#[tokio::test]
async fn one_at_a_time_and_two_in_thirty_days() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    let thirty_days = 30 * 24 * HOUR;
    let first = world.clock.time();
    request(&world, &user).await.unwrap();
    let challenge = world.challenge(&user).await;
    let written = world.written(&user).await;
    let second = denied(world.mfa.request_delayed_recovery(&challenge).await);
    assert_eq!(second.unwrap_err(), Denial::DelayedRecoveryPending);
    assert_eq!(world.written(&user).await, written);

    // What is refused counts nothing and spends no challenge.
    world.mfa.cancel_delayed_recovery(&user).await.unwrap();
    world.forward(60);
    world
        .mfa
        .request_delayed_recovery(&challenge)
        .await
        .unwrap();
    let spent = denied(world.mfa.request_delayed_recovery(&challenge).await);
    assert_eq!(spent.unwrap_err(), Denial::TokenSpent);
    world.mfa.password_changed(&user).await.unwrap();

    let retry_at = first + Duration::from_secs(thirty_days);
    world.forward(thirty_days - 60 - 1);
    let written = world.written(&user).await;
    let refused = request(&world, &user).await.unwrap_err();
    assert_eq!(refused, Denial::Throttled { retry_at });
    assert_eq!(world.written(&user).await, written);
    world.forward(1);
    request(&world, &user).await.unwrap();
    world.mfa.cancel_delayed_recovery(&user).await.unwrap();
    let refused = request(&world, &user).await.unwrap_err();
    let retry_at = retry_at + Duration::from_secs(60);
    assert_eq!(refused, Denial::Throttled { retry_at });
}

#[tokio::test]
async fn without_the_policy_there_is_none() {
    let world = world();
    let user = world.enroll(1).await.user;
    let written = world.written(&user).await;
    let refused = [
        request(&world, &user).await.map(drop),
        complete(&world, &user).await.map(drop),
    ];
    assert_eq!(
        refused.map(Result::unwrap_err),
        [Denial::MethodUnavailable; 2]
    );
    let none = denied(world.mfa.cancel_delayed_recovery(&user).await);
    assert_eq!(none.unwrap_err(), Denial::NoDelayedRecovery);
    assert_eq!(world.written(&user).await, written);
}

#[tokio::test]
async fn a_policy_that_gives_it_up_ends_what_is_under_way() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    let grant = recovered(&world, &user).await;
    let without = World::over(Arc::clone(&world.store), policy(), KEY_A);
    without.forward(72 * HOUR);
    let Login::Challenge(challenge) = without.mfa.begin_login(&user, password()).await.unwrap()
    else {
        panic!("the old factors stand");
    };
    assert_eq!(challenge.delayed_recovery, None);
    assert!(
        without
            .last(&user, EventKind::DelayedRecoveryCancelled)
            .await
            .notify_user()
    );
    for world in [&without, &world] {
        let denial = start(world, &grant).await.unwrap_err();
        assert_eq!(denial, Denial::TokenExpired, "nor when it comes back");
    }
}

#[tokio::test] // S-32
async fn a_challenge_of_another_client_or_of_before_a_block_asks_for_nothing() {
    let world = recovery_world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let browser = world
        .mfa
        .with_context(RequestContext::new().binding("alice's cookie"));
    let Login::Challenge(bound) = browser.begin_login(user, password()).await.unwrap() else {
        panic!("no challenge");
    };
    let stolen = denied(world.mfa.request_delayed_recovery(&bound.token).await);
    assert_eq!(stolen.unwrap_err(), Denial::TokenInvalid);
    for _ in 0..5 {
        fail(&world, &person, "code").await;
    }
    let written = world.written(user).await;
    let dead = denied(browser.request_delayed_recovery(&bound.token).await);
    assert_eq!(dead.unwrap_err(), Denial::TokenExpired);
    assert_eq!(world.written(user).await, written);
    assert!(
        request(&world, user).await.is_ok(),
        "a block does not forbid it"
    );
}

#[tokio::test]
async fn a_block_ends_the_challenge_that_would_complete_it_too() {
    let world = recovery_world();
    let person = world.enroll(1).await;
    let user = &person.user;
    request(&world, user).await.unwrap();
    for _ in 0..2 {
        fail(&world, &person, "code").await;
    }
    world.forward(72 * HOUR);
    let challenge = world.challenge(user).await;
    for _ in 0..3 {
        fail(&world, &person, "code").await;
    }
    let written = world.written(user).await;
    let dead = denied(world.mfa.complete_delayed_recovery(&challenge).await);
    assert_eq!(dead.unwrap_err(), Denial::TokenExpired);
    assert_eq!(world.written(user).await, written);
    assert!(
        complete(&world, user).await.is_ok(),
        "with a new password check"
    );
}

#[tokio::test]
async fn a_policy_that_became_shorter_brings_neither_the_end_nor_the_reminder_nearer() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    let asked = request(&world, &user).await.unwrap();
    let day = Duration::from_secs(24 * HOUR);
    let shorter = policy().delayed_recovery_after(day);
    let shorter = World::over(Arc::clone(&world.store), shorter, KEY_A);
    shorter.sign_in(&user, WRONG_CODE).await.unwrap_err();
    assert_eq!(recovery_of(&shorter, &user).await, Some(asked));

    let due = async || {
        let horizon = shorter.clock.time();
        shorter.directory.run_due(horizon).await.unwrap().settled
    };
    shorter.forward(48 * HOUR - 1);
    assert_eq!(due().await, 0);
    shorter.forward(1);
    assert_eq!(due().await, 1);
}

#[tokio::test]
async fn what_is_refused_tells_nothing_that_is_due_by_then() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    world.forward(48 * HOUR - 1);
    let challenge = world.challenge(&user).await;
    world.forward(1);
    let written = world.written(&user).await;
    let refused = denied(world.mfa.request_delayed_recovery(&challenge).await);
    assert_eq!(refused.unwrap_err(), Denial::DelayedRecoveryPending);
    assert_eq!(world.written(&user).await, written);
}

#[tokio::test]
async fn a_restart_never_brings_the_end_of_the_wait_nearer() {
    let world = World::with(everything().delayed_recovery_after(Duration::from_secs(30 * 86_400)));
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    let now = world.under(everything().delayed_recovery_after(Duration::from_secs(86_400)));
    let before = now.mfa.status(&alice.user).await.unwrap();
    now.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    let after = now.mfa.status(&alice.user).await.unwrap();
    let at = |s: countersign::Status| s.delayed_recovery.unwrap().effective_at;
    assert!(at(after) >= at(before));
}

#[tokio::test]
async fn a_recoverys_grant_ends_with_the_policy() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    world.forward(72 * HOUR);
    let challenge = world.challenge(&alice.user).await;
    let grant = world
        .mfa
        .complete_delayed_recovery(&challenge)
        .await
        .unwrap();
    let off = world.under(everything().delayed_recovery(false));
    let setup = off.mfa.start_granted_enrollment(&grant, "m").await;
    assert_eq!(denied(setup.map(drop)), Err(Denial::TokenExpired));
}

#[tokio::test]
async fn a_new_password_that_is_due_stands_before_completing_a_recovery() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    world.fail(&alice, Factor::Authenticator, 20).await;
    world.fail(&alice, Factor::RecoveryCode, 19).await;
    world.forward(40 * HOUR);
    let open = world.challenge(&alice.user).await;
    let grant = world.mfa.complete_delayed_recovery(&open).await.unwrap();
    world.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    assert!(matches!(
        world
            .mfa
            .begin_login(&alice.user, password())
            .await
            .unwrap(),
        Login::PasswordChangeRequired
    ));
    let setup = world.mfa.start_granted_enrollment(&grant, "m").await;
    let due = Err(Denial::PasswordChangeRequired);
    assert_eq!(denied(setup.map(drop)), due);
}
