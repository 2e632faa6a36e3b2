//! A recovery code of another service, of which the host kept only a hash.

use countersign::account::{EnrollmentOrigin, Factor, ForeignRecoveryCode, SessionEffect, Setup};
use countersign::event::{EventKind, Reason};
use countersign::otp::{Totp, TotpParams};
use countersign::token::{Challenge, EnrollmentGrant, Token};
use countersign::{Denial, NewAuthenticator, RequestContext, UserId};

use crate::support::{
    World, code_at, denied, order, password, policy, recovery_codes, rfc_code, rfc_import, world,
};

use ForeignRecoveryCode::{Right, Wrong};

fn alice() -> UserId {
    UserId::from(1_u64)
}

/// Alice, whose authenticator was imported. Her old recovery codes are hashes of the host.
async fn moved() -> World {
    let world = world();
    let import = rfc_import(&world).confirmed_at(world.clock.time());
    world.mfa.import(&alice(), import).await.unwrap();
    world
}

async fn redeem(
    world: &World,
    challenge: &Token<Challenge>,
    found: ForeignRecoveryCode,
) -> Result<Token<EnrollmentGrant>, Denial> {
    denied(
        world
            .mfa
            .redeem_foreign_recovery_code(challenge, found)
            .await,
    )
}

/// A grant by a new login.
async fn grant(world: &World) -> Result<Token<EnrollmentGrant>, Denial> {
    let challenge = world.challenge(&alice()).await;
    redeem(world, &challenge, Right).await
}

/// Binds a new authenticator by the grant. Returns its recovery codes.
async fn enroll(world: &World, grant: &Token<EnrollmentGrant>) -> Result<Vec<String>, Denial> {
    let setup = denied(world.mfa.start_granted_enrollment(grant, "alice").await)?;
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = denied(world.mfa.confirm_enrollment(&setup.token, &code).await)?;
    Ok(recovery_codes(enrolled))
}

async fn start(world: &World, grant: &Token<EnrollmentGrant>) -> Option<Denial> {
    denied(world.mfa.start_granted_enrollment(grant, "alice").await).err()
}

#[tokio::test] // S-22, S-46
async fn a_lost_phone_is_replaced_and_no_session_ends() {
    let world = moved().await;
    let laptop = world.mfa.status(&alice()).await.unwrap().epoch.unwrap();
    let grant = grant(&world).await.unwrap();

    // She is told, before anything is bound.
    let event = world
        .last(&alice(), EventKind::ForeignRecoveryCodeAccepted)
        .await;
    assert!(event.notify_user());
    assert_eq!(event.factor, Some(Factor::RecoveryCode));
    assert_eq!(
        world
            .mfa
            .status(&alice())
            .await
            .unwrap()
            .authenticators
            .len(),
        1
    );

    let setup = world.mfa.start_granted_enrollment(&grant, "alice").await;
    let setup = setup.unwrap();
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    let enrolled = enrolled.unwrap();
    assert_eq!(enrolled.origin, EnrollmentOrigin::Login);
    assert_eq!(enrolled.sessions.effect, SessionEffect::Rotate);
    assert_eq!(enrolled.sessions.assurance.unwrap().level(), 2);
    assert_eq!(enrolled.sessions.epoch, laptop);
    let context = RequestContext::new().session(laptop);
    let on_the_laptop = world.mfa.with_context(context);
    assert!(on_the_laptop.revoke_devices(&alice()).await.is_ok());

    // The old authenticator stays until she removes it, and her new codes work.
    let status = world.mfa.status(&alice()).await.unwrap();
    assert_eq!(status.authenticators.len(), 2);
    let codes = recovery_codes(enrolled);
    assert!(world.sign_in(&alice(), &codes[0]).await.is_ok());
    assert!(world.sign_in(&alice(), &rfc_code(&world, 0)).await.is_ok());
}

#[tokio::test] // S-46
async fn the_grant_replaces_no_authenticator() {
    let world = moved().await;
    let old = world.mfa.status(&alice()).await.unwrap().authenticators[0].id;
    let grant = grant(&world).await.unwrap();
    let new = NewAuthenticator::new("alice").replacing(old);
    let setup = world.mfa.start_granted_enrollment(&grant, new).await;
    let setup = setup.unwrap();
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    assert_eq!(enrolled.unwrap().sessions.effect, SessionEffect::Rotate);
    let status = world.mfa.status(&alice()).await.unwrap();
    assert_eq!(status.authenticators.len(), 2);
    assert_eq!(status.authenticators[0].id, old);
}

#[tokio::test] // S-20, S-21
async fn all_old_codes_together_bind_one_authenticator() {
    let world = moved().await;
    let (first, second) = (grant(&world).await.unwrap(), grant(&world).await.unwrap());
    let pending = world.mfa.start_granted_enrollment(&second, "alice").await;
    let pending = pending.unwrap();
    enroll(&world, &first).await.unwrap();

    // Neither the other grant nor what it began, nor another old code.
    assert_eq!(start(&world, &second).await, Some(Denial::TokenExpired));
    let totp = Totp::new(&pending.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let late = denied(world.mfa.confirm_enrollment(&pending.token, &code).await);
    assert!(late.is_err());
    assert_eq!(start(&world, &first).await, Some(Denial::TokenSpent));
    assert_eq!(grant(&world).await.unwrap_err(), Denial::MethodUnavailable);
    let status = world.mfa.status(&alice()).await.unwrap();
    assert_eq!(status.authenticators.len(), 2);
}

#[tokio::test] // S-20
async fn of_two_grants_that_are_used_at_once_one_binds() {
    let world = moved().await;
    let grants = [grant(&world).await.unwrap(), grant(&world).await.unwrap()];
    let mfa = world.builder(world.crowd()).build().unwrap();
    let (one, other) = tokio::join!(
        mfa.start_granted_enrollment(&grants[0], "alice"),
        mfa.start_granted_enrollment(&grants[1], "mallory"),
    );
    let confirm = async |setup: &Setup| {
        let totp = Totp::new(&setup.secret, TotpParams::default());
        let code = code_at(&totp, world.clock.time());
        mfa.confirm_enrollment(&setup.token, &code).await.is_ok()
    };
    let setups = [one.unwrap(), other.unwrap()];
    let (one, other) = tokio::join!(confirm(&setups[0]), confirm(&setups[1]));
    assert!(one != other);
    let status = world.mfa.status(&alice()).await.unwrap();
    assert_eq!(status.authenticators.len(), 2);
}

#[tokio::test] // S-20
async fn of_two_requests_with_one_challenge_one_gets_a_grant() {
    let world = moved().await;
    let challenge = world.challenge(&alice()).await;
    let mfa = world.builder(world.crowd()).build().unwrap();
    let (one, other) = tokio::join!(
        mfa.redeem_foreign_recovery_code(&challenge, Right),
        mfa.redeem_foreign_recovery_code(&challenge, Right),
    );
    assert!(one.is_ok() != other.is_ok());
}

#[tokio::test] // S-20, S-34
async fn an_enrolment_that_was_begun_ends_with_the_first_set_of_our_own() {
    let world = moved().await;
    let grant = grant(&world).await.unwrap();
    let setup = world.mfa.start_granted_enrollment(&grant, "alice").await;
    let setup = setup.unwrap();
    // The owner finds the phone and makes codes.
    let proof = world.with_code(&rfc_code(&world, 0));
    let made = world.mfa.regenerate_recovery_codes(&alice(), proof).await;
    assert!(made.is_ok());
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let late = denied(world.mfa.confirm_enrollment(&setup.token, &code).await);
    assert_eq!(late.unwrap_err(), Denial::TokenExpired);
}

#[tokio::test] // S-32
async fn one_challenge_gives_one_grant() {
    let world = moved().await;
    let challenge = world.challenge(&alice()).await;
    assert!(redeem(&world, &challenge, Right).await.is_ok());
    let again = redeem(&world, &challenge, Right).await;
    assert_eq!(again.unwrap_err(), Denial::TokenSpent);
    let code = rfc_code(&world, 0);
    let answered = denied(world.mfa.answer_challenge(&challenge, &code).await);
    assert_eq!(answered.unwrap_err(), Denial::TokenSpent);
}

#[tokio::test] // S-13, S-14
async fn guesses_are_charged_and_a_block_refuses_the_right_code_too() {
    let world = moved().await;
    let challenge = world.challenge(&alice()).await;
    let mut blocked = world.challenge(&alice()).await;
    for _ in 0..5 {
        let refused = redeem(&world, &challenge, Wrong).await;
        assert_eq!(refused.unwrap_err(), Denial::InvalidCode);
        let refusal = world.last(&alice(), EventKind::LoginRefused).await;
        assert_eq!(refusal.reason, Some(Reason::WrongCode));
        assert_eq!(refusal.factor, Some(Factor::RecoveryCode));
    }
    for found in [Right, Wrong] {
        let written = world.written(&alice()).await;
        let refused = redeem(&world, &blocked, found).await.unwrap_err();
        assert!(matches!(refused, Denial::Throttled { .. }), "{refused:?}");
        assert_eq!(world.written(&alice()).await, written, "and is not charged");
        blocked = world.challenge(&alice()).await;
    }
    // The phone has a budget of its own. After the block the right code is good.
    assert!(world.sign_in(&alice(), &rfc_code(&world, 0)).await.is_ok());
    world.forward(30);
    assert!(grant(&world).await.is_ok());
}

#[tokio::test] // S-15
async fn forty_wrong_codes_ask_for_a_new_password() {
    let world = moved().await;
    let granted = grant(&world).await.unwrap();
    for _ in 0..40 {
        let challenge = world.challenge(&alice()).await;
        let refused = redeem(&world, &challenge, Wrong).await;
        assert_eq!(refused.unwrap_err(), Denial::InvalidCode);
        world.forward(3600);
    }
    world.back(40 * 3600);
    let refused = start(&world, &granted).await;
    assert_eq!(refused, Some(Denial::PasswordChangeRequired));
}

#[tokio::test] // S-34, S-50
async fn whatever_ends_sessions_ends_the_grant() {
    for what in ["a new password", "a lock", "a reset", "turning it off"] {
        let world = moved().await;
        let granted = grant(&world).await.unwrap();
        let setup = world.mfa.start_granted_enrollment(&granted, "alice").await;
        let setup = setup.unwrap();
        let (mfa, user) = (&world.mfa, alice());
        match what {
            "a new password" => drop(mfa.password_changed(&user).await.unwrap()),
            "a lock" => {
                mfa.lock_account(&user).await.unwrap();
                mfa.admin_unlock_account(&user, order()).await.unwrap();
            }
            "a reset" => drop(mfa.admin_reset_account(&user, order()).await.unwrap()),
            _ => {
                let proof = world.with_code(&rfc_code(&world, 0));
                mfa.disable_mfa(&user, proof).await.unwrap();
            }
        }
        assert_eq!(start(&world, &granted).await, Some(Denial::TokenExpired));
        let totp = Totp::new(&setup.secret, TotpParams::default());
        let code = code_at(&totp, world.clock.time());
        let late = denied(mfa.confirm_enrollment(&setup.token, &code).await);
        assert_eq!(late.unwrap_err(), Denial::TokenExpired, "{what}");
    }
}

#[tokio::test]
async fn a_locked_account_and_one_with_codes_of_our_own_refuse() {
    let world = world();
    let bob = world.enroll(2).await.user;
    let challenge = world.challenge(&bob).await;
    for found in [Right, Wrong] {
        let written = world.written(&bob).await;
        let refused = redeem(&world, &challenge, found).await;
        assert_eq!(refused.unwrap_err(), Denial::MethodUnavailable);
        assert_eq!(world.written(&bob).await, written, "nothing is charged");
    }

    let world = moved().await;
    let challenge = world.challenge(&alice()).await;
    let granted = grant(&world).await.unwrap();
    world.mfa.lock_account(&alice()).await.unwrap();
    let refused = redeem(&world, &challenge, Right).await;
    assert_eq!(refused.unwrap_err(), Denial::Locked);
    assert_eq!(start(&world, &granted).await, Some(Denial::Locked));
}

#[tokio::test] // S-33
async fn challenge_and_grant_are_worthless_in_another_browser() {
    let world = moved().await;
    let at_home = world
        .mfa
        .with_context(RequestContext::new().binding("home"));
    let elsewhere = world
        .mfa
        .with_context(RequestContext::new().binding("elsewhere"));
    let begun = at_home.begin_login(&alice(), password()).await.unwrap();
    let countersign::Login::Challenge(challenge) = begun else {
        panic!("she is enrolled");
    };
    let stolen = elsewhere.redeem_foreign_recovery_code(&challenge.token, Right);
    assert_eq!(denied(stolen.await).unwrap_err(), Denial::TokenInvalid);
    let granted = at_home.redeem_foreign_recovery_code(&challenge.token, Right);
    let granted = granted.await.unwrap();
    let stolen = elsewhere.start_granted_enrollment(&granted, "alice");
    assert_eq!(denied(stolen.await).unwrap_err(), Denial::TokenInvalid);
    let started = at_home.start_granted_enrollment(&granted, "alice").await;
    assert!(started.is_ok());
}

#[tokio::test]
async fn the_right_code_stops_a_recovery_that_somebody_else_asked_for() {
    let world = moved().await.under(policy().delayed_recovery(true));
    let challenge = world.challenge(&alice()).await;
    let requested = world.mfa.request_delayed_recovery(&challenge).await;
    assert!(requested.is_ok());
    assert!(grant(&world).await.is_ok());
    let kinds = world.kinds(&alice()).await;
    assert!(kinds.contains(&EventKind::DelayedRecoveryCancelled));
}
