//! What a locked account refuses, and what it does not.

use countersign::account::{Import, StepUpPurpose};
use countersign::event::EventKind;
use countersign::otp::TotpParams;
use countersign::secret::Secret;
use countersign::token::{Device, Token};
use countersign::{Answer, Denial, Login, NewAuthenticator, RequestContext};

use crate::delayed_recovery::whole_way::request;
use crate::lock::links::{because, is_locked, unlock};
use crate::support::{WRONG_CODE, World, code_at, denied, password, policy, world};

/// An account that has everything, with its tokens, locked.
#[tokio::test] // S-50
async fn every_entry_point_refuses_a_locked_account_and_writes_nothing() {
    let everything = policy()
        .trusted_devices(true)
        .email_codes(true)
        .delayed_recovery(true);
    let world = World::with(everything);
    let person = world.enroll(1).await;
    let (mfa, user) = (&world.mfa, &person.user);
    let trust = Answer::totp(&world.code(&person))
        .unwrap()
        .trust_device("Firefox");
    let challenge = world.challenge(user).await;
    let device = mfa
        .answer_challenge(&challenge, trust)
        .await
        .unwrap()
        .device
        .unwrap();
    let proof = || world.with_code(&person.recovery[5]);
    let regenerated = mfa
        .regenerate_recovery_codes(user, world.with_code(&person.recovery[0]))
        .await
        .unwrap();
    let delivered = regenerated.recovery_codes.deliver();
    let good = delivered.codes()[0].expose().to_string();
    let step_up = mfa
        .step_up(user, world.password(), &good, StepUpPurpose::Disable)
        .await
        .unwrap();
    let good = delivered.codes()[1].expose().to_string();
    let adding = mfa
        .start_enrollment(user, "alice", world.with_code(&good))
        .await
        .unwrap();
    request(&world, user).await.unwrap();
    let requested = world.events(user).await.pop().unwrap();
    let cancel = mfa.links_for(&requested).unwrap().cancel.unwrap();
    let challenge = world.challenge(user).await;
    mfa.lock_account(user).await.unwrap();

    let written = world.written(user).await;
    let code = world.code(&person);
    let browser: Token<Device> = device.token.clone();
    let browser = mfa.with_context(RequestContext::new().device(browser));
    let new = NewAuthenticator::new("alice");
    let key = Secret::from_bytes(b"12345678901234567890").unwrap();
    let import = Import::totp(key, TotpParams::default());
    let id = person.setup.authenticator;
    let refusals = [
        (
            "login",
            denied(mfa.begin_login(user, password()).await).map(drop),
        ),
        (
            "login, enrolled",
            denied(mfa.begin_login_enrolled(user, password()).await).map(drop),
        ),
        (
            "device",
            denied(browser.begin_login(user, password()).await).map(drop),
        ),
        (
            "answer",
            denied(mfa.answer_challenge(&challenge, &code).await).map(drop),
        ),
        (
            "wrong answer",
            denied(mfa.answer_challenge(&challenge, WRONG_CODE).await).map(drop),
        ),
        ("abandon", denied(mfa.cancel_login(&challenge).await)),
        (
            "start",
            denied(mfa.start_enrollment(user, new, proof()).await).map(drop),
        ),
        (
            "confirm",
            denied(mfa.confirm_enrollment(&adding.token, WRONG_CODE).await).map(drop),
        ),
        (
            "confirm pending",
            denied(mfa.confirm_pending_enrollment(user, WRONG_CODE).await).map(drop),
        ),
        (
            "confirm without code",
            denied(mfa.confirm_enrollment_without_code(&adding.token).await).map(drop),
        ),
        (
            "cancel enrolment",
            denied(mfa.cancel_enrollment(user).await),
        ),
        (
            "rename",
            denied(mfa.rename_authenticator(user, id, "b").await).map(drop),
        ),
        (
            "remove",
            denied(mfa.remove_authenticator(user, id, proof()).await).map(drop),
        ),
        (
            "regenerate",
            denied(mfa.regenerate_recovery_codes(user, proof()).await).map(drop),
        ),
        (
            "sheet",
            denied(mfa.redeem_sheet(delivered.ticket()).await).map(drop),
        ),
        (
            "step up",
            denied(
                mfa.step_up(user, world.password(), &code, StepUpPurpose::Add)
                    .await,
            )
            .map(drop),
        ),
        (
            "redeem step-up",
            denied(
                mfa.redeem_step_up(user, &step_up.token, StepUpPurpose::Disable)
                    .await,
            ),
        ),
        (
            "disable",
            denied(mfa.disable_mfa(user, proof()).await).map(drop),
        ),
        (
            "trust",
            denied(mfa.trust_device(user, "Firefox", proof()).await).map(drop),
        ),
        ("revoke", denied(mfa.revoke_device(user, device.id).await)),
        ("revoke all", denied(mfa.revoke_devices(user).await)),
        (
            "request recovery",
            denied(mfa.request_delayed_recovery(&challenge).await).map(drop),
        ),
        (
            "complete recovery",
            denied(mfa.complete_delayed_recovery(&challenge).await).map(drop),
        ),
        (
            "cancel recovery",
            denied(mfa.cancel_delayed_recovery(user).await),
        ),
        (
            "cancel by mail",
            denied(mfa.cancel_delayed_recovery_by_token(&cancel).await),
        ),
        ("import", denied(mfa.import(user, import).await).map(drop)),
    ];
    for (entry, refusal) in refusals {
        assert_eq!(refusal, Err(Denial::Locked), "{entry}");
    }
    assert_eq!(world.written(user).await, written);
    assert_eq!(
        world
            .directory
            .run_due(world.clock.time())
            .await
            .unwrap()
            .settled,
        0
    );
    assert_eq!(world.directory.reseal_all().await.unwrap().failed, []);
    assert_eq!(world.written(user).await, written);
}

#[tokio::test] // S-48
async fn a_locked_account_takes_a_new_password_a_reset_and_its_end() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    world.mfa.lock_account(user).await.unwrap();
    world.mfa.password_changed(user).await.unwrap();
    assert!(is_locked(&world, user).await);
    world
        .mfa
        .admin_reset_account(user, because())
        .await
        .unwrap();
    let reset = world.events(user).await.pop().unwrap();
    let grant = world.mfa.links_for(&reset).unwrap().enroll.unwrap();
    assert!(is_locked(&world, user).await, "none of them unlocks");
    let start = world.mfa.start_granted_enrollment(&grant, "alice").await;
    assert_eq!(denied(start).unwrap_err(), Denial::Locked);

    unlock(&world, user).await;
    let login = world.mfa.begin_login(user, password()).await.unwrap();
    assert!(matches!(login, Login::ResetPending));
    let start = world.mfa.start_granted_enrollment(&grant, "alice").await;
    assert!(start.is_ok(), "the mail was read while it was locked");
    world.mfa.lock_account(user).await.unwrap();
    world.mfa.erase_user(user).await.unwrap();
    assert!(!is_locked(&world, user).await, "nothing is left to steal");
}

#[tokio::test] // S-50
async fn a_login_that_races_a_lock_leaves_no_session() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let (mfa, challenge) = (
        world.builder(world.crowd()).build().unwrap(),
        world.challenge(user).await,
    );
    let code = code_at(&person.totp, world.clock.time());
    let (verified, locked, again) = tokio::join!(
        mfa.answer_challenge(&challenge, &code),
        mfa.lock_account(user),
        mfa.lock_account(user)
    );
    let epoch = locked.unwrap().epoch;
    assert_eq!(again.unwrap().epoch, epoch);
    assert!(world.mfa.status(user).await.unwrap().honors(epoch));
    match verified {
        Ok(verified) => assert_ne!(verified.sessions.epoch, epoch, "it has ended"),
        Err(error) => assert_eq!(error.denial(), Some(Denial::Locked)),
    }
    let locks = |kind: &EventKind| *kind == EventKind::Locked;
    let kinds = world.kinds(user).await;
    assert_eq!(kinds.into_iter().filter(locks).count(), 1);
}
