//! What a foreign key, or a foreign token's counter, must not bring along.

use countersign::account::Import;
use countersign::event::Reason;
use countersign::keyuri::KeyUri;
use countersign::otp::{HotpParams, Period, TimeStep, TotpParams};
use countersign::secret::Secret;
use countersign::{Denial, FailedFirstFactor, Login, NewAuthenticator, Policy, UserId};

use crate::support::{World, denied, password, policy, rfc_code, rfc_import, rfc_secret, world};

#[tokio::test] // S-10
async fn a_token_code_that_is_typed_again_is_recorded_as_a_reuse_and_told() {
    let (world, user) = (world(), UserId::from(1_u64));
    let import = Import::hotp(rfc_secret(), HotpParams::default(), 0);
    world.mfa.import(&user, import).await.unwrap();
    world.sign_in(&user, "755224").await.unwrap();
    world.sign_in(&user, "755224").await.unwrap_err();
    let last = world.events(&user).await.pop().unwrap();
    assert_eq!(last.reason, Some(Reason::ReplayedCode));
    assert!(last.notify_user());
}

#[tokio::test]
async fn failures_from_before_an_import_are_not_charged_to_what_was_imported() {
    let world = world();
    let user = UserId::from(1_u64);
    // A session that was left open, and somebody who does not know the password.
    for _ in 0..50 {
        world.forward(3600);
        let failed = FailedFirstFactor;
        let refused = world.mfa.start_enrollment(&user, "thief", failed).await;
        if denied(refused).unwrap_err() == Denial::PasswordChangeRequired {
            world.mfa.password_changed(&user).await.unwrap();
            let failed = FailedFirstFactor;
            let _ = world.mfa.start_enrollment(&user, "thief", failed).await;
        }
    }
    world.forward(3600);
    world.mfa.password_changed(&user).await.unwrap();
    world.mfa.import(&user, rfc_import(&world)).await.unwrap();
    let Login::Challenge(challenge) = world.mfa.begin_login(&user, password()).await.unwrap()
    else {
        panic!("there is a second factor");
    };
    assert!(!challenge.methods.is_empty(), "shut out for good");
    let code = rfc_code(&world, 0);
    let answer = denied(
        world
            .mfa
            .answer_challenge(&challenge.token, code.as_str())
            .await,
    );
    assert!(answer.is_ok(), "{answer:?}");
}

#[tokio::test]
async fn a_second_run_reports_the_weak_keys_of_the_first() {
    let world = world();
    let weak = || {
        let secret = Secret::dangerous_from_weak_bytes(&[7; 10]).unwrap();
        let import = Import::totp(secret, TotpParams::default()).dangerous_weak_key();
        [(UserId::from(1_u64), import)]
    };
    let first = world.mfa.import_all(weak()).await.unwrap();
    let second = world.mfa.import_all(weak()).await.unwrap();
    assert_eq!(first.weak_keys, [UserId::from(1_u64)]);
    assert_eq!(second.weak_keys, first.weak_keys);
}

#[tokio::test] // S-9
async fn a_key_with_a_zero_behind_it_is_the_same_key() {
    let (world, user) = (world(), UserId::from(1_u64));
    world.mfa.import(&user, rfc_import(&world)).await.unwrap();
    // HMAC pads a key with zeros (RFC 2104 §2).
    let padded = Secret::from_bytes(b"12345678901234567890\0").unwrap();
    let import = Import::totp(padded, TotpParams::default());
    let again = denied(world.mfa.import(&user, import).await);
    assert_eq!(again.unwrap_err(), Denial::KeyAlreadyBound);
}

#[tokio::test] // S-9
async fn a_code_is_not_good_again_because_the_window_moved_towards_its_twin() {
    // The steps 103424 and 103427 share 746629 under this key (TWINS of src/otp/totp/tests.rs).
    let mut accepted = Vec::new();
    for drift_memory in [false, true] {
        let world = World::with(policy().drift_memory(drift_memory));
        let user = UserId::from(1_u64);
        world.mfa.import(&user, rfc_import(&world)).await.unwrap();
        world.back(world.clock.time().as_unix() - 103_423 * 30);
        // The token's clock is one step ahead, so that the code arrives one step early. It arrives
        // again two steps later.
        world.sign_in(&user, "746629").await.unwrap();
        world.forward(60);
        accepted.push(world.sign_in(&user, "746629").await.is_ok());
    }
    assert_eq!(accepted, [false, false]);
}

#[tokio::test] // S-7
async fn the_strict_preset_binds_no_key_whose_codes_live_longer_than_half_a_minute() {
    let strict = Policy::strict("tests", "Tests");
    for (policy, seconds, refusal) in [
        (strict.clone(), 30, None),
        (strict, 31, Some(Denial::PeriodTooLong)),
        (policy(), 120, None),
    ] {
        let world = World::with(policy);
        let params = TotpParams::default().with_period(Period::new(seconds).unwrap());
        let uri = KeyUri::totp("Acme", "4711", rfc_secret(), &params).unwrap();
        let new = NewAuthenticator::from_key_uri(uri);
        let user = UserId::from(1_u64);
        world.mfa.register(&user).await.unwrap();
        let started = world.mfa.start_enrollment(&user, new, world.password());
        assert_eq!(denied(started.await).err(), refusal, "{seconds} s");
    }
}

#[tokio::test]
async fn a_last_step_that_lies_ahead_shuts_nobody_out() {
    let (world, user) = (world(), UserId::from(1_u64));
    // A host that passes on seconds where steps are asked for.
    let seconds = TimeStep::new(world.clock.time().as_unix());
    let import = rfc_import(&world).last_step(seconds);
    if world.mfa.import(&user, import).await.is_ok() {
        world.forward(3600);
        assert!(world.sign_in(&user, &rfc_code(&world, 0)).await.is_ok());
    }
}

#[tokio::test]
async fn a_strict_policy_holds_for_keys_that_are_brought() {
    let policy = Policy::strict("tests", "Tests");
    let world = World::with(policy);
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    let params = TotpParams::default().with_period(countersign::otp::Period::new(120).unwrap());
    let uri = countersign::keyuri::KeyUri::totp("a", "b", secret, &params).unwrap();
    let user = UserId::from(1_u64);
    world.mfa.register(&user).await.unwrap();
    let start = world
        .mfa
        .start_enrollment(&user, NewAuthenticator::from_key_uri(uri), world.password())
        .await;
    assert!(start.is_err());
}
