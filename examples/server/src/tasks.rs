//! Background tasks, which run until the service stops.

use std::time::Duration;

use countersign::outbox::{Outbox, OutboxRound, OutboxWorker};
use countersign::time::Timestamp;
use countersign::{Directory, Mfa};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::database::Store;
use crate::links::Links;
use crate::mail::Notices;
use crate::sessions::Sessions;

/// The running tasks, and the signal that stops them.
pub(crate) struct Tasks {
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
}

/// How often an empty outbox is checked.
const IDLE: Duration = Duration::from_millis(100);
/// How often expired sessions and links are deleted. They are refused as soon as they expire.
const TIDY: Duration = Duration::from_secs(600);
/// How long the security log is kept, that of deleted accounts as well.
const LOG: Duration = Duration::from_secs(365 * 86_400);

impl Tasks {
    pub(crate) fn new() -> Self {
        Self {
            running: JoinSet::new(),
            stop: watch::Sender::new(false),
        }
    }

    /// Delivers notifications from the outbox.
    pub(crate) fn deliver<S>(&mut self, store: S, mfa: Mfa, notices: Notices)
    where
        S: Outbox + 'static,
    {
        let worker = OutboxWorker::new(store, mfa, notices, tokio::time::sleep).idle(IDLE);
        let mut stop = self.stop.subscribe();
        self.running.spawn(async move {
            let stopped = async move {
                let _ = stop.wait_for(|stop| *stop).await;
            };
            let report = |round: Result<OutboxRound, _>| match round {
                Ok(round) if round.put_off + round.parked > 0 => {
                    tracing::warn!(
                        put_off = round.put_off,
                        parked = round.parked,
                        "mails were not delivered"
                    );
                }
                Ok(_) => {}
                Err(error) => report_fault("the outbox cannot be read", &error),
            };
            worker.run(stopped, report).await;
        });
    }

    /// Sends the reminders of delayed recoveries that are due.
    pub(crate) fn remind(&mut self, mfa: Mfa, directory: Directory, every: Duration) {
        self.repeat(every, move || {
            let (mfa, directory) = (mfa.clone(), directory.clone());
            async move {
                let due = match mfa.now() {
                    Ok(now) => directory.run_due(now).await,
                    Err(error) => Err(error),
                };
                match due {
                    Ok(report) if !report.failed.is_empty() => {
                        tracing::warn!(users = report.failed.len(), "reminders are still due");
                    }
                    Ok(_) => {}
                    Err(error) => report_fault("reminders cannot be looked up", &error),
                }
            }
        });
    }

    /// Deletes expired sessions and links, and old events of the security log.
    pub(crate) fn tidy(
        &mut self,
        sessions: Sessions,
        links: Links,
        log: Store,
        now: impl Fn() -> Option<Timestamp> + Send + Sync + 'static,
    ) {
        self.repeat(TIDY, move || {
            let (sessions, links, now) = (sessions.clone(), links.clone(), now());
            let log = log.clone();
            async move {
                let Some(now) = now else { return };
                for deleted in [
                    sessions.delete_expired(now).await,
                    links.delete_expired(now).await,
                    log.prune_log(now - LOG).await,
                ] {
                    if let Err(error) = deleted {
                        report_fault("what has expired cannot be deleted", &error);
                    }
                }
            }
        });
    }

    fn repeat<F>(&mut self, every: Duration, mut work: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut stop = self.stop.subscribe();
        self.running.spawn(async move {
            while tokio::time::timeout(every, stop.wait_for(|stop| *stop))
                .await
                .is_err()
            {
                work().await;
            }
        });
    }

    /// Stops the tasks after their current work.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.running.join_next().await.is_some() {}
    }
}

/// Logs a fault with its causes for the operator. Users are only told that something failed.
pub(crate) fn report_fault(what: &'static str, error: &(dyn std::error::Error + 'static)) {
    tracing::error!(error, "{what}");
}
