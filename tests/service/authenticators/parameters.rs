//! Authenticators with unusual parameters: another hash, more digits, another period.

use countersign::keyuri::KeyUri;
use countersign::otp::{Algorithm, Digits, HotpParams, Period, Totp, TotpParams};
use countersign::secret::Secret;
use countersign::{Denial, NewAuthenticator, UserId};

use crate::support::{World, code_at, denied, policy, rfc_secret, world};

/// Enrols it with the first code, waits, and signs in with the second.
async fn use_twice(world: &World, new: NewAuthenticator, first: &str, wait: u64, second: &str) {
    let user = UserId::from(1_u64);
    let started = world.mfa.start_enrollment(&user, new, world.password());
    let setup = started.await.unwrap();
    let confirmed = world.mfa.confirm_enrollment(&setup.token, first).await;
    assert!(confirmed.is_ok(), "{confirmed:?}");
    world.forward(wait);
    assert!(world.sign_in(&user, second).await.is_ok(), "{second}");
}

#[tokio::test] // S-1, S-2
async fn keys_of_every_hash_sign_in_with_the_codes_of_rfc_6238() {
    // RFC 6238, appendix B: the codes at 59 and at 1111111109 seconds.
    for (algorithm, key_bytes, first, second) in [
        (Algorithm::Sha1, 20, "94287082", "07081804"),
        (Algorithm::Sha256, 32, "46119246", "68084774"),
        (Algorithm::Sha512, 64, "90693936", "25091201"),
    ] {
        let world = world();
        world.back(world.clock.time().as_unix() - 59);
        let key: Vec<u8> = (b'1'..=b'9')
            .chain([b'0'])
            .cycle()
            .take(key_bytes)
            .collect();
        let key = Secret::from_bytes(&key).unwrap();
        let params = TotpParams::default()
            .with_algorithm(algorithm)
            .with_digits(Digits::EIGHT);
        let uri = KeyUri::totp("Acme", "4711", key, &params).unwrap();
        let new = NewAuthenticator::from_key_uri(uri);
        use_twice(&world, new, first, 1_111_111_109 - 59, second).await;
    }
}

#[tokio::test] // S-1, S-2
async fn a_token_of_eight_digits_counts_like_one_of_six() {
    let world = world();
    let params = HotpParams::default().with_digits(Digits::EIGHT);
    let uri = KeyUri::hotp("Acme", "4711", rfc_secret(), &params, 0).unwrap();
    // RFC 4226, appendix D, "Decimal": 1284755224 and 1094287082.
    let new = NewAuthenticator::from_key_uri(uri);
    use_twice(&world, new, "84755224", 0, "94287082").await;
}

#[tokio::test]
async fn new_authenticators_have_the_parameters_of_the_policy() {
    let params = TotpParams::default()
        .with_algorithm(Algorithm::Sha512)
        .with_digits(Digits::SEVEN)
        .with_period(Period::new(60).unwrap());
    let world = World::with(policy().totp(params));
    assert_eq!(world.mfa.policy().totp_params(), params);
    let user = UserId::from(1_u64);
    let started = world.mfa.start_enrollment(&user, "alice", world.password());
    let setup = started.await.unwrap();
    let totp = Totp::new(&setup.secret, params);
    let code = code_at(&totp, world.clock.time());
    assert_eq!(code.len(), 7);
    world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    world.forward(60);
    let code = code_at(&totp, world.clock.time());
    assert!(world.sign_in(&user, &code).await.is_ok());
}

#[tokio::test] // S-9
async fn a_key_with_a_zero_behind_it_is_the_same_key_under_any_hash() {
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let world = world();
        let person = world.enroll(1).await;
        let params = TotpParams::default().with_algorithm(algorithm);
        let named = |key: &[u8]| {
            let key = Secret::from_bytes(key).unwrap();
            NewAuthenticator::from_key_uri(KeyUri::totp("Acme", "4711", key, &params).unwrap())
        };
        // HMAC pads a key with zeros (RFC 2104 §2).
        let key = named(b"12345678901234567890123456789012");
        let proof = world.with_code(&person.recovery[0]);
        let setup = world.mfa.start_enrollment(&person.user, key, proof);
        let setup = setup.await.unwrap();
        let totp = Totp::new(&setup.secret, params);
        let code = code_at(&totp, world.clock.time());
        world
            .mfa
            .confirm_enrollment(&setup.token, &code)
            .await
            .unwrap();

        let padded = named(b"12345678901234567890123456789012\0");
        let proof = world.with_code(&person.recovery[1]);
        let again = world.mfa.start_enrollment(&person.user, padded, proof);
        assert_eq!(denied(again.await).unwrap_err(), Denial::KeyAlreadyBound);
    }
}
