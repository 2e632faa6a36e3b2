//! A lost phone and no codes left: the delayed recovery from its request to the new authenticator.

use countersign::account::{
    DelayedRecoveryStatus, Enrolled, EnrollmentOrigin, Factor, SessionEffect, Setup,
};
use countersign::event::{Event, EventKind};
use countersign::otp::Totp;
use countersign::token::{EnrollmentGrant, Token};
use countersign::{Answer, Denial, Login, NewAuthenticator, UserId};

use crate::support::{
    Person, WRONG_CODE, World, code_at, denied, password, policy, recovery_codes,
};

pub(crate) const HOUR: u64 = 3600;

pub(crate) fn recovery_world() -> World {
    World::with(policy().delayed_recovery(true))
}

/// Says that phone and codes are lost, after the right password.
pub(crate) async fn request(world: &World, user: &UserId) -> Result<DelayedRecoveryStatus, Denial> {
    let challenge = world.challenge(user).await;
    denied(world.mfa.request_delayed_recovery(&challenge).await)
}

/// Asks for what the wait was for, after the right password.
pub(crate) async fn complete(
    world: &World,
    user: &UserId,
) -> Result<Token<EnrollmentGrant>, Denial> {
    let challenge = world.challenge(user).await;
    denied(world.mfa.complete_delayed_recovery(&challenge).await)
}

/// The grant of a recovery that was waited for.
pub(crate) async fn recovered(world: &World, user: &UserId) -> Token<EnrollmentGrant> {
    request(world, user).await.unwrap();
    world.forward(72 * HOUR);
    complete(world, user).await.unwrap()
}

pub(crate) async fn start(
    world: &World,
    grant: &Token<EnrollmentGrant>,
) -> Result<(Setup, Totp), Denial> {
    let setup = denied(world.mfa.start_granted_enrollment(grant, "alice").await)?;
    let totp = Totp::new(&setup.secret, Default::default());
    Ok((setup, totp))
}

pub(crate) async fn confirm(world: &World, setup: &Setup, totp: &Totp) -> Result<Enrolled, Denial> {
    let code = code_at(totp, world.clock.time());
    denied(world.mfa.confirm_enrollment(&setup.token, &code).await)
}

pub(crate) async fn recovery_of(world: &World, user: &UserId) -> Option<DelayedRecoveryStatus> {
    world.mfa.status(user).await.unwrap().delayed_recovery
}

#[tokio::test] // S-46
async fn somebody_who_lost_everything_is_back_after_three_days() {
    let world = recovery_world();
    let Person {
        user,
        totp: lost,
        recovery: old_codes,
        ..
    } = world.enroll(1).await;
    let session = world.mfa.status(&user).await.unwrap().epoch;
    let requested_at = world.clock.time();

    let pending = request(&world, &user).await.unwrap();
    let hours = |hours: u64| requested_at + std::time::Duration::from_secs(hours * HOUR);
    assert_eq!(pending.requested_at, requested_at);
    assert_eq!(
        (pending.effective_at, pending.open_until),
        (hours(72), hours(96))
    );
    assert_eq!(recovery_of(&world, &user).await, Some(pending));

    world.forward(72 * HOUR - 1);
    let Login::Challenge(challenge) = world.mfa.begin_login(&user, password()).await.unwrap()
    else {
        panic!("the old factors stand");
    };
    assert_eq!(
        challenge.delayed_recovery,
        Some(pending),
        "whoever signs in sees it"
    );
    let early = denied(world.mfa.complete_delayed_recovery(&challenge.token).await);
    let effective_at = pending.effective_at;
    assert_eq!(
        early.unwrap_err(),
        Denial::DelayedRecoveryWaiting { effective_at }
    );

    world.forward(1);
    let again = world.mfa.complete_delayed_recovery(&challenge.token).await;
    let grant = denied(again).expect("a refusal spends no challenge");
    let (setup, totp) = start(&world, &grant).await.unwrap();
    let enrolled = confirm(&world, &setup, &totp).await.unwrap();
    assert_eq!(enrolled.origin, EnrollmentOrigin::DelayedRecovery);
    assert_eq!(enrolled.sessions.effect, SessionEffect::EndAll);
    let status = world.mfa.status(&user).await.unwrap();
    assert!(status.honors(enrolled.sessions.epoch));
    assert_ne!(status.epoch, session);
    let bound: Vec<_> = status.authenticators.iter().map(|bound| bound.id).collect();
    assert_eq!(
        (bound, status.delayed_recovery),
        (vec![setup.authenticator], None)
    );

    let new_codes = recovery_codes(enrolled);
    world.forward(60);
    for dead in [&code_at(&lost, world.clock.time()), &old_codes[0]] {
        let denial = world.sign_in(&user, dead).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
    let code = code_at(&totp, world.clock.time());
    assert!(world.sign_in(&user, &code).await.is_ok());
    assert!(world.sign_in(&user, &new_codes[0]).await.is_ok());

    use EventKind::*;
    let kinds = world.kinds(&user).await;
    let story = [
        DelayedRecoveryRequested,
        // Nobody ran what is due, so that the logins told.
        DelayedRecoveryReminded,
        DelayedRecoveryOpened,
        DelayedRecoveryGranted,
        EnrollmentStarted,
        DelayedRecoveryCompleted,
        AuthenticatorRemoved,
        AuthenticatorBound,
        RecoveryCodesIssued,
    ];
    assert_eq!(kinds[3..12], story);
}

#[tokio::test]
async fn every_event_of_a_recovery_names_it() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    let before = world.events(&user).await.len();
    let grant = recovered(&world, &user).await;
    let (setup, totp) = start(&world, &grant).await.unwrap();
    confirm(&world, &setup, &totp).await.unwrap();

    let events = world.events(&user).await.split_off(before);
    let request = events[0].case;
    assert!(request.is_some());
    use EventKind::*;
    for event in events {
        let apart = [EnrollmentStarted, AuthenticatorRemoved, RecoveryCodesIssued];
        let expected = request.filter(|_| !apart.contains(&event.kind));
        assert_eq!(event.case, expected, "{:?}", event.kind);
    }
}

#[tokio::test] // S-34
async fn the_door_stands_open_for_a_day() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    world.forward((72 + 24) * HOUR - 10);
    let grant = complete(&world, &user).await.unwrap();
    let (setup, totp) = start(&world, &grant).await.unwrap();
    world.forward(9);
    assert!(
        start(&world, &grant).await.is_ok(),
        "a grant may begin again"
    );
    let challenge = world.challenge(&user).await;
    world.forward(1);
    let late = [
        confirm(&world, &setup, &totp).await.map(drop),
        start(&world, &grant).await.map(drop),
        denied(world.mfa.complete_delayed_recovery(&challenge).await).map(drop),
    ];
    assert_eq!(
        late.map(Result::unwrap_err),
        [
            Denial::Superseded,
            Denial::TokenExpired,
            Denial::NoDelayedRecovery
        ]
    );
    assert_eq!(recovery_of(&world, &user).await, None);
    let Login::Challenge(challenge) = world.mfa.begin_login(&user, password()).await.unwrap()
    else {
        panic!("the old factors stand");
    };
    assert_eq!(challenge.delayed_recovery, None);
    let last = world.events(&user).await.pop().unwrap();
    assert_eq!(last.kind, EventKind::DelayedRecoveryExpired);
    assert!(!last.notify_user(), "nothing happened");
}

#[tokio::test] // S-34, S-35
async fn an_enrolment_begun_in_the_last_minute_is_not_finished_after_it() {
    for (late, finished) in [(599, true), (600, false)] {
        let world = recovery_world();
        let person = world.enroll(1).await;
        request(&world, &person.user).await.unwrap();
        world.forward((72 + 24) * HOUR - 600);
        let grant = complete(&world, &person.user).await.unwrap();
        let (setup, totp) = start(&world, &grant).await.unwrap();
        world.forward(late);
        let confirmed = confirm(&world, &setup, &totp).await;
        assert_eq!(confirmed.is_ok(), finished);
        let code = world.code(&person);
        let old = world.sign_in(&person.user, &code).await;
        assert_eq!(old.is_ok(), !finished, "one of them is good, never both");
    }
}

#[tokio::test] // S-35
async fn what_was_bound_lives_until_the_new_one_is_confirmed() {
    for old in ["code", "recovery code"] {
        let world = recovery_world();
        let person = world.enroll(1).await;
        let before = world.mfa.status(&person.user).await.unwrap();
        let grant = recovered(&world, &person.user).await;
        let (setup, totp) = start(&world, &grant).await.unwrap();
        let after = world.mfa.status(&person.user).await.unwrap();
        assert_eq!(after.authenticators, before.authenticators);
        assert_eq!(after.recovery_codes, before.recovery_codes);
        assert_eq!(after.epoch, before.epoch, "no session ends before");
        let pending = code_at(&totp, world.clock.time());
        let denial = world.sign_in(&person.user, &pending).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);

        // That wrong code made the recovery wait again, so that it is waited for once more.
        world.forward(72 * HOUR);
        let grant = complete(&world, &person.user).await.unwrap();
        let (setup_again, totp_again) = start(&world, &grant).await.unwrap();
        let typed = match old {
            "code" => world.code(&person),
            _ => person.recovery[0].clone(),
        };
        assert!(world.sign_in(&person.user, &typed).await.is_ok(), "{old}");
        for (setup, totp) in [(setup, totp), (setup_again, totp_again)] {
            let denial = confirm(&world, &setup, &totp).await.unwrap_err();
            assert_eq!(denial, Denial::TokenExpired, "the owner stopped it");
        }
        assert_eq!(
            start(&world, &grant).await.unwrap_err(),
            Denial::TokenExpired
        );
        world.forward(30);
        let code = world.code(&person);
        assert!(world.sign_in(&person.user, &code).await.is_ok());
    }
}

#[tokio::test]
async fn of_two_grants_one_is_used() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    let first = recovered(&world, &user).await;
    let second = complete(&world, &user).await.unwrap();
    let (overtaken, its_totp) = start(&world, &first).await.unwrap();
    let (setup, totp) = start(&world, &second).await.unwrap();
    assert_eq!(
        confirm(&world, &overtaken, &its_totp).await.unwrap_err(),
        Denial::Superseded
    );
    confirm(&world, &setup, &totp).await.unwrap();
    for (grant, denial) in [(first, Denial::TokenExpired), (second, Denial::TokenSpent)] {
        let written = world.written(&user).await;
        assert_eq!(start(&world, &grant).await.unwrap_err(), denial);
        assert_eq!(world.written(&user).await, written);
    }
}

#[tokio::test]
async fn all_that_was_bound_leaves_whatever_the_new_one_says_it_replaces() {
    let world = World::with(policy().delayed_recovery(true).max_authenticators(2));
    let person = world.enroll(1).await;
    let user = &person.user;
    let proof = world.with_code(&person.recovery[9]);
    let (second, _) = world.add(user, NewAuthenticator::new("alice"), proof).await;
    let grant = recovered(&world, user).await;
    let new = NewAuthenticator::new("alice").replacing(second);
    let setup = world
        .mfa
        .start_granted_enrollment(&grant, new)
        .await
        .unwrap();
    let totp = Totp::new(&setup.secret, Default::default());
    confirm(&world, &setup, &totp).await.unwrap();
    let status = world.mfa.status(user).await.unwrap();
    let bound: Vec<_> = status.authenticators.iter().map(|bound| bound.id).collect();
    assert_eq!(bound, [setup.authenticator]);
    let events = world.events(user).await;
    let replaced = |event: &Event| event.kind == EventKind::AuthenticatorReplaced;
    assert!(!events.iter().any(replaced), "all go, and none is replaced");
    let removed: Vec<_> = events
        .iter()
        .filter(|event| event.kind == EventKind::AuthenticatorRemoved)
        .map(|event| (event.authenticator.unwrap(), event.notify_user()))
        .collect();
    assert_eq!(
        removed,
        [(person.setup.authenticator, true), (second, true)]
    );
}

#[tokio::test] // S-13
async fn a_recovery_brings_back_what_too_many_failures_disabled() {
    let world = recovery_world();
    let person = world.enroll(1).await;
    let user = &person.user;
    world.fail(&person, Factor::RecoveryCode, 50).await;
    world.fail(&person, Factor::Authenticator, 50).await;
    // The last password came after eighty failures, so that twenty count since.
    let Login::Challenge(challenge) = world.mfa.begin_login(user, password()).await.unwrap() else {
        panic!("a login that no factor can pass");
    };
    assert!(challenge.methods.is_empty());
    for (typed, factor) in [
        (Answer::totp(&world.code(&person)), "authenticator"),
        (Answer::recovery_code(&person.recovery[0]), "recovery code"),
    ] {
        let answer = denied(world.mfa.answer_challenge(&challenge.token, typed).await);
        assert_eq!(answer.unwrap_err(), Denial::FactorExhausted, "{factor}");
    }

    let grant = recovered(&world, user).await;
    let (setup, totp) = start(&world, &grant).await.unwrap();
    let enrolled = confirm(&world, &setup, &totp).await.unwrap();
    let codes = recovery_codes(enrolled);
    // The whole budget: four failures of each are borne.
    for typed in [WRONG_CODE, crate::support::FOREIGN_RECOVERY_CODE] {
        for _ in 0..4 {
            let denial = world.sign_in(user, typed).await.unwrap_err();
            assert_eq!(denial, Denial::InvalidCode);
        }
    }
    world.forward(60);
    let code = code_at(&totp, world.clock.time());
    assert!(world.sign_in(user, &code).await.is_ok());
    assert!(world.sign_in(user, &codes[0]).await.is_ok());
}

#[tokio::test] // S-20, S-33
async fn of_many_who_hurry_one_succeeds() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    let mfa = world.builder(world.crowd()).build().unwrap();
    let (one, other) = (world.challenge(&user).await, world.challenge(&user).await);
    let (a, b, c) = tokio::join!(
        mfa.request_delayed_recovery(&one),
        mfa.request_delayed_recovery(&one),
        mfa.request_delayed_recovery(&other),
    );
    let done = [&a, &b, &c].into_iter().filter(|one| one.is_ok()).count();
    assert_eq!(done, 1);
    let requested = |kind: &EventKind| *kind == EventKind::DelayedRecoveryRequested;
    let kinds = world.kinds(&user).await;
    assert_eq!(kinds.into_iter().filter(requested).count(), 1);

    world.forward(72 * HOUR);
    let challenge = world.challenge(&user).await;
    // Leave to enrol may be taken twice, by two tabs; it is noted once, and one of them enrols.
    let (a, b) = tokio::join!(
        mfa.complete_delayed_recovery(&challenge),
        mfa.complete_delayed_recovery(&challenge)
    );
    let granted = |kind: &EventKind| *kind == EventKind::DelayedRecoveryGranted;
    let kinds = world.kinds(&user).await;
    assert_eq!(kinds.into_iter().filter(granted).count(), 1);
    let (given, _) = (a.unwrap(), b.unwrap());
    let (setup, totp) = start(&world, &given).await.unwrap();
    let code = code_at(&totp, world.clock.time());
    let (a, b) = tokio::join!(
        mfa.confirm_enrollment(&setup.token, &code),
        mfa.confirm_enrollment(&setup.token, &code)
    );
    let refused = if a.is_ok() { b } else { a };
    assert!(refused.is_err());
    let status = world.mfa.status(&user).await.unwrap();
    assert_eq!(status.authenticators.len(), 1);
}
