//! The life of a passkey: registered, used, renamed, replaced, removed.

use countersign::account::{Factor, Method};
use countersign::event::EventKind;
use countersign::testing::SecurityKey;
use countersign::{Answer, Denial, FirstFactor, Login, NewAuthenticator};

use super::{allowing, typed, world};
use crate::support::{denied, order, password};

#[tokio::test] // S-56
async fn a_user_has_a_passkey_alone_and_gets_recovery_codes_all_the_same() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    assert_eq!(alice.recovery.len(), 10);
    let status = world.mfa.status(&alice.user).await.unwrap();
    let [passkey] = &status.authenticators[..] else {
        panic!("not one authenticator: {status:?}");
    };
    assert_eq!(
        (passkey.method, passkey.label.as_str()),
        (Method::Passkey, "Passkey")
    );
    assert!(
        status.enabled && !passkey.proven,
        "no signature was seen yet"
    );
    assert_eq!(passkey.last_used_at, None);

    world.forward(60);
    let Login::Challenge(challenge) = world
        .mfa
        .begin_login(&alice.user, password())
        .await
        .unwrap()
    else {
        panic!("the second factor was not asked for");
    };
    let offered: Vec<_> = challenge.methods.iter().map(|one| one.method).collect();
    assert_eq!(offered, [Method::Passkey, Method::RecoveryCode]);
    let verified = world
        .sign_in_with(&alice.user, &mut alice.key)
        .await
        .unwrap();
    assert_eq!(verified.method, Method::Passkey);
    assert_eq!(verified.authenticator, Some(passkey.id));
    let assurance = verified.sessions.assurance.unwrap();
    assert_eq!(assurance.amr(), ["pwd", "pop", "user", "mfa"]);
    assert!(assurance.phishing_resistant());

    let status = world.mfa.status(&alice.user).await.unwrap();
    assert!(status.authenticators[0].proven);
    assert_eq!(
        status.authenticators[0].last_used_at,
        Some(world.clock.time())
    );
    let events = world.events(&alice.user).await;
    let bound = events
        .iter()
        .find(|one| one.kind == EventKind::AuthenticatorBound)
        .unwrap();
    assert_eq!(
        (bound.factor, bound.authenticator),
        (Some(Factor::Passkey), Some(passkey.id))
    );
    let passed = events.last().unwrap();
    assert_eq!(
        (passed.kind, passed.factor),
        (EventKind::LoginVerified, Some(Factor::Passkey))
    );
}

#[tokio::test]
async fn a_recovery_code_lets_in_whoever_lost_the_only_passkey() {
    let world = world();
    let alice = world.register(1, SecurityKey::new(1)).await;
    assert!(world.sign_in(&alice.user, &alice.recovery[0]).await.is_ok());
}

#[tokio::test]
async fn passkeys_and_codes_stand_beside_each_other() {
    let world = world();
    let person = world.enroll(1).await;
    world.forward(60);
    let (user, mut keys) = (&person.user, [SecurityKey::new(1), SecurityKey::new(2)]);
    for (number, key) in keys.iter_mut().enumerate() {
        world.forward(30);
        let proof = typed(world.password(), &world.code(&person)).unwrap();
        let new = NewAuthenticator::new("alice@example.com").label(format!("Key {number}"));
        let setup = world.start_key(user, new, proof).await;
        let response = key.register(&setup.options);
        let enrolled = world.finish_key(&setup, response).await;
        assert!(
            enrolled.unwrap().recovery_codes.is_none(),
            "there is a set already"
        );
    }
    let Login::Challenge(challenge) = world.mfa.begin_login(user, password()).await.unwrap() else {
        panic!("the second factor was not asked for");
    };
    let offered = challenge.methods.iter();
    let offered: Vec<_> = offered
        .map(|one| (one.method, one.label.as_deref()))
        .collect();
    assert_eq!(
        offered,
        [
            (Method::Passkey, Some("Key 0")),
            (Method::Passkey, Some("Key 1")),
            (Method::Totp, Some("Authenticator")),
            (Method::RecoveryCode, None),
        ]
    );
    for key in &mut keys {
        assert!(world.sign_in_with(user, key).await.is_ok());
    }
    world.forward(30);
    assert!(world.sign_in(user, &world.code(&person)).await.is_ok());
    let mut stranger = SecurityKey::new(3);
    let refused = world.sign_in_with(user, &mut stranger).await.unwrap_err();
    assert_eq!(refused, Denial::InvalidPasskey);
}

#[tokio::test]
async fn a_passkey_is_renamed_replaced_and_removed_like_any_authenticator() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();
    let old = world.mfa.status(&user).await.unwrap().authenticators[0].id;
    let renamed = world
        .mfa
        .rename_authenticator(&user, old, "Blue key")
        .await
        .unwrap();
    assert_eq!(renamed.label, "Blue key");

    let proof = world.with_passkey(&mut alice).await;
    let last = denied(world.mfa.remove_authenticator(&user, old, proof).await);
    assert_eq!(last.unwrap_err(), Denial::LastAuthenticator);

    // Replaced by an app, which is proved with the passkey.
    let proof = world.with_passkey(&mut alice).await;
    let new = NewAuthenticator::new("alice@example.com").replacing(old);
    world.add(&user, new, proof).await;
    let gone = world.sign_in_with(&user, &mut alice.key).await.unwrap_err();
    assert_eq!(gone, Denial::MethodUnavailable);
    let status = world.mfa.status(&user).await.unwrap();
    assert_eq!(status.authenticators.len(), 1);
    assert_eq!(status.authenticators[0].method, Method::Totp);
}

#[tokio::test]
async fn the_same_key_is_bound_once() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let proof = world.with_passkey(&mut alice).await;
    let again = world.start_key(&alice.user, "alice", proof).await;
    let response = alice.key.register(&again.options);
    let refused = world.finish_key(&again, response).await;
    assert_eq!(refused.unwrap_err(), Denial::KeyAlreadyBound);
}

#[tokio::test]
async fn a_session_is_not_raised_by_a_registration_and_is_by_the_first_assertion() {
    let world = world();
    let user = 1_u64.into();
    let setup = world.start_key(&user, "alice", world.password()).await;
    let mut key = SecurityKey::new(1);
    let response = key.register(&setup.options);
    let enrolled = world.finish_key(&setup, response).await.unwrap();
    let registered = enrolled.sessions.assurance.unwrap();
    assert_eq!((registered.level(), registered.amr()), (1, vec!["pwd"]));

    let answer = world.assertion(&user, &mut key).await;
    let purpose = countersign::account::StepUpPurpose::Add;
    let raised = world
        .mfa
        .step_up(&user, world.password(), answer, purpose)
        .await
        .unwrap();
    let assurance = raised.sessions.assurance.unwrap();
    assert_eq!(
        (assurance.level(), assurance.phishing_resistant()),
        (2, true)
    );
}

#[tokio::test]
async fn the_handle_of_a_user_stays_when_the_second_factor_is_turned_off() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let handle = world.opened(&alice.user).await["passkey_handle"].clone();
    assert_eq!(handle.as_array().unwrap().len(), 32);
    let proof = world.with_passkey(&mut alice).await;
    world.mfa.disable_mfa(&alice.user, proof).await.unwrap();
    let status = world.mfa.status(&alice.user).await.unwrap();
    assert!(!status.enabled && status.authenticators.is_empty());
    world.register(1, SecurityKey::new(2)).await;
    assert_eq!(world.opened(&alice.user).await["passkey_handle"], handle);
    let other = world.register(2, SecurityKey::new(3)).await;
    assert_ne!(world.opened(&other.user).await["passkey_handle"], handle);
}

#[tokio::test]
async fn what_ends_codes_ends_passkeys() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();
    let challenge = world.challenge(&user).await;
    let request = world.mfa.start_passkey_login(&challenge).await.unwrap();
    let response = alice.key.sign(&request.options);

    // A changed password draws a new epoch, which ends the ceremony.
    world.mfa.password_changed(&user).await.unwrap();
    let answer = Answer::passkey(request.token, response);
    let ended = world.answer(&challenge, answer).await;
    assert_eq!(ended.unwrap_err(), Denial::TokenExpired);
    assert!(world.sign_in_with(&user, &mut alice.key).await.is_ok());

    let locked = world.challenge(&user).await;
    world.mfa.lock_account(&user).await.unwrap();
    let refused = denied(world.mfa.start_passkey_login(&locked).await);
    assert_eq!(refused.unwrap_err(), Denial::Locked);
    world
        .mfa
        .admin_unlock_account(&user, order())
        .await
        .unwrap();

    world.mfa.admin_reset_account(&user, order()).await.unwrap();
    let status = world.mfa.status(&user).await.unwrap();
    assert!(status.authenticators.is_empty() && status.reset_pending);
}

#[tokio::test]
async fn after_a_reset_the_mailed_grant_registers_a_passkey() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    world
        .mfa
        .admin_reset_account(&alice.user, order())
        .await
        .unwrap();
    let told = world.mails.notifications().await;
    let grant = told.last().unwrap().links().enroll.clone().unwrap();
    let setup = world
        .mfa
        .start_granted_passkey_enrollment(&grant, "alice")
        .await
        .unwrap();
    let mut key = SecurityKey::new(2);
    let response = key.register(&setup.options);
    assert!(world.finish_key(&setup, response).await.is_ok());
    assert!(world.sign_in_with(&alice.user, &mut key).await.is_ok());
    let old = world
        .sign_in_with(&alice.user, &mut alice.key)
        .await
        .unwrap_err();
    assert_eq!(old, Denial::InvalidPasskey);
}

#[tokio::test]
async fn the_passkey_that_was_the_first_factor_is_not_the_second() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let signed_in = FirstFactor::passkey(&alice.key.credential, world.clock.time());
    let Login::Challenge(challenge) = world.mfa.begin_login(&alice.user, signed_in).await.unwrap()
    else {
        panic!("the second factor was not asked for");
    };
    let offered: Vec<_> = challenge.methods.iter().map(|one| one.method).collect();
    assert_eq!(offered, [Method::RecoveryCode]);
    let refused = denied(world.mfa.start_passkey_login(&challenge.token).await);
    assert_eq!(refused.unwrap_err(), Denial::MethodUnavailable);

    // An assertion that was asked for beside another first factor does not help.
    let answer = world.assertion(&alice.user, &mut alice.key).await;
    let first = FirstFactor::from(FirstFactor::passkey(
        &alice.key.credential,
        world.clock.time(),
    ));
    let refused = world
        .mfa
        .disable_mfa(&alice.user, first.with_code(answer))
        .await;
    assert_eq!(denied(refused).unwrap_err(), Denial::MethodUnavailable);
}

#[tokio::test]
async fn a_policy_without_passkeys_offers_takes_and_registers_none() {
    let allowed = world();
    let mut alice = allowed.register(1, SecurityKey::new(1)).await;
    let user = alice.user.clone();
    let answer = allowed.assertion(&user, &mut alice.key).await;
    let world = allowed.under(allowing().passkeys(false));

    let Login::Challenge(challenge) = world.mfa.begin_login(&user, password()).await.unwrap()
    else {
        panic!("whoever has a passkey has a second factor");
    };
    let offered: Vec<_> = challenge.methods.iter().map(|one| one.method).collect();
    assert_eq!(offered, [Method::RecoveryCode]);
    let unavailable = Denial::MethodUnavailable;
    let asked = denied(world.mfa.start_passkey_login(&challenge.token).await);
    assert_eq!(asked.unwrap_err(), unavailable);
    let stepped = denied(world.mfa.start_passkey_step_up(&user).await);
    assert_eq!(stepped.unwrap_err(), unavailable);
    let proof = world.password().with_code(answer);
    assert_eq!(
        denied(world.mfa.disable_mfa(&user, proof).await).unwrap_err(),
        unavailable
    );
    let bob = 2_u64.into();
    let started = world
        .mfa
        .start_passkey_enrollment(&bob, "bob", world.password());
    assert_eq!(denied(started.await).unwrap_err(), unavailable);
    // Nobody is locked out.
    assert!(world.sign_in(&user, &alice.recovery[0]).await.is_ok());
}
