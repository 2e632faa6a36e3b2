//! Remembered drift. The window moves with the clock of the authenticator, keeps its width, and
//! accepts no code twice.

use std::sync::Arc;

use countersign::event::Reason;
use countersign::otp::{TimeStep, TotpParams};
use countersign::policy::PolicyError;
use countersign::{Answer, Denial, FailedFirstFactor, NewAuthenticator, Policy, UserId};

use crate::support::{KEY_A, World, denied, policy, rfc_code, rfc_import};

fn remembering() -> Policy {
    policy().drift_memory(true)
}

/// Somebody with the RFC's key in a token whose clock cannot be set.
async fn holder(policy: Policy) -> (World, UserId) {
    let (world, user) = (World::with(policy), UserId::from(1_u64));
    world.mfa.import(&user, rfc_import(&world)).await.unwrap();
    (world, user)
}

/// Whether a token whose clock is so many steps ahead signs in, ten minutes after the last time.
async fn signs_in(world: &World, user: &UserId, ahead: i64) -> bool {
    world.forward(600);
    let answer = world.sign_in(user, &rfc_code(world, ahead)).await;
    answer.is_ok_and(|verified| verified.user == *user)
}

/// A token that is known to be so many steps ahead.
async fn known_ahead(policy: Policy, ahead: i64) -> (World, UserId) {
    let (world, user) = holder(policy).await;
    for step in 1..=ahead.abs() {
        assert!(
            signs_in(&world, &user, step * ahead.signum()).await,
            "{step}"
        );
    }
    assert_eq!(i64::from(recorded(&world, &user).await), ahead);
    (world, user)
}

async fn recorded(world: &World, user: &UserId) -> i8 {
    world.mfa.status(user).await.unwrap().authenticators[0].drift
}

#[tokio::test] // S-6, S-12
async fn by_default_drift_is_recorded_and_not_followed() {
    for ahead in [-1, 1] {
        let (world, user) = holder(policy()).await;
        assert!(signs_in(&world, &user, ahead).await);
        assert_eq!(i64::from(recorded(&world, &user).await), ahead);
        for (offset, right) in [(2 * ahead, false), (-2 * ahead, false), (-ahead, true)] {
            assert_eq!(signs_in(&world, &user, offset).await, right, "{offset}");
        }
    }
}

#[tokio::test] // S-6, S-12
async fn remembered_drift_opens_a_window_beside_the_one_of_now() {
    for known in [-3, -1, 0, 1, 2, 5] {
        for offset in -9..=9 {
            let (world, user) = known_ahead(remembering(), known).await;
            let right = (known - 1..=known + 1).contains(&offset) || (-1..=1).contains(&offset);
            let answer = signs_in(&world, &user, offset).await;
            assert_eq!(answer, right, "{offset} where {known} is known");
            // Only what was accepted taught anything.
            let taught = if right { offset } else { known };
            assert_eq!(i64::from(recorded(&world, &user).await), taught);
        }
    }
}

#[tokio::test] // S-12
async fn a_clock_is_followed_for_ten_steps_and_no_further() {
    for direction in [-1, 1] {
        let (world, user) = known_ahead(remembering(), 10 * direction).await;
        // The window around the tenth step includes the eleventh step. A code of the eleventh step
        // does not move it further.
        assert!(signs_in(&world, &user, 11 * direction).await);
        assert!(!signs_in(&world, &user, 12 * direction).await);
        assert!(signs_in(&world, &user, 11 * direction).await);
        assert!(!signs_in(&world, &user, 12 * direction).await);
        // It comes back as it went.
        assert!(!signs_in(&world, &user, 8 * direction).await);
        assert!(signs_in(&world, &user, 9 * direction).await);
        assert!(signs_in(&world, &user, 8 * direction).await);
    }
}

#[tokio::test] // S-12
async fn a_clock_that_jumped_out_of_the_window_is_not_found_again_by_trying() {
    let (world, user) = known_ahead(remembering(), 1).await;
    for ahead in [3, 4, 3] {
        assert!(!signs_in(&world, &user, ahead).await);
        assert_eq!(recorded(&world, &user).await, 1);
    }
    // A new one can be bound with a recovery code; the old one works once its clock is right again.
    assert!(signs_in(&world, &user, 0).await);
    assert_eq!(recorded(&world, &user).await, 0);
}

#[tokio::test] // S-12
async fn a_right_code_beside_a_wrong_password_teaches_nothing() {
    let (world, user) = known_ahead(remembering(), 1).await;
    world.forward(600);
    let code = rfc_code(&world, 2);
    let proof = FailedFirstFactor.with_code(Answer::parse(code.as_str()).unwrap());
    let denial = denied(world.mfa.disable_mfa(&user, proof).await).unwrap_err();
    assert_eq!(denial, Denial::ReauthenticationFailed);
    assert_eq!(recorded(&world, &user).await, 1);
    // One beside the right password does.
    let proof = world.with_code(&code);
    let regenerated = world.mfa.regenerate_recovery_codes(&user, proof).await;
    regenerated.unwrap();
    assert_eq!(recorded(&world, &user).await, 2);
    assert!(signs_in(&world, &user, 3).await);
}

#[tokio::test]
async fn the_code_that_confirms_teaches_the_first_drift() {
    for (policy, right) in [(remembering(), true), (policy(), false)] {
        let (world, user) = (World::with(policy), UserId::from(1_u64));
        let new = NewAuthenticator::new("alice");
        let started = world.mfa.start_enrollment(&user, new, world.password());
        let setup = started.await.unwrap();
        let totp = countersign::otp::Totp::new(&setup.secret, TotpParams::default());
        let ahead = |steps: u64| {
            let time = world.clock.time() + std::time::Duration::from_secs(30 * steps);
            crate::support::code_at(&totp, time)
        };
        let confirmed = world.mfa.confirm_enrollment(&setup.token, &ahead(1)).await;
        confirmed.unwrap();
        assert_eq!(recorded(&world, &user).await, 1);
        world.forward(600);
        assert_eq!(world.sign_in(&user, &ahead(2)).await.is_ok(), right);
    }
}

#[tokio::test]
async fn drift_of_before_counts_as_soon_as_the_policy_allows_it_and_no_longer() {
    let (off, user) = holder(policy()).await;
    assert!(signs_in(&off, &user, 1).await);
    let on = World::over(Arc::clone(&off.store), remembering(), KEY_A);
    on.forward(1200);
    assert!(signs_in(&on, &user, 2).await);
    assert!(signs_in(&on, &user, 3).await);
    off.forward(6000);
    assert!(!signs_in(&off, &user, 4).await);
    assert!(!signs_in(&off, &user, 2).await);
    assert!(signs_in(&off, &user, 1).await);
}

#[test] // S-7
fn the_strict_preset_follows_no_clock() {
    let strict = || Policy::strict("tests", "Tests");
    assert_eq!(strict().validate(), Ok(()));
    let remembering = strict().drift_memory(true);
    assert_eq!(remembering.validate(), Err(PolicyError::NotStrict));
    assert_eq!(strict().drift_memory(false).validate(), Ok(()));
}

#[tokio::test] // S-9
async fn no_code_is_accepted_again_after_the_window_moved() {
    // Its clock runs ahead, and then behind, by a step a login, a minute apart.
    let (world, user) = holder(remembering()).await;
    let mut accepted = Vec::<String>::new();
    for ahead in [0, 1, 2, 3, 4, 3, 2, 2, 3, 4, 5, 6] {
        world.forward(60);
        let code = rfc_code(&world, ahead);
        world.sign_in(&user, &code).await.unwrap();
        accepted.push(code);
        // The service's clock may be right, or step back to where an accepted code is in the middle
        // of the window.
        for (back, code) in accepted.iter().rev().take(3).enumerate() {
            let seconds = 60 * u64::try_from(back).unwrap();
            world.back(seconds);
            let denial = world.sign_in(&user, code).await.unwrap_err();
            assert_eq!(denial, Denial::InvalidCode, "{code} at {ahead}");
            world.forward(seconds);
        }
    }
}

#[tokio::test] // S-8, S-9
async fn what_was_typed_ahead_stays_dead_when_the_token_is_set_right() {
    let (world, user) = known_ahead(remembering(), 3).await;
    // The last accepted code was of the third step from now. Codes up to that step stay dead after
    // the token was set right.
    for (waited, right) in [(0, false), (1, false), (2, true)] {
        let code = rfc_code(&world, 2);
        let answer = world.sign_in(&user, &code).await;
        assert_eq!(answer.is_ok(), right, "after {waited} steps");
        if !right {
            let last = world.events(&user).await.pop().unwrap();
            assert_eq!(last.reason, Some(Reason::ReplayedCode));
        }
        world.forward(30);
    }
    assert_eq!(recorded(&world, &user).await, 2);
}

/// Accepts a code as of `step`, at `moment`, and tries it again in each of the steps after it.
async fn again(code: &str, step: u64, moment: u64, policy: Policy) -> Vec<Option<Reason>> {
    let mut reasons = Vec::new();
    for later in moment..=moment + 7 {
        let (world, user) = (World::with(policy.clone()), UserId::from(1_u64));
        let import = rfc_import(&world).last_step(TimeStep::new(step - 9));
        world.mfa.import(&user, import).await.unwrap();
        let now = world.clock.time().as_unix();
        world.back(now - moment * 30);
        world.sign_in(&user, code).await.unwrap();
        let ahead = i64::try_from(step).unwrap() - i64::try_from(moment).unwrap();
        assert_eq!(i64::from(recorded(&world, &user).await), ahead);
        world.forward((later - moment) * 30);
        let answer = world.sign_in(&user, code).await;
        assert!(
            answer.is_err(),
            "{code} of {step} at {moment} is good again at {later}"
        );
        reasons.push(world.events(&user).await.pop().unwrap().reason);
    }
    reasons
}

#[tokio::test] // S-9
async fn twin_codes_of_neighbouring_steps_stay_one_code_where_the_window_moves() {
    // Steps that share a code under this key.
    let twins = [("911617", 910_737), ("468457", 153_567)];
    for (code, step) in twins {
        for moment in step - 1..=step + 1 {
            let reasons = again(code, step, moment, remembering()).await;
            assert!(reasons.contains(&Some(Reason::ReplayedCode)));
            again(code, step, moment, policy()).await;
        }
    }
}

#[tokio::test] // S-6, S-12
async fn a_clock_that_is_set_right_is_taken_at_once() {
    for known in [-5, 5] {
        let (world, user) = known_ahead(remembering(), known).await;
        assert!(signs_in(&world, &user, 0).await);
        assert_eq!(recorded(&world, &user).await, 0);
        // Where the clock was before is closed with that.
        assert!(!signs_in(&world, &user, known).await);
        assert!(signs_in(&world, &user, 1).await);
    }
}

#[tokio::test] // S-12
async fn a_drift_that_another_service_learnt_can_be_brought_along() {
    for (drift, ahead, right) in [
        (7, 7, true),
        (-7, -7, true),
        (10, 11, true),
        (11, 12, false),
    ] {
        let (world, user) = (World::with(remembering()), UserId::from(1_u64));
        let import = rfc_import(&world).drift(drift);
        world.mfa.import(&user, import).await.unwrap();
        let answer = world.sign_in(&user, &rfc_code(&world, ahead)).await;
        assert_eq!(answer.is_ok(), right, "{ahead} where {drift} was brought");
    }
    // Where drift is not followed, it is shown and nothing else.
    let (world, user) = (World::with(policy()), UserId::from(1_u64));
    world
        .mfa
        .import(&user, rfc_import(&world).drift(7))
        .await
        .unwrap();
    assert_eq!(recorded(&world, &user).await, 7);
    assert!(world.sign_in(&user, &rfc_code(&world, 7)).await.is_err());
    assert!(world.sign_in(&user, &rfc_code(&world, 1)).await.is_ok());
}
