//! The real service over rows that the model swaps in and out, and the checks around each
//! operation.

use std::sync::{Arc, LazyLock, Mutex};

use countersign::event::Event;
use countersign::internals::{DecodedRecord, Keys};
use countersign::policy::Throttle;
use countersign::recovery_codes::RecoveryCodePolicy;
use countersign::store::{Change, Committed, Expected, Stored, UserStore};
use countersign::testing::{SeededRng, SteppedClock, TestCeremonies};
use countersign::time::Timestamp;
use countersign::{Denial, Error, FirstFactor, Mfa, Policy, RequestContext, UserId};
use serde_json::Value;

use crate::ledger::{
    BLOCK_AT, CHARGED, CLOCK_TOLERANCE, DISABLE_AT, FIRST_STEP, LIFETIME, MOST_AUTHENTICATORS,
    NEW_PASSWORD_AT, PERIOD, RECOVERY_CODES,
};
use crate::state::State;

pub(crate) const REFUSED: &str =
    "a refusal leaves counters, notes of challenges and events behind, and nothing else";
const AUDIENCE: &str = "model";
const KEYS: &str = "m:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const APART: &str = "an operation touches the account of one user";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Alice,
    Mallory,
}

/// A password. Nothing in the model depends on its age when a login begins.
pub(crate) fn password() -> FirstFactor {
    FirstFactor::password_at(Timestamp::from_unix(FIRST_STEP * PERIOD))
}

/// A single sign-on of an hour before.
pub(crate) fn sign_on() -> FirstFactor {
    FirstFactor::federated(
        "elsewhere",
        Timestamp::from_unix(FIRST_STEP * PERIOD - 3600),
    )
    .into()
}

pub(crate) const EVERYBODY: [Who; 2] = [Who::Alice, Who::Mallory];

impl Who {
    pub(crate) fn id(self) -> UserId {
        match self {
            Self::Alice => UserId::from(1_u64),
            Self::Mallory => UserId::from(2_u64),
        }
    }
}

/// Somebody's record with what is read in it.
pub(crate) struct Row {
    pub(crate) stored: Stored,
    pub(crate) json: Value,
}

pub(crate) type Rows = [Option<Arc<Row>>; 2];

/// What a record says, without what is left out of it.
fn read(user: &UserId, stored: &Stored) -> Value {
    static OPENED_BY: LazyLock<Keys> = LazyLock::new(|| Keys::new(KEYS.parse().unwrap(), AUDIENCE));
    let opened = OPENED_BY.open_record(user, stored).unwrap();
    let decoded = DecodedRecord::read(&opened, stored.version).unwrap();
    let mut json = serde_json::to_value(decoded).unwrap();
    json.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    json
}

/// The database: rows that are put in and taken out, and what was committed since.
#[derive(Default)]
pub(crate) struct Table(Mutex<Open>);

#[derive(Default)]
struct Open {
    rows: Rows,
    commits: Vec<(Who, Vec<Event>)>,
}

fn place(user: &UserId) -> Who {
    EVERYBODY.into_iter().find(|who| who.id() == *user).unwrap()
}

impl UserStore for Table {
    type Error = std::convert::Infallible;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Self::Error> {
        let open = self.0.lock().unwrap();
        let row = &open.rows[place(user) as usize];
        Ok(row.as_ref().map(|row| row.stored.clone()))
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Self::Error> {
        let mut open = self.0.lock().unwrap();
        let who = place(change.user);
        let row = open.rows[who as usize].as_ref();
        let stands_at = row.map_or(Expected::Absent, |row| Expected::At(row.stored.version));
        assert_eq!(stands_at, change.expected);
        let stored = Stored {
            version: change.version,
            record: change.record.clone(),
        };
        let row = Row {
            json: read(change.user, &stored),
            stored,
        };
        open.rows[who as usize] = Some(Arc::new(row));
        open.commits.push((who, change.events.to_vec()));
        Ok(Committed::Done)
    }
}

/// The service of one thread.
pub(crate) struct World {
    pub(crate) mfa: Mfa,
    table: Arc<Table>,
    clock: SteppedClock,
    /// Draws follow from the state of the exploration, so that a path repeats exactly.
    draws: SeededRng,
}

/// What came of an operation.
pub(crate) struct Reply<T> {
    pub(crate) result: Result<T, Denial>,
    pub(crate) events: Vec<Event>,
}

pub(crate) type Faulted<T> = Result<T, Error>;

impl World {
    pub(crate) fn new() -> Self {
        let table = Arc::<Table>::default();
        let (clock, draws) = (SteppedClock::at(Timestamp::from_unix(0)), SeededRng::new(0));
        let seconds = std::time::Duration::from_secs;
        let throttle = Throttle::DEFAULT
            .block_at(BLOCK_AT)
            .blocks(seconds(30), seconds(3600))
            .exhaust_at(DISABLE_AT);
        let recovery = RecoveryCodePolicy::standard();
        let policy = Policy::new(AUDIENCE, "Model")
            .throttle(throttle)
            .password_change_after(NEW_PASSWORD_AT)
            .max_authenticators(u8::try_from(MOST_AUTHENTICATORS).unwrap())
            .recovery_codes(recovery.count(RECOVERY_CODES).low(0))
            .challenge_lifetime(seconds(LIFETIME))
            .enrollment_lifetime(seconds(LIFETIME))
            .step_up_lifetime(seconds(LIFETIME))
            .trusted_devices(true)
            .passkeys(true)
            .confirmed_sessions(true)
            .login_waivers(true);
        let mfa = Mfa::builder(Arc::clone(&table))
            .keys(KEYS.parse().unwrap())
            .policy(policy)
            .passkeys(TestCeremonies)
            .clock(clock.clone())
            .rng(draws.clone())
            .build()
            .unwrap();
        Self {
            mfa,
            table,
            clock,
            draws,
        }
    }

    /// What is drawn from here on.
    pub(crate) fn reseed(&self, seed: u64) {
        self.draws.reseed(seed);
    }

    /// Runs one operation of a client on the account of `who`, and judges its changes by its
    /// answer.
    pub(crate) fn ask<T>(
        &self,
        state: &mut State,
        who: Who,
        client: impl Into<RequestContext>,
        operation: impl AsyncFnOnce(&Mfa) -> Faulted<T>,
    ) -> Result<Reply<T>, String> {
        {
            let mut open = self.table.0.lock().unwrap();
            open.rows.clone_from(&state.rows);
            open.commits.clear();
        }
        self.clock.set(state.time());
        let mfa = self.mfa.with_context(client.into());
        let result = match pollster::block_on(operation(&mfa)) {
            Ok(outcome) => Ok(outcome),
            Err(Error::Denied(denial)) => Err(denial),
            Err(fault) => return Err(format!("a fault: {fault}")),
        };
        let (rows, commits) = {
            let mut open = self.table.0.lock().unwrap();
            (open.rows.clone(), std::mem::take(&mut open.commits))
        };
        if commits.iter().any(|(touched, _)| *touched != who) {
            return Err(format!("{APART}: not {who:?}'s alone"));
        }
        let at = who as usize;
        let denied = result.as_ref().err().copied();
        let set_back = state.now + CLOCK_TOLERANCE < state.latest;
        judge(denied, [&state.rows[at], &rows[at]], &commits, set_back)?;
        state.rows = rows;
        if !commits.is_empty() {
            let now = state.now;
            state.ledger_mut(who).note_clock(now);
        }
        Ok(Reply {
            result,
            events: commits.into_iter().flat_map(|(_, events)| events).collect(),
        })
    }
}

fn judge(
    denied: Option<Denial>,
    [before, after]: [&Option<Arc<Row>>; 2],
    commits: &[(Who, Vec<Event>)],
    set_back: bool,
) -> Result<(), String> {
    // After the clock was set back, the first decision removes what an earlier reading noted ahead.
    // That commit may have no event.
    let told = commits.iter().filter(|(_, events)| !events.is_empty());
    let told = told.count();
    if told < commits.len() && !set_back {
        return Err("no change goes without an event: one was committed without any".into());
    }
    let charged = match denied {
        None => return Ok(()),
        Some(Denial::InvalidCode | Denial::ReauthenticationFailed) => 1,
        // A right signature of a copied key is told, and nothing else.
        Some(Denial::InvalidPasskey) => told.min(1),
        Some(_) => 0,
    };
    if told != charged {
        return Err(format!(
            "{CHARGED}: {} commits for {denied:?}",
            commits.len()
        ));
    }
    if set_back {
        return Ok(());
    }
    let rest = |row: &Option<Arc<Row>>| {
        let mut json = row.as_ref().map_or(Value::Null, |row| row.json.clone());
        if let Some(object) = json.as_object_mut() {
            for counted in ["versions", "written_at", "counters", "unanswered"] {
                object.remove(counted);
            }
        }
        json
    };
    match rest(before) == rest(after) {
        true => Ok(()),
        false => Err(format!("{REFUSED}: {denied:?} changed the record")),
    }
}

/// The moment of a time step.
pub(crate) fn moment(step: u64) -> u64 {
    step * PERIOD
}
