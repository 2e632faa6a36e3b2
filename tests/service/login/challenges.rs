//! How long a challenge lives, and what ends it.

use std::time::Duration;

use countersign::account::{LoginChallenge, Method};
use countersign::event::EventKind;
use countersign::keyuri::KeyUri;
use countersign::otp::HotpParams;
use countersign::recovery_codes::RecoveryCodePolicy;
use countersign::{Denial, Login, NewAuthenticator};

use crate::support::{
    HOUR, Person, WRONG_CODE, World, denied, everything, password, policy, rfc_secret, world,
};

#[tokio::test] // S-32
async fn a_challenge_expires_to_the_second() {
    for (age, good) in [(299, true), (300, false), (301, false)] {
        let world = world();
        let person = world.enroll(1).await;
        let Login::Challenge(challenge) = world
            .mfa
            .begin_login(&person.user, password())
            .await
            .unwrap()
        else {
            panic!("there is a second factor");
        };
        assert_eq!(
            challenge.expires_at,
            world.clock.time() + Duration::from_secs(300)
        );
        world.forward(age);
        let code = world.code(&person);
        let answer = denied(world.mfa.answer_challenge(&challenge.token, &code).await);
        match good {
            true => assert!(answer.is_ok(), "{age} s"),
            false => assert_eq!(answer.unwrap_err(), Denial::TokenExpired, "{age} s"),
        }
    }
}

#[tokio::test] // S-33
async fn a_challenge_is_answered_once_and_outlives_wrong_codes() {
    let world = world();
    let person = world.enroll(1).await;
    let challenge = world.challenge(&person.user).await;
    for _ in 0..4 {
        let answer = denied(world.mfa.answer_challenge(&challenge, WRONG_CODE).await);
        assert_eq!(answer.unwrap_err(), Denial::InvalidCode);
    }
    let code = world.code(&person);
    assert!(world.mfa.answer_challenge(&challenge, &code).await.is_ok());
    world.forward(30);
    let written = world.written(&person.user).await;
    for typed in [&world.code(&person), &person.recovery[0]] {
        let answer = denied(world.mfa.answer_challenge(&challenge, typed).await);
        assert_eq!(answer.unwrap_err(), Denial::TokenSpent);
    }
    assert_eq!(world.written(&person.user).await, written);
    let code = world.code(&person);
    assert!(
        world.sign_in(&person.user, &code).await.is_ok(),
        "neither code was used up"
    );
}

#[tokio::test] // S-33
async fn an_abandoned_login_is_over() {
    let world = world();
    let person = world.enroll(1).await;
    let (given_up, other) = (
        world.challenge(&person.user).await,
        world.challenge(&person.user).await,
    );
    world.mfa.cancel_login(&given_up).await.unwrap();
    let last = world.events(&person.user).await.pop().unwrap();
    assert_eq!(last.kind, EventKind::LoginCancelled);
    let written = world.written(&person.user).await;
    world.mfa.cancel_login(&given_up).await.unwrap();
    assert_eq!(world.written(&person.user).await, written, "it was over");

    let code = world.code(&person);
    let answer = denied(world.mfa.answer_challenge(&given_up, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::TokenSpent);
    assert!(world.mfa.answer_challenge(&other, &code).await.is_ok());
}

#[tokio::test] // S-50
async fn a_challenge_in_flight_dies_with_what_changes_the_account() {
    for change in [
        "disable",
        "remove",
        "replace",
        "password",
        "erase",
        "add",
        "new codes",
    ] {
        let world = world();
        let person = world.enroll(1).await;
        let (mfa, user) = (&world.mfa, &person.user);
        let proof = world.with_code(&person.recovery[0]);
        let (second, _) = world.add(user, NewAuthenticator::new("alice"), proof).await;
        let challenge = world.challenge(user).await;
        let proof = world.with_code(&person.recovery[1]);
        let dead = !matches!(change, "add" | "new codes");
        match change {
            "disable" => drop(mfa.disable_mfa(user, proof).await.unwrap()),
            "remove" => drop(mfa.remove_authenticator(user, second, proof).await.unwrap()),
            "replace" => {
                let new = NewAuthenticator::new("alice").replacing(second);
                drop(world.add(user, new, proof).await);
            }
            "password" => drop(mfa.password_changed(user).await.unwrap()),
            "erase" => mfa.erase_user(user).await.unwrap(),
            "add" => drop(world.add(user, "alice".into(), proof).await),
            _ => drop(mfa.regenerate_recovery_codes(user, proof).await.unwrap()),
        }
        let code = world.code(&person);
        let answer = denied(mfa.answer_challenge(&challenge, &code).await);
        match dead {
            true => assert_eq!(answer.unwrap_err(), Denial::TokenExpired, "{change}"),
            false => assert!(answer.is_ok(), "{change}"),
        }
    }
}

/// A user with enough recovery codes, and with challenges long enough, to use 32 tokens before the
/// first expires.
async fn busy() -> (World, Person) {
    let policy = policy()
        .challenge_lifetime(Duration::from_secs(900))
        .recovery_codes(RecoveryCodePolicy::standard().count(16));
    let world = World::with(policy);
    let person = world.enroll(1).await;
    // The confirmation spent a token, too, for ten minutes.
    world.forward(600);
    (world, person)
}

#[tokio::test]
async fn while_32_used_tokens_are_remembered_no_other_is_taken() {
    let (world, person) = busy().await;
    let began = world.clock.time();
    for code in &person.recovery {
        world.sign_in(&person.user, code).await.unwrap();
    }
    for _ in 0..16 {
        world.forward(30);
        let code = world.code(&person);
        world.sign_in(&person.user, &code).await.unwrap();
    }
    world.forward(30);
    let written = world.written(&person.user).await;
    let code = world.code(&person);
    let retry_at = began + Duration::from_secs(900);
    let denial = world.sign_in(&person.user, &code).await.unwrap_err();
    assert_eq!(denial, Denial::Throttled { retry_at });
    let given_up = world.challenge(&person.user).await;
    world.mfa.cancel_login(&given_up).await.unwrap();
    assert_eq!(world.written(&person.user).await, written);

    let wait = retry_at.since(world.clock.time()).as_secs();
    world.forward(wait - 1);
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_err());
    world.forward(1);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test]
async fn abandoning_keeps_16_tokens_and_leaves_room_for_logins() {
    let (world, person) = busy().await;
    for _ in 0..20 {
        let challenge = world.challenge(&person.user).await;
        world.mfa.cancel_login(&challenge).await.unwrap();
    }
    let kinds = world.kinds(&person.user).await;
    let abandoned = kinds
        .iter()
        .filter(|kind| **kind == EventKind::LoginCancelled);
    assert_eq!(abandoned.count(), 16);
    for code in &person.recovery {
        assert!(world.sign_in(&person.user, code).await.is_ok());
    }
    let code = world.code(&person);
    assert!(
        world.sign_in(&person.user, &code).await.is_err(),
        "32 are kept"
    );
}

#[tokio::test]
async fn tokens_that_expired_do_not_keep_a_login_from_being_abandoned() {
    let (world, person) = busy().await;
    for code in &person.recovery {
        world.sign_in(&person.user, code).await.unwrap();
    }
    world.forward(900);
    let challenge = world.challenge(&person.user).await;
    world.mfa.cancel_login(&challenge).await.unwrap();
    let code = world.code(&person);
    let answer = denied(world.mfa.answer_challenge(&challenge, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::TokenSpent);
}

#[tokio::test]
async fn nobody_fills_the_list_of_spent_tokens_with_the_password_alone() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.request_recovery(&alice).await;
    world.forward(72 * HOUR);
    for _ in 0..40 {
        let challenge = world.challenge(&alice.user).await;
        let _ = world.mfa.complete_delayed_recovery(&challenge).await;
    }
    let code = world.code(&alice);
    let got = world.sign_in(&alice.user, &code).await.map(drop);
    assert_eq!(got, Ok(()));
}

/// Each method with its label, and the seconds until it can be tried again.
fn offered(world: &World, challenge: LoginChallenge) -> Vec<(Method, Option<String>, Option<u64>)> {
    let now = world.clock.time();
    let left = |at: countersign::time::Timestamp| at.since(now).as_secs();
    let methods = challenge.methods.into_iter();
    methods
        .map(|one| (one.method, one.label, one.retry_at.map(left)))
        .collect()
}

#[tokio::test]
async fn a_challenge_names_the_authenticators_and_says_when_a_blocked_method_opens() {
    let world = World::with(everything());
    let person = world.enroll(1).await;
    let user = &person.user;
    let begin = async || match world.mfa.begin_login(user, password()).await.unwrap() {
        Login::Challenge(challenge) => challenge,
        other => panic!("no challenge but {other:?}"),
    };
    let phone = person.setup.authenticator;
    let renamed = world.mfa.rename_authenticator(user, phone, "iPhone");
    renamed.await.unwrap();
    let uri = KeyUri::hotp("Acme", "4711", rfc_secret(), &HotpParams::default(), 0).unwrap();
    let fob = NewAuthenticator::from_key_uri(uri).label("Key fob");
    let proof = world.with_code(&person.recovery[0]);
    let setup = world.mfa.start_enrollment(user, fob, proof).await.unwrap();
    // RFC 4226, appendix D.
    let confirmed = world.mfa.confirm_enrollment(&setup.token, "755224");
    confirmed.await.unwrap();
    let tablet = NewAuthenticator::new("alice").label("Tablet");
    let proof = world.with_code(&person.recovery[1]);
    world.add(user, tablet, proof).await;

    let named = |method, label: &str, left| (method, Some(label.to_owned()), left);
    let all = |left| {
        [
            named(Method::Totp, "iPhone", left),
            named(Method::Totp, "Tablet", left),
            named(Method::Hotp, "Key fob", left),
            (Method::RecoveryCode, None, None),
            (Method::EmailCode, None, None),
        ]
    };
    assert_eq!(offered(&world, begin().await), all(None));
    for _ in 0..5 {
        world.sign_in(user, WRONG_CODE).await.unwrap_err();
    }
    world.forward(10);
    assert_eq!(offered(&world, begin().await), all(Some(20)));
    let kinds = [
        Method::Totp,
        Method::Hotp,
        Method::RecoveryCode,
        Method::EmailCode,
    ];
    assert_eq!(begin().await.kinds(), kinds);
    world.forward(20);
    assert_eq!(offered(&world, begin().await), all(None));
}
