//! Tells users what was committed, at least once.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use super::{Claim, ClaimedMessage, Outbox, Unreadable};
use crate::event::{Event, EventKind};
use crate::notify::Notifier;
use crate::service::{Error, Mfa};
use crate::time::Timestamp;

/// Hands committed messages to a [`Notifier`], at least once, and in order for each user.
///
/// The worker takes the messages of an [`Outbox`] one by one: it claims a message for the time of a
/// lease, delivers it while no transaction is open, and deletes it. Users take turns, so that a
/// user with many messages does not delay the first message of another user. If a worker crashes in
/// between, its lease ends, and another worker delivers the message, perhaps for the second time.
///
/// Several workers, in one process or on several machines, share the work. A user's later message
/// waits for the earlier one. A message that cannot be delivered is tried again after pauses that
/// double. After the last try the message is [parked](Outbox::parked) with its error, and the
/// user's later messages continue.
///
/// The worker uses the service's clock, so that leases are as exact as the clocks of the machines
/// agree. If a message would have to wait longer than leases and pauses last, a clock was ahead,
/// and the message is delivered at once.
///
/// ```no_run
/// # use std::convert::Infallible;
/// # use countersign::Mfa;
/// # use countersign::notify::{Notification, Notifier};
/// # use countersign::outbox::{Outbox, OutboxWorker};
/// # struct Mailer;
/// # impl Notifier for Mailer {
/// #     type Error = Infallible;
/// #     async fn notify(&self, _: &Notification) -> Result<(), Infallible> { Ok(()) }
/// # }
/// # fn f<S: Outbox + Clone + 'static>(
/// #     store: S,
/// #     mfa: Mfa,
/// #     stopped: impl Future<Output = ()> + Send + 'static,
/// # ) {
/// let worker = OutboxWorker::new(store.clone(), mfa.clone(), Mailer, tokio::time::sleep);
/// tokio::spawn(async move {
///     worker.run(stopped, |round| if let Err(error) = round { eprintln!("{error}") }).await;
/// });
/// # }
/// ```
pub struct OutboxWorker<S, N> {
    store: S,
    mfa: Mfa,
    notifier: N,
    sleep: Box<dyn Fn(Duration) -> Pause + Send + Sync>,
    lease: Duration,
    tries: u32,
    first_pause: Duration,
    longest_pause: Duration,
    idle: Duration,
}

/// A pause, which ends by itself.
type Pause = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The result of a round of a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxRound {
    /// Messages that the notifier delivered.
    pub delivered: u64,
    /// Messages that the notifier did not deliver and that are tried again.
    pub put_off: u64,
    /// Messages that were parked.
    pub parked: u64,
}

enum End {
    Delivered,
    PutOff,
    Parked,
}

impl<S: Outbox, N: Notifier> OutboxWorker<S, N> {
    /// A worker for a store's outbox. `mfa` makes the messages with their links at the time of
    /// delivery. `sleep` waits as the application's runtime does, such as `tokio::time::sleep`.
    pub fn new<F>(
        store: S,
        mfa: Mfa,
        notifier: N,
        sleep: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            store,
            mfa,
            notifier,
            sleep: Box::new(move |pause| Box::pin(sleep(pause))),
            lease: Duration::from_secs(60),
            tries: 10,
            first_pause: Duration::from_secs(30),
            longest_pause: Duration::from_secs(60 * 60),
            idle: Duration::from_secs(1),
        }
    }

    /// The longest time for one delivery, one minute by default. After that the delivery counts as
    /// failed, and another worker may take the message.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_secs(1));
        self
    }

    /// The number of tries before a message is parked, by default ten over about three hours. A try
    /// whose worker crashed counts.
    #[must_use]
    pub fn tries(mut self, tries: u16) -> Self {
        self.tries = u32::from(tries.max(1));
        self
    }

    /// The pause after the first failure, and the longest pause. The pause doubles with each
    /// failure, by default from 30 seconds to one hour.
    #[must_use]
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first.max(Duration::from_secs(1));
        self.longest_pause = longest.max(self.first_pause);
        self
    }

    /// The time that [`run`](Self::run) waits before it looks again when there is nothing to do, by
    /// default one second.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Delivers all messages that can be delivered now, and counts them.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] and [`Error::Clock`]. Messages that were delivered before the error stay
    /// delivered, except a message whose deletion failed: that message is delivered again.
    pub async fn run_once(&self) -> Result<OutboxRound, Error> {
        let mut round = OutboxRound::default();
        let until = self.mfa.now()?;
        while let Some(end) = self.deliver_next(until).await? {
            round.count(&end);
        }
        Ok(round)
    }

    /// Delivers messages until `shutdown` completes, and reports each round in which there was
    /// something to do. The worker looks at `shutdown` between messages. An error ends a round but
    /// not the worker, because the database may come back.
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
                let stopped = poll_fn(|cx| Poll::Ready(shutdown.as_mut().poll(cx).is_ready()));
                if !stopped.await {
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
            if within((self.sleep)(self.idle), shutdown.as_mut())
                .await
                .is_some()
            {
                return;
            }
        }
    }

    /// Delivers the next message that was available at `until`, if there is one.
    async fn deliver_next(&self, until: Timestamp) -> Result<Option<End>, Error> {
        let lease_ends = self.mfa.now()? + self.lease;
        let farthest = lease_ends + self.lease.max(self.longest_pause);
        let claimed = self.store.claim(until, lease_ends, farthest).await;
        let Some(ClaimedMessage { claim, events }) = claimed.map_err(store_failed)? else {
            return Ok(None);
        };
        if claim.tries > self.tries {
            let gone = "the worker that had the last try did not come back";
            return self.park(claim, gone).await.map(Some);
        }
        match self.deliver(events).await {
            Ok(()) => {
                let deleted = self.store.delivered(claim).await;
                deleted.map_err(store_failed)?;
                Ok(Some(End::Delivered))
            }
            Err(error) if claim.tries == self.tries => self.park(claim, &error).await.map(Some),
            Err(error) => {
                let next = self.mfa.now()? + self.pause(claim.tries);
                let put_off = self.store.put_off(claim, next, &error).await;
                put_off.map_err(store_failed)?;
                Ok(Some(End::PutOff))
            }
        }
    }

    /// The error is a text, because it is only stored for a person to read.
    async fn deliver(&self, events: Result<Vec<Event>, Unreadable>) -> Result<(), String> {
        let events = events.map_err(|error| format!("this release cannot read it: {error}"))?;
        // A worker of a newer release may know this event.
        if events.iter().any(|event| event.kind == EventKind::Unknown) {
            return Err("this release does not know what it tells of".to_owned());
        }
        let notification = self.mfa.notification(&events);
        let Some(notification) = notification.map_err(|error| in_words(&error))? else {
            return Ok(());
        };
        let mut delivery = pin!(self.notifier.notify(&notification));
        // A panic of the notifier costs this try, but does not end the worker.
        let delivery = poll_fn(|cx| {
            let poll = || delivery.as_mut().poll(cx).map(Some);
            let polled = catch_unwind(AssertUnwindSafe(poll));
            polled.unwrap_or_else(|_| Poll::Ready(None))
        });
        match within((self.sleep)(self.lease), delivery).await {
            Some(Some(delivered)) => delivered.map_err(|error| in_words(&error)),
            Some(None) => Err("the notifier panicked".to_owned()),
            None => Err(format!("not delivered within {} s", self.lease.as_secs())),
        }
    }

    async fn park(&self, claim: Claim, error: &str) -> Result<End, Error> {
        let now = self.mfa.now()?;
        let parked = self.store.park(claim, now, error).await;
        parked.map_err(store_failed)?;
        Ok(End::Parked)
    }

    /// The pause after this number of tries.
    fn pause(&self, tries: u32) -> Duration {
        let doublings = tries.saturating_sub(1).min(31);
        let pause = self.first_pause.saturating_mul(1 << doublings);
        pause.min(self.longest_pause)
    }
}

/// The output of `work`, or nothing if the pause ends before.
async fn within<T: Send>(pause: Pause, work: impl Future<Output = T> + Send) -> Option<T> {
    let (mut pause, mut work) = (pause, pin!(work));
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => pause.as_mut().poll(cx).map(|()| None),
    })
    .await
}

fn store_failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Store(Box::new(error))
}

/// An error with its causes, cut to the length of a log line.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    // Databases refuse NUL in a text.
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
