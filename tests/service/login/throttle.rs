//! What guessing costs.

use std::sync::Arc;
use std::time::Duration;

use countersign::account::{Completed, CompletedBy, Factor, Method, SessionEffect, StepUpPurpose};
use countersign::event::{EventKind, Reason};
use countersign::{Answer, Denial, FailedFirstFactor, Login, NewAuthenticator, UserId};

use crate::support::{
    FOREIGN_RECOVERY_CODE, Person, WRONG_CODE, World, denied, password, policy, rfc_import, world,
};

pub(crate) async fn fail_now(world: &World, person: &Person, typed: &str, times: u32) {
    for _ in 0..times {
        let denial = world.sign_in(&person.user, typed).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
}

pub(crate) fn throttled_for(world: &World, seconds: u64) -> Denial {
    Denial::Throttled {
        retry_at: world.clock.time() + Duration::from_secs(seconds),
    }
}

#[tokio::test] // S-13, S-14, S-16
async fn the_fifth_failure_blocks_for_30_seconds_and_each_further_one_for_twice_as_long() {
    let world = world();
    let person = world.enroll(1).await;
    fail_now(&world, &person, WRONG_CODE, 4).await;
    let mut block = 30;
    for failure in 5..=13 {
        fail_now(&world, &person, WRONG_CODE, 1).await;
        let last = world.events(&person.user).await.pop().unwrap();
        assert_eq!(last.kind, EventKind::FactorBlocked, "failure {failure}");
        assert_eq!(last.reason, Some(Reason::Blocked));
        assert_eq!(last.factor, Some(Factor::Authenticator));
        assert!(last.notify_user());

        let written = world.written(&person.user).await;
        for _ in 0..3 {
            let code = world.code(&person);
            let denial = world.sign_in(&person.user, &code).await.unwrap_err();
            assert_eq!(denial, throttled_for(&world, block), "failure {failure}");
        }
        assert_eq!(
            world.written(&person.user).await,
            written,
            "a blocked attempt writes nothing"
        );
        world.forward(block - 1);
        // The user is told of what nobody completed.
        let now = world.clock.time();
        world.directory.run_due(now).await.unwrap();
        let written = world.written(&person.user).await;
        let code = world.code(&person);
        let denial = world.sign_in(&person.user, &code).await.unwrap_err();
        assert_eq!(denial, throttled_for(&world, 1), "failure {failure}");
        assert_eq!(
            world.written(&person.user).await,
            written,
            "a blocked attempt writes nothing"
        );
        world.forward(1);
        block = (block * 2).min(3600);
    }
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
    fail_now(&world, &person, WRONG_CODE, 4).await;
    world.forward(30);
    let code = world.code(&person);
    assert!(
        world.sign_in(&person.user, &code).await.is_ok(),
        "success began the count again"
    );
}

#[tokio::test]
async fn a_right_code_during_a_block_is_refused_and_not_used_up() {
    let world = world();
    let person = world.enroll(1).await;
    world.forward(300);
    fail_now(&world, &person, WRONG_CODE, 5).await;
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_err());
    world.forward(30);
    assert!(world.sign_in(&person.user, &code).await.is_ok());

    fail_now(&world, &person, FOREIGN_RECOVERY_CODE, 5).await;
    let denial = world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap_err();
    assert_eq!(denial, throttled_for(&world, 30));
    world.forward(30);
    assert!(
        world
            .sign_in(&person.user, &person.recovery[0])
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_block_ends_the_challenges_that_were_open() {
    let world = world();
    let person = world.enroll(1).await;
    world.forward(300);
    let open = world.challenge(&person.user).await;
    fail_now(&world, &person, WRONG_CODE, 5).await;
    let code = world.code(&person);

    let answer = denied(world.mfa.answer_challenge(&open, &code).await);
    assert_eq!(answer.unwrap_err(), throttled_for(&world, 30));
    let answer = denied(world.mfa.answer_challenge(&open, &person.recovery[0]).await);
    assert_eq!(
        answer.unwrap_err(),
        Denial::TokenExpired,
        "the other factor is not blocked"
    );
    world.forward(30);
    let written = world.written(&person.user).await;
    let answer = denied(world.mfa.answer_challenge(&open, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::TokenExpired);
    assert_eq!(
        world.written(&person.user).await,
        written,
        "nothing was evaluated"
    );
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test]
async fn a_challenge_issued_during_a_block_is_good_for_the_other_factor_at_once() {
    let world = world();
    let person = world.enroll(1).await;
    fail_now(&world, &person, WRONG_CODE, 5).await;
    let challenge = world.challenge(&person.user).await;
    assert!(
        world
            .mfa
            .answer_challenge(&challenge, &person.recovery[0])
            .await
            .is_ok()
    );
    // S-15: and it leaves the block of the authenticator.
    let code = world.code(&person);
    let denial = world.sign_in(&person.user, &code).await.unwrap_err();
    assert_eq!(denial, throttled_for(&world, 30));
}

#[tokio::test] // S-15
async fn success_clears_the_count_of_its_own_factor_alone() {
    let world = world();
    let person = world.enroll(1).await;
    fail_now(&world, &person, FOREIGN_RECOVERY_CODE, 4).await;
    fail_now(&world, &person, WRONG_CODE, 4).await;
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();
    fail_now(&world, &person, FOREIGN_RECOVERY_CODE, 1).await;
    let denial = world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap_err();
    assert_eq!(denial, throttled_for(&world, 30));

    fail_now(&world, &person, WRONG_CODE, 4).await;
    world.forward(30);
    world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap();
    fail_now(&world, &person, WRONG_CODE, 1).await;
    let code = world.code(&person);
    let denial = world.sign_in(&person.user, &code).await.unwrap_err();
    assert_eq!(denial, throttled_for(&world, 30));
}

#[tokio::test] // S-14
async fn every_operation_that_takes_a_code_draws_on_the_same_budget() {
    let world = world();
    let person = world.enroll(1).await;
    let (mfa, user) = (&world.mfa, &person.user);
    let wrong = world.wrong_code(&person);
    let proof = || world.with_code(&wrong);
    let denials = [
        world.sign_in(user, &wrong).await.unwrap_err(),
        denied(mfa.disable_mfa(user, proof()).await).unwrap_err(),
        denied(mfa.regenerate_recovery_codes(user, proof()).await).unwrap_err(),
        denied(mfa.start_enrollment(user, "a", proof()).await).unwrap_err(),
        denied(
            mfa.step_up(user, world.password(), &wrong, StepUpPurpose::Add)
                .await,
        )
        .unwrap_err(),
    ];
    assert_eq!(denials[0], Denial::InvalidCode);
    assert!(
        denials[1..]
            .iter()
            .all(|denial| *denial == Denial::ReauthenticationFailed)
    );
    let code = world.code(&person);
    let blocked = throttled_for(&world, 30);
    assert_eq!(world.sign_in(user, &code).await.unwrap_err(), blocked);
    let written = world.written(user).await;
    let proof = world.with_code(&code);
    for password in [
        proof,
        FailedFirstFactor.with_code(Answer::parse(&code).unwrap()),
    ] {
        let denial = denied(mfa.disable_mfa(user, password).await).unwrap_err();
        assert_eq!(denial, blocked);
    }
    assert_eq!(world.written(user).await, written);
}

#[tokio::test] // S-13
async fn the_fiftieth_failure_in_a_row_disables_the_factor_until_it_is_replaced() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    world.fail(&person, Factor::Authenticator, 49).await;
    world.mfa.password_changed(user).await.unwrap();
    let code = world.code(&person);
    // The 49th did not disable it: this one would have passed.
    let open = world.challenge(user).await;
    world.fail(&person, Factor::Authenticator, 1).await;
    let last = world.events(user).await.pop().unwrap();
    assert_eq!(
        (last.kind, last.reason),
        (EventKind::FactorBlocked, Some(Reason::Exhausted))
    );
    for answer in [
        denied(world.mfa.answer_challenge(&open, &code).await),
        world.sign_in(user, &world.code(&person)).await,
    ] {
        assert!(answer.is_err());
    }
    world.forward(1_000_000);
    let now = world.clock.time();
    world.directory.run_due(now).await.unwrap();
    let written = world.written(user).await;
    for _ in 0..2 {
        let code = world.code(&person);
        let denial = world.sign_in(user, &code).await.unwrap_err();
        assert_eq!(denial, Denial::FactorExhausted);
        let proof = world.with_code(&code);
        let denial = denied(world.mfa.disable_mfa(user, proof).await).unwrap_err();
        assert_eq!(denial, Denial::FactorExhausted);
    }
    assert_eq!(world.written(user).await, written);
    world.mfa.password_changed(user).await.unwrap();
    let Login::Challenge(challenge) = world.mfa.begin_login(user, password()).await.unwrap() else {
        panic!("there is a second factor");
    };
    assert_eq!(challenge.kinds(), [Method::RecoveryCode]);

    // Another authenticator beside it does not bring it back; one in its place does.
    let proof = world.with_code(&person.recovery[0]);
    let (_, second) = world.add(user, NewAuthenticator::new("alice"), proof).await;
    world.forward(30);
    let code = crate::support::code_at(&second, world.clock.time());
    assert_eq!(
        world.sign_in(user, &code).await.unwrap_err(),
        Denial::FactorExhausted
    );
    let proof = world.with_code(&person.recovery[1]);
    let new = NewAuthenticator::new("alice").replacing(person.setup.authenticator);
    let (_, third) = world.add(user, new, proof).await;
    world.forward(30);
    let code = crate::support::code_at(&third, world.clock.time());
    assert!(world.sign_in(user, &code).await.is_ok());
}

#[tokio::test] // S-13, S-19
async fn disabled_recovery_codes_come_back_by_new_ones_proved_with_an_authenticator() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    world.fail(&person, Factor::RecoveryCode, 50).await;
    world.forward(3600);
    let denial = denied(
        world
            .mfa
            .disable_mfa(user, world.with_code(&person.recovery[0]))
            .await,
    );
    assert_eq!(denial.unwrap_err(), Denial::FactorExhausted);
    let proof = world.with_code(&world.code(&person));
    let regenerated = world
        .mfa
        .regenerate_recovery_codes(user, proof)
        .await
        .unwrap();
    assert_eq!(regenerated.sessions.effect, SessionEffect::Rotate);
    let fresh = regenerated.recovery_codes.deliver().codes()[0]
        .expose()
        .to_string();
    world.mfa.password_changed(user).await.unwrap();
    assert!(world.sign_in(user, &fresh).await.is_ok());
}

#[tokio::test] // S-13
async fn the_fortieth_failure_of_all_factors_asks_for_a_new_password() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    world.fail(&person, Factor::Authenticator, 20).await;
    world.forward(3600);
    let code = world.code(&person);
    world.sign_in(user, &code).await.unwrap();
    world.fail(&person, Factor::RecoveryCode, 19).await;
    world.forward(3600);
    let open = world.challenge(user).await;
    let wrong = world.wrong_code(&person);
    // This is the first failure of the authenticator in a row, which is no block. Open challenges
    // end all the same.
    world.sign_in(user, &wrong).await.unwrap_err();
    let last = world.events(user).await.pop().unwrap();
    assert_eq!(last.kind, EventKind::PasswordChangeDemanded);
    assert!(last.notify_user());
    for _ in 0..2 {
        assert!(matches!(
            world.mfa.begin_login(user, password()).await.unwrap(),
            Login::PasswordChangeRequired
        ));
    }
    world.forward(60);
    let code = world.code(&person);
    let answer = denied(world.mfa.answer_challenge(&open, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::TokenExpired);

    let change = world.mfa.password_changed(user).await.unwrap();
    assert_eq!(change.effect, SessionEffect::EndOthers);
    assert!(world.sign_in(user, &code).await.is_ok());
}

#[tokio::test]
async fn whom_a_policy_that_became_stricter_hits_is_told_once() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    world.fail(&person, Factor::Authenticator, 20).await;
    world.forward(3600);
    let stricter = policy().password_change_after(15);
    let builder = world.builder(Arc::clone(&world.store)).policy(stricter);
    let stricter = builder.build().unwrap();
    for _ in 0..2 {
        let login = stricter.begin_login(user, password()).await.unwrap();
        assert!(matches!(login, Login::PasswordChangeRequired), "{login:?}");
    }
    let events = world.events(user).await;
    let demanded: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::PasswordChangeDemanded)
        .collect();
    assert_eq!(demanded.len(), 1);
    assert!(demanded[0].notify_user());

    // A new password begins the count anew, and its end is told again.
    stricter.password_changed(user).await.unwrap();
    world.fail(&person, Factor::RecoveryCode, 15).await;
    world.forward(3600);
    let login = stricter.begin_login(user, password()).await.unwrap();
    assert!(matches!(login, Login::PasswordChangeRequired), "{login:?}");
    let kinds = world.kinds(user).await;
    assert_eq!(kinds.last(), Some(&EventKind::PasswordChangeDemanded));
}

#[tokio::test]
async fn no_new_password_is_said_to_be_needed_where_none_is_asked_for() {
    let (world, user) = (world(), UserId::from(1_u64));
    for _ in 0..40 {
        world.forward(3600);
        let failed = FailedFirstFactor;
        let start = world.mfa.start_enrollment(&user, "alice", failed).await;
        let denial = denied(start.map(drop)).unwrap_err();
        assert_eq!(denial, Denial::ReauthenticationFailed);
    }
    let kinds = world.kinds(&user).await;
    assert!(!kinds.contains(&EventKind::PasswordChangeDemanded));
    let login = world.mfa.begin_login(&user, password()).await.unwrap();
    assert!(
        matches!(
            login,
            Login::Completed(Completed {
                by: CompletedBy::NotEnrolled { .. },
                ..
            })
        ),
        "{login:?}"
    );
    let start = world
        .mfa
        .start_enrollment(&user, "alice", world.password())
        .await;
    let denial = denied(start.map(drop)).unwrap_err();
    assert_eq!(denial, Denial::PasswordChangeRequired);

    // It is, once there is a second factor.
    let import = rfc_import(&world);
    world.mfa.import(&user, import).await.unwrap();
    let login = world.mfa.begin_login(&user, password()).await.unwrap();
    assert!(matches!(login, Login::PasswordChangeRequired), "{login:?}");
}

#[tokio::test]
async fn a_new_password_lifts_a_block_and_keeps_the_count() {
    let world = world();
    let person = world.enroll(1).await;
    fail_now(&world, &person, WRONG_CODE, 5).await;
    world.mfa.password_changed(&person.user).await.unwrap();
    fail_now(&world, &person, WRONG_CODE, 1).await;
    let code = world.code(&person);
    let denial = world.sign_in(&person.user, &code).await.unwrap_err();
    assert_eq!(
        denial,
        throttled_for(&world, 60),
        "it was the sixth in a row"
    );
    world.mfa.password_changed(&person.user).await.unwrap();
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)] // S-13
async fn parallel_guesses_are_charged_one_by_one() {
    let world = world();
    let person = world.enroll(1).await;
    let mut tasks = Vec::new();
    for _ in 0..8 {
        let mfa = world.mfa.clone();
        let challenge = world.challenge(&person.user).await;
        tasks.push(tokio::spawn(async move {
            mfa.answer_challenge(&challenge, WRONG_CODE)
                .await
                .unwrap_err()
        }));
    }
    let mut wrong = 0;
    for task in tasks {
        wrong += usize::from(task.await.unwrap().denial() == Some(Denial::InvalidCode));
    }
    let events = world.events(&person.user).await;
    let refused = events
        .iter()
        .filter(|event| event.kind == EventKind::LoginRefused);
    assert_eq!(refused.count(), wrong, "each answer was charged");
    assert!(wrong <= 5, "{wrong} guesses before the block");
}
