//! A clock that steps back: what was used, blocked or told stays so.

use countersign::Denial;

use crate::delayed_recovery::reminders::run_due;
use crate::delayed_recovery::whole_way::{complete, recovery_world, request};
use crate::login::throttle::{fail_now, throttled_for};
use crate::sent_codes::codes::Office;
use crate::support::{HOUR, WRONG_CODE, World, everything, world};

#[tokio::test] // S-8, S-9
async fn a_clock_that_steps_back_accepts_no_code_again() {
    let world = world();
    let person = world.enroll(1).await;
    world.forward(300);
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();
    for _ in 0..2 {
        world.back(30);
        let older = world.code(&person);
        for code in [&code, &older] {
            let denial = world.sign_in(&person.user, code).await.unwrap_err();
            assert_eq!(denial, Denial::InvalidCode);
        }
    }
}

#[tokio::test] // S-8
async fn a_clock_that_steps_back_ends_no_block() {
    let world = world();
    let person = world.enroll(1).await;
    fail_now(&world, &person, WRONG_CODE, 5).await;
    world.back(1000);
    let code = world.code(&person);
    let denial = world.sign_in(&person.user, &code).await.unwrap_err();
    assert_eq!(denial, throttled_for(&world, 1030));
}

#[tokio::test]
async fn a_restart_by_a_clock_behind_never_brings_the_end_nearer() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    let before = world.mfa.status(&alice.user).await.unwrap();
    world.back(30);
    world.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    let after = world.mfa.status(&alice.user).await.unwrap();
    let at = |s: countersign::Status| s.delayed_recovery.unwrap().effective_at;
    assert!(at(after) >= at(before));
}

#[tokio::test] // S-27, S-29
async fn a_clock_one_second_back_forgets_no_mail() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    office.send(&challenge).await.unwrap();
    office.world.back(1);
    let again = office.send(&challenge).await;
    assert!(matches!(again, Err(Denial::Throttled { .. })), "{again:?}");
}

#[tokio::test]
async fn a_clock_that_steps_back_tells_nothing_twice_and_opens_nothing_early() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    for hours in [48, 24] {
        world.forward(hours * HOUR);
        assert_eq!(run_due(&world).await, 1);
    }
    world.back(30 * HOUR);
    assert_eq!(run_due(&world).await, 0);
    let early = complete(&world, &user).await.unwrap_err();
    assert!(matches!(
        early,
        countersign::Denial::DelayedRecoveryWaiting { .. }
    ));
    for hours in [10, 20] {
        world.forward(hours * HOUR);
        assert_eq!(run_due(&world).await, 0);
    }
    assert!(complete(&world, &user).await.is_ok());
}
