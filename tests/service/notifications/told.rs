//! What is told, how, and to whom it is put down.

use countersign::account::{Administrator, Import, SessionEffect};
use countersign::event::{Actor, EventKind};
use countersign::otp::{Totp, TotpParams};
use countersign::secret::Secret;
use countersign::words::English;
use countersign::{FailedFirstFactor, RequestContext, UserId};

use crate::delayed_recovery::whole_way::{HOUR, recovery_world, request};
use crate::support::{
    WRONG_CODE, World, code_at, denied, everything, order, password, policy, world,
};

#[tokio::test]
async fn a_recovery_that_expired_is_not_told_as_cancelled() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    world.forward(1000 * HOUR);
    world.mfa.password_changed(&user).await.unwrap();
    let kinds = world.kinds(&user).await;
    assert!(
        !kinds.contains(&EventKind::DelayedRecoveryCancelled),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn a_cancel_after_the_reminder_was_due_tells_only_of_the_cancel() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    world.forward(50 * HOUR);
    let before = world.events(&user).await.len();
    world.mfa.cancel_delayed_recovery(&user).await.unwrap();
    let events = world.events(&user).await.split_off(before);
    let message = world.mfa.notification(&events).unwrap().unwrap();
    assert!(message.links().cancel.is_none());
    assert_eq!(message.event().kind, EventKind::DelayedRecoveryCancelled);
}

#[tokio::test]
async fn a_reminder_by_a_login_is_the_systems() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    world.forward(48 * HOUR);
    let mallory = world
        .mfa
        .with_context(RequestContext::new().ip([192, 0, 2, 66].into()));
    let _ = mallory.begin_login(&user, password()).await.unwrap();
    let event = world.events(&user).await.pop().unwrap();
    assert_eq!(event.actor, Actor::System);
}

#[tokio::test]
async fn an_unlock_of_an_unlocked_account_ends_no_session() {
    let world = world();
    let user = world.enroll(1).await.user;
    let change = world
        .mfa
        .admin_unlock_account(&user, Administrator::new("r").because("x"))
        .await
        .unwrap();
    assert_eq!(change.effect, SessionEffect::Rotate);
}

#[tokio::test]
async fn wrong_passwords_without_a_second_factor_are_no_wrong_codes() {
    let world = world();
    let user = UserId::from(1_u64);
    for _ in 0..5 {
        let _ = world
            .mfa
            .start_enrollment(&user, "a", FailedFirstFactor)
            .await;
    }
    let events = world.events(&user).await;
    let message = world.mfa.notification(&events).unwrap().unwrap();
    let text = message.text(&English, |_| String::new());
    assert!(!text.contains("knows your password"));
}

#[tokio::test]
async fn a_reason_that_nobody_can_see_is_none() {
    let world = world();
    let user = world.enroll(1).await.user;
    let refused = denied(
        world
            .mfa
            .admin_lock_account(
                &user,
                Administrator::new("\u{200b}").because("\u{200b}\u{feff}"),
            )
            .await,
    );
    assert!(refused.is_err());
}

/// What the last commit told, the foremost first.
async fn told(world: &World, user: &UserId, before: usize) -> Vec<EventKind> {
    let events = world.events(user).await.split_off(before);
    let message = world.mfa.notification(&events).unwrap().unwrap();
    let others = message.others().iter().map(|event| event.kind);
    [message.event().kind].into_iter().chain(others).collect()
}

#[tokio::test]
async fn that_a_new_password_is_needed_is_said_before_what_it_came_of() {
    let world = World::with(policy().password_change_after(5));
    let user = world.enroll(1).await.user;
    for _ in 0..4 {
        world.sign_in(&user, WRONG_CODE).await.unwrap_err();
    }
    let before = world.events(&user).await.len();
    world.sign_in(&user, WRONG_CODE).await.unwrap_err();
    use EventKind::{FactorBlocked, PasswordChangeDemanded};
    let told = told(&world, &user, before).await;
    assert_eq!(told, [PasswordChangeDemanded, FactorBlocked]);
}

#[tokio::test]
async fn that_a_recovery_ended_is_said_behind_what_ended_it() {
    let world = recovery_world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let proof = world.with_code(&person.recovery[0]);
    let setup = world.mfa.start_enrollment(user, "alice", proof);
    let setup = setup.await.unwrap();
    request(&world, user).await.unwrap();
    let before = world.events(user).await.len();
    let totp = Totp::new(&setup.secret, Default::default());
    let code = code_at(&totp, world.clock.time());
    world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    use EventKind::{AuthenticatorBound, DelayedRecoveryCancelled};
    let told = told(&world, user, before).await;
    assert_eq!(told, [AuthenticatorBound, DelayedRecoveryCancelled]);
}

#[tokio::test]
async fn the_subject_of_a_mail_is_what_matters_most() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    let code = world.code(&alice);
    world
        .mfa
        .disable_mfa(&alice.user, world.with_code(&code))
        .await
        .unwrap();
    let told = world.mails.notifications().await;
    let subject = told.last().unwrap().subject(&English);
    assert_eq!(subject, "Tests: Two-step verification is off");
}

#[tokio::test]
async fn the_subject_of_a_reset_is_the_reset() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    world
        .mfa
        .admin_reset_account(&alice.user, order())
        .await
        .unwrap();
    let told = world.mails.notifications().await;
    assert_eq!(
        told.last().unwrap().subject(&English),
        "Tests: Two-step verification was reset"
    );
}

#[tokio::test]
async fn the_mail_about_a_lock_offers_no_lock() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    world.mfa.lock_account(&alice.user).await.unwrap();
    let told = world.mails.notifications().await;
    assert!(told.last().unwrap().links().lock.is_none());
}

#[tokio::test]
async fn an_import_beside_a_second_factor_is_told() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let before = world.mails.notifications().await.len();
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    world
        .mfa
        .import(&alice.user, Import::totp(secret, TotpParams::default()))
        .await
        .unwrap();
    assert_eq!(world.mails.notifications().await.len(), before + 1);
}

#[tokio::test]
async fn a_user_agent_is_no_place_for_a_letter_to_the_owner() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let challenge = world.challenge(&alice.user).await;
    let evil = "Tests security team: call +1 555 0100 or verify at https://evil.example/verify now \
                Firefox/145.0 (Linux)";
    let there = world.mfa.with_context(
        RequestContext::new()
            .ip(std::net::Ipv4Addr::LOCALHOST.into())
            .user_agent(evil),
    );
    for _ in 0..2 {
        there
            .answer_challenge(&challenge, WRONG_CODE)
            .await
            .unwrap_err();
    }
    let told = world.mails.notifications().await;
    let text = told.last().unwrap().text(&English, |_| "LINK".to_owned());
    assert!(!text.contains("https://evil.example"));
    assert!(text.contains("\nDevice: Firefox on Linux\n"), "{text}");
}
