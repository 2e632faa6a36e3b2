//! Enrolments under a policy of its own kind: without a code, and by the grant of a login.

use std::time::Duration;

use std::sync::Arc;

use countersign::account::{EnrollmentOrigin, FirstFactorCheck, StepUpPurpose};
use countersign::otp::Totp;
use countersign::token::EnrollmentGrant;
use countersign::token::Token;
use countersign::{Answer, Denial, FailedFirstFactor, Login, NewAuthenticator, UserId};

use crate::enrollment::binding::{alice, start};
use crate::support::{
    World, code_at, denied, order, password, policy, recovery_codes, requiring, world,
};

async fn grant(world: &World, user: &UserId) -> Token<EnrollmentGrant> {
    match world.mfa.begin_login(user, password()).await.unwrap() {
        Login::EnrollmentRequired(grant) => grant,
        other => panic!("no grant but {other:?}"),
    }
}

#[tokio::test]
async fn without_a_code_only_where_the_policy_allows_it() {
    let strict = world();
    let (setup, totp) = start(&strict, &alice()).await;
    let answer = denied(
        strict
            .mfa
            .confirm_enrollment_without_code(&setup.token)
            .await,
    );
    assert_eq!(answer.unwrap_err(), Denial::CodeRequired);
    let code = code_at(&totp, strict.clock.time());
    assert!(
        strict
            .mfa
            .confirm_enrollment(&setup.token, &code)
            .await
            .is_ok()
    );

    let world = World::with(policy().codeless_enrollment(true));
    let (setup, totp) = start(&world, &alice()).await;
    let enrolled = world
        .mfa
        .confirm_enrollment_without_code(&setup.token)
        .await
        .unwrap();
    let recovery = recovery_codes(enrolled);
    let status = world.mfa.status(&alice()).await.unwrap();
    assert!(status.enabled && !status.authenticators[0].proven);

    let code = code_at(&totp, world.clock.time());
    let written = world.written(&alice()).await;
    for password in [
        FirstFactorCheck::from(world.password()),
        FailedFirstFactor.into(),
    ] {
        let proof = password.with_code(Answer::parse(&code).unwrap());
        let answer = denied(world.mfa.disable_mfa(&alice(), proof).await);
        assert_eq!(answer.unwrap_err(), Denial::AuthenticatorUnproven);
    }
    assert_eq!(
        world.written(&alice()).await,
        written,
        "an unproven one is not charged either"
    );
    assert!(world.sign_in(&alice(), &code).await.is_ok());
    world.forward(30);
    let code = code_at(&totp, world.clock.time());
    let proof = world.with_code(&code);
    let step_up = world
        .mfa
        .step_up(&alice(), world.password(), &code, StepUpPurpose::Disable)
        .await
        .unwrap();
    assert_eq!(
        step_up.expires_at,
        world.clock.time() + Duration::from_secs(300)
    );
    assert!(
        world.mfa.disable_mfa(&alice(), proof).await.is_err(),
        "spent"
    );
    assert!(
        world
            .mfa
            .disable_mfa(&alice(), world.with_code(&recovery[0]))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn only_the_first_authenticator_goes_without_a_code() {
    let world = World::with(policy().codeless_enrollment(true));
    let person = world.enroll(1).await;
    for new in [
        NewAuthenticator::new("alice"),
        NewAuthenticator::new("alice").replacing(person.setup.authenticator),
    ] {
        world.forward(30);
        let proof = world.with_code(&world.code(&person));
        let setup = world
            .mfa
            .start_enrollment(&person.user, new, proof)
            .await
            .unwrap();
        let answer = denied(
            world
                .mfa
                .confirm_enrollment_without_code(&setup.token)
                .await,
        );
        assert_eq!(answer.unwrap_err(), Denial::CodeRequired);
    }
}

#[tokio::test]
async fn after_a_reset_the_new_authenticator_shows_a_code() {
    let world = World::with(policy().codeless_enrollment(true));
    let user = world.enroll(1).await.user;
    world.mfa.admin_reset_account(&user, order()).await.unwrap();
    let mail = world.mails.notifications().await.pop().unwrap();
    let grant = mail.links().enroll.as_ref().unwrap();
    let setup = world.mfa.start_granted_enrollment(grant, "alice").await;
    let setup = setup.unwrap();
    let without = world.mfa.confirm_enrollment_without_code(&setup.token);
    assert_eq!(denied(without.await).unwrap_err(), Denial::CodeRequired);
    let totp = Totp::new(&setup.secret, Default::default());
    let code = code_at(&totp, world.clock.time());
    let with = world.mfa.confirm_enrollment(&setup.token, &code).await;
    assert!(with.is_ok());
}

#[tokio::test] // S-32, S-34
async fn a_grant_starts_one_enrolment_and_is_worthless_once_it_is_bound() {
    let world = World::with(requiring());
    let (first, second) = (grant(&world, &alice()).await, grant(&world, &alice()).await);
    let setup = world
        .mfa
        .start_granted_enrollment(&first, "alice")
        .await
        .unwrap();
    let totp = Totp::new(&setup.secret, Default::default());
    assert!(
        matches!(
            world.mfa.begin_login(&alice(), password()).await.unwrap(),
            Login::EnrollmentRequired(_)
        ),
        "pending is not enrolled"
    );
    let code = code_at(&totp, world.clock.time());
    let enrolled = world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    assert_eq!(enrolled.origin, EnrollmentOrigin::Login);
    let recovery = recovery_codes(enrolled);
    for grant in [&first, &second] {
        let answer = denied(world.mfa.start_granted_enrollment(grant, "alice").await);
        assert_eq!(answer.unwrap_err(), Denial::AlreadyEnrolled);
    }
    world.challenge(&alice()).await;
    let lenient = world.builder(Arc::clone(&world.store)).policy(policy());
    let proof = world.with_code(&recovery[0]);
    let disabled = lenient.build().unwrap().disable_mfa(&alice(), proof).await;
    disabled.unwrap();
    for (grant, denial) in [
        (&first, Denial::TokenSpent),
        (&second, Denial::TokenExpired),
    ] {
        let answer = denied(world.mfa.start_granted_enrollment(grant, "alice").await);
        assert_eq!(answer.unwrap_err(), denial, "after it was turned off");
    }
}

#[tokio::test] // S-34, S-50
async fn a_grant_dies_of_age_and_of_a_new_password() {
    let world = World::with(requiring());
    let fresh = grant(&world, &alice()).await;
    world.forward(599);
    assert!(
        world
            .mfa
            .start_granted_enrollment(&fresh, "alice")
            .await
            .is_ok()
    );
    world.forward(1);
    let answer = denied(world.mfa.start_granted_enrollment(&fresh, "alice").await);
    assert_eq!(answer.unwrap_err(), Denial::TokenExpired);

    let fresh = grant(&world, &alice()).await;
    let setup = world
        .mfa
        .start_granted_enrollment(&fresh, "alice")
        .await
        .unwrap();
    world.mfa.password_changed(&alice()).await.unwrap();
    let answer = denied(world.mfa.start_granted_enrollment(&fresh, "alice").await);
    assert_eq!(answer.unwrap_err(), Denial::TokenExpired);
    let totp = Totp::new(&setup.secret, Default::default());
    let code = code_at(&totp, world.clock.time());
    let answer = denied(world.mfa.confirm_enrollment(&setup.token, &code).await);
    assert_eq!(
        answer.unwrap_err(),
        Denial::TokenExpired,
        "and what it began"
    );
    assert_eq!(
        world.mfa.status(&alice()).await.unwrap().pending_until,
        None
    );
}
