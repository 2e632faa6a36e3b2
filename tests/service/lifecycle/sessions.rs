//! What happens to sessions, and to the recovery codes and their sheet.

use countersign::account::{Completed, CompletedBy, SessionEffect, StepUpPurpose};
use countersign::{
    Denial, Epoch, FailedFirstFactor, Login, NewAuthenticator, RequestContext, SessionChange,
    UserId,
};

use crate::support::{Person, WRONG_CODE, World, denied, password, world};

async fn epoch(world: &World, person: &Person) -> Epoch {
    let status = world.mfa.status(&person.user).await.unwrap();
    status.epoch.unwrap()
}

#[tokio::test] // S-50
async fn the_epoch_changes_exactly_with_what_ends_sessions() {
    use SessionEffect::{EndOthers, Rotate};
    let cases = [
        ("verify", Some(Rotate), false),
        ("fail", None, false),
        ("block", None, false),
        ("abandon", None, false),
        ("rename", None, false),
        ("step up", None, false),
        ("start", None, false),
        ("cancel", None, false),
        ("add", Some(Rotate), false),
        ("regenerate", Some(Rotate), false),
        ("replace", Some(EndOthers), true),
        ("remove", Some(EndOthers), true),
        ("password", Some(EndOthers), true),
        ("disable", Some(EndOthers), true),
        ("erase", None, true),
    ];
    for (command, effect, moves) in cases {
        let world = world();
        let person = world.enroll(1).await;
        let (mfa, user) = (&world.mfa, &person.user);
        let new = NewAuthenticator::new("alice");
        let proof = world.with_code(&person.recovery[9]);
        let (second, _) = world.add(user, new.clone(), proof).await;
        let before = epoch(&world, &person).await;
        let code = world.code(&person);
        let proof = || world.with_code(&code);
        let confirm = async |new: NewAuthenticator| {
            let setup = mfa.start_enrollment(user, new, proof()).await.unwrap();
            let totp = countersign::otp::Totp::new(&setup.secret, Default::default());
            let code = crate::support::code_at(&totp, world.clock.time());
            let enrolled = mfa.confirm_enrollment(&setup.token, &code).await;
            enrolled.unwrap().sessions
        };
        let fail = async |times| {
            for _ in 0..times {
                world.sign_in(user, WRONG_CODE).await.unwrap_err();
            }
        };
        let change: Option<SessionChange> = match command {
            "verify" => Some(world.sign_in(user, &code).await.unwrap().sessions),
            "fail" => {
                fail(1).await;
                None
            }
            "block" => {
                fail(5).await;
                None
            }
            "abandon" => {
                let challenge = world.challenge(user).await;
                mfa.cancel_login(&challenge).await.unwrap();
                None
            }
            "rename" => {
                mfa.rename_authenticator(user, second, "b").await.unwrap();
                None
            }
            "step up" => {
                let password = world.password();
                let granted = mfa.step_up(user, password, &code, StepUpPurpose::Add).await;
                granted.unwrap();
                None
            }
            "start" | "cancel" => {
                let started = mfa.start_enrollment(user, "alice", proof()).await;
                started.unwrap();
                if command == "cancel" {
                    mfa.cancel_enrollment(user).await.unwrap();
                }
                None
            }
            "add" => Some(confirm(new).await),
            "replace" => Some(confirm(new.replacing(second)).await),
            "regenerate" => Some(
                mfa.regenerate_recovery_codes(user, proof())
                    .await
                    .unwrap()
                    .sessions,
            ),
            "remove" => Some(
                mfa.remove_authenticator(user, second, proof())
                    .await
                    .unwrap(),
            ),
            "password" => Some(mfa.password_changed(user).await.unwrap()),
            "disable" => Some(mfa.disable_mfa(user, proof()).await.unwrap()),
            _ => {
                mfa.erase_user(user).await.unwrap();
                None
            }
        };
        let after = epoch(&world, &person).await;
        assert_eq!(after != before, moves, "{command}");
        assert_eq!(change.map(|change| change.effect), effect, "{command}");
        if let Some(change) = change {
            assert_eq!(change.epoch, after, "{command}");
        }
    }
}

#[tokio::test] // S-50
async fn a_session_of_another_epoch_does_nothing() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let session = |epoch| world.mfa.with_context(RequestContext::new().session(epoch));
    let now = epoch(&world, &person).await;
    session(now).cancel_enrollment(user).await.unwrap();

    world.mfa.password_changed(user).await.unwrap();
    let written = world.written(user).await;
    let ended = session(now);
    let code = world.code(&person);
    let proof = || world.with_code(&code);
    let refusals = [
        denied(ended.disable_mfa(user, proof()).await.map(drop)),
        denied(
            ended
                .regenerate_recovery_codes(user, proof())
                .await
                .map(drop),
        ),
        denied(
            ended
                .start_enrollment(user, "alice", proof())
                .await
                .map(drop),
        ),
        denied(ended.lock_account(user).await.map(drop)),
        denied(ended.cancel_enrollment(user).await),
        denied(ended.revoke_devices(user).await),
    ];
    for refused in refusals {
        assert_eq!(refused.unwrap_err(), Denial::SessionEnded);
    }
    assert_eq!(
        world.written(user).await,
        written,
        "nothing was charged or told"
    );

    let now = epoch(&world, &person).await;
    session(now).disable_mfa(user, proof()).await.unwrap();
}

#[tokio::test]
async fn a_session_from_before_an_enrolment_lasts_until_it_is_confirmed() {
    let world = world();
    let user = UserId::from(1_u64);
    let Login::Completed(Completed {
        by: CompletedBy::NotEnrolled { .. },
        sessions: session,
        ..
    }) = world.mfa.begin_login(&user, password()).await.unwrap()
    else {
        panic!("there is no second factor");
    };
    let now = async || world.mfa.status(&user).await.unwrap().epoch.unwrap();
    // Sessions of before the roll-out are of this epoch, too: a column's default is 0.
    assert_eq!(session.epoch, Epoch::from_u64(0));
    let wrong = world
        .mfa
        .start_enrollment(&user, "alice", FailedFirstFactor);
    wrong.await.unwrap_err();
    assert_eq!(now().await, session.epoch, "a refusal ends no session");
    let setup = world
        .mfa
        .start_enrollment(&user, "alice", world.password())
        .await
        .unwrap();
    assert_eq!(now().await, session.epoch, "nor does what is only pending");
    let totp = countersign::otp::Totp::new(&setup.secret, Default::default());
    let code = crate::support::code_at(&totp, world.clock.time());
    let enrolled = world
        .mfa
        .confirm_pending_enrollment(&user, &code)
        .await
        .unwrap();
    assert_eq!(enrolled.sessions.effect, SessionEffect::EndOthers);
    assert_eq!(now().await, enrolled.sessions.epoch);
    assert_ne!(now().await, session.epoch, "the others end now");
}

#[tokio::test]
async fn an_erased_account_is_a_new_one() {
    let world = world();
    let person = world.enroll(1).await;
    let open = world.challenge(&person.user).await;
    world.mfa.erase_user(&person.user).await.unwrap();
    let status = world.mfa.status(&person.user).await.unwrap();
    assert!(!status.enabled && status.recovery_codes.is_none());
    let code = world.code(&person);
    let answer = denied(world.mfa.answer_challenge(&open, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::TokenExpired);

    let stranger = UserId::from(2_u64);
    world.mfa.erase_user(&stranger).await.unwrap();
    assert_eq!(world.written(&stranger).await, (None, 0));
}
