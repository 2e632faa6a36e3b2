//! Records from a damaged or hostile store.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign::account::{Administrator, LoginChallenge};
use countersign::event::Event;
use countersign::keyuri::KeyUri;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::otp::{Algorithm, Digits, Hotp, HotpParams, Period, Totp, TotpParams};
use countersign::recovery_codes::{RecoveryCode, RecoveryCodes};
use countersign::secret::Secret;
use countersign::store::{
    Change, Committed, EventCursor, EventPage, EventPosition, Expected, MemoryStore, RecordedEvent,
    Stored, Summary, SummaryFilter, UserDirectory, UserStore, UserSummary, Version,
};
use countersign::time::Timestamp;
use countersign::token::{Device, Token};
use countersign::{Answer, Login, Mfa, NewAuthenticator, UserId};
use pollster::block_on;

use crate::{NO_RECOVERY_CODE, answer, cbor, keys, mfa, now, password, policy, user};

/// A store with one record for all users. It keeps the last commits for inspection.
#[derive(Clone, Default)]
pub struct OneRecord(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    stored: Option<Stored>,
    is_fixed: bool,
    committed: Option<Commit>,
}

/// The result of a commit.
pub struct Commit {
    pub stored: Stored,
    pub summary: Summary,
    pub events: Vec<Event>,
}

impl OneRecord {
    /// A store that always returns this record, whatever is committed.
    pub fn fixed(stored: Stored) -> Self {
        let store = Self::default();
        store.put(stored);
        store.state().is_fixed = true;
        store
    }

    pub fn put(&self, stored: Stored) {
        let mut state = self.state();
        state.stored = Some(stored);
        state.committed = None;
    }

    /// The commits since the last [`put`](Self::put) or `take`.
    pub fn take_committed(&self) -> Option<Commit> {
        self.state().committed.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic leaves no half-done state behind the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UserStore for OneRecord {
    type Error = Infallible;

    async fn load(&self, _: &UserId) -> Result<Option<Stored>, Infallible> {
        Ok(self.state().stored.clone())
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Infallible> {
        let mut state = self.state();
        let stands_at = state.stored.as_ref().map(|stored| stored.version);
        assert_eq!(
            change.expected,
            stands_at.map_or(Expected::Absent, Expected::At),
            "a commit names the version that was read"
        );
        let stored = Stored {
            version: change.version,
            record: change.record.clone(),
        };
        if !state.is_fixed {
            state.stored = Some(stored.clone());
        }
        // An operation may commit more than once.
        let before = state.committed.take();
        let mut events = before.map_or_else(Vec::new, |before| before.events);
        events.extend_from_slice(change.events);
        state.committed = Some(Commit {
            stored,
            summary: change.summary,
            events,
        });
        Ok(Committed::Done)
    }
}

/// The only user is always due.
impl UserDirectory for OneRecord {
    async fn users(&self, after: Option<&UserId>, _: usize) -> Result<Vec<UserId>, Infallible> {
        Ok(after.map_or_else(|| vec![user()], |_| Vec::new()))
    }

    async fn due(
        &self,
        _: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Infallible> {
        self.users(after, limit).await
    }

    async fn summaries(
        &self,
        _: &SummaryFilter,
        _: Option<&UserId>,
        _: usize,
    ) -> Result<Vec<UserSummary>, Infallible> {
        Ok(Vec::new())
    }

    async fn events(
        &self,
        _: &UserId,
        _: Option<EventPosition>,
        _: usize,
    ) -> Result<Vec<RecordedEvent>, Infallible> {
        Ok(Vec::new())
    }

    async fn events_after(
        &self,
        _: Option<&EventCursor>,
        _: usize,
    ) -> Result<EventPage, Infallible> {
        Ok(EventPage {
            events: Vec::new(),
            next: EventCursor::of_place(""),
        })
    }
}

/// Seals a plaintext as a record, with the version that wrote it. Any version serves if the
/// plaintext names none.
pub fn stored(plaintext: &[u8]) -> Stored {
    let document = cbor::to_json(plaintext);
    let latest = document["1"].as_str().and_then(|all| all.get(2..18));
    let latest = latest.and_then(|digits| i64::from_str_radix(digits, 16).ok());
    let version = Version::from_i64(latest.unwrap_or(1));
    let sealed = keys().seal_record(&user(), version, plaintext);
    sealed.expect("the system has random numbers")
}

/// The plaintext of a record, as JSON.
pub fn opened(stored: &Stored) -> serde_json::Value {
    let opened = keys().open_record(&user(), stored);
    opened.map_or_else(Default::default, |opened| cbor::to_json(&opened))
}

/// Records of a user at several times of life.
pub struct Life {
    /// Three authenticators, of which one has a counter, and a pending fourth; nine unused recovery
    /// codes, a failure of each factor, a trusted device, a sent e-mail code, and a waiting delayed
    /// recovery.
    pub valid: Stored,
    /// The record of `valid`, locked since.
    pub locked: Stored,
    /// The record of `valid`, reset since.
    pub reset: Stored,
    /// The next token of the trusted device in `valid`.
    pub device: Token<Device>,
    /// An unused recovery code, and the next code of the hardware token.
    pub proofs: [String; 2],
}

/// The records, which are equal in every run.
pub static LIFE: LazyLock<Life> = LazyLock::new(|| block_on(Owner::new().live()));

struct Owner {
    mfa: Mfa,
    store: Arc<MemoryStore>,
    user: UserId,
}

impl Owner {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let (mfa, user) = (mfa(Arc::clone(&store), policy(), 0), user());
        Self { mfa, store, user }
    }

    /// The clock stands still, so that an authenticator proves no more than its next code allows.
    async fn live(self) -> Life {
        let phone = NewAuthenticator::new("alice@example.com");
        let started = self.mfa.start_enrollment(&self.user, phone, password());
        let setup = started.await.expect("a first authenticator");
        let phone = Totp::new(&setup.secret, TotpParams::default());
        let code = code_at(&phone, now());
        let confirmed = self.mfa.confirm_enrollment(&setup.token, code.as_str());
        let enrolled = confirmed.await.expect("the code is right");
        let codes = enrolled.recovery_codes.map(RecoveryCodes::deliver);
        let codes: Vec<_> = codes
            .iter()
            .flat_map(|delivered| delivered.codes())
            .map(RecoveryCode::expose)
            .collect();

        let params = TotpParams::default()
            .with_algorithm(Algorithm::Sha256)
            .with_digits(Digits::EIGHT)
            .with_period(Period::new(60).expect("a minute"));
        let tablet = KeyUri::totp("Fuzz", "alice", key(32), &params).expect("a URI");
        let next = code_at(&phone, now() + Duration::from_secs(30));
        let tablet_codes = Totp::new(tablet.secret(), params);
        let code = code_at(&tablet_codes, now());
        self.add(tablet, "Tablet", &next, &code).await;

        let fob = HotpParams::default();
        let uri = KeyUri::hotp("Fuzz", "alice", key(20), &fob, 7).expect("a URI");
        let next = code_at(&tablet_codes, now() + Duration::from_secs(60));
        let fob = Hotp::new(uri.secret(), fob);
        let code = |counter| fob.code_at(counter).expose_digits();
        self.add(uri, "Fob", &next, &code(7)).await;

        let trusting = answer(Answer::totp(&code(8))).trust_device("Firefox on Linux");
        let challenge = self.challenge().await.token;
        let answered = self.mfa.answer_challenge(&challenge, trusting);
        let device = answered.await.expect("the code is right").device;

        let proof = password().with_code(answer(Answer::parse(&codes[3])));
        let started = self.mfa.start_enrollment(&self.user, "alice", proof);
        started.await.expect("the recovery code is right");

        let challenge = self.challenge().await.token;
        let address = ConfirmedAddress::attested("alice@example.com");
        let sent = self
            .mfa
            .send_code(&challenge, Destination::Email(&address))
            .await;
        sent.expect("a code is sent");
        for wrong in [
            Answer::totp("1234567"),
            Answer::recovery_code(NO_RECOVERY_CODE),
            Answer::email("00000000"),
        ] {
            assert!(self.mfa.answer_challenge(&challenge, wrong).await.is_err());
        }
        // The request comes last, because a proof would cancel it.
        let challenge = self.challenge().await.token;
        let requested = self.mfa.request_delayed_recovery(&challenge);
        requested.await.expect("a recovery is requested");
        let valid = self.stored().await;

        let locked = self.mfa.lock_account(&self.user).await;
        locked.expect("an account can be locked");
        let locked = self.stored().await;
        let root = || Administrator::new("root").because("lost phone");
        let unlocked = self.mfa.admin_unlock_account(&self.user, root()).await;
        unlocked.expect("an account can be unlocked");
        let reset = self.mfa.admin_reset_account(&self.user, root()).await;
        reset.expect("an account can be reset");
        Life {
            valid,
            locked,
            reset: self.stored().await,
            device: device.expect("the policy trusts devices").token,
            proofs: [codes[5].to_string(), code(9).to_string()],
        }
    }

    async fn add(&self, key: KeyUri, label: &str, proof: &str, code: &str) {
        let authenticator = NewAuthenticator::from_key_uri(key).label(label);
        let proof = password().with_code(answer(Answer::parse(proof)));
        let started = self.mfa.start_enrollment(&self.user, authenticator, proof);
        let setup = started.await.expect("the proof is right");
        let confirmed = self.mfa.confirm_enrollment(&setup.token, code).await;
        confirmed.expect("the code is right");
    }

    async fn challenge(&self) -> LoginChallenge {
        match self.mfa.begin_login(&self.user, password()).await {
            Ok(Login::Challenge(challenge)) => challenge,
            other => panic!("no challenge: {other:?}"),
        }
    }

    async fn stored(&self) -> Stored {
        let stored = self.store.load(&self.user).await;
        stored.ok().flatten().expect("the user was enrolled")
    }
}

/// A key of this length.
fn key(length: usize) -> Secret {
    Secret::from_bytes(&vec![0x5a; length]).expect("it is long enough")
}

fn code_at(totp: &Totp, time: Timestamp) -> impl Deref<Target = String> + use<> {
    totp.code_at(time).expose_digits()
}
