//! A service over a store, a clock to step, and people with authenticator apps.

use std::time::Duration;

use countersign::event::{Event, EventKind};
use countersign::keys::Keyring;
use countersign::otp::Totp;
use countersign::secret::Secret;
use countersign::store::UserDirectory;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign::token::{Challenge, Token};
use countersign::{FirstFactor, Login, Mfa, MfaBuilder, Policy, UserId};

pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
pub(crate) const STEP: Duration = Duration::from_secs(30);

const KEYS: &str = "tests:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(crate) fn policy() -> Policy {
    Policy::new("tests", "Tests")
}

/// A service whose clock stands still.
pub(crate) fn mfa<S: UserDirectory>(store: S) -> Mfa {
    mfa_at(store, policy(), &SteppedClock::at(NOW))
}

pub(crate) fn mfa_at<S: UserDirectory>(store: S, policy: Policy, clock: &SteppedClock) -> Mfa {
    builder_at(store, policy, clock).build().unwrap()
}

pub(crate) fn builder_at<S: UserDirectory>(
    store: S,
    policy: Policy,
    clock: &SteppedClock,
) -> MfaBuilder<S> {
    let keyring: Keyring = KEYS.parse().unwrap();
    let builder = Mfa::builder(store).keys(keyring).policy(policy);
    builder.clock(clock.clone())
}

/// Somebody with an authenticator app and a sheet of recovery codes.
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) recovery: Vec<String>,
    /// The key in the app, in Base32.
    pub(crate) key: String,
    totp: Totp,
}

impl Person {
    pub(crate) fn new(user: UserId, key: &str, recovery: Vec<String>) -> Self {
        Self {
            user,
            recovery,
            key: key.to_owned(),
            totp: Totp::new(&Secret::from_base32(key).unwrap(), Default::default()),
        }
    }

    pub(crate) fn code(&self, at: Timestamp) -> String {
        self.totp.code_at(at).expose_digits().to_string()
    }
}

/// Enrols somebody. The code that confirmed is of the step before the present one.
pub(crate) async fn enroll(mfa: &Mfa, user: &str) -> Person {
    let (user, now) = (UserId::new(user).unwrap(), mfa.now().unwrap());
    let password = FirstFactor::password_at(now);
    let setup = mfa.start_enrollment(&user, "alice@example.com", password);
    let setup = setup.await.unwrap();
    let mut person = Person::new(user, &setup.secret.expose_base32(), Vec::new());
    let code = person.code(now - STEP);
    let enrolled = mfa.confirm_enrollment(&setup.token, code.as_str()).await;
    let codes = enrolled.unwrap().recovery_codes.unwrap().deliver();
    let codes = codes.codes().iter().map(|code| code.expose().to_string());
    person.recovery = codes.collect();
    person
}

pub(crate) async fn challenge(mfa: &Mfa, user: &UserId) -> Token<Challenge> {
    match mfa
        .begin_login(user, FirstFactor::password_at(NOW))
        .await
        .unwrap()
    {
        Login::Challenge(challenge) => challenge.token,
        other => panic!("no challenge but {other:?}"),
    }
}

/// All events of a user, in the order of their commits.
pub(crate) async fn events<S: UserDirectory>(store: &S, user: &UserId) -> Vec<Event> {
    let newest_first = store.events(user, None, usize::MAX).await.unwrap();
    let mut events: Vec<_> = newest_first
        .into_iter()
        .map(|recorded| recorded.event)
        .collect();
    events.reverse();
    events
}

pub(crate) async fn count<S: UserDirectory>(store: &S, user: &UserId, kind: EventKind) -> usize {
    let events = events(store, user).await;
    events.iter().filter(|event| event.kind == kind).count()
}
