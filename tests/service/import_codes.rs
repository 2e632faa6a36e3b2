//! The recovery codes of an account that was moved over: it has none, says so, and its owner makes them.

use countersign::event::EventKind;
use countersign::otp::{Totp, TotpParams};
use countersign::{Denial, Login, Method, NewAuthenticator, UserId};

use crate::support::{World, code_at, denied, recovery_codes, rfc_code, rfc_import, world};

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
    match world.mfa.begin_login(&alice()).await.unwrap() {
        Login::Challenge(challenge) => challenge.methods,
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
        assert_eq!(world.mfa.status(&alice()).await.unwrap().recovery, None);
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
    let proof = world.with_code(&rfc_code(&world, 0));
    let new = NewAuthenticator::new("alice");
    let setup = world.mfa.start_enrollment(&alice(), new, proof).await;
    let setup = setup.unwrap();
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    let codes = recovery_codes(enrolled.unwrap());
    assert!(world.sign_in(&alice(), &codes[0]).await.is_ok());
}
