//! Machines whose clocks differ by seconds.

use std::time::Duration;

use countersign::event::EventKind;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::{Denial, NewAuthenticator};

use super::ahead::forgiving;
use crate::delayed_recovery::whole_way::request;
use crate::support::{World, denied, everything, world};

#[tokio::test]
async fn a_minute_lies_between_two_sends_whatever_machine_is_asked() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    let mut sent = 0;
    for _ in 0..60 {
        let challenge = world.challenge(&alice.user).await;
        sent += u32::from(
            world
                .mfa
                .send_code(&challenge, Destination::Email(&to))
                .await
                .is_ok(),
        );
        // The other machine is a second behind.
        world.back(1);
        let challenge = world.challenge(&alice.user).await;
        sent += u32::from(
            world
                .mfa
                .send_code(&challenge, Destination::Email(&to))
                .await
                .is_ok(),
        );
        world.forward(1);
        world.forward(60);
    }
    assert!(sent <= 5, "{sent} in an hour");
}

#[tokio::test]
async fn a_machine_half_a_minute_behind_does_not_renew_the_tries() {
    let throttle = countersign::policy::Throttle::DEFAULT.block_at(10);
    let policy = everything().challenge_lifetime(Duration::from_secs(900));
    let world = World::with(policy.throttle(throttle));
    let alice = world.enroll(1).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    world.email_tries_used_up(&alice.user, &to).await;
    world.back(30);
    let challenge = world.challenge(&alice.user).await;
    let retry_at = world.clock.time() + Duration::from_secs(630);
    let sent = world
        .mfa
        .send_code(&challenge, Destination::Email(&to))
        .await;
    assert_eq!(denied(sent.map(drop)), Err(Denial::Throttled { retry_at }));
}

#[tokio::test] // S-10
async fn the_user_is_told_once_though_the_clocks_of_two_machines_differ() {
    let world = world();
    let person = world.enroll(1).await;
    for _ in 0..2 {
        world.sign_in(&person.user, "000000").await.unwrap_err();
    }
    world.back(1);
    world.sign_in(&person.user, "000000").await.unwrap_err();
    let events = world.events(&person.user).await;
    let refused = events
        .iter()
        .filter(|event| event.kind == EventKind::LoginRefused);
    assert!(
        refused
            .map(|event| event.notify_user())
            .eq([false, true, false])
    );
}

#[tokio::test] // S-8
async fn clocks_that_differ_by_half_a_minute_are_one_clock() {
    for (behind, good) in [(30, true), (31, false)] {
        let world = World::with(forgiving());
        let person = world.enroll(1).await;
        let proof = world.with_code(&person.recovery[0]);
        let new = NewAuthenticator::new("alice");
        let start = world.mfa.start_enrollment(&person.user, new, proof);
        start.await.unwrap();
        let device = world.trust_by(&person, &person.recovery[1]).await;
        request(&world, &person.user).await.unwrap();
        world.back(behind);
        let status = world.status(&person.user).await;
        assert_eq!(status.pending_until.is_some(), good, "{behind} s");
        assert_eq!(status.delayed_recovery.is_some(), good, "{behind} s");
        let ids: Vec<_> = status.trusted_devices.iter().map(|one| one.id).collect();
        assert_eq!(ids == [device.id], good, "{behind} s");
    }
}
