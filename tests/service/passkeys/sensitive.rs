//! Passkeys for sensitive actions.

use countersign::account::{Factor, StepUpPurpose};
use countersign::event::{EventKind, Reason};
use countersign::testing::SecurityKey;
use countersign::{Answer, Denial, FailedFirstFactor, RequestContext, UserId};

use super::{allowing, world};
use crate::support::{World, denied};

#[tokio::test]
async fn a_passkey_proves_every_sensitive_action() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();

    let proof = world.with_passkey(&mut alice).await;
    let codes = world.mfa.regenerate_recovery_codes(&user, proof).await;
    assert!(codes.is_ok());
    let proof = world.with_passkey(&mut alice).await;
    assert!(
        world
            .mfa
            .trust_device(&user, "Firefox", proof)
            .await
            .is_ok()
    );
    let answer = world.assertion(&user, &mut alice.key).await;
    let purpose = StepUpPurpose::app("transfer").unwrap();
    let granted = world
        .mfa
        .step_up(&user, world.password(), answer, purpose.clone())
        .await;
    let token = granted.unwrap().token;
    assert!(
        world
            .mfa
            .redeem_step_up(&user, &token, purpose)
            .await
            .is_ok()
    );
    let used = world.events(&user).await;
    assert_eq!(used.last().unwrap().factor, Some(Factor::Passkey));
    let proof = world.with_passkey(&mut alice).await;
    assert!(world.mfa.disable_mfa(&user, proof).await.is_ok());
}

/// A wrong password and a wrong assertion look alike, and cost the same.
#[tokio::test]
async fn a_sensitive_action_does_not_say_whether_password_or_passkey_was_wrong() {
    for wrong_password in [true, false] {
        let world = world();
        let mut alice = world.register(1, SecurityKey::new(1)).await;
        let user = alice.user.clone();
        for _ in 0..5 {
            let proof = match wrong_password {
                true => {
                    let answer = world.assertion(&user, &mut alice.key).await;
                    FailedFirstFactor.with_code(answer)
                }
                false => {
                    let answer = world.assertion(&user, &mut SecurityKey::new(2)).await;
                    world.password().with_code(answer)
                }
            };
            let refused = denied(world.mfa.disable_mfa(&user, proof).await);
            assert_eq!(refused.unwrap_err(), Denial::ReauthenticationFailed);
        }
        let proof = world.with_passkey(&mut alice).await;
        let blocked = denied(world.mfa.disable_mfa(&user, proof).await);
        assert!(matches!(blocked.unwrap_err(), Denial::Throttled { .. }));
        // The login stays open, and clears the block.
        assert!(world.sign_in_with(&user, &mut alice.key).await.is_ok());
        let proof = world.with_passkey(&mut alice).await;
        assert!(world.mfa.disable_mfa(&user, proof).await.is_ok());
    }
}

#[tokio::test]
async fn a_key_that_verified_its_user_once_has_to_do_so_for_every_action() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();
    let request = world.mfa.start_passkey_step_up(&user).await.unwrap();
    assert!(
        request.options.contains("\"required\""),
        "{}",
        request.options
    );

    alice.key.verifies_user = false;
    assert!(
        world.sign_in_with(&user, &mut alice.key).await.is_ok(),
        "a login prefers it"
    );
    let proof = world.with_passkey(&mut alice).await;
    let refused = denied(world.mfa.disable_mfa(&user, proof).await);
    assert_eq!(refused.unwrap_err(), Denial::UserVerificationRequired);

    let mut plain = SecurityKey::new(2);
    plain.verifies_user = false;
    let mut bob = world.register(2, plain).await;
    let request = world.mfa.start_passkey_step_up(&bob.user).await.unwrap();
    assert!(
        request.options.contains("\"preferred\""),
        "{}",
        request.options
    );
    let proof = world.with_passkey(&mut bob).await;
    assert!(world.mfa.disable_mfa(&bob.user, proof).await.is_ok());
}

/// Otherwise a thief of password and key, without its PIN, would sign in and then change
/// everything.
#[tokio::test]
async fn a_session_by_touch_alone_stands_for_no_key_that_has_to_verify_its_user() {
    let world = World::with(allowing().confirmed_sessions(true));
    for (number, can_verify) in [(1, true), (2, false)] {
        let mut key = SecurityKey::new(number);
        key.verifies_user = can_verify;
        let mut holder = world.register(u64::from(number), key).await;
        let user = holder.user.clone();
        for verifies in [false, true] {
            holder.key.verifies_user = verifies && can_verify;
            let signed_in = world.sign_in_with(&user, &mut holder.key).await;
            let session = signed_in.unwrap().sessions;
            let context = RequestContext::new().session(session.epoch);
            let mfa = world.mfa.with_context(context);
            let changed = mfa.regenerate_recovery_codes(&user, session.assurance.unwrap().into());
            let changed = denied(changed.await).map(drop);
            let expected = match verifies || !can_verify {
                true => Ok(()),
                false => Err(Denial::ReauthenticationRequired),
            };
            assert_eq!(changed, expected, "{can_verify} {verifies}");
        }
    }
}

#[tokio::test]
async fn a_copied_key_is_named_in_the_refusal_of_an_action() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();
    alice.key.sign_count = 0;
    alice.key.counts = false;
    let proof = world.with_passkey(&mut alice).await;
    let refused = denied(world.mfa.disable_mfa(&user, proof).await);
    assert_eq!(refused.unwrap_err(), Denial::ReauthenticationFailed);
    let refusal = last_refusal(&world, &user).await;
    assert_eq!(refusal, (Some(Reason::CopiedPasskey), true, true));
}

async fn last_refusal(world: &World, user: &UserId) -> (Option<Reason>, bool, bool) {
    let events = world.events(user).await;
    let refused = EventKind::ReauthenticationRefused;
    let refusal = events.iter().rfind(|one| one.kind == refused).unwrap();
    (
        refusal.reason,
        refusal.notify_user(),
        refusal.authenticator.is_some(),
    )
}

/// A code is never right for whoever has passkeys alone. No look at the password is needed to say
/// so.
#[tokio::test]
async fn a_code_proves_nothing_for_whoever_has_passkeys_alone() {
    let world = world();
    let alice = world.register(1, SecurityKey::new(1)).await;
    for first in [
        FailedFirstFactor.into(),
        countersign::account::FirstFactorCheck::from(world.password()),
    ] {
        let proof = first.with_code(Answer::parse("123456").unwrap());
        let before = world.written(&alice.user).await;
        let refused = denied(world.mfa.disable_mfa(&alice.user, proof).await);
        assert_eq!(refused.unwrap_err(), Denial::MethodUnavailable);
        assert_eq!(world.written(&alice.user).await, before);
    }
}
