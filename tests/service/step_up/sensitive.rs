//! Sensitive actions: a fresh password and a code, or a step-up token, each time.

use std::time::Duration;

use countersign::account::{Factor, FirstFactorCheck, Reauthentication, StepUpPurpose};
use countersign::event::{EventKind, Reason};
use countersign::id::AuthenticatorId;
use countersign::otp::Totp;
use countersign::time::Timestamp;
use countersign::{Answer, Denial, FailedFirstFactor, FirstFactor, NewAuthenticator};

use crate::support::{FOREIGN_RECOVERY_CODE, Person, WRONG_CODE, World, code_at, denied, world};

/// What takes a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Disable,
    Regenerate,
    Remove,
    Add,
    StepUp,
}

const ACTIONS: [Action; 5] = [
    Action::Disable,
    Action::Regenerate,
    Action::Remove,
    Action::Add,
    Action::StepUp,
];

impl Action {
    fn purpose(self) -> StepUpPurpose {
        match self {
            Self::Disable => StepUpPurpose::Disable,
            Self::Regenerate => StepUpPurpose::Regenerate,
            Self::Remove => StepUpPurpose::Remove,
            Self::Add => StepUpPurpose::Add,
            Self::StepUp => StepUpPurpose::Devices,
        }
    }
}

/// Somebody with two authenticators, of which the second may be removed.
struct Owner {
    world: World,
    person: Person,
    second: AuthenticatorId,
}

impl Owner {
    async fn new() -> Self {
        let world = world();
        let person = world.enroll(1).await;
        let proof = world.with_code(&person.recovery[9]);
        let (second, _) = world
            .add(&person.user, NewAuthenticator::new("alice"), proof)
            .await;
        world.forward(300);
        Self {
            world,
            person,
            second,
        }
    }

    async fn with_code(
        &self,
        action: Action,
        password: impl Into<FirstFactorCheck>,
        code: &str,
    ) -> Result<(), Denial> {
        let (mfa, user) = (&self.world.mfa, &self.person.user);
        let password = password.into();
        match action {
            Action::StepUp => {
                let granted = mfa.step_up(user, password, code, action.purpose()).await;
                denied(granted).map(drop)
            }
            _ => {
                self.prove(action, password.with_code(Answer::parse(code).unwrap()))
                    .await
            }
        }
    }

    async fn prove(&self, action: Action, proof: Reauthentication) -> Result<(), Denial> {
        let (mfa, user) = (&self.world.mfa, &self.person.user);
        match action {
            Action::Disable => denied(mfa.disable_mfa(user, proof).await).map(drop),
            Action::Regenerate => {
                denied(mfa.regenerate_recovery_codes(user, proof).await).map(drop)
            }
            Action::Remove => {
                denied(mfa.remove_authenticator(user, self.second, proof).await).map(drop)
            }
            Action::Add => denied(mfa.start_enrollment(user, "alice", proof).await).map(drop),
            Action::StepUp => unreachable!("a step-up is not proved by another"),
        }
    }

    async fn step_up(
        &self,
        purpose: StepUpPurpose,
    ) -> countersign::token::Token<countersign::token::StepUp> {
        self.world.forward(30);
        let code = self.world.code(&self.person);
        let password = self.world.password();
        let granted = self
            .world
            .mfa
            .step_up(&self.person.user, password, &code, purpose);
        granted.await.unwrap().token
    }
}

#[tokio::test] // S-45, S-53
async fn password_and_code_are_both_needed_and_a_failure_does_not_say_which() {
    for action in ACTIONS {
        let owner = Owner::new().await;
        let (world, person) = (&owner.world, &owner.person);
        let code = world.code(person);
        let wrong = world.wrong_code(person);
        let before = world.mfa.status(&person.user).await.unwrap();
        let cases = [
            (
                FirstFactorCheck::from(FailedFirstFactor),
                &code,
                Reason::WrongPassword,
            ),
            (world.password().into(), &wrong, Reason::WrongCode),
            (FailedFirstFactor.into(), &wrong, Reason::WrongPassword),
        ];
        for (password, typed, reason) in cases {
            let so_far = world.events(&person.user).await.len();
            let denial = owner.with_code(action, password, typed).await.unwrap_err();
            assert_eq!(denial, Denial::ReauthenticationFailed, "{action:?}");
            let events = world.events(&person.user).await;
            let [refused] = &events[so_far..] else {
                panic!("{action:?} was charged more than once: {events:?}");
            };
            assert_eq!(refused.kind, EventKind::ReauthenticationRefused);
            assert_eq!(refused.factor, Some(Factor::Authenticator));
            assert_eq!(refused.reason, Some(reason), "{action:?}");
        }
        assert_eq!(world.mfa.status(&person.user).await.unwrap(), before);
        assert!(
            world.sign_in(&person.user, &code).await.is_ok(),
            "{action:?} used the code up beside a wrong password"
        );

        // Success began the count again, and each of these is one attempt.
        for failure in 1..=5 {
            let denial = owner.with_code(action, world.password(), &wrong).await;
            assert_eq!(denial, Err(Denial::ReauthenticationFailed), "{failure}");
        }
        let denial = owner.with_code(action, world.password(), &wrong).await;
        assert!(matches!(denial, Err(Denial::Throttled { .. })));
    }
}

#[tokio::test] // S-45
async fn right_password_and_code_do_it_and_the_code_is_spent() {
    for action in ACTIONS {
        let owner = Owner::new().await;
        let (world, person) = (&owner.world, &owner.person);
        let code = world.code(person);
        let done = owner.with_code(action, world.password(), &code).await;
        assert_eq!(done, Ok(()), "{action:?}");
        if action != Action::Disable {
            let denial = world.sign_in(&person.user, &code).await.unwrap_err();
            assert_eq!(denial, Denial::InvalidCode, "{action:?}");
        }
    }
}

#[tokio::test] // S-45
async fn a_stale_password_is_refused_before_the_code_is_looked_at() {
    for action in ACTIONS {
        let owner = Owner::new().await;
        let (world, person) = (&owner.world, &owner.person);
        let now = world.clock.time();
        let code = world.code(person);
        let written = world.written(&person.user).await;
        for at in [
            now - Duration::from_secs(301),
            now + Duration::from_secs(31),
            Timestamp::from_unix(0),
            Timestamp::from_unix(u64::MAX),
        ] {
            for typed in [code.as_str(), WRONG_CODE] {
                let answer = owner.with_code(action, FirstFactor::password_at(at), typed);
                assert_eq!(
                    answer.await,
                    Err(Denial::ReauthenticationRequired),
                    "{at:?}"
                );
            }
        }
        assert_eq!(world.written(&person.user).await, written, "{action:?}");
        let five_minutes_ago = FirstFactor::password_at(now - Duration::from_secs(300));
        assert_eq!(
            owner.with_code(action, five_minutes_ago, &code).await,
            Ok(())
        );
    }
}

#[tokio::test] // S-8
async fn a_password_may_have_been_checked_by_a_clock_that_is_30_seconds_ahead() {
    let owner = Owner::new().await;
    let at = owner.world.clock.time() + Duration::from_secs(30);
    let code = owner.world.code(&owner.person);
    let answer = owner.with_code(ACTIONS[0], FirstFactor::password_at(at), &code);
    assert_eq!(answer.await, Ok(()));
}

#[tokio::test] // S-45, S-46
async fn a_recovery_code_proves_as_well_and_is_used_up() {
    for action in ACTIONS {
        let owner = Owner::new().await;
        let (world, person) = (&owner.world, &owner.person);
        for (password, typed) in [
            (
                FirstFactorCheck::from(FailedFirstFactor),
                person.recovery[0].as_str(),
            ),
            (world.password().into(), FOREIGN_RECOVERY_CODE),
            (world.password().into(), &person.recovery[9]),
        ] {
            let denial = owner.with_code(action, password, typed).await;
            assert_eq!(denial, Err(Denial::ReauthenticationFailed), "{action:?}");
            let last = world.events(&person.user).await.pop().unwrap();
            assert_eq!(last.factor, Some(Factor::RecoveryCode), "{action:?}");
        }
        let so_far = world.events(&person.user).await.len();
        let done = owner.with_code(action, world.password(), &person.recovery[0]);
        assert_eq!(done.await, Ok(()), "{action:?}");
        let events = world.events(&person.user).await;
        let used = &events[so_far];
        assert_eq!(
            (used.kind, used.code_number, used.notify_user()),
            (EventKind::RecoveryCodeUsed, Some(1), true),
            "{action:?}"
        );
        if action != Action::Disable {
            let denial = world.sign_in(&person.user, &person.recovery[0]).await;
            assert_eq!(denial.unwrap_err(), Denial::InvalidCode, "{action:?}");
        }
    }
}

#[tokio::test] // S-32
async fn a_step_up_is_good_for_its_own_purpose_once() {
    let provable = &ACTIONS[..4];
    for action in provable {
        for purpose in ACTIONS.map(Action::purpose) {
            let owner = Owner::new().await;
            let token = owner.step_up(purpose.clone()).await;
            let proof = owner.world.password().with_step_up(token);
            let answer = owner.prove(*action, proof.clone()).await;
            if purpose != action.purpose() {
                assert_eq!(
                    answer,
                    Err(Denial::ReauthenticationFailed),
                    "{purpose} for {action:?}"
                );
                let last = owner.world.events(&owner.person.user).await.pop().unwrap();
                assert_eq!(last.reason, Some(Reason::StepUpInvalid));
                continue;
            }
            assert_eq!(answer, Ok(()), "{action:?}");
            if matches!(action, Action::Regenerate | Action::Add) {
                let again = owner.prove(*action, proof).await;
                assert_eq!(again, Err(Denial::ReauthenticationFailed), "{action:?}");
            }
        }
    }
}

#[tokio::test] // S-32
async fn a_step_up_needs_the_password_too_and_survives_a_wrong_one() {
    let owner = Owner::new().await;
    let token = owner.step_up(StepUpPurpose::Regenerate).await;
    let wrong = FailedFirstFactor.with_step_up(token.clone());
    let denial = owner.prove(Action::Regenerate, wrong).await;
    assert_eq!(denial, Err(Denial::ReauthenticationFailed));
    let stale = owner.world.clock.time() - Duration::from_secs(301);
    let stale = FirstFactor::password_at(stale).with_step_up(token.clone());
    let denial = owner.prove(Action::Regenerate, stale).await;
    assert_eq!(denial, Err(Denial::ReauthenticationRequired));
    let right = owner.world.password().with_step_up(token);
    assert_eq!(owner.prove(Action::Regenerate, right).await, Ok(()));
}

#[tokio::test] // S-32, S-50
async fn a_step_up_dies_of_age_of_a_new_epoch_and_in_other_hands() {
    for (age, good) in [(299, true), (300, false)] {
        let owner = Owner::new().await;
        let token = owner.step_up(StepUpPurpose::Disable).await;
        owner.world.forward(age);
        let proof = owner.world.password().with_step_up(token);
        let answer = owner.prove(Action::Disable, proof).await;
        assert_eq!(answer.is_ok(), good, "{age} s");
    }

    let owner = Owner::new().await;
    let token = owner.step_up(StepUpPurpose::Disable).await;
    owner
        .world
        .mfa
        .password_changed(&owner.person.user)
        .await
        .unwrap();
    let proof = owner.world.password().with_step_up(token);
    let answer = owner.prove(Action::Disable, proof).await;
    assert_eq!(answer, Err(Denial::ReauthenticationFailed));

    let bob = owner.world.enroll(2).await;
    let token = owner.step_up(StepUpPurpose::Disable).await;
    let proof = owner.world.password().with_step_up(token.clone());
    let answer = denied(owner.world.mfa.disable_mfa(&bob.user, proof.clone()).await);
    assert_eq!(answer.unwrap_err(), Denial::ReauthenticationFailed);
    assert_eq!(owner.prove(Action::Disable, proof).await, Ok(()));
}

#[tokio::test] // S-32
async fn an_application_uses_step_ups_of_its_own() {
    let owner = Owner::new().await;
    let (mfa, user) = (&owner.world.mfa, &owner.person.user);
    let bob = owner.world.enroll(2).await.user;
    let purpose = |name| StepUpPurpose::app(name).unwrap();
    let token = owner.step_up(purpose("transfer")).await;
    let written = owner.world.written(user).await;
    for (user, purpose) in [
        (user, purpose("delete")),
        (user, StepUpPurpose::Disable),
        (&bob, purpose("transfer")),
    ] {
        let answer = denied(mfa.redeem_step_up(user, &token, purpose).await);
        assert_eq!(answer.unwrap_err(), Denial::TokenInvalid);
    }
    assert_eq!(owner.world.written(user).await, written);
    let redeem = || mfa.redeem_step_up(user, &token, purpose("transfer"));
    assert!(redeem().await.is_ok());
    assert_eq!(denied(redeem().await).unwrap_err(), Denial::TokenSpent);

    let token = owner.step_up(purpose("transfer")).await;
    owner.world.forward(300);
    let late = mfa.redeem_step_up(user, &token, purpose("transfer")).await;
    assert_eq!(denied(late).unwrap_err(), Denial::TokenExpired);
}

#[tokio::test]
async fn what_is_not_enrolled_proves_nothing() {
    let world = world();
    let user = countersign::UserId::from(9_u64);
    let proof = || world.with_code("123456");
    let mfa = &world.mfa;
    for denial in [
        denied(mfa.disable_mfa(&user, proof()).await).unwrap_err(),
        denied(mfa.regenerate_recovery_codes(&user, proof()).await).unwrap_err(),
        denied(
            mfa.step_up(&user, world.password(), "123456", StepUpPurpose::Add)
                .await,
        )
        .unwrap_err(),
    ] {
        assert_eq!(denial, Denial::NotEnrolled);
    }
    assert_eq!(world.written(&user).await, (None, 0));
}

#[tokio::test] // S-45
async fn an_authenticator_id_counts_for_its_own_user_alone() {
    let owner = Owner::new().await;
    let (world, alice) = (&owner.world, &owner.person);
    let bob = world.enroll(2).await;
    let written = world.written(&bob.user).await;
    let proof = || world.with_code(&alice.recovery[0]);
    let theirs = bob.setup.authenticator;
    let remove = world.mfa.remove_authenticator(&alice.user, theirs, proof());
    assert_eq!(
        denied(remove.await).unwrap_err(),
        Denial::UnknownAuthenticator
    );
    let rename = world.mfa.rename_authenticator(&alice.user, theirs, "mine");
    assert_eq!(
        denied(rename.await).unwrap_err(),
        Denial::UnknownAuthenticator
    );
    let new = NewAuthenticator::new("alice").replacing(theirs);
    let replace = world.mfa.start_enrollment(&alice.user, new, proof()).await;
    assert_eq!(denied(replace).unwrap_err(), Denial::UnknownAuthenticator);
    assert_eq!(world.written(&bob.user).await, written);

    let last = bob.setup.authenticator;
    let proof = world.with_code(&bob.recovery[0]);
    let remove = world.mfa.remove_authenticator(&bob.user, last, proof).await;
    assert_eq!(denied(remove).unwrap_err(), Denial::LastAuthenticator);
    assert_eq!(world.written(&bob.user).await, written);
}

#[tokio::test] // S-45, S-46, S-50
async fn a_removed_authenticator_is_dead_at_once() {
    let world = world();
    let person = world.enroll(1).await;
    let proof = world.with_code(&person.recovery[0]);
    let (_, second) = world
        .add(&person.user, NewAuthenticator::new("alice"), proof)
        .await;
    world.forward(60);
    let proof = world.with_code(&code_at(&second, world.clock.time()));
    let first = person.setup.authenticator;
    world
        .mfa
        .remove_authenticator(&person.user, first, proof)
        .await
        .unwrap();
    let last = world.events(&person.user).await.pop().unwrap();
    assert_eq!(last.kind, EventKind::AuthenticatorRemoved);
    assert_eq!(last.authenticator, Some(first));
    assert!(last.notify_user());
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_err());
    world.forward(30);
    let code = code_at(&second, world.clock.time());
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test] // S-52
async fn a_label_changes_and_nothing_else_does() {
    let world = world();
    let person = world.enroll(1).await;
    let id = person.setup.authenticator;
    let before = world.mfa.status(&person.user).await.unwrap();
    let renamed = world
        .mfa
        .rename_authenticator(&person.user, id, " Phone ")
        .await
        .unwrap();
    assert_eq!(renamed.label, "Phone");
    let mut after = world.mfa.status(&person.user).await.unwrap();
    assert_eq!(after.authenticators[0].label, "Phone");
    after.authenticators[0].label = "Authenticator".to_owned();
    assert_eq!(after, before);
    for label in ["", "\t", "a\r\nb", &"x".repeat(65)] {
        let answer = world
            .mfa
            .rename_authenticator(&person.user, id, label)
            .await;
        assert_eq!(
            denied(answer).unwrap_err(),
            Denial::InvalidName,
            "{label:?}"
        );
    }
    let kinds = world.kinds(&person.user).await;
    let renames = kinds
        .iter()
        .filter(|kind| **kind == EventKind::AuthenticatorRenamed);
    assert_eq!(renames.count(), 1);
}

#[tokio::test]
async fn an_unproven_authenticator_proves_no_sensitive_action_beside_a_proven_one() {
    let policy = crate::support::policy().codeless_enrollment(true);
    let world = World::with(policy);
    let user = countersign::UserId::from(1_u64);
    let setup = world
        .mfa
        .start_enrollment(&user, "alice", world.password())
        .await
        .unwrap();
    let unproven = Totp::new(&setup.secret, Default::default());
    let enrolled = world
        .mfa
        .confirm_enrollment_without_code(&setup.token)
        .await
        .unwrap();
    let recovery = crate::support::recovery_codes(enrolled);
    let proof = world.with_code(&recovery[0]);
    world
        .add(&user, NewAuthenticator::new("alice"), proof)
        .await;

    let code = code_at(&unproven, world.clock.time());
    let answer = denied(world.mfa.disable_mfa(&user, world.with_code(&code)).await);
    assert_eq!(answer.unwrap_err(), Denial::ReauthenticationFailed);
    assert!(world.sign_in(&user, &code).await.is_ok());
    world.forward(30);
    let code = code_at(&unproven, world.clock.time());
    let answer = world.mfa.disable_mfa(&user, world.with_code(&code)).await;
    assert!(answer.is_ok(), "the login proved it");
}
