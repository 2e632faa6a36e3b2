//! The tokens of ceremonies: bound to what they were made for, good once, and for five minutes.

use countersign::account::{Method, StepUpPurpose};
use countersign::keys::Keyring;
use countersign::service::BuildError;
use countersign::store::MemoryStore;
use countersign::testing::SecurityKey;
use countersign::token::Token;
use countersign::{Answer, Denial, Mfa, NewAuthenticator, RequestContext};

use super::{allowing, demanding, typed, world};
use crate::support::{KEY_A, denied};

#[test]
fn a_policy_with_passkeys_says_what_the_builder_lacks() {
    let builder = Mfa::builder(MemoryStore::new()).keys(KEY_A.parse::<Keyring>().unwrap());
    let refused = builder.policy(allowing()).build().map(drop).unwrap_err();
    assert_eq!(refused, BuildError::NoCeremonies);
    assert!(refused.to_string().contains(".passkeys("), "{refused}");
}

#[tokio::test]
async fn a_refused_assertion_writes_nothing_and_leaves_the_challenge_open() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let challenge = world.challenge(&alice.user).await;
    let before = world.written(&alice.user).await;
    for response in [
        String::new(),
        "{}".to_owned(),
        "x".repeat(16 * 1024 + 1),
        SecurityKey::new(2).sign("{\"challenge\":\"00\"}"),
        alice.key.sign("{\"challenge\":\"00\"}"),
        alice.key.register("{\"challenge\":\"00\"}"),
    ] {
        let request = world.mfa.start_passkey_login(&challenge).await.unwrap();
        let answer = Answer::passkey(request.token, response.clone());
        let refused = world.answer(&challenge, answer).await;
        assert_eq!(refused.unwrap_err(), Denial::InvalidPasskey, "{response}");
    }
    assert_eq!(world.written(&alice.user).await, before);
    let request = world.mfa.start_passkey_login(&challenge).await.unwrap();
    let answer = Answer::passkey(request.token, alice.key.sign(&request.options));
    assert!(world.answer(&challenge, answer).await.is_ok());
}

#[tokio::test]
async fn no_number_of_refused_assertions_blocks_a_login() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let mut stranger = SecurityKey::new(2);
    for _ in 0..60 {
        let refused = world
            .sign_in_with(&alice.user, &mut stranger)
            .await
            .unwrap_err();
        assert_eq!(refused, Denial::InvalidPasskey);
    }
    assert!(
        world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_assertion_answers_the_challenge_that_it_was_made_for() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let mut bob = world.register(2, SecurityKey::new(2)).await;
    let (one, other) = (
        world.challenge(&alice.user).await,
        world.challenge(&alice.user).await,
    );
    let bobs = world.challenge(&bob.user).await;

    let request = world.mfa.start_passkey_login(&one).await.unwrap();
    let response = alice.key.sign(&request.options);
    let answer = || Answer::passkey(request.token.clone(), response.clone());
    for challenge in [&other, &bobs] {
        let refused = world.answer(challenge, answer()).await;
        assert_eq!(refused.unwrap_err(), Denial::TokenInvalid);
    }
    // Nor does one of another user, whose key signs the right challenge.
    let stolen = Answer::passkey(request.token.clone(), bob.key.sign(&request.options));
    let refused = world.answer(&one, stolen).await;
    assert_eq!(refused.unwrap_err(), Denial::InvalidPasskey);

    assert!(world.answer(&one, answer()).await.is_ok());
    let twice = world.answer(&one, answer()).await;
    assert_eq!(twice.unwrap_err(), Denial::TokenSpent);
}

#[tokio::test]
async fn an_assertion_of_a_login_proves_no_action_and_the_other_way_round() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();
    let challenge = world.challenge(&user).await;
    let request = world.mfa.start_passkey_login(&challenge).await.unwrap();
    let answer = Answer::passkey(request.token, alice.key.sign(&request.options));
    let proof = world.password().with_code(answer);
    let refused = denied(world.mfa.disable_mfa(&user, proof).await);
    assert_eq!(refused.unwrap_err(), Denial::TokenInvalid);

    let answer = world.assertion(&user, &mut alice.key).await;
    let refused = world.answer(&challenge, answer).await;
    assert_eq!(refused.unwrap_err(), Denial::TokenInvalid);
}

#[tokio::test]
async fn an_assertion_proves_one_action() {
    let world = world();
    // Its counter stays at zero, as that of a synced passkey.
    let mut key = SecurityKey::new(1);
    key.counts = false;
    let mut alice = world.register(1, key).await;
    let user = alice.user.clone();
    let answer = world.assertion(&user, &mut alice.key).await;
    let purpose = StepUpPurpose::Add;
    let step_up = || {
        world
            .mfa
            .step_up(&user, world.password(), answer.clone(), purpose.clone())
    };
    assert!(step_up().await.is_ok());
    assert_eq!(denied(step_up().await).unwrap_err(), Denial::TokenSpent);
}

#[tokio::test]
async fn a_ceremony_lasts_five_minutes() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();
    let first = world.assertion(&user, &mut alice.key).await;
    let second = world.assertion(&user, &mut alice.key).await;
    let step_up = |answer| {
        world
            .mfa
            .step_up(&user, world.password(), answer, StepUpPurpose::Regenerate)
    };
    world.forward(299);
    assert!(step_up(first).await.is_ok());
    world.forward(1);
    assert_eq!(
        denied(step_up(second).await).unwrap_err(),
        Denial::TokenExpired
    );

    let proof = world.with_passkey(&mut alice).await;
    let setup = world.start_key(&user, "alice", proof).await;
    let response = SecurityKey::new(2).register(&setup.options);
    world.forward(300);
    let late = world.finish_key(&setup, response).await;
    assert_eq!(late.unwrap_err(), Denial::TokenExpired);
}

#[tokio::test]
async fn a_ceremony_belongs_to_the_browser_that_began_it() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();
    let browser = |binding: &[u8]| {
        world
            .mfa
            .with_context(RequestContext::new().binding(binding))
    };
    let (own, other) = (
        browser(b"one browser's secret"),
        browser(b"another browser's"),
    );
    let request = own.start_passkey_step_up(&user).await.unwrap();
    let response = alice.key.sign(&request.options);
    let answer = || Answer::passkey(request.token.clone(), response.clone());
    let proof = world.password().with_code(answer());
    let refused = denied(other.disable_mfa(&user, proof).await);
    assert_eq!(refused.unwrap_err(), Denial::TokenInvalid);
    assert!(
        own.disable_mfa(&user, world.password().with_code(answer()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_registration_is_finished_once_and_by_the_latest_start() {
    let world = world();
    let user = 1_u64.into();
    let start = || world.start_key(&user, "alice", world.password());
    let (first, second) = (start().await, start().await);
    let mut key = SecurityKey::new(1);

    let response = key.register(&first.options);
    let superseded = world.finish_key(&first, response).await;
    assert_eq!(superseded.unwrap_err(), Denial::Superseded);
    // The response of one registration does not finish another.
    let response = key.register(&first.options);
    let foreign = world.finish_key(&second, response).await;
    assert_eq!(foreign.unwrap_err(), Denial::InvalidPasskey);
    // Nor does an assertion.
    let response = key.sign(&second.options);
    let signed = world.finish_key(&second, response).await;
    assert_eq!(signed.unwrap_err(), Denial::InvalidPasskey);

    let response = key.register(&second.options);
    let finished = world.finish_key(&second, response.clone()).await;
    assert!(finished.is_ok(), "a refused response left it open");
    let twice = world.finish_key(&second, response).await;
    assert!(matches!(
        twice.unwrap_err(),
        Denial::TokenSpent | Denial::TokenExpired
    ));
}

/// The tokens of both ceremonies have types of their own. A client that exchanges them is refused.
#[tokio::test]
async fn a_registration_is_no_assertion() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let proof = world.with_passkey(&mut alice).await;
    let setup = world.start_key(&alice.user, "alice", proof).await;
    let token = Token::from(setup.token.expose());
    let answer = Answer::passkey(token, alice.key.sign(&setup.options));
    let proof = world.password().with_code(answer);
    let refused = denied(world.mfa.disable_mfa(&alice.user, proof).await);
    assert_eq!(refused.unwrap_err(), Denial::TokenInvalid);

    let request = world.mfa.start_passkey_step_up(&alice.user).await.unwrap();
    let response = SecurityKey::new(2).register(&request.options);
    let token = Token::from(request.token.expose());
    let refused = denied(world.mfa.confirm_passkey_enrollment(&token, response).await);
    assert_eq!(refused.unwrap_err(), Denial::TokenInvalid);
}

#[tokio::test]
async fn a_passkey_that_was_removed_meanwhile_does_not_pass() {
    let world = world();
    let person = world.enroll(1).await;
    world.forward(60);
    let user = person.user.clone();
    let proof = typed(world.password(), &world.code(&person)).unwrap();
    let new = NewAuthenticator::new("alice").label("Key");
    let setup = world.start_key(&user, new, proof).await;
    let mut key = SecurityKey::new(1);
    let response = key.register(&setup.options);
    let bound = world.finish_key(&setup, response).await.unwrap();

    let challenge = world.challenge(&user).await;
    let request = world.mfa.start_passkey_login(&challenge).await.unwrap();
    let answer = Answer::passkey(request.token, key.sign(&request.options));
    world.forward(30);
    let proof = typed(world.password(), &world.code(&person)).unwrap();
    world
        .mfa
        .remove_authenticator(&user, bound.authenticator, proof)
        .await
        .unwrap();
    let refused = world.answer(&challenge, answer).await;
    assert_eq!(refused.unwrap_err(), Denial::TokenExpired);
    let fresh = world.challenge(&user).await;
    let asked = denied(world.mfa.start_passkey_login(&fresh).await);
    assert_eq!(asked.unwrap_err(), Denial::MethodUnavailable);
}

#[tokio::test]
async fn a_policy_can_demand_a_verified_user_of_each_passkey() {
    let world = demanding();
    let user = 1_u64.into();
    let setup = world.start_key(&user, "alice", world.password()).await;
    assert!(setup.options.contains("\"required\""), "{}", setup.options);
    let mut key = SecurityKey::new(1);
    key.verifies_user = false;
    let needed = Denial::UserVerificationRequired;
    let response = key.register(&setup.options);
    let refused = world.finish_key(&setup, response).await;
    assert_eq!(refused.unwrap_err(), needed);
    key.verifies_user = true;
    let response = key.register(&setup.options);
    assert!(world.finish_key(&setup, response).await.is_ok());

    key.verifies_user = false;
    assert_eq!(
        world.sign_in_with(&user, &mut key).await.unwrap_err(),
        needed
    );
    key.verifies_user = true;
    let verified = world.sign_in_with(&user, &mut key).await.unwrap();
    assert_eq!(verified.method, Method::Passkey);
}
