//! Which answers pass the second step, and what the others look like.

use countersign::account::{Completed, CompletedBy, Factor, Method, RecordError, SessionEffect};
use countersign::event::{EventKind, Outcome, Reason, Severity};
use countersign::otp::Totp;
use countersign::time::Timestamp;
use countersign::{Answer, Denial, Login, UserId};

use crate::support::{
    FOREIGN_RECOVERY_CODE, Person, World, code_at, denied, password, rfc_code, rfc_import, world,
};

fn code_off_by(world: &World, person: &Person, seconds: i64) -> String {
    let time = world.clock.time().as_unix().saturating_add_signed(seconds);
    code_at(&person.totp, Timestamp::from_unix(time))
}

#[tokio::test] // S-9, S-53
async fn all_that_is_not_right_is_answered_alike_and_charged() {
    let world = world();
    let person = world.enroll(1).await;
    let spent = code_off_by(&world, &person, -30);
    world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap();
    let wrong = world.wrong_code(&person);
    let (totp, recovery) = (Factor::Authenticator, Factor::RecoveryCode);
    let cases = [
        (wrong.as_str(), totp, Reason::WrongCode),
        (&spent, totp, Reason::ReplayedCode),
        ("1234567", totp, Reason::WrongCode),
        ("12345678", totp, Reason::WrongCode),
        (FOREIGN_RECOVERY_CODE, recovery, Reason::WrongCode),
        (&person.recovery[0], recovery, Reason::UsedRecoveryCode),
    ];
    for (typed, factor, reason) in cases {
        // A new password lifts the block of the case before, and success clears its count.
        world.mfa.password_changed(&person.user).await.unwrap();
        world.forward(90);
        let code = world.code(&person);
        world.sign_in(&person.user, &code).await.unwrap();
        let answer = match reason {
            Reason::ReplayedCode => code,
            _ => typed.to_owned(),
        };
        let failures = if factor == totp { 5 } else { 1 };
        let before = world.events(&person.user).await.len();
        for attempt in 1..=failures {
            let denial = world.sign_in(&person.user, &answer).await.unwrap_err();
            assert_eq!(denial, Denial::InvalidCode, "{typed:?}, {attempt}");
        }
        let events = world.events(&person.user).await;
        let (refused, blocked) = events[before..].split_at(failures);
        for event in refused {
            assert_eq!(event.kind, EventKind::LoginRefused, "{typed:?}");
            assert_eq!(event.outcome, Outcome::Refused, "{typed:?}");
            assert_eq!(event.reason, Some(reason), "{typed:?}");
            assert_eq!(event.factor, Some(factor), "{typed:?}");
            assert_eq!(event.severity, Severity::Warning, "{typed:?}");
        }
        if factor == totp {
            let [blocked] = blocked else {
                panic!("{typed:?} was not charged five times: {blocked:?}");
            };
            assert_eq!(blocked.kind, EventKind::FactorBlocked, "{typed:?}");
        }
    }
}

#[tokio::test] // S-19
async fn wrong_recovery_codes_are_charged_like_any_others() {
    let world = world();
    let person = world.enroll(1).await;
    world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap();
    let longer = "zzzz-zzzz-zzzz-zzzz-zzzz-zzzz-zzzz-zzzz";
    for typed in [
        FOREIGN_RECOVERY_CODE,
        &person.recovery[0],
        longer,
        FOREIGN_RECOVERY_CODE,
        longer,
    ] {
        let challenge = world.challenge(&person.user).await;
        let answer = world
            .mfa
            .answer_challenge(&challenge, Answer::recovery_code(typed))
            .await;
        assert_eq!(denied(answer).unwrap_err(), Denial::InvalidCode);
    }
    let retry_at = world.clock.time() + std::time::Duration::from_secs(30);
    assert_eq!(
        world
            .sign_in(&person.user, &person.recovery[1])
            .await
            .unwrap_err(),
        Denial::Throttled { retry_at }
    );
}

#[tokio::test] // S-6
async fn codes_one_step_off_are_taken_and_two_steps_off_are_not() {
    for (offset, taken) in [
        (-60, false),
        (-30, true),
        (0, true),
        (30, true),
        (60, false),
    ] {
        for moment in [0, 29] {
            let world = world();
            let person = world.enroll(1).await;
            world.forward(300 + moment);
            let code = code_off_by(&world, &person, offset);
            let answer = world.sign_in(&person.user, &code).await;
            assert_eq!(answer.is_ok(), taken, "{offset} s off at second {moment}");
        }
    }
}

#[tokio::test] // S-7
async fn the_strict_preset_takes_the_current_step_alone() {
    let world = World::with(countersign::Policy::strict("tests", "Tests"));
    let user = UserId::from(1_u64);
    world.mfa.register(&user).await.unwrap();
    let setup = world
        .mfa
        .start_enrollment(&user, "alice@example.com", world.password())
        .await
        .unwrap();
    let totp = Totp::new(&setup.secret, world.mfa.policy().totp_params());
    let code = code_at(&totp, world.clock.time());
    world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    world.forward(300);
    let at = |offset: i64| {
        let time = world.clock.time().as_unix().saturating_add_signed(offset);
        code_at(&totp, Timestamp::from_unix(time))
    };
    for (offset, taken) in [(-1, false), (30, false), (29, true)] {
        assert_eq!(
            world.sign_in(&user, &at(offset)).await.is_ok(),
            taken,
            "{offset} s off"
        );
    }
}

#[tokio::test] // S-9
async fn an_older_step_is_dead_once_a_newer_one_was_taken() {
    let world = world();
    let person = world.enroll(1).await;
    world.forward(300);
    let ahead = code_off_by(&world, &person, 30);
    world.sign_in(&person.user, &ahead).await.unwrap();
    for offset in [-30, 0, 30] {
        let code = code_off_by(&world, &person, offset);
        let denial = world.sign_in(&person.user, &code).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode, "{offset}");
        let last = world.events(&person.user).await.pop().unwrap();
        assert_eq!(last.reason, Some(Reason::ReplayedCode), "{offset}");
    }
    world.forward(60);
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test] // S-9: steps 153567 and 153569 of this key are both 468457
async fn a_code_that_two_steps_share_passes_once() {
    let world = world();
    world.clock.set(Timestamp::from_unix(153_500 * 30));
    let user = UserId::from(1_u64);
    world.mfa.import(&user, rfc_import(&world)).await.unwrap();

    world.forward(68 * 30);
    assert!(world.sign_in(&user, "468457").await.is_ok());
    world.forward(30);
    assert_eq!(rfc_code(&world, 0), "468457", "its step has the same code");
    assert_eq!(
        world.sign_in(&user, "468457").await.unwrap_err(),
        Denial::InvalidCode
    );
    let last = world.events(&user).await.pop().unwrap();
    assert_eq!(last.reason, Some(Reason::ReplayedCode));
    world.forward(30);
    let code = rfc_code(&world, 0);
    assert!(world.sign_in(&user, &code).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)] // S-9, S-20
async fn of_many_at_once_one_code_and_one_recovery_code_win() {
    let world = world();
    let person = world.enroll(1).await;
    for typed in [world.code(&person), person.recovery[0].clone()] {
        let mut tasks = Vec::new();
        for _ in 0..6 {
            let (mfa, typed) = (world.mfa.clone(), typed.clone());
            let challenge = world.challenge(&person.user).await;
            tasks.push(tokio::spawn(async move {
                mfa.answer_challenge(&challenge, &typed).await
            }));
        }
        let mut won = 0;
        for task in tasks {
            won += u32::from(task.await.unwrap().is_ok());
        }
        assert_eq!(won, 1);
        world.mfa.password_changed(&person.user).await.unwrap();
    }
    assert_eq!(
        world
            .mfa
            .status(&person.user)
            .await
            .unwrap()
            .recovery_codes
            .unwrap()
            .remaining,
        9
    );
}

#[tokio::test] // S-33, S-46, S-51
async fn a_finished_login_says_how_and_leaves_a_trail() {
    let world = world();
    let person = world.enroll(1).await;
    let epoch = world.mfa.status(&person.user).await.unwrap().epoch;
    let before = world.events(&person.user).await.len();

    let verified = world
        .sign_in(&person.user, &world.code(&person))
        .await
        .unwrap();
    assert_eq!(verified.user, person.user);
    assert_eq!(verified.method, Method::Totp);
    assert_eq!(verified.authenticator, Some(person.setup.authenticator));
    assert_eq!(
        verified.sessions.assurance.unwrap().amr(),
        ["pwd", "otp", "mfa"]
    );
    assert_eq!(
        (verified.sessions.effect, verified.sessions.epoch),
        (SessionEffect::Rotate, epoch.unwrap())
    );

    for (used, remaining) in (1..=10).zip((0..10).rev()) {
        let code = person.recovery[used - 1].to_uppercase().replace('-', " ");
        let verified = world.sign_in(&person.user, &code).await.unwrap();
        assert_eq!(verified.method, Method::RecoveryCode);
        assert_eq!(verified.sessions.assurance.unwrap().amr(), ["pwd", "mfa"]);
        assert_eq!(verified.recovery_codes_remaining, remaining);
        assert_eq!(
            verified.recovery_codes_low,
            remaining <= 3,
            "{remaining} left"
        );
        world.forward(300);
    }
    let Login::Challenge(challenge) = world
        .mfa
        .begin_login(&person.user, password())
        .await
        .unwrap()
    else {
        panic!("there is a second factor");
    };
    assert_eq!(challenge.kinds(), [Method::Totp], "no code is left");

    let events = world.events(&person.user).await;
    assert_eq!(events[before].kind, EventKind::LoginVerified);
    assert!(!events[before].notify_user());
    let used: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::RecoveryCodeUsed)
        .collect();
    assert!(used.iter().all(|event| event.notify_user()));
    let numbers: Vec<_> = used.iter().filter_map(|event| event.code_number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[tokio::test] // S-47, S-10
async fn the_user_is_told_of_refused_logins_once_an_hour() {
    let world = world();
    let person = world.enroll(1).await;
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();
    let mut told = Vec::new();
    for wait in [0, 1, 1800, 1798, 1, 3599] {
        world.forward(wait);
        world.mfa.password_changed(&person.user).await.unwrap();
        let typed = match wait {
            0 => code.clone(),
            _ => world.wrong_code(&person),
        };
        world.sign_in(&person.user, &typed).await.unwrap_err();
        let events = world.events(&person.user).await;
        let refused = events
            .iter()
            .rfind(|event| event.kind == EventKind::LoginRefused);
        told.push(refused.unwrap().notify_user());
    }
    // A reuse has an hour of its own beside that of the other failures. A first wrong code waits,
    // and the login after a quarter of an hour tells of it.
    assert_eq!(told, [true, false, false, true, false, false]);
}

#[tokio::test]
async fn beginning_a_login_of_somebody_known_writes_nothing() {
    let world = world();
    let person = world.enroll(1).await;
    let before = world.written(&person.user).await;
    world.challenge(&person.user).await;
    assert!(matches!(
        world
            .mfa
            .begin_login_enrolled(&person.user, password())
            .await
            .unwrap(),
        Login::Challenge(_)
    ));
    assert_eq!(world.written(&person.user).await, before);

    let stranger = UserId::from(2_u64);
    assert!(matches!(
        world.mfa.begin_login(&stranger, password()).await.unwrap(),
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { .. },
            ..
        })
    ));
    assert_eq!(world.written(&stranger).await, (None, 0));
}

#[tokio::test] // S-44
async fn a_missing_record_of_somebody_enrolled_is_an_error() {
    let world = world();
    let error = world
        .mfa
        .begin_login_enrolled(&UserId::from(1_u64), password())
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        countersign::Error::Record(RecordError::Missing)
    ));
}

#[tokio::test] // S-48
async fn a_new_password_keeps_the_second_factor() {
    let world = world();
    let person = world.enroll(1).await;
    world.mfa.password_changed(&person.user).await.unwrap();
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
    assert!(
        world
            .sign_in(&person.user, &person.recovery[0])
            .await
            .is_ok()
    );
}

#[tokio::test] // S-53
async fn the_code_of_one_user_is_nothing_for_another() {
    let world = world();
    let (alice, bob) = (world.enroll(1).await, world.enroll(2).await);
    let code = world.code(&alice);
    if code != world.code(&bob) {
        let denial = world.sign_in(&bob.user, &code).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
    let denial = world
        .sign_in(&bob.user, &alice.recovery[0])
        .await
        .unwrap_err();
    assert_eq!(denial, Denial::InvalidCode);
    assert!(world.sign_in(&alice.user, &alice.recovery[0]).await.is_ok());
}
