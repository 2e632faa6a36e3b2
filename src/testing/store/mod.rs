//! A store with scripted failures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::store::{
    Change, Committed, EventCursor, EventPage, EventPosition, Record, RecordedEvent, Stored,
    SummaryFilter, UserDirectory, UserStore, UserSummary,
};
use crate::time::Timestamp;
use crate::user::UserId;

/// A store that passes calls to another store, except for the scripted ones: the `n`-th call from
/// now on fails, is delayed, or loses its answer.
///
/// # Examples
///
/// A commit whose acknowledgement is lost is found again, and the login succeeds:
///
/// ```
/// # use countersign::testing::{Fate, Phone, ScriptedStore, SteppedClock};
/// # use countersign::{FirstFactor, Login, Mfa, Policy, UserId};
/// # use countersign::store::MemoryStore;
/// # use countersign::time::Timestamp;
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
/// # let keys = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
/// # let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
/// let store = Arc::new(ScriptedStore::over(MemoryStore::new()));
/// let mfa = Mfa::builder(Arc::clone(&store))
///     // …
/// #   .keys(keys).policy(Policy::new("acme-test", "Acme")).clock(clock.clone())
///     .build()?;
/// # let alice = UserId::from(42_u64);
/// # let password = FirstFactor::password_at(clock.time());
/// # let setup = mfa.start_enrollment(&alice, "alice@example.com", password).await?;
/// # let phone = Phone::scan(&setup.uri);
/// # let _ = mfa.confirm_enrollment(&setup.token, &phone.code_at(clock.time())).await?;
/// # let Login::Challenge(challenge) = mfa.begin_login(&alice, FirstFactor::password_at(clock.time())).await? else { panic!() };
/// # clock.advance(Duration::from_secs(30));
/// # let code = phone.code_at(clock.time());
/// store.at_commit(1, Fate::LoseAnswer);
/// let verified = mfa.answer_challenge(&challenge.token, &code).await?;
/// assert_eq!(verified.user, alice);
///
/// store.break_down();
/// assert!(mfa.begin_login(&alice, FirstFactor::password_at(clock.time())).await.is_err());
/// # Ok(()) }) }
/// ```
pub struct ScriptedStore<S> {
    store: S,
    script: Mutex<Script>,
}

/// The fate of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// Nothing is read or written, and the answer is an error.
    Fail,
    /// Nothing is written, and the answer is [`Committed::Conflict`]. A load fails.
    Conflict,
    /// The call is carried out, and its answer is lost: the caller gets an error.
    LoseAnswer,
    /// The call is carried out, and its answer is lost. Later calls fail as well: the store [breaks
    /// down](ScriptedStore::break_down).
    BreakDown,
    /// The call is carried out twice, as over a network that repeats a request. The second answer
    /// is returned.
    Repeat,
    /// The call is carried out, and is pending once before and once after. Other tasks may run in
    /// between, and a caller that drops the future leaves the call in any of the three states.
    Delay,
    /// Nothing is read or written, and the call never completes.
    Stall,
}

/// The call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptedStoreError<E> {
    /// The script fails the call.
    #[error("the store does not answer")]
    Scripted,
    /// The inner store failed.
    #[error(transparent)]
    Store(E),
}

#[derive(Default)]
struct Script {
    loads: Calls,
    commits: Calls,
    is_down: bool,
    damaged: BTreeSet<UserId>,
}

/// Calls of one kind.
#[derive(Default)]
struct Calls {
    made: u64,
    /// The fates by number of the call.
    fates: BTreeMap<u64, Fate>,
    meanwhile: BTreeMap<u64, Meanwhile>,
    /// The fate of calls without a fate of their own.
    every: Option<Fate>,
}

type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

impl<S> ScriptedStore<S> {
    /// Puts an empty script in front of a store.
    #[must_use]
    pub fn over(store: S) -> Self {
        Self {
            store,
            script: Mutex::default(),
        }
    }

    /// The inner store.
    #[must_use]
    pub fn inner(&self) -> &S {
        &self.store
    }

    /// Sets the fate of the `n`-th load from now on. 1 is the next.
    pub fn at_load(&self, n: u64, fate: Fate) {
        self.script().loads.plan(n, fate);
    }

    /// Sets the fate of the `n`-th commit from now on. 1 is the next.
    pub fn at_commit(&self, n: u64, fate: Fate) {
        self.script().commits.plan(n, fate);
    }

    /// Sets the fate of all loads without one of their own.
    pub fn every_load(&self, fate: Fate) {
        self.script().loads.every = Some(fate);
    }

    /// Sets the fate of all commits without one of their own.
    pub fn every_commit(&self, fate: Fate) {
        self.script().commits.every = Some(fate);
    }

    /// Runs a future just before the `n`-th load from now on, such as an operation of another
    /// instance.
    pub fn before_load(&self, n: u64, what: impl Future<Output = ()> + Send + 'static) {
        let mut script = self.script();
        let call = script.loads.made + n;
        script.loads.meanwhile.insert(call, Box::pin(what));
    }

    /// Runs a future just before the `n`-th commit from now on.
    pub fn before_commit(&self, n: u64, what: impl Future<Output = ()> + Send + 'static) {
        let mut script = self.script();
        let call = script.commits.made + n;
        script.commits.meanwhile.insert(call, Box::pin(what));
    }

    /// Returns only half of this user's record from now on.
    pub fn damage(&self, user: &UserId) {
        self.script().damaged.insert(user.clone());
    }

    /// Fails every call, also of a [`UserDirectory`], until the store is [repaired](Self::repair).
    pub fn break_down(&self) {
        self.script().is_down = true;
    }

    /// Deletes the script. The counts continue.
    pub fn repair(&self) {
        let mut script = self.script();
        let (loads, commits) = (script.loads.made, script.commits.made);
        *script = Script::default();
        (script.loads.made, script.commits.made) = (loads, commits);
    }

    /// The number of loads that began.
    #[must_use]
    pub fn loads(&self) -> u64 {
        self.script().loads.made
    }

    /// The number of commits that began.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.script().commits.made
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call. Returns what happens before it, and its fate.
    fn call(
        &self,
        calls: impl FnOnce(&mut Script) -> &mut Calls,
    ) -> (Option<Meanwhile>, Option<Fate>) {
        let mut script = self.script();
        let is_down = script.is_down;
        let calls = calls(&mut script);
        calls.made += 1;
        let fate = calls.fates.remove(&calls.made).or(calls.every);
        let fate = if is_down { Some(Fate::Fail) } else { fate };
        (calls.meanwhile.remove(&calls.made), fate)
    }

    fn working<E>(&self) -> Result<(), ScriptedStoreError<E>> {
        match self.script().is_down {
            true => Err(ScriptedStoreError::Scripted),
            false => Ok(()),
        }
    }
}

impl<S: Sync> ScriptedStore<S> {
    /// Carries a call out according to its fate.
    async fn carry_out<T, E, F>(
        &self,
        (meanwhile, fate): (Option<Meanwhile>, Option<Fate>),
        mut call: impl FnMut() -> F + Send,
    ) -> Result<T, ScriptedStoreError<E>>
    where
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: Send,
    {
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        let answer = match fate {
            Some(Fate::Fail | Fate::Conflict) => return Err(ScriptedStoreError::Scripted),
            Some(Fate::Stall) => std::future::pending().await,
            Some(Fate::Repeat) => {
                let _ = call().await;
                call().await
            }
            Some(Fate::Delay) => {
                Turn::default().await;
                let answer = call().await;
                Turn::default().await;
                answer
            }
            None | Some(Fate::LoseAnswer | Fate::BreakDown) => call().await,
        };
        match fate {
            Some(Fate::LoseAnswer) => Err(ScriptedStoreError::Scripted),
            Some(Fate::BreakDown) => {
                self.break_down();
                Err(ScriptedStoreError::Scripted)
            }
            _ => answer.map_err(ScriptedStoreError::Store),
        }
    }
}

impl Calls {
    fn plan(&mut self, n: u64, fate: Fate) {
        self.fates.insert(self.made + n, fate);
    }
}

/// Pending once, so that other tasks can run.
#[derive(Default)]
struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: UserStore> UserStore for ScriptedStore<S> {
    type Error = ScriptedStoreError<S::Error>;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Self::Error> {
        let planned = self.call(|script| &mut script.loads);
        let loaded = self.carry_out(planned, || self.store.load(user)).await;
        let is_damaged = self.script().damaged.contains(user);
        let mut loaded = loaded?;
        if let Some(stored) = loaded.as_mut().filter(|_| is_damaged) {
            let bytes = stored.record.as_bytes();
            stored.record = Record::from_bytes(&bytes[..bytes.len() / 2]);
        }
        Ok(loaded)
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Self::Error> {
        let planned = self.call(|script| &mut script.commits);
        let conflicts = planned.1 == Some(Fate::Conflict);
        let committed = self.carry_out(planned, || self.store.commit(change)).await;
        match conflicts {
            true => Ok(Committed::Conflict),
            false => committed,
        }
    }
}

impl<S: UserDirectory> UserDirectory for ScriptedStore<S> {
    async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Self::Error> {
        self.working()?;
        let users = self.store.users(after, limit).await;
        users.map_err(ScriptedStoreError::Store)
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Self::Error> {
        self.working()?;
        let due = self.store.due(until, after, limit).await;
        due.map_err(ScriptedStoreError::Store)
    }

    async fn summaries(
        &self,
        filter: &SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserSummary>, Self::Error> {
        self.working()?;
        let users = self.store.summaries(filter, after, limit).await;
        users.map_err(ScriptedStoreError::Store)
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, Self::Error> {
        self.working()?;
        let events = self.store.events(user, before, limit).await;
        events.map_err(ScriptedStoreError::Store)
    }

    async fn events_after(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<EventPage, Self::Error> {
        self.working()?;
        let page = self.store.events_after(after, limit).await;
        page.map_err(ScriptedStoreError::Store)
    }
}

impl<S: fmt::Debug> fmt::Debug for ScriptedStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedStore")
            .field("store", &self.store)
            .field("loads", &self.loads())
            .field("commits", &self.commits())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
