//! The whole way, from a QR code to a turned-off second factor.

use countersign::account::{Completed, CompletedBy, Method, SessionEffect};
use countersign::event::EventKind;
use countersign::{Denial, Login, UserId};

use crate::support::{code_at, denied, password, recovery_codes, world};

#[tokio::test]
async fn from_a_qr_code_to_a_finished_login_and_back() {
    let world = world();
    let (mfa, alice) = (&world.mfa, UserId::from(1_u64));
    assert!(matches!(
        mfa.begin_login(&alice, password()).await.unwrap(),
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { .. },
            ..
        })
    ));

    let setup = mfa
        .start_enrollment(&alice, "alice@example.com", world.password())
        .await
        .unwrap();
    assert!(
        matches!(
            mfa.begin_login(&alice, password()).await.unwrap(),
            Login::Completed(Completed {
                by: CompletedBy::NotEnrolled { .. },
                ..
            })
        ),
        "pending is not enrolled"
    );
    let totp = countersign::otp::Totp::new(&setup.secret, Default::default());
    let first = code_at(&totp, world.clock.time());
    let enrolled = mfa.confirm_enrollment(&setup.token, &first).await.unwrap();
    assert_eq!(enrolled.sessions.effect, SessionEffect::EndOthers);
    let recovery = recovery_codes(enrolled);
    assert_eq!(recovery.len(), 10);

    // The code that confirmed is spent.
    assert_eq!(
        world.sign_in(&alice, &first).await.unwrap_err(),
        Denial::InvalidCode
    );
    world.forward(30);
    let second = code_at(&totp, world.clock.time());
    assert_eq!(
        world.sign_in(&alice, &second).await.unwrap().method,
        Method::Totp
    );
    assert_eq!(
        world.sign_in(&alice, &second).await.unwrap_err(),
        Denial::InvalidCode
    );

    let verified = world.sign_in(&alice, &recovery[3]).await.unwrap();
    assert_eq!(
        (verified.method, verified.recovery_codes_remaining),
        (Method::RecoveryCode, 9)
    );
    assert_eq!(
        world.sign_in(&alice, &recovery[3]).await.unwrap_err(),
        Denial::InvalidCode
    );

    world.forward(30);
    let proof = world.with_code(&code_at(&totp, world.clock.time()));
    let regenerated = mfa.regenerate_recovery_codes(&alice, proof).await.unwrap();
    let fresh = regenerated.recovery_codes.deliver().codes()[0]
        .expose()
        .to_string();
    assert_eq!(
        world.sign_in(&alice, &recovery[0]).await.unwrap_err(),
        Denial::InvalidCode
    );
    assert!(world.sign_in(&alice, &fresh).await.is_ok());

    world.forward(30);
    let proof = world.with_code(&code_at(&totp, world.clock.time()));
    let change = mfa.disable_mfa(&alice, proof.clone()).await.unwrap();
    assert_eq!(change.effect, SessionEffect::EndOthers);
    assert!(matches!(
        mfa.begin_login(&alice, password()).await.unwrap(),
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { .. },
            ..
        })
    ));
    assert_eq!(
        denied(mfa.disable_mfa(&alice, proof).await).unwrap_err(),
        Denial::NotEnrolled
    );

    use EventKind::*;
    let right = [
        EnrollmentStarted,
        AuthenticatorBound,
        RecoveryCodesIssued,
        LoginRefused,
        LoginVerified,
        LoginRefused,
        RecoveryCodeUsed,
        LoginVerified,
        LoginRefused,
        RecoveryCodesIssued,
        LoginRefused,
        RecoveryCodeUsed,
        LoginVerified,
        Disabled,
    ];
    assert_eq!(world.kinds(&alice).await, right);
}
