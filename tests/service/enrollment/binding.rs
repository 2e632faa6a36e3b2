//! Binding authenticators: what starts it, what confirms it, and what is refused.

use std::time::Duration;

use countersign::account::{
    EnrollmentOrigin, Factor, FirstFactorCheck, SessionEffect, Setup, StepUpPurpose,
};
use countersign::event::{EventKind, Reason};
use countersign::keyuri::{KeyUri, Warning};
use countersign::otp::Totp;
use countersign::secret::Secret;
use countersign::{Denial, FailedFirstFactor, FirstFactor, NewAuthenticator, UserId};

use crate::support::{WRONG_CODE, World, code_at, denied, policy, world};

pub(crate) fn alice() -> UserId {
    UserId::from(1_u64)
}

pub(crate) async fn start(world: &World, user: &UserId) -> (Setup, Totp) {
    let started = world
        .mfa
        .start_enrollment(user, "alice@example.com", world.password())
        .await;
    let setup = started.unwrap();
    let totp = Totp::new(&setup.secret, world.mfa.policy().totp_params());
    (setup, totp)
}

#[tokio::test] // S-46
async fn a_session_confirms_with_a_code_alone() {
    let world = world();
    let (setup, totp) = start(&world, &alice()).await;
    let pending = world.mfa.status(&alice()).await.unwrap();
    assert_eq!(
        (pending.enabled, pending.pending_until),
        (false, Some(setup.expires_at))
    );
    let code = code_at(&totp, world.clock.time());
    let enrolled = world
        .mfa
        .confirm_pending_enrollment(
            &alice(),
            format!(" {} {} ", &code[..3], &code[3..]).as_str(),
        )
        .await
        .unwrap();
    assert_eq!(enrolled.authenticator, setup.authenticator);
    assert_eq!(enrolled.origin, EnrollmentOrigin::Session);
    assert_eq!(enrolled.sessions.effect, SessionEffect::EndOthers);

    let status = world.mfa.status(&alice()).await.unwrap();
    assert_eq!(
        (status.enabled, status.pending_until, status.confirmed_at),
        (true, None, Some(world.clock.time()))
    );
    assert_eq!(status.authenticators[0].label, "Authenticator");
    assert!(status.authenticators[0].proven);
    let bound = world.events(&alice()).await;
    let told: Vec<_> = bound
        .iter()
        .filter(|event| event.notify_user())
        .map(|event| event.kind)
        .collect();
    assert_eq!(
        told,
        [
            EventKind::AuthenticatorBound,
            EventKind::RecoveryCodesIssued
        ]
    );
    for again in [
        denied(world.mfa.confirm_pending_enrollment(&alice(), &code).await),
        denied(world.mfa.confirm_enrollment(&setup.token, &code).await),
    ] {
        let denial = again.unwrap_err();
        assert!(matches!(
            denial,
            Denial::NothingPending | Denial::TokenExpired
        ));
    }
}

#[tokio::test] // S-9, S-34
async fn the_code_and_the_token_that_confirmed_are_spent() {
    let world = world();
    let (setup, totp) = start(&world, &alice()).await;
    let code = code_at(&totp, world.clock.time());
    world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    let again = denied(world.mfa.confirm_enrollment(&setup.token, &code).await);
    assert_eq!(again.unwrap_err(), Denial::TokenSpent);
    let denial = world.sign_in(&alice(), &code).await.unwrap_err();
    assert_eq!(denial, Denial::InvalidCode);
    let last = world.events(&alice()).await.pop().unwrap();
    assert_eq!(last.reason, Some(Reason::ReplayedCode));
}

#[tokio::test] // S-35
async fn a_pending_key_neither_signs_in_nor_proves_nor_replaces() {
    let world = world();
    let person = world.enroll(1).await;
    let new = NewAuthenticator::new("alice").replacing(person.setup.authenticator);
    let setup = world
        .mfa
        .start_enrollment(&person.user, new, world.with_code(&person.recovery[0]))
        .await
        .unwrap();
    let pending = Totp::new(&setup.secret, Default::default());
    world.forward(60);
    let code = code_at(&pending, world.clock.time());
    let denial = world.sign_in(&person.user, &code).await.unwrap_err();
    assert_eq!(denial, Denial::InvalidCode);
    let denial = denied(
        world
            .mfa
            .disable_mfa(&person.user, world.with_code(&code))
            .await,
    );
    assert_eq!(denial.unwrap_err(), Denial::ReauthenticationFailed);
    let live = world.code(&person);
    assert!(world.sign_in(&person.user, &live).await.is_ok());

    let enrolled = world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    assert_eq!(enrolled.sessions.effect, SessionEffect::EndOthers);
    assert!(
        enrolled.recovery_codes.is_none(),
        "S-22: the set stays, unseen"
    );
    world.forward(60);
    let old = world.code(&person);
    assert!(world.sign_in(&person.user, &old).await.is_err());
    let new = code_at(&pending, world.clock.time());
    assert!(world.sign_in(&person.user, &new).await.is_ok());
    assert!(
        world
            .sign_in(&person.user, &person.recovery[1])
            .await
            .is_ok()
    );
    let ids: Vec<_> = world
        .mfa
        .status(&person.user)
        .await
        .unwrap()
        .authenticators
        .iter()
        .map(|authenticator| authenticator.id)
        .collect();
    assert_eq!(ids, [setup.authenticator]);
}

#[tokio::test]
async fn a_restart_kills_the_enrolment_before_it() {
    let world = world();
    let (old, old_totp) = start(&world, &alice()).await;
    let (new, new_totp) = start(&world, &alice()).await;
    let now = world.clock.time();
    let written = world.written(&alice()).await;
    for code in [code_at(&old_totp, now), code_at(&new_totp, now)] {
        let answer = denied(world.mfa.confirm_enrollment(&old.token, &code).await);
        assert_eq!(answer.unwrap_err(), Denial::Superseded);
    }
    assert_eq!(world.written(&alice()).await, written);
    let code = code_at(&new_totp, now);
    assert!(
        world
            .mfa
            .confirm_enrollment(&new.token, &code)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_cancelled_enrolment_is_gone() {
    let world = world();
    let (setup, totp) = start(&world, &alice()).await;
    world.mfa.cancel_enrollment(&alice()).await.unwrap();
    let code = code_at(&totp, world.clock.time());
    let answer = denied(world.mfa.confirm_enrollment(&setup.token, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::TokenExpired);
    let answer = denied(world.mfa.confirm_pending_enrollment(&alice(), &code).await);
    assert_eq!(answer.unwrap_err(), Denial::NothingPending);
    let written = world.written(&alice()).await;
    world.mfa.cancel_enrollment(&alice()).await.unwrap();
    assert_eq!(world.written(&alice()).await, written);
}

#[tokio::test]
async fn ten_wrong_codes_drop_it_and_charge_nothing_else() {
    let world = world();
    let (setup, totp) = start(&world, &alice()).await;
    for attempt in 1..=10 {
        let answer = match attempt % 2 {
            0 => world.mfa.confirm_enrollment(&setup.token, WRONG_CODE).await,
            _ => {
                world
                    .mfa
                    .confirm_pending_enrollment(&alice(), WRONG_CODE)
                    .await
            }
        };
        assert_eq!(denied(answer).unwrap_err(), Denial::InvalidCode);
    }
    let kinds = world.kinds(&alice()).await;
    assert_eq!(kinds[1..11], [EventKind::EnrollmentRefused; 10]);
    assert_eq!(kinds[11..], [EventKind::EnrollmentDropped]);
    assert_eq!(
        world.mfa.status(&alice()).await.unwrap().pending_until,
        None
    );
    let code = code_at(&totp, world.clock.time());
    let answer = denied(world.mfa.confirm_enrollment(&setup.token, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::TokenExpired);
    let answer = denied(world.mfa.confirm_pending_enrollment(&alice(), &code).await);
    assert_eq!(answer.unwrap_err(), Denial::NothingPending);

    // A new one has its ten tries, and its key starts with a clean budget.
    let (setup, totp) = start(&world, &alice()).await;
    for _ in 0..9 {
        assert!(
            world
                .mfa
                .confirm_pending_enrollment(&alice(), WRONG_CODE)
                .await
                .is_err()
        );
    }
    let code = code_at(&totp, world.clock.time());
    world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    for _ in 0..4 {
        let denial = world.sign_in(&alice(), WRONG_CODE).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
    world.forward(30);
    let code = code_at(&totp, world.clock.time());
    assert!(world.sign_in(&alice(), &code).await.is_ok());
}

#[tokio::test] // S-34
async fn an_enrolment_expires_after_ten_minutes_to_the_second() {
    for (age, good) in [(599, true), (600, false)] {
        for by_token in [true, false] {
            let world = world();
            let (setup, totp) = start(&world, &alice()).await;
            assert_eq!(
                setup.expires_at,
                world.clock.time() + Duration::from_secs(600)
            );
            world.forward(age);
            let code = code_at(&totp, world.clock.time());
            let answer = match by_token {
                true => world.mfa.confirm_enrollment(&setup.token, &code).await,
                false => world.mfa.confirm_pending_enrollment(&alice(), &code).await,
            };
            assert_eq!(answer.is_ok(), good, "{age} s, {by_token}");
        }
    }
}

#[tokio::test] // S-36
async fn once_enrolled_the_password_alone_starts_nothing() {
    let world = world();
    let person = world.enroll(1).await;
    let written = world.written(&person.user).await;
    for password in [
        FirstFactorCheck::from(world.password()),
        FailedFirstFactor.into(),
    ] {
        let answer = world
            .mfa
            .start_enrollment(&person.user, "alice", password)
            .await;
        assert_eq!(
            denied(answer).unwrap_err(),
            Denial::ReauthenticationRequired
        );
    }
    assert_eq!(world.written(&person.user).await, written);
}

#[tokio::test]
async fn a_password_check_is_fresh_for_five_minutes() {
    let world = world();
    let at = |ago: i64| {
        let now = world.clock.time().as_unix();
        FirstFactor::password_at(countersign::time::Timestamp::from_unix(
            now.saturating_add_signed(-ago),
        ))
    };
    for stale in [301, 100_000, -31] {
        let answer = world
            .mfa
            .start_enrollment(&alice(), "alice", at(stale))
            .await;
        assert_eq!(
            denied(answer).unwrap_err(),
            Denial::ReauthenticationRequired,
            "{stale}"
        );
    }
    assert_eq!(world.written(&alice()).await, (None, 0), "and uncharged");
    let answer = world.mfa.start_enrollment(&alice(), "alice", at(300)).await;
    assert!(answer.is_ok());
}

#[tokio::test] // S-14
async fn a_wrong_password_is_charged() {
    let world = world();
    for _ in 0..5 {
        let answer = world
            .mfa
            .start_enrollment(&alice(), "alice", FailedFirstFactor)
            .await;
        assert_eq!(denied(answer).unwrap_err(), Denial::ReauthenticationFailed);
        let event = &world.events(&alice()).await[0];
        assert_eq!(event.kind, EventKind::ReauthenticationRefused);
        assert_eq!(event.reason, Some(Reason::WrongPassword));
        assert_eq!(event.factor, Some(Factor::Authenticator));
    }
    let answer = world
        .mfa
        .start_enrollment(&alice(), "alice", world.password())
        .await;
    let retry_at = world.clock.time() + Duration::from_secs(30);
    assert_eq!(denied(answer).unwrap_err(), Denial::Throttled { retry_at });
    world.forward(30);
    start(&world, &alice()).await;
}

#[tokio::test] // S-22, S-36
async fn a_second_authenticator_takes_a_code_or_a_step_up_and_shows_no_codes_again() {
    let world = world();
    let person = world.enroll(1).await;
    let code = world.code(&person);
    let proof = world.with_code(&code);
    let epoch = world.mfa.status(&person.user).await.unwrap().epoch;
    let setup = world
        .mfa
        .start_enrollment(
            &person.user,
            NewAuthenticator::new("alice").label(" Tablet "),
            proof,
        )
        .await
        .unwrap();
    let second = Totp::new(&setup.secret, Default::default());
    let answer = world
        .mfa
        .confirm_enrollment(&setup.token, &code_at(&second, world.clock.time()))
        .await
        .unwrap();
    assert!(answer.recovery_codes.is_none());
    assert_eq!(
        (answer.sessions.effect, answer.sessions.epoch),
        (SessionEffect::Rotate, epoch.unwrap())
    );
    assert_eq!(
        world.sign_in(&person.user, &code).await.unwrap_err(),
        Denial::InvalidCode,
        "the code that proved is spent"
    );

    world.forward(30);
    let code = world.code(&person);
    let step_up = world
        .mfa
        .step_up(&person.user, world.password(), &code, StepUpPurpose::Add)
        .await
        .unwrap();
    let proof = world.password().with_step_up(step_up.token);
    let (_, third) = world
        .add(&person.user, NewAuthenticator::new("alice"), proof)
        .await;
    world.forward(60);
    for totp in [&person.totp, &second, &third] {
        let code = code_at(totp, world.clock.time());
        assert!(world.sign_in(&person.user, &code).await.is_ok());
    }
    let labels: Vec<_> = world
        .mfa
        .status(&person.user)
        .await
        .unwrap()
        .authenticators
        .into_iter()
        .map(|authenticator| authenticator.label)
        .collect();
    assert_eq!(labels, ["Authenticator", "Tablet", "Authenticator"]);
}

#[tokio::test] // S-52
async fn bad_names_are_refused_before_anything_is_charged() {
    let world = world();
    let long = "x".repeat(65);
    for label in ["", "  ", "a\nb", "a\r\nb", "a\0", &long] {
        let new = NewAuthenticator::new("alice").label(label);
        let answer = world
            .mfa
            .start_enrollment(&alice(), new, FailedFirstFactor)
            .await;
        assert_eq!(
            denied(answer).unwrap_err(),
            Denial::InvalidName,
            "{label:?}"
        );
    }
    let long = "x".repeat(256);
    for account in ["", "a\nb", &long] {
        let answer = world
            .mfa
            .start_enrollment(&alice(), account, world.password())
            .await;
        assert_eq!(
            denied(answer).unwrap_err(),
            Denial::InvalidName,
            "{account:?}"
        );
    }
    assert_eq!(world.written(&alice()).await, (None, 0));
    let new = NewAuthenticator::new("日本").label("é".repeat(64));
    assert!(
        world
            .mfa
            .start_enrollment(&alice(), new, world.password())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_refused_start_uses_no_proof_up_and_tells_of_none() {
    let world = World::with(policy().max_authenticators(1));
    let (person, other) = (world.enroll(1).await, world.enroll(2).await);
    let written = world.written(&person.user).await;
    let unknown = other.setup.authenticator;
    let cases = [
        (NewAuthenticator::new("a"), Denial::TooManyAuthenticators),
        (
            NewAuthenticator::new("a").replacing(unknown),
            Denial::UnknownAuthenticator,
        ),
    ];
    for (new, denial) in cases {
        for typed in [&world.code(&person), &person.recovery[0]] {
            let proof = world.with_code(typed);
            let answer = world
                .mfa
                .start_enrollment(&person.user, new.clone(), proof)
                .await;
            assert_eq!(denied(answer).unwrap_err(), denial);
        }
    }
    assert_eq!(world.written(&person.user).await, written);
    let new = NewAuthenticator::new("a").replacing(person.setup.authenticator);
    let proof = world.with_code(&person.recovery[0]);
    world.add(&person.user, new, proof).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)] // S-9, S-22
async fn of_parallel_confirmations_one_wins() {
    let world = world();
    let (setup, totp) = start(&world, &alice()).await;
    let code = code_at(&totp, world.clock.time());
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let (mfa, token, code) = (world.mfa.clone(), setup.token.clone(), code.clone());
            tokio::spawn(async move {
                match number % 2 {
                    0 => mfa.confirm_enrollment(&token, &code).await.is_ok(),
                    _ => mfa
                        .confirm_pending_enrollment(&alice(), &code)
                        .await
                        .is_ok(),
                }
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        won += u32::from(task.await.unwrap());
    }
    assert_eq!(won, 1);
    let status = world.mfa.status(&alice()).await.unwrap();
    assert_eq!(status.authenticators.len(), 1);
}

#[tokio::test]
async fn an_enrolment_is_its_users_alone() {
    let world = world();
    let bob = UserId::from(2_u64);
    let (setup, totp) = start(&world, &alice()).await;
    let code = code_at(&totp, world.clock.time());
    let answer = denied(world.mfa.confirm_pending_enrollment(&bob, &code).await);
    assert_eq!(answer.unwrap_err(), Denial::NothingPending);
    let (_, bobs) = start(&world, &bob).await;
    // Whoever brings the token, it is its own user that it enrols.
    let answer = world
        .mfa
        .confirm_enrollment(&setup.token, &code_at(&bobs, world.clock.time()))
        .await;
    assert_eq!(denied(answer).unwrap_err(), Denial::InvalidCode);
    world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    assert!(world.mfa.status(&alice()).await.unwrap().enabled);
    assert!(!world.mfa.status(&bob).await.unwrap().enabled);
}

#[tokio::test]
async fn after_disabling_everything_is_new() {
    let world = world();
    let person = world.enroll(1).await;
    let proof = world.with_code(&person.recovery[0]);
    world.mfa.disable_mfa(&person.user, proof).await.unwrap();
    let again = world.enroll(1).await;
    assert_eq!(again.recovery.len(), 10);
    assert!(!again.recovery.contains(&person.recovery[1]));
    for old in [&world.code(&person), &person.recovery[1]] {
        let denial = world.sign_in(&person.user, old).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
    let code = world.code(&again);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

#[tokio::test]
async fn an_account_name_with_a_colon_is_written_with_a_letter_that_looks_like_one() {
    let world = world();
    let password = world.password();
    let setup = world
        .mfa
        .start_enrollment(&alice(), "@alice:example.org", password.clone())
        .await
        .unwrap();
    assert_eq!(setup.uri.account(), "@alice\u{a789}example.org");
    assert_eq!(setup.warnings, [Warning::ColonReplaced]);
    let read = KeyUri::parse(&setup.uri.expose_uri()).unwrap();
    assert_eq!(read.uri.account(), setup.uri.account());
    assert_eq!(read.warnings, []);

    let plain = world
        .mfa
        .start_enrollment(&alice(), "alice", password)
        .await;
    assert_eq!(plain.unwrap().warnings, []);
}

#[tokio::test]
async fn an_app_tells_two_entries_of_one_account_apart() {
    let world = world();
    let person = world.enroll(1).await;
    let account = "alice@example.com";
    let long = "a".repeat(KeyUri::MAX_LABEL);
    let named = |account: &str, label: &str| NewAuthenticator::new(account).label(label);
    for (authenticator, entry) in [
        (named(account, " Tablet "), "alice@example.com (Tablet)"),
        (
            named(account, "Work: key"),
            "alice@example.com (Work\u{a789} key)",
        ),
        (NewAuthenticator::new(account), "alice@example.com (2)"),
        // The label of a key URI has no room for it.
        (named(&long, "Tablet"), long.as_str()),
    ] {
        let proof = world.with_code(&world.code(&person));
        let started = world
            .mfa
            .start_enrollment(&person.user, authenticator, proof)
            .await;
        let uri = started.unwrap().uri;
        assert_eq!(uri.account(), entry);
        let read = KeyUri::parse(&uri.expose_uri()).unwrap();
        assert_eq!((read.uri.account(), read.warnings.len()), (entry, 0));
        world.forward(30);
    }

    // The only one needs no more than the account.
    let bob = UserId::from(2_u64);
    let first = world
        .mfa
        .start_enrollment(&bob, named("bob@example.com", "Phone"), world.password())
        .await;
    assert_eq!(first.unwrap().uri.account(), "bob@example.com");
}

#[tokio::test]
async fn an_enrollment_may_name_another_issuer() {
    let world = world();
    let staging = NewAuthenticator::new("alice@example.com").issuer("Acme Staging");
    let started = world
        .mfa
        .start_enrollment(&alice(), staging, world.password())
        .await;
    let setup = started.unwrap();
    assert_eq!(setup.uri.issuer(), Some("Acme Staging"));
    let uri = setup.uri.expose_uri();
    assert!(uri.starts_with("otpauth://totp/Acme%20Staging:alice@example.com?"));
    assert!(uri.contains("&issuer=Acme%20Staging"));

    // The next one has the policy's again.
    let (setup, _) = start(&world, &alice()).await;
    assert_eq!(setup.uri.issuer(), Some("Tests"));
}

#[tokio::test]
async fn an_issuer_that_apps_would_misread_starts_nothing() {
    let world = world();
    let written = world.written(&alice()).await;
    for issuer in ["", " ", "Acme: Staging", "Acme\n", &"a".repeat(256)] {
        let named = NewAuthenticator::new("alice").issuer(issuer);
        let refused = world
            .mfa
            .start_enrollment(&alice(), named, world.password())
            .await;
        assert_eq!(
            denied(refused).unwrap_err(),
            Denial::InvalidName,
            "{issuer:?}"
        );
    }
    assert_eq!(world.written(&alice()).await, written);
}

#[tokio::test]
async fn a_key_that_is_given_keeps_its_issuer() {
    let world = world();
    let key = Secret::from_bytes(b"12345678901234567890").unwrap();
    let uri = KeyUri::totp("Maker", "token 4711", key, &Default::default()).unwrap();
    let token = NewAuthenticator::from_key_uri(uri).issuer("Acme Staging");
    let started = world
        .mfa
        .start_enrollment(&alice(), token, world.password())
        .await;
    assert_eq!(started.unwrap().uri.issuer(), Some("Maker"));
}
