//! Recovery codes of an imported account. It has none, the status says so, and the owner generates
//! them.

use countersign::account::{Factor, Import, MalformedCode, Method, Verified};
use countersign::event::{EventKind, Reason};
use countersign::otp::{Totp, TotpParams};
use countersign::recovery_codes::UnusableCodes;
use countersign::{Answer, Denial, Login, NewAuthenticator, UserId};

use crate::support::{
    World, code_at, denied, password, policy, recovery_codes, rfc_code, rfc_import, world,
};

fn alice() -> UserId {
    UserId::from(1_u64)
}

async fn moved_over() -> World {
    let world = world();
    let import = rfc_import(&world).confirmed_at(world.clock.time());
    world.mfa.import(&alice(), import).await.unwrap();
    world
}

async fn methods(world: &World) -> Vec<Method> {
    match world.mfa.begin_login(&alice(), password()).await.unwrap() {
        Login::Challenge(challenge) => challenge.kinds(),
        other => panic!("no challenge but {other:?}"),
    }
}

#[tokio::test] // S-22, S-46
async fn a_login_makes_none_and_regenerating_takes_password_and_code() {
    let world = moved_over().await;
    for offset in [-1, 0] {
        assert_eq!(methods(&world).await, [Method::Totp]);
        let code = rfc_code(&world, offset);
        let verified = world.sign_in(&alice(), &code).await.unwrap();
        assert_eq!(verified.recovery_codes_remaining, 0);
        assert!(verified.recovery_codes_low);
        assert_eq!(
            world.mfa.status(&alice()).await.unwrap().recovery_codes,
            None
        );
    }
    let issued = |kinds: Vec<EventKind>| kinds.contains(&EventKind::RecoveryCodesIssued);
    assert!(!issued(world.kinds(&alice()).await));

    // A code that was relayed and is used here proves nothing.
    let proof = world.with_code(&rfc_code(&world, 0));
    let refused = world.mfa.regenerate_recovery_codes(&alice(), proof).await;
    assert_eq!(denied(refused).unwrap_err(), Denial::ReauthenticationFailed);

    let proof = world.with_code(&rfc_code(&world, 1));
    let made = world.mfa.regenerate_recovery_codes(&alice(), proof).await;
    let delivered = made.unwrap().recovery_codes.deliver();
    assert_eq!(delivered.codes().len(), 10);
    assert!(issued(world.kinds(&alice()).await));
    assert_eq!(methods(&world).await, [Method::Totp, Method::RecoveryCode]);
    let code = delivered.codes()[6].expose();
    let verified = world.sign_in(&alice(), &code).await.unwrap();
    assert_eq!(verified.recovery_codes_remaining, 9);
}

#[tokio::test] // S-22
async fn another_authenticator_that_is_confirmed_brings_them_along() {
    let world = moved_over().await;
    let codes = codes_of_another_authenticator(&world).await;
    assert!(world.sign_in(&alice(), &codes[0]).await.is_ok());
}

/// The recovery codes that come with an authenticator which is added.
async fn codes_of_another_authenticator(world: &World) -> Vec<String> {
    let proof = world.with_code(&rfc_code(world, 0));
    let new = NewAuthenticator::new("alice");
    let setup = world.mfa.start_enrollment(&alice(), new, proof).await;
    let setup = setup.unwrap();
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    recovery_codes(enrolled.unwrap())
}

/// Codes as three other services print them.
const OLD: [&str; 3] = ["1234 5678", "aBcD-eFgH", "k3jq9-x2m4p"];

async fn moved_with_codes() -> World {
    let world = world();
    let import = rfc_import(&world).confirmed_at(world.clock.time());
    let import = import.recovery_codes(OLD);
    world.mfa.import(&alice(), import).await.unwrap();
    world
}

async fn sign_in_by(world: &World, typed: &str) -> Result<Verified, Denial> {
    let challenge = world.challenge(&alice()).await;
    let answer = Answer::recovery_code(typed);
    denied(world.mfa.answer_challenge(&challenge, answer).await)
}

#[tokio::test] // S-17
async fn a_code_of_another_service_earns_no_trust_in_a_browser() {
    let world = moved_with_codes()
        .await
        .under(policy().trusted_devices(true));
    let challenge = world.challenge(&alice()).await;
    let answer = Answer::recovery_code(OLD[0])
        .unwrap()
        .trust_device("Firefox");
    let verified = world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap();
    assert!(verified.device.is_none());
    assert_eq!(verified.sessions.assurance.unwrap().level(), 1);

    let challenge = world.challenge(&alice()).await;
    let answer = Answer::parse(&rfc_code(&world, 0))
        .unwrap()
        .trust_device("Firefox");
    let verified = world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap();
    assert!(verified.device.is_some());
}

#[tokio::test] // S-17, S-20
async fn codes_of_another_service_sign_in_once_each_by_their_exact_text() {
    let world = moved_with_codes().await;
    let status = world
        .mfa
        .status(&alice())
        .await
        .unwrap()
        .recovery_codes
        .unwrap();
    assert_eq!(
        (status.imported, status.total, status.remaining),
        (true, 3, 3)
    );
    // The other service showed them to their owner.
    assert!(!status.unsaved);
    let kinds = world.kinds(&alice()).await;
    assert!(kinds.contains(&EventKind::RecoveryCodesImported));

    // Case is kept, and separators are not.
    assert_eq!(
        sign_in_by(&world, "abcd-efgh1").await.unwrap_err(),
        Denial::InvalidCode
    );
    let verified = sign_in_by(&world, " aBcDeFgH ").await.unwrap();
    assert_eq!(verified.method, Method::RecoveryCode);
    assert_eq!(verified.recovery_codes_remaining, 2);
    assert_eq!(
        sign_in_by(&world, "aBcD-eFgH").await.unwrap_err(),
        Denial::InvalidCode
    );
    let last = world.events(&alice()).await.pop().unwrap();
    assert_eq!(last.reason, Some(Reason::UsedRecoveryCode));
    assert_eq!(last.factor, Some(Factor::RecoveryCode));
    assert!(sign_in_by(&world, "12345678").await.is_ok());

    // By its shape it is a code of an authenticator, or none at all.
    assert_eq!(Answer::parse("k3jq9-x2m4p").unwrap_err(), MalformedCode);
    assert!(sign_in_by(&world, "k3jq9-x2m4p").await.is_ok());
}

#[tokio::test]
async fn codes_of_another_service_prove_nothing_for_a_sensitive_action() {
    let world = moved_with_codes().await;
    let proof = || {
        world
            .password()
            .with_code(Answer::recovery_code(OLD[0]).unwrap())
    };
    let written = world.written(&alice()).await;
    let disabled = denied(world.mfa.disable_mfa(&alice(), proof()).await);
    assert_eq!(disabled.unwrap_err(), Denial::MethodUnavailable);
    let made = world.mfa.regenerate_recovery_codes(&alice(), proof()).await;
    assert_eq!(denied(made).unwrap_err(), Denial::MethodUnavailable);
    assert_eq!(
        world.written(&alice()).await,
        written,
        "nothing is used up or charged"
    );
    assert!(sign_in_by(&world, OLD[0]).await.is_ok());
}

#[tokio::test]
async fn codes_of_another_service_are_guessed_at_under_their_own_budget() {
    let world = moved_with_codes().await;
    for guess in 0..5 {
        let answer = sign_in_by(&world, &format!("0000000{guess}")).await;
        assert_eq!(answer.unwrap_err(), Denial::InvalidCode);
    }
    let refused = sign_in_by(&world, OLD[0]).await.unwrap_err();
    assert!(matches!(refused, Denial::Throttled { .. }), "{refused:?}");
    let code = rfc_code(&world, 0);
    assert!(world.sign_in(&alice(), &code).await.is_ok());
}

#[tokio::test] // S-21
async fn codes_of_another_service_end_with_the_first_set_of_our_own() {
    for by_another_phone in [false, true] {
        let world = moved_with_codes().await;
        let proof = world.with_code(&rfc_code(&world, 0));
        if by_another_phone {
            let new = NewAuthenticator::new("alice");
            let setup = world
                .mfa
                .start_enrollment(&alice(), new, proof)
                .await
                .unwrap();
            let totp = Totp::new(&setup.secret, TotpParams::default());
            let code = code_at(&totp, world.clock.time());
            let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
            assert_eq!(recovery_codes(enrolled.unwrap()).len(), 10);
        } else {
            let made = world.mfa.regenerate_recovery_codes(&alice(), proof).await;
            assert_eq!(made.unwrap().recovery_codes.deliver().codes().len(), 10);
        }
        let status = world
            .mfa
            .status(&alice())
            .await
            .unwrap()
            .recovery_codes
            .unwrap();
        assert_eq!((status.imported, status.remaining), (false, 10));
        assert_eq!(
            sign_in_by(&world, OLD[0]).await.unwrap_err(),
            Denial::InvalidCode
        );
    }
}

#[tokio::test] // S-21
async fn guesses_at_codes_of_another_service_do_not_hold_up_those_that_take_their_place() {
    let world = moved_with_codes().await;
    for guess in 0..5 {
        let answer = sign_in_by(&world, &format!("0000000{guess}")).await;
        assert_eq!(answer.unwrap_err(), Denial::InvalidCode);
    }
    let codes = codes_of_another_authenticator(&world).await;
    assert!(world.sign_in(&alice(), &codes[0]).await.is_ok());
}

#[tokio::test]
async fn codes_that_cannot_be_used_are_refused_with_nothing_bound() {
    let world = world();
    let many: Vec<_> = (10_000_000..10_000_017)
        .map(|code| code.to_string())
        .collect();
    let long = "7".repeat(65);
    let bad: [(&[&str], UnusableCodes); 7] = [
        (&["1234567"], UnusableCodes::TooShort),
        (&["12345678", ""], UnusableCodes::TooShort),
        (&["12345678", &long], UnusableCodes::TooLong),
        (&["\u{202e}12345678"], UnusableCodes::ForeignCharacter),
        (&["1234 5678", "12345678"], UnusableCodes::Equal),
        (
            &many.iter().map(String::as_str).collect::<Vec<_>>(),
            UnusableCodes::TooMany,
        ),
        (&["12345678"; 17], UnusableCodes::TooMany),
    ];
    let import = |codes: &[&str]| -> Import { rfc_import(&world).recovery_codes(codes.to_vec()) };
    for (codes, cause) in bad {
        let refused = denied(world.mfa.import(&alice(), import(codes)).await).unwrap_err();
        assert_eq!(
            refused,
            Denial::UnusableRecoveryCodes { cause },
            "{codes:?}"
        );
        let told = format!("{refused} {refused:?}");
        assert!(
            codes
                .iter()
                .all(|code| code.is_empty() || !told.contains(code))
        );
        assert!(!world.mfa.status(&alice()).await.unwrap().enabled);
    }
    assert!(!format!("{:?}", import(&["87654321"])).contains("87654321"));
    // Whoever has a set of ours keeps it.
    let bob = world.enroll(2).await.user;
    let refused = world.mfa.import(&bob, import(&["87654321"])).await;
    let cause = UnusableCodes::AlreadyPresent;
    assert_eq!(
        denied(refused).unwrap_err(),
        Denial::UnusableRecoveryCodes { cause }
    );
}
