//! What ends the trust in a browser, what doesn't, and what suspends it.

use countersign::account::{
    Administrator, Completed, CompletedBy, SessionEffect, Setup, StepUpPurpose, TrustedDevice,
};
use countersign::event::{EventKind, Outcome};
use countersign::id::DeviceId;
use countersign::otp::Totp;
use countersign::token::{Challenge, Device, EnrollmentGrant, Token};
use countersign::{Denial, Login, NewAuthenticator, UserId};

use crate::support::{
    KEY_A, KEY_B, Person, WRONG_CODE, World, code_at, denied, passed, password, policy,
};

const HOUR: u64 = 3600;

fn trusting() -> World {
    World::with(policy().trusted_devices(true).delayed_recovery(true))
}

async fn ids(world: &World, person: &Person) -> Vec<DeviceId> {
    let status = world.mfa.status(&person.user).await.unwrap();
    let devices = status.trusted_devices.into_iter();
    devices.map(|device| device.id).collect()
}

/// Whether the browser passes without a code.
async fn passes(world: &World, person: &Person, cookie: &Token<Device>) -> bool {
    passed(world.visit(&person.user, cookie).await).is_some()
}

async fn confirm(world: &World, setup: &Setup) -> SessionEffect {
    let totp = Totp::new(&setup.secret, Default::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    enrolled.unwrap().sessions.effect
}

/// The grant of a recovery whose wait of 72 hours is over.
async fn recovered(world: &World, person: &Person) -> Token<EnrollmentGrant> {
    let challenge = world.challenge(&person.user).await;
    world
        .mfa
        .request_delayed_recovery(&challenge)
        .await
        .unwrap();
    world.forward(72 * HOUR);
    let challenge = world.challenge(&person.user).await;
    world
        .mfa
        .complete_delayed_recovery(&challenge)
        .await
        .unwrap()
}

#[tokio::test] // S-40, S-50
async fn a_new_epoch_forgets_every_browser_and_nothing_else_does() {
    let cases = [
        ("sign in", true),
        ("wrong codes until the block", true),
        ("rename", true),
        ("step up", true),
        ("add", true),
        ("regenerate", true),
        ("start a replacement", true),
        ("replace", false),
        ("remove", false),
        ("disable", false),
        ("password", false),
        ("lock", false),
        ("lock as administrator", false),
        ("reset", false),
        ("recover", false),
        ("erase", false),
    ];
    for (what, stays) in cases {
        let world = trusting();
        let person = world.enroll(1).await;
        let (mfa, user) = (&world.mfa, &person.user);
        let new = NewAuthenticator::new("alice");
        let proof = world.with_code(&person.recovery[9]);
        let (second, _) = world.add(user, new.clone(), proof).await;
        let one = world.trust(&person, "one").await.token;
        let two = world.trust(&person, "two").await.token;
        let proof = || world.with_code(&person.recovery[0]);
        let because = || Administrator::new("root").because("asked by phone");
        match what {
            "sign in" => drop(world.sign_in(user, &person.recovery[0]).await.unwrap()),
            "wrong codes until the block" => {
                for _ in 0..5 {
                    world.sign_in(user, WRONG_CODE).await.unwrap_err();
                }
            }
            "rename" => drop(mfa.rename_authenticator(user, second, "b").await.unwrap()),
            "step up" => {
                let (password, code) = (world.password(), &person.recovery[0]);
                let granted = mfa.step_up(user, password, code, StepUpPurpose::Devices);
                granted.await.unwrap();
            }
            "add" => drop(world.add(user, new, proof()).await),
            "regenerate" => drop(mfa.regenerate_recovery_codes(user, proof()).await.unwrap()),
            "start a replacement" | "replace" => {
                let new = new.replacing(second);
                let setup = mfa.start_enrollment(user, new, proof()).await.unwrap();
                if what == "replace" {
                    confirm(&world, &setup).await;
                }
            }
            "remove" => drop(
                mfa.remove_authenticator(user, second, proof())
                    .await
                    .unwrap(),
            ),
            "disable" => drop(mfa.disable_mfa(user, proof()).await.unwrap()),
            "password" => drop(mfa.password_changed(user).await.unwrap()),
            "lock" => {
                mfa.lock_account(user).await.unwrap();
                mfa.admin_unlock_account(user, because()).await.unwrap();
            }
            "lock as administrator" => {
                mfa.admin_lock_account(user, because()).await.unwrap();
                let locked = denied(mfa.begin_login(user, password()).await.map(drop));
                assert_eq!(locked, Err(Denial::Locked));
                mfa.admin_unlock_account(user, because()).await.unwrap();
            }
            "reset" => drop(mfa.admin_reset_account(user, because()).await.unwrap()),
            "recover" => {
                let grant = recovered(&world, &person).await;
                let setup = mfa.start_granted_enrollment(&grant, new).await.unwrap();
                assert_eq!(confirm(&world, &setup).await, SessionEffect::EndAll);
            }
            _ => mfa.erase_user(user).await.unwrap(),
        }
        let kept = ids(&world, &person).await.len();
        assert_eq!(kept, if stays { 2 } else { 0 }, "{what}");
        for cookie in [&one, &two] {
            let trusted = matches!(
                world.visit(user, cookie).await,
                Login::Completed(Completed {
                    by: CompletedBy::Remembered(_),
                    ..
                })
            );
            assert_eq!(trusted, stays, "{what}");
        }
        if !world.mfa.status(user).await.unwrap().enabled && what != "reset" {
            // Who enrols again is not met by the cookies of before.
            world.enroll(1).await;
            assert!(!passes(&world, &person, &one).await, "{what}");
        }
    }
}

#[tokio::test] // S-40
async fn one_browser_is_forgotten_or_all_of_them_without_a_proof() {
    let world = trusting();
    let (person, bob) = (world.enroll(1).await, world.enroll(2).await);
    let (mfa, user) = (&world.mfa, &person.user);
    let mut devices = Vec::new();
    for label in ["one", "two", "three"] {
        devices.push(world.trust(&person, label).await);
    }
    let theirs = world.trust(&bob, "his").await;

    let written = (world.written(user).await, world.written(&bob.user).await);
    let foreign = denied(mfa.revoke_device(user, theirs.id).await);
    assert_eq!(foreign.unwrap_err(), Denial::UnknownDevice);
    let stranger = denied(mfa.revoke_device(&UserId::from(3_u64), theirs.id).await);
    assert_eq!(stranger.unwrap_err(), Denial::UnknownDevice);
    let now = (world.written(user).await, world.written(&bob.user).await);
    assert_eq!(now, written);

    mfa.revoke_device(user, devices[1].id).await.unwrap();
    let event = world.events(user).await.pop().unwrap();
    assert_eq!(event.kind, EventKind::DeviceRevoked);
    assert_eq!(
        (event.device, event.outcome, event.notify_user()),
        (Some(devices[1].id), Outcome::Done, false)
    );
    assert_eq!(ids(&world, &person).await, [devices[0].id, devices[2].id]);
    let again = denied(mfa.revoke_device(user, devices[1].id).await);
    assert_eq!(again.unwrap_err(), Denial::UnknownDevice);
    for (device, stays) in devices.iter().zip([true, false, true]) {
        assert_eq!(passes(&world, &person, &device.token).await, stays);
    }

    let so_far = world.events(user).await.len();
    mfa.revoke_devices(user).await.unwrap();
    let events = world.events(user).await.split_off(so_far);
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.device))
        .collect();
    let revoked = |device: &TrustedDevice| (EventKind::DeviceRevoked, Some(device.id));
    assert_eq!(told, [revoked(&devices[0]), revoked(&devices[2])]);
    for device in &devices {
        assert!(!passes(&world, &person, &device.token).await);
    }
    let written = world.written(user).await;
    mfa.revoke_devices(user).await.unwrap();
    assert_eq!(world.written(user).await, written, "there are none");
    assert!(passes(&world, &bob, &theirs.token).await);
}

#[tokio::test] // S-32
async fn what_is_no_token_of_a_browser_of_this_user_is_passed_over() {
    let world = trusting();
    let (person, bob) = (world.enroll(1).await, world.enroll(2).await);
    let mine = world.trust(&person, "mine").await.token;
    let theirs = world.trust(&bob, "his").await.token;
    let elsewhere = World::with(countersign::Policy::new("other", "Tests").trusted_devices(true));
    let namesake = elsewhere.enroll(1).await;
    let other_audience = elsewhere.trust(&namesake, "other").await.token;
    let challenge = world.challenge(&person.user).await;
    let mut tampered = mine.expose().to_owned();
    let last = tampered.pop().unwrap();
    tampered.push(if last == 'A' { 'E' } else { 'A' });

    let written = world.written(&person.user).await;
    for foreign in [
        theirs.clone(),
        other_audience,
        Token::from(challenge.expose()),
        Token::from(tampered),
        Token::from(""),
        Token::from("cs1d_"),
    ] {
        assert!(!passes(&world, &person, &foreign).await);
    }
    let as_challenge = Token::<Challenge>::from(mine.expose());
    let answer = denied(
        world
            .mfa
            .answer_challenge(&as_challenge, &person.recovery[0])
            .await,
    );
    assert_eq!(answer.unwrap_err(), Denial::TokenInvalid);
    assert_eq!(world.written(&person.user).await, written);
    assert!(passes(&world, &person, &mine).await, "mine still stands");
    assert!(passes(&world, &bob, &theirs).await, "and his, for him");
}

#[tokio::test] // S-41
async fn a_cookie_goes_with_the_master_key_that_signed_it() {
    let before = trusting();
    let person = before.enroll(1).await;
    let cookie = before.trust(&person, "Firefox").await.token;
    let policy = || policy().trusted_devices(true);
    for (keys, good) in [
        (format!("{KEY_B},{KEY_A}"), true),
        (format!("{KEY_B},-{KEY_A}"), false),
    ] {
        let after = World::over(before.store.clone(), policy(), &keys);
        after.forward(60);
        assert_eq!(passes(&after, &person, &cookie).await, good, "{keys}");
    }
}

#[tokio::test] // S-8
async fn a_cookie_from_a_future_that_never_was_is_passed_over() {
    for (back, good) in [(30, true), (31, false)] {
        let world = trusting();
        let person = world.enroll(1).await;
        let cookie = world.trust(&person, "Firefox").await.token;
        world.back(back);
        let kinds = world.kinds(&person.user).await;
        assert_eq!(passes(&world, &person, &cookie).await, good, "{back} s");
        if !good {
            assert_eq!(world.kinds(&person.user).await, kinds, "no theft");
        }
    }
}

#[tokio::test]
async fn no_browser_stands_for_a_password_that_has_to_change() {
    let policy = policy().trusted_devices(true).password_change_after(5);
    let world = World::with(policy);
    let person = world.enroll(1).await;
    let cookie = world.trust(&person, "Firefox").await.token;
    for _ in 0..5 {
        assert!(passes(&world, &person, &cookie).await);
        world.sign_in(&person.user, WRONG_CODE).await.unwrap_err();
    }
    let login = world.visit(&person.user, &cookie).await;
    assert!(matches!(login, Login::PasswordChangeRequired), "{login:?}");
}

#[tokio::test]
async fn while_a_recovery_waits_no_browser_passes() {
    let ends = ["cancelled", "a code", "not completed"];
    for end in ends {
        let world = trusting();
        let person = world.enroll(1).await;
        let user = &person.user;
        let cookie = world.trust(&person, "Firefox").await.token;
        let challenge = world.challenge(user).await;
        world
            .mfa
            .request_delayed_recovery(&challenge)
            .await
            .unwrap();
        let written = world.written(user).await;
        assert!(!passes(&world, &person, &cookie).await, "{end}");
        assert_eq!(world.written(user).await, written, "and it is no theft");
        match end {
            "cancelled" => world.mfa.cancel_delayed_recovery(user).await.unwrap(),
            "a code" => drop(world.sign_in(user, &person.recovery[0]).await.unwrap()),
            _ => {
                world.forward((72 + 24) * HOUR - 1);
                assert!(!passes(&world, &person, &cookie).await, "it is open");
                world.forward(1);
            }
        }
        assert!(passes(&world, &person, &cookie).await, "{end}");
    }
}

#[tokio::test]
async fn a_record_with_two_authenticators_ten_codes_and_three_browsers_stays_small() {
    let world = trusting();
    let person = world.enroll(1).await;
    let proof = world.with_code(&person.recovery[0]);
    let new = NewAuthenticator::new("alice");
    world.add(&person.user, new, proof).await;
    for label in ["Firefox on Linux", "Safari on iPhone", "Edge on Windows"] {
        // Tokens that were used and have not expired take room for ten minutes.
        world.forward(HOUR);
        let cookie = world.trust(&person, label).await.token;
        assert!(passes(&world, &person, &cookie).await);
    }
    let (record, _) = world.written(&person.user).await;
    let length = record.unwrap().len();
    assert!(length < 2048, "{length} bytes");
}

#[tokio::test] // S-42
async fn a_remembered_browser_does_not_print_its_token() {
    let world = trusting();
    let person = world.enroll(1).await;
    let device = world.trust(&person, "Firefox").await;
    let login = world.visit(&person.user, &device.token).await;
    let shown = format!("{device:?} {:#?} {login:?}", device.token);
    let next = passed(login).unwrap();
    for token in [&device.token, &next.token] {
        assert!(!shown.contains(&token.expose()[5..25]), "{shown}");
    }
}
