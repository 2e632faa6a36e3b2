//! The fixture of the cases: new users, bare commits, and accounts with a second factor.

use std::sync::Arc;
use std::time::Duration;

use super::Subject;
use crate::account::Login;
use crate::channel::Channel;
use crate::entropy::{Random, SystemEntropy};
use crate::event::{Actor, Event, EventKind, Outcome, Reason};
use crate::factor::Factor;
use crate::first_factor::{FirstFactor, FirstFactorKind};
use crate::id::{AuthenticatorId, CaseId, DeviceId};
use crate::keys::Keyring;
use crate::policy::Policy;
use crate::recovery_codes::DeliveredCodes;
use crate::request::Source;
use crate::service::{Error, Mfa};
use crate::store::{Change, Committed, Expected, Record, Stored, Summary, UserStore};
use crate::testing::{Phone, SteppedClock};
use crate::time::Timestamp;
use crate::token::{Challenge, Token};
use crate::user::UserId;
use crate::version::Version;

const RANDOM: Random<'_> = Random(&SystemEntropy);
const KEYS: &str = "suite:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The moment at which everything in the suite happens.
pub(super) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
/// The number of contestants in a race.
pub(super) const CROWD: usize = 16;

/// The store under test, and the operations on it.
pub(super) struct Trial<'a, S: Subject> {
    pub(super) subject: &'a S,
    pub(super) store: Arc<S::Store>,
    /// A further handle to the same data.
    pub(super) other: Arc<S::Store>,
}

/// A user with one authenticator and a set of recovery codes.
pub(super) struct Account {
    pub(super) user: UserId,
    phone: Phone,
    pub(super) codes: DeliveredCodes,
}

impl<'a, S: Subject> Trial<'a, S> {
    pub(super) async fn open(subject: &'a S) -> Self {
        Self {
            subject,
            store: Arc::new(subject.open().await),
            other: Arc::new(subject.open().await),
        }
    }

    /// One of the handles, in turn.
    pub(super) fn handle(&self, turn: usize) -> Arc<S::Store> {
        match turn % 2 {
            0 => Arc::clone(&self.store),
            _ => Arc::clone(&self.other),
        }
    }

    /// The answer of every handle. All answers have to be equal.
    pub(super) async fn load(&self, user: &UserId) -> Result<Option<Stored>, String> {
        let here = load(&*self.store, user).await?;
        let there = load(&*self.other, user).await?;
        if here != there {
            return Err(format!("one handle reads {here:?}, and another {there:?}"));
        }
        Ok(here)
    }

    pub(super) async fn events(&self, user: &UserId) -> Vec<Event> {
        self.subject.events(&self.other, user).await
    }

    pub(super) async fn count(&self, user: &UserId, kind: EventKind) -> usize {
        self.events(user)
            .await
            .iter()
            .filter(|event| event.kind == kind)
            .count()
    }

    /// Commits without the library.
    pub(super) async fn commit(
        &self,
        user: &UserId,
        expected: Expected,
        version: Version,
        record: &Record,
        events: &[Event],
    ) -> Result<Committed, String> {
        commit(
            &*self.store,
            change(user, expected, version, record, events),
        )
        .await
    }

    pub(super) fn mfa(&self) -> Result<Mfa, String> {
        mfa_over(Arc::clone(&self.store))
    }

    pub(super) async fn account(&self) -> Result<Account, String> {
        Account::enroll(&self.mfa()?, fresh_user()?)
            .await
            .map_err(|error| format!("enrolment failed: {error}"))
    }

    /// One challenge of the same user for each contestant.
    pub(super) async fn challenges(&self, user: &UserId) -> Result<Vec<Token<Challenge>>, String> {
        let mfa = self.mfa()?;
        let mut challenges = Vec::new();
        for _ in 0..CROWD {
            challenges.push(challenge(&mfa, user).await?);
        }
        Ok(challenges)
    }
}

pub(super) async fn load<S: UserStore>(store: &S, user: &UserId) -> Result<Option<Stored>, String> {
    let loaded = store.load(user).await;
    loaded.map_err(|error| format!("load failed: {error}"))
}

pub(super) async fn commit<S: UserStore>(
    store: &S,
    change: Change<'_>,
) -> Result<Committed, String> {
    let committed = store.commit(change).await;
    committed.map_err(|error| format!("commit failed: {error}"))
}

/// Commits beside others. A database whose transactions are serializable may refuse a commit for
/// another user's sake. Then the user stands where it stood, and the same commit succeeds later.
pub(super) async fn commit_beside_others<S: UserStore>(
    store: &S,
    change: Change<'_>,
) -> Result<Committed, String> {
    const TRIES: usize = 20;
    for _ in 1..TRIES {
        let committed = commit(store, change).await?;
        let stored = load(store, change.user).await?;
        let stands_at = stored.map_or(Expected::Absent, |stored| Expected::At(stored.version));
        if committed == Committed::Done || stands_at != change.expected {
            return Ok(committed);
        }
    }
    commit(store, change).await
}

pub(super) fn change<'a>(
    user: &'a UserId,
    expected: Expected,
    version: Version,
    record: &'a Record,
    events: &'a [Event],
) -> Change<'a> {
    Change {
        user,
        expected,
        version,
        record,
        summary: Summary::default(),
        events,
    }
}

impl Account {
    async fn enroll(mfa: &Mfa, user: UserId) -> Result<Self, Error> {
        let setup = mfa
            .start_enrollment(&user, "conformance", FirstFactor::password_at(NOW))
            .await?;
        let phone = Phone::scan(&setup.uri);
        // The code of the step before, so that the code of the present step is still good.
        let earlier = phone.code_at(NOW - Duration::from_secs(30));
        let enrolled = mfa.confirm_enrollment(&setup.token, &earlier).await?;
        let codes = enrolled
            .recovery_codes
            .ok_or(crate::denial::Denial::NotEnrolled)?
            .deliver();
        Ok(Self { user, phone, codes })
    }

    /// The code of the present step.
    pub(super) fn code(&self) -> String {
        self.phone.code_at(NOW)
    }

    /// A code that is wrong in every step of the window.
    pub(super) fn wrong_code(&self) -> String {
        self.phone.wrong_code_at(NOW)
    }
}

pub(super) async fn challenge(mfa: &Mfa, user: &UserId) -> Result<Token<Challenge>, String> {
    match mfa.begin_login(user, FirstFactor::password_at(NOW)).await {
        Ok(Login::Challenge(challenge)) => Ok(challenge.token),
        Ok(_) => Err("a login of an enrolled user met no challenge".into()),
        Err(error) => Err(format!("begin_login failed: {error}")),
    }
}

pub(super) fn mfa_over<S: UserStore>(store: S) -> Result<Mfa, String> {
    let keyring: Keyring = KEYS.parse().map_err(|error| format!("{error}"))?;
    let policy = Policy::new("conformance", "Conformance");
    let builder = Mfa::builder(store)
        .keys(keyring)
        .policy(policy)
        .clock(SteppedClock::at(NOW));
    builder.build().map_err(|error| format!("{error}"))
}

/// A user that no earlier run has used.
pub(super) fn fresh_user() -> Result<UserId, String> {
    let name = RANDOM.positive().map_err(|error| error.to_string())?;
    UserId::new(format!("conformance-{name:016x}")).map_err(|error| error.to_string())
}

pub(super) fn fresh_version() -> Result<Version, String> {
    let bytes = RANDOM.bytes();
    bytes
        .map(|bytes| Version::drawn(&bytes))
        .map_err(|error| error.to_string())
}

/// A record that reads as JSON. A store must not interpret it.
pub(super) fn record(mark: &str) -> Record {
    Record::from_bytes(format!(
        r#"{{"b":1, "a":"{mark} é \" \\ \u0000 💥",  "b2":[ ]}}"#
    ))
}

pub(super) fn event(user: &UserId, kind: EventKind) -> Event {
    at_moment(user, kind, NOW)
}

/// An event that says everything that an event can say. A store must not drop a part of it.
pub(super) fn at_moment(user: &UserId, kind: EventKind, at: Timestamp) -> Event {
    let text = |of: &str| format!("the {of} é \" \\ 💥 '%_");
    let Event {
        severity, notify, ..
    } = bare(user, kind);
    Event {
        kind,
        severity,
        user: user.clone(),
        actor: Actor::Administrator(text("administrator")),
        at,
        source: Source {
            ip: Some([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into()),
            user_agent: Some(text("browser")),
            request_id: Some(text("request")),
        },
        outcome: Outcome::Refused,
        reason: Some(Reason::WrongCode),
        factor: Some(Factor::PhoneCode),
        channel: Some(Channel::Voice),
        authenticator: Some(AuthenticatorId::from_bytes([0; 12])),
        code_number: Some(u8::MAX),
        device: Some(DeviceId::from_bytes([0xff; 12])),
        case: Some(CaseId::from_bytes([0x5a; 12])),
        effective_at: Some(at + Duration::from_secs(1)),
        begun_at: Some(at - Duration::from_secs(1)),
        first_factor: Some(FirstFactorKind::Federated),
        note: Some(text("note")),
        notify,
    }
}

/// An event that says no more than it must. A store must not add to it.
pub(super) fn bare(user: &UserId, kind: EventKind) -> Event {
    Event::new(kind, user, Actor::System, NOW, &Source::default())
}
