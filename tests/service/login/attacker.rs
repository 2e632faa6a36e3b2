//! What somebody with a session, a password or a lost row tries, and what it gets them.

use std::sync::Arc;
use std::time::Duration;

use countersign::account::{Factor, RecordError, StepUpPurpose};
use countersign::event::{EventKind, Reason};
use countersign::store::MemoryStore;
use countersign::{
    Answer, Denial, Error, FailedFirstFactor, Login, NewAuthenticator, RequestContext, UserId,
};

use crate::support::{
    FOREIGN_RECOVERY_CODE, KEY_A, WRONG_CODE, World, denied, password, policy, world,
};

#[tokio::test] // S-14
async fn a_thief_of_a_session_cannot_disable_both_factors_without_the_password() {
    let world = world();
    let person = world.enroll(1).await;
    let guess = |code: &str| FailedFirstFactor.with_code(Answer::parse(code).unwrap());
    let mut charged = 0;
    loop {
        world.forward(3600);
        let code = if charged % 2 == 0 {
            "000000"
        } else {
            FOREIGN_RECOVERY_CODE
        };
        match denied(world.mfa.disable_mfa(&person.user, guess(code)).await) {
            Err(Denial::ReauthenticationFailed) => charged += 1,
            other => break assert_eq!(other.unwrap_err(), Denial::PasswordChangeRequired),
        }
    }
    assert_eq!(charged, 40);
    let written = world.written(&person.user).await;
    let again = world
        .mfa
        .disable_mfa(&person.user, guess(&person.recovery[0]));
    assert_eq!(
        denied(again.await).unwrap_err(),
        Denial::PasswordChangeRequired
    );
    let step_up = world.mfa.step_up(
        &person.user,
        world.password(),
        &person.recovery[0],
        StepUpPurpose::Disable,
    );
    let denial = denied(step_up.await.map(drop)).unwrap_err();
    assert_eq!(denial, Denial::PasswordChangeRequired);
    assert_eq!(world.written(&person.user).await, written, "and uncharged");

    // The owner sets a new password, and both factors are as good as ever.
    world.mfa.password_changed(&person.user).await.unwrap();
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
    assert!(
        world
            .sign_in(&person.user, &person.recovery[0])
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn wrong_passwords_before_enrolment_block_and_never_disable() {
    let world = world();
    let alice = UserId::from(1_u64);
    for failure in 1..=60 {
        world.forward(3600);
        if failure % 30 == 0 {
            world.mfa.password_changed(&alice).await.unwrap();
        }
        let start = world
            .mfa
            .start_enrollment(&alice, "alice", FailedFirstFactor);
        assert_eq!(
            denied(start.await).unwrap_err(),
            Denial::ReauthenticationFailed,
            "{failure}"
        );
    }
    let start = world
        .mfa
        .start_enrollment(&alice, "alice", world.password())
        .await;
    assert!(matches!(
        denied(start).unwrap_err(),
        Denial::Throttled { .. }
    ));
    world.forward(3600);

    // A right password clears them, and the new authenticator begins with a clear budget.
    let person = world.enroll(1).await;
    for _ in 0..4 {
        let denial = world.sign_in(&person.user, "000000").await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test] // S-44
async fn a_lost_row_that_was_begun_again_lets_nobody_in_who_is_known_to_be_enrolled() {
    // The row was lost: the store knows nothing of Alice any more.
    let world = World::over(Arc::new(MemoryStore::new()), policy(), KEY_A);
    let alice = UserId::from(1_u64);
    let missing =
        |result: Result<Login, Error>| matches!(result, Err(Error::Record(RecordError::Missing)));
    assert!(missing(
        world.mfa.begin_login_enrolled(&alice, password()).await
    ));
    world.mfa.password_changed(&alice).await.unwrap();
    assert!(missing(
        world.mfa.begin_login_enrolled(&alice, password()).await
    ));
    let start = world
        .mfa
        .start_enrollment(&alice, "alice", world.password());
    start.await.unwrap();
    assert!(missing(
        world.mfa.begin_login_enrolled(&alice, password()).await
    ));
}

#[tokio::test] // S-10, S-47
async fn a_wrong_code_beside_a_right_password_is_told_wherever_it_is_tried() {
    let world = world();
    let person = world.enroll(1).await;
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();
    let tries = [
        (
            FailedFirstFactor.with_code(Answer::parse("000000").unwrap()),
            Reason::WrongPassword,
            false,
        ),
        (world.with_code("000000"), Reason::WrongCode, true),
        (world.with_code("000000"), Reason::WrongCode, false),
        (world.with_code(&code), Reason::ReplayedCode, true),
    ];
    for (proof, reason, told) in tries {
        world
            .mfa
            .disable_mfa(&person.user, proof)
            .await
            .unwrap_err();
        let events = world.events(&person.user).await;
        let refused = events
            .iter()
            .rfind(|event| event.kind == EventKind::ReauthenticationRefused);
        let refused = refused.unwrap();
        assert_eq!(
            (refused.reason, refused.notify_user()),
            (Some(reason), told)
        );
    }
}

#[tokio::test]
async fn a_step_up_by_recovery_code_replaces_an_authenticator_that_was_disabled() {
    let world = world();
    let person = world.enroll(1).await;
    world.fail(&person, Factor::Authenticator, 50).await;
    world.mfa.password_changed(&person.user).await.unwrap();
    let code = world.code(&person);
    assert_eq!(
        world.sign_in(&person.user, &code).await.unwrap_err(),
        Denial::FactorExhausted
    );

    let (password, code) = (world.password(), &person.recovery[0]);
    let granted = world
        .mfa
        .step_up(&person.user, password.clone(), code, StepUpPurpose::Add)
        .await
        .unwrap();
    let proof = password.with_step_up(granted.token);
    let new = NewAuthenticator::new("alice").replacing(person.setup.authenticator);
    let (_, totp) = world.add(&person.user, new, proof).await;
    world.forward(60);
    let code = crate::support::code_at(&totp, world.clock.time());
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test]
async fn a_rename_to_the_same_label_and_a_used_step_up_write_what_they_changed() {
    let world = world();
    let person = world.enroll(1).await;
    let id = person.setup.authenticator;
    world
        .mfa
        .rename_authenticator(&person.user, id, "Phone")
        .await
        .unwrap();
    let written = world.written(&person.user).await;
    world
        .mfa
        .rename_authenticator(&person.user, id, " Phone ")
        .await
        .unwrap();
    assert_eq!(world.written(&person.user).await, written);

    let purpose = StepUpPurpose::app("transfer").unwrap();
    let (password, code) = (world.password(), world.code(&person));
    let granted = world
        .mfa
        .step_up(&person.user, password, &code, purpose.clone());
    let token = granted.await.unwrap().token;
    world
        .mfa
        .redeem_step_up(&person.user, &token, purpose)
        .await
        .unwrap();
    assert_eq!(
        world.kinds(&person.user).await.last(),
        Some(&EventKind::StepUpUsed)
    );
}

#[tokio::test] // S-14
async fn no_address_browser_or_login_has_a_budget_of_its_own() {
    let world = world();
    let person = world.enroll(1).await;
    let elsewhere = |attempt: u8| {
        let request = RequestContext::new()
            .ip([192, 0, 2, attempt].into())
            .user_agent(&format!("agent {attempt}"))
            .binding(format!("session {attempt}"));
        world.mfa.with_context(request)
    };
    for attempt in 1..=6 {
        let mfa = elsewhere(attempt);
        let Login::Challenge(challenge) = mfa.begin_login(&person.user, password()).await.unwrap()
        else {
            panic!("there is a second factor");
        };
        let typed = match attempt {
            6 => world.code(&person),
            _ => WRONG_CODE.to_owned(),
        };
        let answer = denied(mfa.answer_challenge(&challenge.token, &typed).await);
        let expected = match attempt {
            6 => Denial::Throttled {
                retry_at: world.clock.time() + Duration::from_secs(30),
            },
            _ => Denial::InvalidCode,
        };
        assert_eq!(answer.unwrap_err(), expected, "address {attempt}");
    }
}
