//! Telling users what was committed, at least once.

pub(crate) mod queue;

use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use countersign::event::{Event, EventKind};
use countersign::notify::Notifier;
use countersign::time::Timestamp;
use countersign::{Error, Mfa, UserId};

use crate::columns::{at_most, seconds};
use queue::{Claim, Claimed, Queue};

/// A store with an outbox: `SqliteStore` and `PostgresStore`.
pub trait OutboxStore: Queue {}

impl<S: Queue> OutboxStore for S {}

/// Hands what was committed to a [`Notifier`], at least once, and for each user in order.
///
/// A store with [`StoreOptions::outbox`](crate::StoreOptions::outbox) writes a message into its outbox in the very commit that it
/// tells of, so that no crash parts the two. This worker takes the messages one by one: it claims one for the time of a
/// lease, delivers it while no transaction is open, and deletes it. Users are told in turn: a user with many messages holds
/// up nobody else's first one. Whoever crashes in between leaves a lease that ends,
/// and the message is delivered by another, perhaps for the second time.
///
/// Several workers, in one process or on several machines, share the work. A user's later message waits for the earlier
/// one. What cannot be delivered is tried again after pauses that double; after the last try it is parked with its error,
/// for [somebody to look at](Self::parked), and the user's later messages go on.
///
/// Time is that of the service's clock, so that leases hold as well as the clocks of the machines agree. A message that
/// would have to wait for longer than leases and pauses last is of a clock that was ahead, and is delivered at once.
///
/// ```no_run
/// # use std::convert::Infallible;
/// # use countersign::Mfa;
/// # use countersign::notify::{Notification, Notifier};
/// # use countersign_sqlx::{OutboxStore, OutboxWorker};
/// # struct Mailer;
/// # impl Notifier for Mailer {
/// #     type Error = Infallible;
/// #     async fn notify(&self, _: &Notification) -> Result<(), Infallible> { Ok(()) }
/// # }
/// # fn f<S: OutboxStore + Clone + 'static>(store: S, mfa: Mfa, stopped: impl Future<Output = ()> + Send + 'static) {
/// let worker = OutboxWorker::new(store.clone(), mfa.clone(), Mailer);
/// tokio::spawn(async move {
///     worker.run(stopped, |round| if let Err(error) = round { eprintln!("{error}") }).await;
/// });
/// # }
/// ```
pub struct OutboxWorker<S, N> {
    store: S,
    mfa: Mfa,
    notifier: N,
    lease: Duration,
    tries: i32,
    first_pause: Duration,
    longest_pause: Duration,
    idle: Duration,
}

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxRound {
    /// Messages that the notifier took.
    pub delivered: u64,
    /// Messages that it did not, and that are tried again.
    pub put_off: u64,
    /// Messages that were given up.
    pub parked: u64,
}

/// A message that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParkedNotification {
    /// Which it is, for [`OutboxWorker::retry`].
    pub position: i64,
    /// Who was to be told.
    pub user: UserId,
    /// When it was given up.
    pub parked_at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// What the last try came to, in the notifier's own words. It may name an address.
    pub error: String,
}

enum End {
    Delivered,
    PutOff,
    Parked,
}

impl<S: OutboxStore, N: Notifier> OutboxWorker<S, N> {
    /// A worker for a store's outbox. The messages are made by `mfa`, links included, when they are delivered.
    pub fn new(store: S, mfa: Mfa, notifier: N) -> Self {
        Self {
            store,
            mfa,
            notifier,
            lease: Duration::from_secs(60),
            tries: 10,
            first_pause: Duration::from_secs(30),
            longest_pause: Duration::from_secs(60 * 60),
            idle: Duration::from_secs(1),
        }
    }

    /// How long one delivery may take: one minute unless said otherwise. After that it counts as failed, and another worker
    /// may take the message.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_secs(1));
        self
    }

    /// How often a message is tried before it is parked: ten times unless said otherwise, over about three hours. A try whose worker
    /// crashed counts.
    #[must_use]
    pub fn tries(mut self, tries: u16) -> Self {
        self.tries = i32::from(tries.max(1));
        self
    }

    /// The pause after the first failure, which doubles with each up to the longest: 30 seconds to one hour.
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first.max(Duration::from_secs(1));
        self.longest_pause = longest.max(self.first_pause);
        self
    }

    /// How long [`run`](Self::run) waits before it looks again, once nothing is left to do: one second unless said otherwise.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Delivers what can be delivered now, and says how much that was.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] and [`Error::Clock`]. What was delivered until then stays so, but for a message whose deletion failed:
    /// it is delivered again.
    pub async fn run_once(&self) -> Result<OutboxRound, Error> {
        let mut round = OutboxRound::default();
        let until = self.mfa.now()?;
        while let Some(end) = self.deliver_next(until).await? {
            round.count(&end);
        }
        Ok(round)
    }

    /// Delivers until `shutdown` is done, which is looked at between messages, and reports each round in which there was
    /// something to do. An error ends a round and not the worker: the database may come back.
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()> + Send,
        mut report: impl FnMut(Result<OutboxRound, Error>) + Send,
    ) {
        let mut shutdown = pin!(shutdown);
        let mut round = OutboxRound::default();
        loop {
            let next = match self.mfa.now() {
                Ok(now) => self.deliver_next(now).await,
                Err(error) => Err(error),
            };
            if let Ok(Some(end)) = &next {
                round.count(end);
                let stopped =
                    poll_fn(|cx| Poll::Ready(shutdown.as_mut().poll(cx).is_ready())).await;
                if !stopped {
                    continue;
                }
            }
            let ended = std::mem::take(&mut round);
            if ended != OutboxRound::default() {
                report(Ok(ended));
            }
            match next {
                Ok(Some(_)) => return,
                Ok(None) => {}
                Err(error) => report(Err(error)),
            }
            if tokio::time::timeout(self.idle, shutdown.as_mut())
                .await
                .is_ok()
            {
                return;
            }
        }
    }

    /// Up to `limit` messages that were given up, the oldest first.
    ///
    /// # Errors
    ///
    /// Whatever the database says.
    pub async fn parked(&self, limit: usize) -> Result<Vec<ParkedNotification>, S::Error> {
        let rows = self.store.parked(at_most(limit)).await?;
        let parked = rows
            .into_iter()
            .map(|(position, user, parked_at, tries, error)| {
                Ok(ParkedNotification {
                    position,
                    user: UserId::new(user).map_err(crate::columns::decode)?,
                    parked_at: Timestamp::from_unix(parked_at.unsigned_abs()),
                    tries: tries.unsigned_abs(),
                    error: error.unwrap_or_default(),
                })
            });
        parked.collect()
    }

    /// Takes a parked message up again, as if it were new; false if it is not parked.
    ///
    /// # Errors
    ///
    /// Whatever the database says.
    pub async fn retry(&self, position: i64) -> Result<bool, S::Error> {
        self.store.unpark(position).await
    }

    /// Delivers the next message that was available at `until`, or none is.
    async fn deliver_next(&self, until: Timestamp) -> Result<Option<End>, Error> {
        let lease_ends = self.mfa.now()? + self.lease;
        let farthest = lease_ends + self.lease.max(self.longest_pause);
        let claimed = self
            .store
            .claim(seconds(until), seconds(lease_ends), seconds(farthest))
            .await;
        let Some(Claimed { claim, events }) = claimed.map_err(store_failed)? else {
            return Ok(None);
        };
        if claim.tries > self.tries {
            let gone = "the worker that had the last try did not come back";
            return self.park(claim, gone).await.map(Some);
        }
        match self.deliver(&events).await {
            Ok(()) => {
                let deleted = self.store.delivered(claim).await;
                deleted.map_err(store_failed)?;
                Ok(Some(End::Delivered))
            }
            Err(error) if claim.tries == self.tries => self.park(claim, &error).await.map(Some),
            Err(error) => {
                let next = self.mfa.now()? + self.pause(claim.tries);
                let put_off = self.store.put_off(claim, seconds(next), &error).await;
                put_off.map_err(store_failed)?;
                Ok(Some(End::PutOff))
            }
        }
    }

    /// An error is told in words, since all that is done with it is to keep it for somebody to read.
    async fn deliver(&self, events: &str) -> Result<(), String> {
        let events: Vec<Event> = serde_json::from_str(events)
            .map_err(|error| format!("this release cannot read it: {error}"))?;
        // A worker of a newer release may have the words for it.
        if events.iter().any(|event| event.kind == EventKind::Unknown) {
            return Err("this release does not know what it tells of".to_owned());
        }
        let notification = self.mfa.notification(&events);
        let Some(notification) = notification.map_err(|error| in_words(&error))? else {
            return Ok(());
        };
        let mut delivery = pin!(self.notifier.notify(&notification));
        // A notifier that panics costs this try, and not the worker.
        let delivery = poll_fn(|cx| {
            let poll = || delivery.as_mut().poll(cx).map(Some);
            let polled = catch_unwind(AssertUnwindSafe(poll));
            polled.unwrap_or_else(|_| Poll::Ready(None))
        });
        match tokio::time::timeout(self.lease, delivery).await {
            Ok(Some(delivered)) => delivered.map_err(|error| in_words(&error)),
            Ok(None) => Err("the notifier panicked".to_owned()),
            Err(_) => Err(format!("not delivered within {} s", self.lease.as_secs())),
        }
    }

    async fn park(&self, claim: Claim, error: &str) -> Result<End, Error> {
        let now = seconds(self.mfa.now()?);
        let parked = self.store.park(claim, now, error).await;
        parked.map_err(store_failed)?;
        Ok(End::Parked)
    }

    /// The pause after so many tries.
    fn pause(&self, tries: i32) -> Duration {
        let doublings = tries.saturating_sub(1).clamp(0, 31).unsigned_abs();
        let pause = self.first_pause.saturating_mul(1 << doublings);
        pause.min(self.longest_pause)
    }
}

fn store_failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Store(Box::new(error))
}

/// An error with its causes, cut to what a log line holds.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    // No database keeps a NUL in text.
    words.chars().filter(|c| *c != '\0').take(500).collect()
}

impl OutboxRound {
    fn count(&mut self, end: &End) {
        match end {
            End::Delivered => self.delivered += 1,
            End::PutOff => self.put_off += 1,
            End::Parked => self.parked += 1,
        }
    }
}

impl<S, N> fmt::Debug for OutboxWorker<S, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxWorker")
            .field("lease", &self.lease)
            .field("tries", &self.tries)
            .finish_non_exhaustive()
    }
}
