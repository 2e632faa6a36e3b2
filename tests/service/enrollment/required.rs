//! A policy that requires a second factor: from the sign-up to the session, and the use of a grant.

use std::sync::Arc;

use countersign::account::{Completed, CompletedBy, EnrollmentOrigin, SessionEffect};
use countersign::event::EventKind;
use countersign::otp::{Totp, TotpParams};
use countersign::policy::Requirement;
use countersign::token::{EnrollmentGrant, Token};
use countersign::{
    Answer, Denial, FailedFirstFactor, Login, NewAuthenticator, RequestContext, UserId,
};

use crate::delayed_recovery::whole_way::{confirm, start};
use crate::support::{
    KEY_A, WRONG_CODE, World, code_at, denied, password, policy, recovery_codes, requiring,
};

fn demanding() -> World {
    World::with(requiring())
}

async fn grant(world: &World, user: &UserId) -> Token<EnrollmentGrant> {
    match world.mfa.begin_login(user, password()).await.unwrap() {
        Login::EnrollmentRequired(grant) => grant,
        other => panic!("no grant but {other:?}"),
    }
}

#[tokio::test] // S-33, S-46
async fn from_signing_up_to_the_session_in_one_flow() {
    let world = demanding();
    let alice = UserId::from(1_u64);
    let written = world.written(&alice).await;
    let grant = grant(&world, &alice).await;
    assert_eq!(
        world.written(&alice).await,
        written,
        "a grant writes nothing"
    );

    let (setup, totp) = start(&world, &grant).await.unwrap();
    let enrolled = confirm(&world, &setup, &totp).await.unwrap();
    assert_eq!(
        enrolled.origin,
        EnrollmentOrigin::Login,
        "begin its session"
    );
    assert_eq!(enrolled.sessions.effect, SessionEffect::EndOthers);
    let status = world.mfa.status(&alice).await.unwrap();
    assert!(status.honors(enrolled.sessions.epoch), "and it stands");
    let codes = recovery_codes(enrolled);
    let events = world.events(&alice).await;
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.notify_user())
        .map(|event| event.kind)
        .collect();
    assert_eq!(
        told,
        [
            EventKind::AuthenticatorBound,
            EventKind::RecoveryCodesIssued
        ]
    );

    // From now on like anybody.
    world.forward(60);
    let code = code_at(&totp, world.clock.time());
    assert!(world.sign_in(&alice, &code).await.is_ok());
    assert!(world.sign_in(&alice, &codes[0]).await.is_ok());
}

#[tokio::test]
async fn a_failed_confirmation_leaves_the_way_in_open() {
    let world = demanding();
    let alice = UserId::from(1_u64);
    let grant_ = grant(&world, &alice).await;
    let (setup, totp) = start(&world, &grant_).await.unwrap();
    for _ in 0..10 {
        let wrong = denied(world.mfa.confirm_enrollment(&setup.token, WRONG_CODE).await);
        assert_eq!(wrong.unwrap_err(), Denial::InvalidCode);
    }
    let dropped = confirm(&world, &setup, &totp).await.unwrap_err();
    assert_eq!(dropped, Denial::TokenExpired, "ten tries");
    let status = world.mfa.status(&alice).await.unwrap();
    assert!(!status.enabled && status.pending_until.is_none());

    // The grant was not spent, and a new one is a login away.
    for grant in [grant_, grant(&world, &alice).await] {
        assert!(start(&world, &grant).await.is_ok());
    }
    let (setup, totp) = start(&world, &grant(&world, &alice).await).await.unwrap();
    assert!(confirm(&world, &setup, &totp).await.is_ok());
}

#[tokio::test] // S-36
async fn a_spare_grant_is_worth_nothing_once_an_authenticator_is_bound() {
    for bound_by in ["grant", "session", "import"] {
        let world = demanding();
        let alice = UserId::from(1_u64);
        let spare = grant(&world, &alice).await;
        let (begun, its_totp) = start(&world, &spare).await.unwrap();
        match bound_by {
            "grant" => {
                let (setup, totp) = start(&world, &grant(&world, &alice).await).await.unwrap();
                confirm(&world, &setup, &totp).await.unwrap();
            }
            "session" => drop(world.enroll(1).await),
            _ => {
                let key = countersign::secret::Secret::from_bytes(b"12345678901234567890");
                let import = countersign::account::Import::totp(key.unwrap(), Default::default());
                world.mfa.import(&alice, import).await.unwrap();
            }
        }
        let written = world.written(&alice).await;
        let dead = confirm(&world, &begun, &its_totp).await.unwrap_err();
        assert_eq!(dead, Denial::TokenExpired, "{bound_by}");
        let worthless = start(&world, &spare).await.unwrap_err();
        assert_eq!(worthless, Denial::AlreadyEnrolled, "{bound_by}");
        assert_eq!(world.written(&alice).await, written, "{bound_by}");
        world.challenge(&alice).await;
    }
}

#[tokio::test] // S-36
async fn of_an_owner_and_a_thief_who_hurry_one_binds() {
    let world = demanding();
    let alice = UserId::from(1_u64);
    let grants = [grant(&world, &alice).await, grant(&world, &alice).await];
    world.one_of_both_binds(&alice, grants).await;
    let bound = |kind: &EventKind| *kind == EventKind::AuthenticatorBound;
    let kinds = world.kinds(&alice).await;
    assert_eq!(kinds.into_iter().filter(bound).count(), 1);
}

#[tokio::test] // S-32
async fn a_grant_is_of_one_user_one_client_and_one_service() {
    let world = demanding();
    let alice = UserId::from(1_u64);
    let browser = world
        .mfa
        .with_context(RequestContext::new().binding("alice's cookie"));
    let Login::EnrollmentRequired(bound) = browser.begin_login(&alice, password()).await.unwrap()
    else {
        panic!("no grant");
    };
    let other = World::over(
        Arc::clone(&world.store),
        countersign::Policy::new("other", "Tests").requirement(Requirement::Now),
        KEY_A,
    );
    for refused in [
        start(&world, &bound).await,
        start(&other, &bound).await,
        start(&world, &Token::from("cs1g_AAAA")).await,
    ] {
        assert_eq!(refused.unwrap_err(), Denial::TokenInvalid);
    }
    assert_eq!(world.written(&alice).await, (None, 0));
    let setup = browser
        .start_granted_enrollment(&bound, "alice")
        .await
        .unwrap();
    let totp = Totp::new(&setup.secret, Default::default());
    let code = code_at(&totp, world.clock.time());
    browser
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    let bob = grant(&world, &UserId::from(2_u64)).await;
    assert!(start(&world, &bob).await.is_ok(), "each has their own");
}

#[tokio::test] // S-45
async fn what_the_policy_demands_cannot_be_turned_off_and_a_phone_can_be_replaced() {
    let world = demanding();
    let person = world.enroll(1).await;
    let user = &person.user;
    assert!(world.mfa.status(user).await.unwrap().required);
    let written = world.written(user).await;
    let right = world.with_code(&person.recovery[0]);
    let wrong = FailedFirstFactor.with_code(Answer::parse(WRONG_CODE).unwrap());
    for proof in [right, wrong] {
        let refused = denied(world.mfa.disable_mfa(user, proof).await);
        assert_eq!(refused.unwrap_err(), Denial::RequiredByPolicy);
    }
    assert_eq!(
        world.written(user).await,
        written,
        "nothing is used up or charged"
    );

    let proof = world.with_code(&person.recovery[0]);
    let replacing = NewAuthenticator::new("alice").replacing(person.setup.authenticator);
    let setup = world.mfa.start_enrollment(user, replacing, proof).await;
    let setup = setup.unwrap();
    let totp = Totp::new(&setup.secret, Default::default());
    confirm(&world, &setup, &totp).await.unwrap();
    let stranger = UserId::from(2_u64);
    let none = world
        .mfa
        .disable_mfa(&stranger, world.with_code("123456"))
        .await;
    assert_eq!(denied(none).unwrap_err(), Denial::NotEnrolled);
}

#[tokio::test]
async fn a_policy_that_begins_to_demand_it_asks_only_those_who_have_none() {
    let before = World::with(policy());
    let person = before.enroll(1).await;
    let stranger = UserId::from(2_u64);
    let login = before.mfa.begin_login(&stranger, password()).await.unwrap();
    assert!(matches!(
        login,
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { .. },
            ..
        })
    ));
    let world = World::over(Arc::clone(&before.store), requiring(), KEY_A);
    world.challenge(&person.user).await;
    let grant = grant(&world, &stranger).await;
    // A grant demands nothing that a session would, and gives nothing more: it replaces nothing.
    let new = NewAuthenticator::new("bob").replacing(person.setup.authenticator);
    let setup = world.mfa.start_granted_enrollment(&grant, new).await;
    let setup = setup.unwrap();
    let code = code_at(
        &Totp::new(&setup.secret, TotpParams::default()),
        world.clock.time(),
    );
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    assert!(enrolled.is_ok());
    let status = world.mfa.status(&person.user).await.unwrap();
    assert_eq!(status.authenticators.len(), 1);
}

#[tokio::test]
async fn a_codeless_policy_confirms_the_first_by_its_token_alone() {
    let world = World::with(requiring().codeless_enrollment(true));
    let alice = UserId::from(1_u64);
    let (setup, _) = start(&world, &grant(&world, &alice).await).await.unwrap();
    let enrolled = world
        .mfa
        .confirm_enrollment_without_code(&setup.token)
        .await
        .unwrap();
    assert_eq!(enrolled.origin, EnrollmentOrigin::Login);
    let again = denied(
        world
            .mfa
            .confirm_enrollment_without_code(&setup.token)
            .await,
    );
    assert!(again.is_err(), "once");
    world.challenge(&alice).await;
}
