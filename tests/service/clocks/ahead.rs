//! A clock that was ahead for a while: what it noted is dead once it is right again, and stays dead
//! when that time comes.

use std::time::Duration;

use countersign::account::{DelayedRecoveryStatus, DeviceStatus, TrustedDevice};
use countersign::event::{Actor, EventKind};
use countersign::recovery_codes::RecoveryCodePolicy;
use countersign::time::Timestamp;
use countersign::{Answer, Denial, NewAuthenticator, Policy, Status, UserId};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::delayed_recovery::whole_way::{HOUR, recovery_of, recovery_world, request};
use crate::support::{Person, World, code_at, denied, passed, policy, world};

const YEAR: u64 = 365 * 86_400;

pub(super) fn forgiving() -> Policy {
    policy()
        .trusted_devices(true)
        .delayed_recovery(true)
        .recovery_codes(RecoveryCodePolicy::standard().count(16))
}

impl World {
    pub(super) async fn status(&self, user: &UserId) -> Status {
        self.mfa.status(user).await.unwrap()
    }

    /// Signs in with a recovery code in a browser that is to be trusted.
    pub(super) async fn trust_by(&self, person: &Person, code: &str) -> TrustedDevice {
        loop {
            let challenge = self.challenge(&person.user).await;
            let answer = Answer::parse(code).unwrap().trust_device("Firefox");
            match denied(self.mfa.answer_challenge(&challenge, answer).await) {
                // What a clock that was ahead dropped may be in the way for a quarter of an hour.
                Err(Denial::TokenExpired) => self.forward(931),
                verified => return verified.unwrap().device.unwrap(),
            }
        }
    }
}

#[tokio::test] // S-8
async fn trust_that_was_given_under_a_clock_a_year_ahead_never_holds() {
    let world = World::with(forgiving());
    let person = world.enroll(1).await;
    let early = world.trust_by(&person, &person.recovery[0]).await;
    world.forward(YEAR);
    let ahead = world.trust_by(&person, &person.recovery[1]).await;
    let of_then = world.trust_by(&person, &person.recovery[2]).await;
    world.back(YEAR);

    assert_eq!(world.status(&person.user).await.trusted_devices, []);
    assert!(passed(world.visit(&person.user, &ahead.token).await).is_none());
    world.forward(YEAR);
    for cookie in [early.token, ahead.token, of_then.token] {
        let login = world.visit(&person.user, &cookie).await;
        assert!(passed(login).is_none());
    }
    assert_eq!(world.status(&person.user).await.trusted_devices, []);
}

#[tokio::test] // S-8
async fn an_enrolment_that_began_under_a_clock_a_year_ahead_never_ends_well() {
    for asked in ["token", "session"] {
        let world = world();
        let user = UserId::from(1_u64);
        world.forward(YEAR);
        let start = world.mfa.start_enrollment(&user, "alice", world.password());
        let setup = start.await.unwrap();
        let totp = countersign::otp::Totp::new(&setup.secret, Default::default());
        world.back(YEAR);

        assert_eq!(world.status(&user).await.pending_until, None);
        let confirm = async || {
            let code = code_at(&totp, world.clock.time());
            let confirmed = match asked {
                "token" => world.mfa.confirm_enrollment(&setup.token, &code).await,
                _ => world.mfa.confirm_pending_enrollment(&user, &code).await,
            };
            denied(confirmed).map(drop)
        };
        let (now, then) = match asked {
            "token" => (Denial::TokenInvalid, Denial::TokenExpired),
            _ => (Denial::NothingPending, Denial::NothingPending),
        };
        assert_eq!(confirm().await, Err(now));
        world.forward(YEAR);
        assert_eq!(confirm().await, Err(then));
        assert!(!world.status(&user).await.enabled);
    }
}

#[tokio::test] // S-8, S-46
async fn a_recovery_that_was_requested_under_a_clock_a_year_ahead_is_cancelled() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    world.forward(YEAR);
    request(&world, &user).await.unwrap();
    world.back(YEAR);
    // The token that confirmed the enrolment is over.
    world.forward(600);

    assert_eq!(recovery_of(&world, &user).await, None);
    assert!(request(&world, &user).await.is_ok(), "nor is it in the way");
    let events = world.events(&user).await;
    let cancelled = events
        .iter()
        .find(|event| event.kind == EventKind::DelayedRecoveryCancelled);
    let cancelled = cancelled.unwrap();
    assert!(cancelled.notify_user());
    assert_eq!(cancelled.actor, Actor::System);
    assert_eq!(cancelled.at, world.clock.time());
}

#[tokio::test] // S-8
async fn tokens_that_were_used_under_a_clock_a_year_ahead_leave_room_for_others() {
    let world = World::with(forgiving().challenge_lifetime(Duration::from_secs(900)));
    let person = world.enroll(1).await;
    world.forward(YEAR);
    for _ in 0..16 {
        let challenge = world.challenge(&person.user).await;
        world.mfa.cancel_login(&challenge).await.unwrap();
    }
    for code in &person.recovery {
        world.sign_in(&person.user, code).await.unwrap();
    }
    world.back(YEAR);
    let given_up = world.challenge(&person.user).await;
    world.mfa.cancel_login(&given_up).await.unwrap();
    let code = world.code(&person);
    let again = world.mfa.answer_challenge(&given_up, &code).await;
    assert_eq!(denied(again).unwrap_err(), Denial::TokenSpent);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
}

/// What is done, and by how many seconds the clock is ahead meanwhile.
#[derive(Clone, Copy, Debug)]
enum Act {
    Trust(u64),
    Start(u64),
    Request(u64),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let ahead = || prop_oneof![2 => Just(0), 3 => HOUR..3 * YEAR, 1 => HOUR..48 * HOUR];
    prop_oneof![
        3 => ahead().prop_map(Act::Trust),
        2 => ahead().prop_map(Act::Start),
        2 => ahead().prop_map(Act::Request),
        1 => (1..48 * HOUR).prop_map(Act::Wait),
    ]
}

/// What was remembered by a clock that was right, each with its end.
#[derive(Default)]
struct Right {
    devices: Vec<TrustedDevice>,
    pending_until: Option<Timestamp>,
    recovery: Option<DelayedRecoveryStatus>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test] // S-8
    fn what_a_clock_noted_that_was_ahead_is_dead_and_all_else_lives(
        acts in vec(act(), 1..9),
    ) {
        pollster::block_on(async {
            let world = World::with(forgiving());
            let person = world.enroll(1).await;
            let mut codes = person.recovery.iter();
            let (mut right, mut furthest) = (Right::default(), world.clock.time());
            for act in acts {
                let (Act::Trust(ahead) | Act::Start(ahead) | Act::Request(ahead)) = act else {
                    let Act::Wait(seconds) = act else { unreachable!() };
                    // Only a decision under the right clock makes it forget for good.
                    world.challenge(&person.user).await;
                    world.forward(seconds);
                    furthest = furthest.max(world.clock.time());
                    look(&world, &person, &right, furthest).await;
                    continue;
                };
                world.forward(ahead);
                furthest = furthest.max(world.clock.time());
                take(&world, &person, act, &mut codes, &mut right).await;
                furthest = furthest.max(world.clock.time());
                world.back(ahead);
                look(&world, &person, &right, furthest).await;
            }
            // One decision under the right clock, and the time comes that the wrong one showed.
            let before = world.status(&person.user).await;
            world.challenge(&person.user).await;
            let wait = furthest.since(world.clock.time()).as_secs();
            world.forward(wait);
            let then = world.status(&person.user).await;
            let ids = |devices: &[DeviceStatus]| devices.iter().map(|one| one.id).collect::<Vec<_>>();
            let known = ids(&before.trusted_devices);
            assert!(ids(&then.trusted_devices).iter().all(|id| known.contains(id)));
            assert!(then.pending_until.is_none_or(|at| before.pending_until == Some(at)));
            assert!(then.delayed_recovery.is_none_or(|one| before.delayed_recovery == Some(one)));
        });
    }
}

/// Does it, and notes what is remembered of it unless the clock is ahead.
async fn take(
    world: &World,
    person: &Person,
    act: Act,
    codes: &mut std::slice::Iter<'_, String>,
    right: &mut Right,
) {
    match act {
        Act::Trust(ahead) => {
            let device = world.trust_by(person, codes.next().unwrap()).await;
            // Whoever has a code needs no recovery.
            right.recovery = None;
            right.devices.extend((ahead == 0).then_some(device));
        }
        Act::Start(ahead) => {
            let proof = world.with_code(codes.next().unwrap());
            let new = NewAuthenticator::new("alice");
            let start = world.mfa.start_enrollment(&person.user, new, proof).await;
            right.recovery = None;
            right.pending_until = (ahead == 0).then_some(start.unwrap().expires_at);
        }
        Act::Request(ahead) => {
            let requested = request(world, &person.user).await;
            if let Some(recovery) = requested.ok().filter(|_| ahead == 0) {
                right.recovery = Some(recovery);
            }
        }
        Act::Wait(_) => {}
    }
}

/// Only what the right clock noted is there, and all of it that has not ended by any clock.
async fn look(world: &World, person: &Person, right: &Right, furthest: Timestamp) {
    let status = world.status(&person.user).await;
    for device in &status.trusted_devices {
        assert!(right.devices.iter().any(|one| one.id == device.id));
    }
    for device in right.devices.iter().filter(|one| one.expires_at > furthest) {
        assert!(status.trusted_devices.iter().any(|one| one.id == device.id));
    }
    let now = world.clock.time();
    assert_eq!(
        status.pending_until,
        right.pending_until.filter(|at| now < *at)
    );
    if let Some(recovery) = status.delayed_recovery {
        assert_eq!(Some(recovery), right.recovery);
    }
    if let Some(recovery) = right.recovery.filter(|one| one.open_until > furthest) {
        assert_eq!(status.delayed_recovery, Some(recovery));
    }
}
