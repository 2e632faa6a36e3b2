//! A whole account over these ceremonies: copied keys, changed keys, and ceremonies that are used
//! for something else.

use countersign::keys::Keyring;
use countersign::store::MemoryStore;
use countersign::token::{Challenge, Token};
use countersign::{Answer, Denial, FirstFactor, Login, Mfa, Policy, UserId};
use pollster::block_on;
use serde_json::Value;

use crate::authenticator::{Answer as Response, BACKED_UP, Credential, ELIGIBLE, acme};

fn service() -> Mfa {
    let keys = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    Mfa::builder(MemoryStore::new())
        .keys(keys.parse::<Keyring>().unwrap())
        .policy(Policy::new("tests", "Tests").passkeys(true))
        .passkeys(acme())
        .build()
        .unwrap()
}

fn password(mfa: &Mfa) -> FirstFactor {
    FirstFactor::password_at(mfa.now().unwrap())
}

/// The client data's challenge, as the options say it.
fn challenged(mut response: Response, options: &str) -> Response {
    let options: Value = serde_json::from_str(options).unwrap();
    response.client_data["challenge"] = options["challenge"].clone();
    response
}

fn enroll(mfa: &Mfa, user: &UserId, key: &Credential, change: impl FnOnce(&mut Response)) {
    let setup = mfa.start_passkey_enrollment(user, "alice", password(mfa));
    let setup = block_on(setup).unwrap();
    let ceremony = crate::authenticator::ceremony(0);
    let mut response = challenged(Response::to_create(&ceremony), &setup.options);
    change(&mut response);
    let response = response.registration(key).to_string();
    block_on(mfa.confirm_passkey_enrollment(&setup.token, response)).unwrap();
}

fn challenge(mfa: &Mfa, user: &UserId) -> Token<Challenge> {
    match block_on(mfa.begin_login(user, password(mfa))).unwrap() {
        Login::Challenge(challenge) => challenge.token,
        other => panic!("no challenge but {other:?}"),
    }
}

fn answer(
    mfa: &Mfa,
    token: &Token<Challenge>,
    key: &Credential,
    change: impl FnOnce(&mut Response),
) -> Answer {
    let request = block_on(mfa.start_passkey_login(token)).unwrap();
    let ceremony = crate::authenticator::ceremony(0);
    let mut response = challenged(Response::to_get(&ceremony), &request.options);
    change(&mut response);
    Answer::passkey(request.token, response.assertion(key).to_string())
}

fn sign_in(
    mfa: &Mfa,
    user: &UserId,
    key: &Credential,
    change: impl FnOnce(&mut Response),
) -> Option<Denial> {
    let token = challenge(mfa, user);
    let answer = answer(mfa, &token, key, change);
    let verified = block_on(mfa.answer_challenge(&token, answer));
    verified.err().map(|error| error.denial().unwrap())
}

#[test] // S-58
fn a_copy_is_behind_the_key_or_beside_it() {
    let (mfa, alice, key) = (service(), UserId::from(1_u64), Credential::new(3));
    enroll(&mfa, &alice, &key, |response| response.sign_count = 5);
    for (sign_count, refusal) in [
        (5, Some(Denial::InvalidPasskey)),
        (4, Some(Denial::InvalidPasskey)),
        (0, Some(Denial::InvalidPasskey)),
        (6, None),
        (6, Some(Denial::InvalidPasskey)),
        (u32::MAX, None),
    ] {
        let denial = sign_in(&mfa, &alice, &key, |response| {
            response.sign_count = sign_count
        });
        assert_eq!(denial, refusal, "{sign_count}");
    }
}

#[test]
fn a_synced_passkey_counts_nothing() {
    let (mfa, alice, key) = (service(), UserId::from(1_u64), Credential::new(3));
    enroll(&mfa, &alice, &key, |response| {
        response.flags |= ELIGIBLE | BACKED_UP
    });
    for _ in 0..2 {
        let denial = sign_in(&mfa, &alice, &key, |response| response.flags |= ELIGIBLE);
        assert_eq!(denial, None);
    }
}

#[test]
fn a_key_that_could_not_be_copied_never_can() {
    let (mfa, alice, key) = (service(), UserId::from(1_u64), Credential::new(3));
    enroll(&mfa, &alice, &key, |_| {});
    // The registration is not signed, so that the first signature says it.
    assert_eq!(sign_in(&mfa, &alice, &key, |_| {}), None);
    let denial = sign_in(&mfa, &alice, &key, |response| response.flags |= ELIGIBLE);
    assert_eq!(denial, Some(Denial::InvalidPasskey));
    assert_eq!(sign_in(&mfa, &alice, &key, |_| {}), None);
}

#[test]
fn an_assertion_is_for_one_login_of_one_user() {
    let mfa = service();
    let (alice, bob, key) = (UserId::from(1_u64), UserId::from(2_u64), Credential::new(3));
    // Two accounts may have the same key: the owner's two, or one that somebody claims.
    enroll(&mfa, &alice, &key, |_| {});
    enroll(&mfa, &bob, &key, |_| {});
    let (first, second, bobs) = (
        challenge(&mfa, &alice),
        challenge(&mfa, &alice),
        challenge(&mfa, &bob),
    );
    let signed = answer(&mfa, &first, &key, |_| {});
    for other in [&second, &bobs] {
        let refused = block_on(mfa.answer_challenge(other, signed.clone())).unwrap_err();
        assert_eq!(refused.denial(), Some(Denial::TokenInvalid));
    }
    block_on(mfa.answer_challenge(&first, signed.clone())).unwrap();
    let refused = block_on(mfa.answer_challenge(&first, signed)).unwrap_err();
    assert_eq!(refused.denial(), Some(Denial::TokenSpent));
}

#[test]
fn the_handle_is_the_accounts() {
    let (mfa, alice, key) = (service(), UserId::from(1_u64), Credential::new(3));
    enroll(&mfa, &alice, &key, |_| {});
    let denial = sign_in(&mfa, &alice, &key, |response| {
        response.handle = Some(vec![1; 32])
    });
    assert_eq!(denial, Some(Denial::InvalidPasskey));
}
