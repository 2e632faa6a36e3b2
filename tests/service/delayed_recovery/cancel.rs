//! Who stops a delayed recovery, and how.

use std::time::Duration;

use countersign::account::{Administrator, StepUpPurpose};
use countersign::event::{Event, EventKind};
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::otp::{Totp, TotpParams};
use countersign::token::{CancelDelayedRecovery, Token};
use countersign::{Answer, Denial, NewAuthenticator, UserId};

use crate::delayed_recovery::whole_way::{
    HOUR, complete, confirm, recovered, recovery_of, recovery_world, request, start,
};
use crate::support::{WRONG_CODE, World, code_at, denied, everything};

/// Everything that a policy can allow.
pub(crate) fn whole_world() -> World {
    World::with(everything())
}

/// The link in the mail about the last event of that kind.
async fn cancel_link(
    world: &World,
    user: &UserId,
    kind: EventKind,
) -> Token<CancelDelayedRecovery> {
    let event = world.last(user, kind).await;
    world.mfa.links_for(&event).unwrap().cancel.unwrap()
}

#[tokio::test] // S-50
async fn whoever_has_a_working_factor_or_a_session_or_the_mail_stops_it() {
    let ways = [
        "code",
        "recovery code",
        "step up",
        "session",
        "mail",
        "password",
        "lock",
        "reset",
        "disable",
        "regenerate",
        "erase",
    ];
    for way in ways {
        let world = recovery_world();
        let person = world.enroll(1).await;
        let (mfa, user) = (&world.mfa, &person.user);
        let grant = recovered(&world, user).await;
        let (setup, totp) = start(&world, &grant).await.unwrap();
        let code = world.code(&person);
        let proof = world.with_code(&code);
        match way {
            "code" => drop(world.sign_in(user, &code).await.unwrap()),
            "recovery code" => drop(world.sign_in(user, &person.recovery[0]).await.unwrap()),
            "step up" => {
                let step_up = mfa.step_up(user, world.password(), &code, StepUpPurpose::Add);
                step_up.await.unwrap();
            }
            "session" => mfa.cancel_delayed_recovery(user).await.unwrap(),
            "mail" => {
                let link = cancel_link(&world, user, EventKind::DelayedRecoveryRequested).await;
                mfa.cancel_delayed_recovery_by_token(&link).await.unwrap();
            }
            "password" => drop(mfa.password_changed(user).await.unwrap()),
            "lock" => drop(mfa.lock_account(user).await.unwrap()),
            "reset" => {
                let measure = Administrator::new("root").because("lost phone");
                mfa.admin_reset_account(user, measure).await.unwrap();
            }
            "disable" => drop(mfa.disable_mfa(user, proof).await.unwrap()),
            "regenerate" => drop(mfa.regenerate_recovery_codes(user, proof).await.unwrap()),
            _ => mfa.erase_user(user).await.unwrap(),
        }
        assert_eq!(recovery_of(&world, user).await, None, "{way}");
        let refused = if way == "lock" {
            Denial::Locked
        } else {
            Denial::TokenExpired
        };
        assert_eq!(start(&world, &grant).await.unwrap_err(), refused, "{way}");
        let confirmed = confirm(&world, &setup, &totp).await;
        assert_eq!(confirmed.unwrap_err(), refused, "{way}");
        if way != "erase" {
            let events = world.events(user).await;
            let cancelled: Vec<_> = events
                .iter()
                .filter(|event| event.kind == EventKind::DelayedRecoveryCancelled)
                .map(Event::notify_user)
                .collect();
            assert_eq!(cancelled, [true], "{way} tells it once");
        }
        if !["lock", "reset", "disable", "erase"].contains(&way) {
            let denial = complete(&world, user).await.unwrap_err();
            assert_eq!(denial, Denial::NoDelayedRecovery, "{way}");
        }
    }
}

#[tokio::test] // S-24
async fn the_mailbox_alone_neither_stops_nor_shortens_it() {
    let world = whole_world();
    let user = world.enroll(1).await.user;
    let pending = request(&world, &user).await.unwrap();
    let challenge = world.challenge(&user).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    world
        .mfa
        .send_code(&challenge, Destination::Email(&to))
        .await
        .unwrap();
    let code = world.mails.code().unwrap();
    world
        .mfa
        .answer_challenge(&challenge, Answer::email(&code))
        .await
        .unwrap();
    world
        .mfa
        .cancel_login(&world.challenge(&user).await)
        .await
        .unwrap();
    assert_eq!(recovery_of(&world, &user).await, Some(pending));
}

#[tokio::test]
async fn a_link_cancels_the_recovery_it_was_mailed_for_and_no_other() {
    let world = recovery_world();
    let (alice, bob) = (world.enroll(1).await.user, world.enroll(2).await.user);
    request(&world, &bob).await.unwrap();
    request(&world, &alice).await.unwrap();
    let first = cancel_link(&world, &alice, EventKind::DelayedRecoveryRequested).await;
    world
        .mfa
        .cancel_delayed_recovery_by_token(&first)
        .await
        .unwrap();
    assert!(recovery_of(&world, &bob).await.is_some());

    let again = request(&world, &alice).await.unwrap();
    let written = world.written(&alice).await;
    let refused = denied(world.mfa.cancel_delayed_recovery_by_token(&first).await);
    assert_eq!(refused.unwrap_err(), Denial::NoDelayedRecovery);
    assert_eq!(world.written(&alice).await, written);
    assert_eq!(recovery_of(&world, &alice).await, Some(again));
    let second = cancel_link(&world, &alice, EventKind::DelayedRecoveryRequested).await;
    world
        .mfa
        .cancel_delayed_recovery_by_token(&second)
        .await
        .unwrap();
    for token in [second, "cs1x_AAAA".into(), String::new().into()] {
        let written = world.written(&alice).await;
        let refused = denied(world.mfa.cancel_delayed_recovery_by_token(&token).await);
        let denial = refused.unwrap_err();
        assert!(matches!(
            denial,
            Denial::NoDelayedRecovery | Denial::TokenInvalid
        ));
        assert_eq!(world.written(&alice).await, written);
    }
}

#[tokio::test] // S-46
async fn every_mail_on_the_way_has_a_link_that_stops_it() {
    use EventKind::{
        DelayedRecoveryOpened, DelayedRecoveryReminded, DelayedRecoveryRequested,
        DelayedRecoveryRestarted,
    };
    for kind in [
        DelayedRecoveryRequested,
        DelayedRecoveryRestarted,
        DelayedRecoveryReminded,
        DelayedRecoveryOpened,
    ] {
        let world = recovery_world();
        let user = world.enroll(1).await.user;
        request(&world, &user).await.unwrap();
        world.sign_in(&user, WRONG_CODE).await.unwrap_err();
        for hours in [48, 24] {
            world.forward(hours * HOUR);
            world.directory.run_due(world.clock.time()).await.unwrap();
        }
        let link = cancel_link(&world, &user, kind).await;
        world
            .mfa
            .cancel_delayed_recovery_by_token(&link)
            .await
            .unwrap();
        assert_eq!(recovery_of(&world, &user).await, None, "{kind:?}");
    }
}

#[tokio::test]
async fn the_first_mails_cancel_link_lives_as_long_as_the_recovery() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    let event = world
        .last(&alice.user, EventKind::DelayedRecoveryRequested)
        .await;
    let cancel = world.mfa.links_for(&event).unwrap().cancel.unwrap();
    for _ in 0..2 {
        world.forward((72 + 23) * HOUR);
        let wrong = world.wrong_code(&alice);
        world.sign_in(&alice.user, &wrong).await.unwrap_err();
    }
    world.forward((72 + 1) * HOUR);
    let status = world.mfa.status(&alice.user).await.unwrap();
    assert!(status.delayed_recovery.is_some());
    let cancelled = denied(world.mfa.cancel_delayed_recovery_by_token(&cancel).await);
    assert_eq!(cancelled, Ok(()));
}

#[tokio::test]
async fn a_cancel_link_lives_as_long_as_its_recovery_under_a_policy_that_got_shorter() {
    let world = World::with(everything().delayed_recovery_after(Duration::from_secs(30 * 86_400)));
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    let event = world
        .last(&alice.user, EventKind::DelayedRecoveryRequested)
        .await;
    let now = world.under(everything().delayed_recovery_after(Duration::from_secs(86_400)));
    // An outbox delivers after the deployment.
    let cancel = now.mfa.links_for(&event).unwrap().cancel.unwrap();
    now.forward(29 * 86_400);
    assert_eq!(
        denied(now.mfa.cancel_delayed_recovery_by_token(&cancel).await),
        Ok(())
    );
}

#[tokio::test]
async fn a_cancel_while_the_policy_is_off_holds_when_it_is_on_again() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    let event = world
        .last(&alice.user, EventKind::DelayedRecoveryRequested)
        .await;
    let cancel = world.mfa.links_for(&event).unwrap().cancel.unwrap();
    let off = world.under(everything().delayed_recovery(false));
    // She presses the button at a machine that has the new policy.
    let _ = off.mfa.cancel_delayed_recovery_by_token(&cancel).await;
    // And the deployment is rolled back.
    world.forward(72 * HOUR);
    let challenge = world.challenge(&alice.user).await;
    let grant = denied(
        world
            .mfa
            .complete_delayed_recovery(&challenge)
            .await
            .map(drop),
    );
    assert_eq!(grant, Err(Denial::NoDelayedRecovery));
}

#[tokio::test]
async fn a_step_up_from_before_the_request_cancels_it_too() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let code = world.code(&alice);
    let granted = world
        .mfa
        .step_up(&alice.user, world.password(), &code, StepUpPurpose::Devices)
        .await
        .unwrap();
    world.request_recovery(&alice).await;
    let proof = world.password().with_step_up(granted.token);
    let device = world.mfa.trust_device(&alice.user, "x", proof).await;
    assert!(device.is_ok());
    let status = world.mfa.status(&alice.user).await.unwrap();
    assert!(status.delayed_recovery.is_none());
}

#[tokio::test]
async fn binding_another_authenticator_with_a_code_cancels_a_recovery() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let proof = world.with_code(&world.code(&alice));
    let setup = world
        .mfa
        .start_enrollment(&alice.user, NewAuthenticator::new("a"), proof)
        .await
        .unwrap();
    world.request_recovery(&alice).await;
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    let status = world.mfa.status(&alice.user).await.unwrap();
    assert!(status.delayed_recovery.is_none());
}
