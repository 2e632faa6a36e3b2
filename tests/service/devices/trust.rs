//! Browsers that are remembered: what trust is good for, how long it lasts, and what ends it.

use std::time::Duration;

use countersign::account::{Completed, CompletedBy, SessionEffect, StepUpPurpose};
use countersign::event::{Actor, EventKind, Outcome};
use countersign::policy::PolicyError;
use countersign::service::BuildError;
use countersign::{Answer, Denial, FailedFirstFactor, FirstFactor, Login, Policy, RequestContext};

use crate::support::{KEY_A, Person, WRONG_CODE, World, denied, passed, password, policy, world};

const DAY: u64 = 86_400;

fn trusting() -> World {
    World::with(policy().trusted_devices(true))
}

async fn labels(world: &World, person: &Person) -> Vec<String> {
    let status = world.mfa.status(&person.user).await.unwrap();
    let devices = status.trusted_devices.into_iter();
    devices.map(|device| device.label).collect()
}

#[tokio::test] // S-37
async fn by_default_no_browser_is_remembered() {
    let world = world();
    let person = world.enroll(1).await;
    let challenge = world.challenge(&person.user).await;
    let answer = Answer::recovery_code(&person.recovery[0])
        .unwrap()
        .trust_device("Firefox");
    let verified = world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap();
    assert!(verified.device.is_none(), "asked for, and not given");

    let written = world.written(&person.user).await;
    let proof = world.with_code(&world.code(&person));
    let answer = world.mfa.trust_device(&person.user, "Firefox", proof).await;
    assert_eq!(denied(answer).unwrap_err(), Denial::MethodUnavailable);
    assert_eq!(world.written(&person.user).await, written);
    let code = world.code(&person);
    assert!(world.sign_in(&person.user, &code).await.is_ok(), "unspent");
    assert!(
        !world
            .kinds(&person.user)
            .await
            .contains(&EventKind::DeviceTrusted)
    );
}

#[tokio::test] // S-37
async fn a_policy_that_remembers_no_browsers_drops_those_of_before_for_good() {
    let before = trusting();
    let person = before.enroll(1).await;
    let cookie = before.trust(&person, "Firefox").await.token;
    let after = World::over(before.store.clone(), policy(), KEY_A);
    after.forward(60);
    assert!(passed(after.visit(&person.user, &cookie).await).is_none());
    let dropped = after.events(&person.user).await.pop().unwrap();
    assert_eq!(dropped.kind, EventKind::DeviceRevoked);
    assert_eq!(dropped.actor, Actor::System);
    assert!(!dropped.notify_user());
    let written = after.written(&person.user).await;
    assert!(passed(after.visit(&person.user, &cookie).await).is_none());
    assert_eq!(after.written(&person.user).await, written, "once");

    before.forward(120);
    assert!(passed(before.visit(&person.user, &cookie).await).is_none());
    let status = before.mfa.status(&person.user).await.unwrap();
    assert!(status.trusted_devices.is_empty());
}

#[test] // S-37, S-38
fn a_policy_remembers_for_1_to_90_days_and_the_strict_one_not_at_all() {
    let days = |days| policy().trusted_devices_for(Duration::from_secs(days));
    for (lifetime, sound) in [
        (DAY - 1, false),
        (DAY, true),
        (90 * DAY, true),
        (90 * DAY + 1, false),
    ] {
        let right = if sound {
            Ok(())
        } else {
            Err(PolicyError::Devices)
        };
        assert_eq!(days(lifetime).validate(), right, "{lifetime} s");
    }
    let strict = Policy::strict("tests", "Tests").trusted_devices(true);
    let built = countersign::Mfa::builder(countersign::store::MemoryStore::new())
        .keys(KEY_A.parse::<countersign::keys::Keyring>().unwrap())
        .policy(strict)
        .build();
    assert_eq!(
        built.map(drop).unwrap_err(),
        BuildError::Policy(PolicyError::NotStrict)
    );
}

#[tokio::test] // S-37, S-46, S-51
async fn a_login_in_a_remembered_browser_is_no_second_factor_and_says_so() {
    let world = trusting();
    let person = world.enroll(1).await;
    let user = &person.user;
    let device = world.trust(&person, "Firefox on Linux").await;
    let told = world.events(user).await.pop().unwrap();
    assert_eq!(told.kind, EventKind::DeviceTrusted);
    assert_eq!((told.device, told.notify_user()), (Some(device.id), true));
    let before = world.mfa.status(user).await.unwrap();
    let so_far = world.events(user).await.len();

    world.forward(3600);
    let Login::Completed(Completed {
        by: CompletedBy::Remembered(renewed),
        sessions,
        ..
    }) = world.visit(user, &device.token).await
    else {
        panic!("the browser is remembered");
    };
    assert_eq!(sessions.assurance.unwrap().amr(), ["pwd"]);
    assert_eq!(sessions.effect, SessionEffect::Rotate);
    assert!(before.honors(sessions.epoch));
    assert_eq!(renewed.id, device.id);
    assert_ne!(renewed.token.expose(), device.token.expose());

    let after = world.mfa.status(user).await.unwrap();
    assert_eq!(after.last_verified_at, before.last_verified_at);
    let listed = &after.trusted_devices[0];
    assert_eq!(listed.last_used_at, Some(world.clock.time()));
    assert_eq!(before.trusted_devices[0].last_used_at, None);
    let events = world.events(user).await;
    let [event] = &events[so_far..] else {
        panic!("one login is one event: {events:?}");
    };
    assert_eq!(event.kind, EventKind::LoginTrusted);
    assert_eq!(
        (event.device, event.outcome),
        (Some(device.id), Outcome::Done)
    );
    assert!(!event.notify_user());
}

#[tokio::test]
async fn a_login_in_a_remembered_browser_reads_once_and_writes_once() {
    let world = trusting();
    let person = world.enroll(1).await;
    let cookie = world.trust(&person, "Firefox").await.token;
    let store = world.crowd();
    let mfa = world.builder(store.clone()).build().unwrap();
    let login = mfa.with_context(RequestContext::new().device(cookie));
    assert!(passed(login.begin_login(&person.user, password()).await.unwrap()).is_some());
    assert_eq!(store.loads(), 1);
    assert_eq!(store.commits(), 1);
}

#[tokio::test] // S-38
async fn the_life_of_a_remembered_browser_is_absolute() {
    for (policy, life) in [
        (policy().trusted_devices(true), 30 * DAY),
        (policy().trusted_devices_for(Duration::from_secs(DAY)), DAY),
    ] {
        let world = World::with(policy);
        let person = world.enroll(1).await;
        let mut device = world.trust(&person, "Firefox").await;
        let end = world.clock.time() + Duration::from_secs(life);
        for _ in 0..10 {
            assert_eq!(device.expires_at, end, "no use extends it");
            world.forward(life / 10 - 1);
            device = passed(world.visit(&person.user, &device.token).await).unwrap();
        }
        world.forward(end.as_unix() - 1 - world.clock.time().as_unix());
        let last = passed(world.visit(&person.user, &device.token).await).unwrap();
        assert_eq!(labels(&world, &person).await, ["Firefox"]);

        world.forward(1);
        let written = world.written(&person.user).await;
        for token in [&device.token, &last.token] {
            assert!(passed(world.visit(&person.user, token).await).is_none());
        }
        assert_eq!(world.written(&person.user).await, written, "and no theft");
        assert!(labels(&world, &person).await.is_empty());
    }
}

#[tokio::test] // S-39, S-36
async fn a_remembered_browser_counts_for_nothing_but_the_login() {
    let world = trusting();
    let person = world.enroll(1).await;
    let user = &person.user;
    let cookie = world.trust(&person, "Firefox").await.token;
    let request = RequestContext::new().device(cookie.clone());
    let mfa = world.mfa.with_context(request);
    let written = world.written(user).await;
    let alone = mfa.start_enrollment(user, "alice", world.password()).await;
    assert_eq!(denied(alone).unwrap_err(), Denial::ReauthenticationRequired);
    assert_eq!(world.written(user).await, written);

    let proof = || world.with_code(WRONG_CODE);
    let id = person.setup.authenticator;
    let refusals = [
        denied(mfa.disable_mfa(user, proof()).await.map(drop)),
        denied(mfa.start_enrollment(user, "alice", proof()).await.map(drop)),
        denied(mfa.trust_device(user, "mine", proof()).await.map(drop)),
        denied(mfa.regenerate_recovery_codes(user, proof()).await.map(drop)),
    ];
    for refusal in refusals {
        assert_eq!(refusal, Err(Denial::ReauthenticationFailed));
    }
    let last = denied(mfa.remove_authenticator(user, id, proof()).await);
    assert_eq!(last.unwrap_err(), Denial::LastAuthenticator);
    // The fifth failure in a row blocks the codes, and a challenge is not answered by a cookie.
    let challenge = world.challenge(user).await;
    let wrong = denied(mfa.answer_challenge(&challenge, WRONG_CODE).await.map(drop));
    assert_eq!(wrong, Err(Denial::InvalidCode));
    assert!(passed(world.visit(user, &cookie).await).is_some());
}

#[tokio::test] // S-32, S-45
async fn trusting_from_a_session_takes_the_password_and_a_code() {
    let world = trusting();
    let person = world.enroll(1).await;
    let (mfa, user) = (&world.mfa, &person.user);
    let code = world.code(&person);
    let stale = FirstFactor::password_at(world.clock.time() - Duration::from_secs(301));
    let grant = async |purpose, code: &str| {
        let granted = mfa.step_up(user, world.password(), code, purpose).await;
        granted.unwrap().token
    };
    let other = grant(StepUpPurpose::Add, &person.recovery[0]).await;
    let app = StepUpPurpose::app("devices").unwrap();
    let app = grant(app, &person.recovery[1]).await;
    let failed = Denial::ReauthenticationFailed;
    for (proof, right) in [
        (
            FailedFirstFactor.with_code(Answer::parse(&code).unwrap()),
            failed,
        ),
        (world.with_code(WRONG_CODE), failed),
        (
            stale.with_code(Answer::parse(&code).unwrap()),
            Denial::ReauthenticationRequired,
        ),
        (world.password().with_step_up(other), failed),
        (world.password().with_step_up(app), failed),
    ] {
        let answer = denied(mfa.trust_device(user, "Firefox", proof).await);
        assert_eq!(answer.unwrap_err(), right);
        assert!(labels(&world, &person).await.is_empty());
    }

    let proof = world.with_code(&code);
    let device = mfa.trust_device(user, "Firefox", proof.clone()).await;
    let device = device.unwrap().device;
    assert_eq!(
        device.expires_at,
        world.clock.time() + Duration::from_secs(30 * DAY)
    );
    assert!(passed(world.visit(user, &device.token).await).is_some());
    let again = denied(mfa.trust_device(user, "Opera", proof).await);
    assert_eq!(again.unwrap_err(), failed, "the code is spent");

    let token = grant(StepUpPurpose::Devices, &person.recovery[2]).await;
    let proof = world.password().with_step_up(token);
    let device = mfa
        .trust_device(user, "Opera", proof.clone())
        .await
        .unwrap()
        .device;
    assert!(passed(world.visit(user, &device.token).await).is_some());
    let again = denied(mfa.trust_device(user, "Safari", proof).await);
    assert_eq!(again.unwrap_err(), failed, "and so is the step-up");
    assert_eq!(labels(&world, &person).await, ["Firefox", "Opera"]);
}

#[tokio::test] // S-32, S-45
async fn a_step_up_for_anything_else_trusts_no_browser() {
    for purpose in ["add", "remove", "regenerate", "disable", "app:devices"] {
        let world = trusting();
        let person = world.enroll(1).await;
        let (password, code) = (world.password(), world.code(&person));
        let purpose: StepUpPurpose = purpose.parse().unwrap();
        let granted = world
            .mfa
            .step_up(&person.user, password.clone(), &code, purpose);
        let proof = password.with_step_up(granted.await.unwrap().token);
        let answer = world.mfa.trust_device(&person.user, "Firefox", proof).await;
        assert_eq!(denied(answer).unwrap_err(), Denial::ReauthenticationFailed);
        assert!(labels(&world, &person).await.is_empty());
    }
}

#[tokio::test] // S-40
async fn ten_browsers_are_remembered_and_the_oldest_leaves() {
    let world = trusting();
    let person = world.enroll(1).await;
    let mut cookies = Vec::new();
    for number in 0..10 {
        let device = world.trust(&person, &format!("Browser {number}")).await;
        cookies.push(device.token);
    }
    // The oldest is also the one that was used last, which does not keep it.
    for cookie in cookies.iter_mut().rev() {
        let device = passed(world.visit(&person.user, cookie).await);
        *cookie = device.expect("all ten are remembered").token;
    }
    world.trust(&person, "Browser 10").await;
    let expected: Vec<_> = (1..=10).map(|number| format!("Browser {number}")).collect();
    assert_eq!(labels(&world, &person).await, expected);
    let written = world.written(&person.user).await;
    assert!(
        passed(world.visit(&person.user, &cookies[0]).await).is_none(),
        "the oldest left"
    );
    assert_eq!(world.written(&person.user).await, written, "as no thief");
    for cookie in &cookies[1..] {
        assert!(passed(world.visit(&person.user, cookie).await).is_some());
    }
}

#[tokio::test] // S-38, S-40
async fn one_whose_time_is_over_leaves_before_the_oldest() {
    let long = World::with(policy().trusted_devices_for(Duration::from_secs(90 * DAY)));
    let person = long.enroll(1).await;
    let oldest = long.trust(&person, "oldest").await.token;
    let policy = policy().trusted_devices_for(Duration::from_secs(DAY));
    let short = World::over(long.store.clone(), policy, KEY_A);
    short.forward(300);
    for _ in 0..9 {
        short.trust(&person, "short").await;
    }
    // A policy that became shorter holds for those of before, too.
    short.forward(DAY);
    assert!(labels(&short, &person).await.is_empty());
    assert!(passed(short.visit(&person.user, &oldest).await).is_none());

    long.forward(300 + 2 * DAY);
    long.trust(&person, "new").await;
    assert_eq!(labels(&long, &person).await, ["oldest", "new"]);
    assert!(passed(long.visit(&person.user, &oldest).await).is_some());
}

#[tokio::test] // S-52
async fn a_browser_is_listed_by_what_can_be_shown_of_its_name() {
    let world = trusting();
    let person = world.enroll(1).await;
    let long = "ü".repeat(70);
    let cases = [
        ("Firefox on Linux", "Firefox on Linux"),
        ("  Fire\r\nfox\u{202e}", "Firefox"),
        ("", "Browser"),
        (" \t\n", "Browser"),
        ("\u{7}\u{2028}", "Browser"),
        ("\"}],\"devices\":[", "\"}],\"devices\":["),
        (&long, &long[..128]),
    ];
    for (named, shown) in cases {
        let device = world.trust(&person, named).await;
        let status = world.mfa.status(&person.user).await.unwrap();
        let listed = status.trusted_devices.last().unwrap();
        assert_eq!(listed.label, shown);
        assert_eq!(
            (listed.id, listed.expires_at),
            (device.id, device.expires_at)
        );
        assert_eq!(listed.created_at, world.clock.time());
    }
}
