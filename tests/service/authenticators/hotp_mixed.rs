//! A hardware token with a counter in the life of an account: its enrolment, an app beside it, and
//! its code as the proof of a sensitive action.

use countersign::account::{Completed, CompletedBy, Import, Method, SessionEffect, StepUpPurpose};
use countersign::event::{EventKind, Reason};
use countersign::id::AuthenticatorId;
use countersign::keyuri::KeyUri;
use countersign::otp::{Hotp, HotpParams, Totp, TotpParams};
use countersign::secret::Secret;
use countersign::{Answer, Denial, Login, NewAuthenticator, UserId};

use crate::support::{Person, World, code_at, denied, password, policy, rfc_secret, world};

fn shown(counter: u64) -> String {
    let hotp = Hotp::new(&rfc_secret(), HotpParams::default());
    hotp.code_at(counter).expose_digits().to_string()
}

fn token(secret: Secret, counter: u64) -> NewAuthenticator {
    let uri = KeyUri::hotp("Acme", "4711", secret, &HotpParams::default(), counter).unwrap();
    NewAuthenticator::from_key_uri(uri)
}

/// Somebody with an app who got a token as well, which shows 1 next.
async fn app_and_token() -> (World, Person, AuthenticatorId) {
    let world = world();
    let person = world.enroll(1).await;
    let proof = world.with_code(&world.code(&person));
    let started = world
        .mfa
        .start_enrollment(&person.user, token(rfc_secret(), 0), proof);
    let setup = started.await.unwrap();
    let enrolled = world
        .mfa
        .confirm_enrollment(&setup.token, Answer::totp(&shown(0)));
    let id = enrolled.await.unwrap().authenticator;
    world.forward(30);
    (world, person, id)
}

async fn methods(world: &World, user: &UserId) -> Vec<Method> {
    match world.mfa.begin_login(user, password()).await.unwrap() {
        Login::Challenge(challenge) => challenge.kinds(),
        other => panic!("no challenge but {other:?}"),
    }
}

#[tokio::test] // S-35
async fn a_token_that_ran_ahead_in_its_box_is_confirmed_by_two_codes() {
    let (world, user) = (world(), UserId::from(1_u64));
    let start = || {
        world
            .mfa
            .start_enrollment(&user, token(rfc_secret(), 0), world.password())
    };
    let setup = start().await.unwrap();
    let refused = world
        .mfa
        .confirm_enrollment(&setup.token, Answer::totp(&shown(37)));
    assert_eq!(denied(refused.await).unwrap_err(), Denial::InvalidCode);
    let pair = Answer::resync(&shown(37), &shown(39));
    let refused = world.mfa.confirm_enrollment(&setup.token, pair).await;
    assert_eq!(denied(refused).unwrap_err(), Denial::InvalidCode);
    assert!(matches!(
        world.mfa.begin_login(&user, password()).await.unwrap(),
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { .. },
            ..
        })
    ));

    let pair = Answer::resync(&shown(37), &shown(38));
    let enrolled = world
        .mfa
        .confirm_enrollment(&setup.token, pair)
        .await
        .unwrap();
    assert_eq!(enrolled.sessions.effect, SessionEffect::EndOthers);
    assert!(enrolled.recovery_codes.is_some());
    for spent in [37, 38] {
        assert!(
            world.sign_in(&user, &shown(spent)).await.is_err(),
            "{spent}"
        );
    }
    assert!(world.sign_in(&user, &shown(39)).await.is_ok());
}

#[tokio::test] // S-34
async fn wrong_pairs_use_up_the_tries_of_a_pending_token() {
    let (world, user) = (world(), UserId::from(1_u64));
    let started = world
        .mfa
        .start_enrollment(&user, token(rfc_secret(), 0), world.password());
    let setup = started.await.unwrap();
    for _ in 0..10 {
        let pair = Answer::resync(&shown(5), &shown(7));
        let refused = world.mfa.confirm_enrollment(&setup.token, pair).await;
        assert_eq!(denied(refused).unwrap_err(), Denial::InvalidCode);
    }
    let refused = world
        .mfa
        .confirm_enrollment(&setup.token, Answer::totp(&shown(0)));
    assert_eq!(denied(refused.await).unwrap_err(), Denial::TokenExpired);
    let kinds = world.kinds(&user).await;
    assert_eq!(kinds.last(), Some(&EventKind::EnrollmentDropped));
}

#[tokio::test] // S-3, S-36
async fn a_key_that_is_short_or_bound_already_is_refused_before_the_proof_is_used_up() {
    let (world, person, _) = app_and_token().await;
    let code = world.code(&person);
    let weak = Secret::dangerous_from_weak_bytes(b"123456789012345").unwrap();
    let cases = [
        (token(weak, 0), Denial::WeakKey),
        (token(rfc_secret(), 9), Denial::KeyAlreadyBound),
        (
            token(person.setup.secret.clone(), 0),
            Denial::KeyAlreadyBound,
        ),
    ];
    for (new, denial) in cases {
        let before = world.written(&person.user).await;
        let proof = world.with_code(&code);
        let started = world.mfa.start_enrollment(&person.user, new, proof).await;
        assert_eq!(denied(started).unwrap_err(), denial);
        assert_eq!(world.written(&person.user).await, before);
    }
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test]
async fn app_and_token_both_sign_in_and_say_which_it_was() {
    let (world, person, fob) = app_and_token().await;
    let user = &person.user;
    let all = [Method::Totp, Method::Hotp, Method::RecoveryCode];
    assert_eq!(methods(&world, user).await, all);
    let app = person.setup.authenticator;
    for (code, method, id) in [
        (world.code(&person), Method::Totp, app),
        (shown(1), Method::Hotp, fob),
        (shown(2), Method::Hotp, fob),
    ] {
        let verified = world.sign_in(user, &code).await.unwrap();
        assert_eq!(
            (verified.method, verified.authenticator),
            (method, Some(id))
        );
        let event = world.events(user).await.pop().unwrap();
        assert_eq!(event.authenticator, Some(id));
    }
    let proof = world.with_code(&person.recovery[0]);
    world
        .mfa
        .remove_authenticator(user, fob, proof)
        .await
        .unwrap();
    assert_eq!(
        methods(&world, user).await,
        [Method::Totp, Method::RecoveryCode]
    );
    let denial = world.sign_in(user, &shown(3)).await.unwrap_err();
    assert_eq!(denial, Denial::InvalidCode);
}

#[tokio::test]
async fn the_app_is_no_method_where_only_a_token_is_bound() {
    let (world, person, _) = app_and_token().await;
    let app = person.setup.authenticator;
    let proof = world.with_code(&shown(1));
    let removed = world
        .mfa
        .remove_authenticator(&person.user, app, proof)
        .await;
    assert_eq!(removed.unwrap().effect, SessionEffect::EndOthers);
    let left = [Method::Hotp, Method::RecoveryCode];
    assert_eq!(methods(&world, &person.user).await, left);
}

#[tokio::test] // S-12
async fn an_app_is_never_caught_up_with_by_two_codes() {
    let (world, person, _) = app_and_token().await;
    let at = |offset: u64| {
        let ahead = std::time::Duration::from_secs(offset * 30);
        code_at(&person.totp, world.clock.time() + ahead)
    };
    for (first, second) in [(0, 1), (5, 6)] {
        let challenge = world.challenge(&person.user).await;
        let pair = Answer::resync(&at(first), &at(second));
        let denial = denied(world.mfa.answer_challenge(&challenge, pair).await).unwrap_err();
        assert_eq!(denial, Denial::InvalidCode, "{first}, {second}");
    }
    assert!(world.sign_in(&person.user, &at(0)).await.is_ok());
}

#[tokio::test] // S-14, S-15
async fn app_and_token_share_one_budget() {
    let (world, person, _) = app_and_token().await;
    let wrong = world.wrong_code(&person);
    for typed in [&wrong, &shown(0), &wrong, &shown(0)] {
        let denial = world.sign_in(&person.user, typed).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
    assert!(world.sign_in(&person.user, &shown(0)).await.is_err());
    for right in [shown(1), world.code(&person)] {
        let denial = world.sign_in(&person.user, &right).await.unwrap_err();
        assert!(matches!(denial, Denial::Throttled { .. }), "{denial:?}");
    }
    world.forward(30);
    assert!(world.sign_in(&person.user, &shown(1)).await.is_ok());
    // The success cleared it for both: it takes five again.
    for _ in 0..4 {
        assert!(world.sign_in(&person.user, &wrong).await.is_err());
    }
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test] // S-9, S-45
async fn a_token_proves_each_sensitive_action_with_a_new_code() {
    let (world, person, fob) = app_and_token().await;
    let (mfa, user) = (&world.mfa, &person.user);
    let regenerated = mfa.regenerate_recovery_codes(user, world.with_code(&shown(1)));
    regenerated.await.unwrap();
    let again = denied(mfa.disable_mfa(user, world.with_code(&shown(1))).await);
    assert_eq!(again.unwrap_err(), Denial::ReauthenticationFailed);
    assert!(world.sign_in(user, &shown(1)).await.is_err());

    // Two codes in a row prove as much as one that was near enough.
    let pair = Answer::resync(&shown(40), &shown(41));
    let granted = mfa
        .step_up(user, world.password(), pair.clone(), StepUpPurpose::Remove)
        .await
        .unwrap();
    let proof = world.password().with_code(pair.unwrap());
    let again = denied(mfa.remove_authenticator(user, fob, proof).await);
    assert_eq!(again.unwrap_err(), Denial::ReauthenticationFailed);
    let proof = world.password().with_step_up(granted.token);
    mfa.remove_authenticator(user, fob, proof).await.unwrap();
}

#[tokio::test] // S-9
async fn a_code_that_app_and_token_both_show_is_dead_for_both() {
    // The app shows 969429 in step 60017984, and the token shows it at counter 3.
    let world = World::with(policy());
    world.forward(60_017_984 * 30 - world.clock.time().as_unix());
    let app = Secret::from_bytes(b"abcdefghijklmnopqrst").unwrap();
    assert_eq!(
        code_at(&Totp::new(&app, TotpParams::default()), world.clock.time()),
        shown(3)
    );
    let user = UserId::from(1_u64);
    let now = world.clock.time();
    let app = Import::totp(app, TotpParams::default()).confirmed_at(now);
    let fob = Import::hotp(rfc_secret(), HotpParams::default(), 0).confirmed_at(now);
    let app = world.mfa.import(&user, app).await.unwrap().authenticator;
    world.mfa.import(&user, fob).await.unwrap();

    let verified = world.sign_in(&user, "969429").await.unwrap();
    assert_eq!(verified.authenticator, Some(app));
    for spent in ["969429", &shown(2)] {
        let denial = world.sign_in(&user, spent).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode, "{spent}");
    }
    let reasons = world.events(&user).await;
    let reasons: Vec<_> = reasons.iter().filter_map(|event| event.reason).collect();
    assert_eq!(reasons, [Reason::ReplayedCode; 2]);
    let verified = world.sign_in(&user, &shown(4)).await.unwrap();
    assert_eq!(verified.method, Method::Hotp);
}
