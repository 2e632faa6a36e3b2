//! The edges of trusted devices: what is listed, and what is told.

use std::time::Duration;

use countersign::event::EventKind;
use countersign::{Answer, Login, RequestContext};

use crate::support::{KEY_A, World, everything, passed, password, policy};

#[tokio::test] // S-40
async fn who_revokes_is_not_told_of_a_copy() {
    let world = World::with(policy().trusted_devices(true));
    let person = world.enroll(1).await;
    let device = world.trust(&person, "Firefox").await;
    world
        .mfa
        .revoke_device(&person.user, device.id)
        .await
        .unwrap();
    let event = world.events(&person.user).await.pop().unwrap();
    assert_eq!(event.kind, EventKind::DeviceRevoked);
    assert!(world.mfa.notification(&[event]).unwrap().is_none());
}

#[tokio::test] // S-40
async fn a_label_is_not_blank() {
    let world = World::with(policy().trusted_devices(true));
    let person = world.enroll(1).await;
    world.trust(&person, "\u{7} \u{7}").await;
    let l = world
        .mfa
        .status(&person.user)
        .await
        .unwrap()
        .trusted_devices[0]
        .label
        .clone();
    assert_eq!(l, "Browser");
}

#[tokio::test] // S-40
async fn devices_that_do_not_pass_are_not_listed() {
    let world = World::with(policy().trusted_devices(true));
    let person = world.enroll(1).await;
    world.trust(&person, "x").await;
    let after = World::over(world.store.clone(), policy(), KEY_A);
    assert!(
        after
            .mfa
            .status(&person.user)
            .await
            .unwrap()
            .trusted_devices
            .is_empty()
    );
}

#[tokio::test] // S-40
async fn a_browser_trusted_again_is_listed_once() {
    let world = World::with(policy().trusted_devices(true));
    let person = world.enroll(1).await;
    let d = world.trust(&person, "x").await;
    let challenge = world.challenge(&person.user).await;
    world.forward(30);
    let answer = Answer::totp(&world.code(&person))
        .unwrap()
        .trust_device("x");
    let mfa = world
        .mfa
        .with_context(RequestContext::new().device(d.token.clone()));
    mfa.answer_challenge(&challenge, answer).await.unwrap();
    assert_eq!(
        world
            .mfa
            .status(&person.user)
            .await
            .unwrap()
            .trusted_devices
            .len(),
        1
    );
}

#[tokio::test] // S-40
async fn a_policy_that_changed_its_mind_shortens_the_trust_and_does_not_lengthen_it() {
    let day = 24 * 3600;
    for (trusted, now, ends) in [(30, 2, 2), (2, 30, 2)] {
        let policy = |days: u64| {
            let lifetime = std::time::Duration::from_secs(days * day);
            policy().trusted_devices_for(lifetime)
        };
        let world = World::with(policy(trusted));
        let person = world.enroll(1).await;
        let since = world.clock.time().as_unix() + 30;
        let device = world.trust(&person, "Firefox").await;
        let after = World::over(world.store.clone(), policy(now), KEY_A);
        for (early, passes) in [(1, true), (0, false)] {
            let at = since + ends * day - early;
            after.forward(at - after.clock.time().as_unix());
            let status = after.mfa.status(&person.user).await.unwrap();
            assert_eq!(
                !status.trusted_devices.is_empty(),
                passes,
                "{trusted} {now}"
            );
            let login = after.visit(&person.user, &device.token).await;
            assert_eq!(passed(login).is_some(), passes, "{trusted} {now}");
        }
    }
}

#[tokio::test]
async fn a_shorter_trust_holds_for_devices_of_before() {
    let world = World::with(everything().trusted_devices_for(Duration::from_secs(90 * 86_400)));
    let alice = world.enroll(1).await;
    let code = world.code(&alice);
    let challenge = world.challenge(&alice.user).await;
    let answer = Answer::parse(&code).unwrap().trust_device("x");
    let device = world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap()
        .device;
    let now = world.under(everything().trusted_devices_for(Duration::from_secs(86_400)));
    now.forward(60 * 86_400);
    let there = now
        .mfa
        .with_context(RequestContext::new().device(device.unwrap().token));
    let login = there.begin_login(&alice.user, password()).await.unwrap();
    assert!(matches!(login, Login::Challenge(_)), "{login:?}");
}
