//! What a clock counted that was ahead: failures, mails and requests block nobody once it is right
//! again.

use countersign::event::EventKind;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::{Answer, Denial};

use crate::sent_codes::codes::Office;
use crate::support::{HOUR, WRONG_CODE, World, denied, everything, world};

const YEAR: u64 = 365 * 86_400;

#[tokio::test]
async fn a_block_by_a_clock_a_year_ahead_does_not_last_for_a_year() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.forward(YEAR);
    for _ in 0..5 {
        let wrong = world.sign_in(&alice.user, WRONG_CODE).await;
        assert_eq!(wrong.map(drop), Err(Denial::InvalidCode));
    }
    world.back(YEAR);
    let code = world.code(&alice);
    let got = world.sign_in(&alice.user, &code).await;
    assert_eq!(got.map(drop), Ok(()));
}

#[tokio::test]
async fn a_block_by_a_clock_a_day_ahead_lasts_as_long_as_the_longest() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    for _ in 0..5 {
        world.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    }
    // It ends 30 seconds from then.
    world.back(86_400 - 30);
    let code = world.code(&alice);
    let got = world.sign_in(&alice.user, &code).await;
    assert!(matches!(got, Err(Denial::Throttled { .. })), "{got:?}");
}

#[tokio::test]
async fn tries_used_up_under_a_clock_a_year_ahead_do_not_stop_mails_for_a_year() {
    let throttle = countersign::policy::Throttle::DEFAULT.block_at(10);
    let world = World::with(everything().throttle(throttle));
    let alice = world.enroll(1).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    world.forward(YEAR);
    world.email_tries_used_up(&alice.user, &to).await;
    world.back(YEAR);
    let challenge = world.challenge(&alice.user).await;
    let sent = world
        .mfa
        .send_code(&challenge, Destination::Email(&to))
        .await;
    assert_eq!(denied(sent.map(drop)), Ok(()));
    let code = world.mails.code().unwrap();
    let right = world
        .mfa
        .answer_challenge(&challenge, Answer::email(&code))
        .await;
    assert_eq!(denied(right.map(drop)), Ok(()));
}

#[tokio::test]
async fn two_logins_under_a_clock_that_was_a_day_ahead_shut_nobody_out() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.forward(24 * HOUR);
    world
        .sign_in(&alice.user, &alice.recovery[0])
        .await
        .unwrap();
    world.forward(300);
    world
        .sign_in(&alice.user, &alice.recovery[1])
        .await
        .unwrap();
    world.back(24 * HOUR);
    let got = world.sign_in(&alice.user, &alice.recovery[2]).await;
    assert_eq!(got.map(drop), Ok(()));
}

#[tokio::test]
async fn requests_counted_by_a_clock_that_was_ahead_do_not_count_for_a_year() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let year = 365 * 86_400;
    world.forward(year);
    for _ in 0..2 {
        world.request_recovery(&alice).await;
        world
            .mfa
            .cancel_delayed_recovery(&alice.user)
            .await
            .unwrap();
    }
    world.back(year);
    world.forward(31 * 86_400);
    let challenge = world.challenge(&alice.user).await;
    let got = denied(
        world
            .mfa
            .request_delayed_recovery(&challenge)
            .await
            .map(drop),
    );
    assert_eq!(got, Ok(()));
}

#[tokio::test]
async fn a_clock_that_was_a_year_ahead_does_not_stop_mails_for_a_year() {
    let office = Office::new().await;
    office.world.forward(365 * 86_400);
    let challenge = office.challenge().await;
    office.send(&challenge).await.unwrap();
    office.world.back(365 * 86_400);
    let challenge = office.challenge().await;
    assert!(office.send(&challenge).await.is_ok());
}

#[tokio::test] // S-10
async fn a_clock_that_was_ahead_mutes_nothing() {
    let world = world();
    let person = world.enroll(1).await;
    let year = 365 * 86_400;
    world.forward(year);
    for _ in 0..2 {
        world.sign_in(&person.user, "000000").await.unwrap_err();
    }
    world.back(year);
    world.sign_in(&person.user, "000000").await.unwrap_err();
    let events = world.events(&person.user).await;
    let told = events
        .iter()
        .filter(|event| event.kind == EventKind::LoginRefused);
    assert!(
        told.map(|event| event.notify_user())
            .eq([false, true, true])
    );
}
