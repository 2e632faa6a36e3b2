//! A record and its events are one step, whenever somebody reads and wherever the commit ends.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::contract::expect;
use super::fixture::{Trial, change, commit, event, fresh_user, fresh_version, load, record};
use super::{Subject, Verdict};
use crate::event::{Event, EventKind};
use crate::store::Record;
use crate::store::{Change, Committed, Expected};
use crate::user::UserId;
use crate::version::Version;

/// A commit that has two events.
struct Step {
    user: UserId,
    stands_at: Expected,
    version: Version,
    record: Record,
    events: [Event; 2],
}

impl Step {
    /// The commit is for a user without a record, or for a user whose record has no event.
    async fn of<S: Subject>(trial: &Trial<'_, S>, is_first: bool) -> Result<Self, String> {
        let user = fresh_user()?;
        let mut stands_at = Expected::Absent;
        if !is_first {
            let (version, record) = (fresh_version()?, record("first"));
            let created = trial
                .commit(&user, stands_at, version, &record, &[])
                .await?;
            expect("creating a user", created, Committed::Done)?;
            stands_at = Expected::At(version);
        }
        let kinds = [EventKind::RecoveryCodeUsed, EventKind::LoginVerified];
        Ok(Self {
            stands_at,
            version: fresh_version()?,
            record: record("second"),
            events: kinds.map(|kind| event(&user, kind)),
            user,
        })
    }

    fn change(&self) -> Change<'_> {
        change(
            &self.user,
            self.stands_at,
            self.version,
            &self.record,
            &self.events,
        )
    }

    /// Reads with the other handle. A version never returns, so that events that were read between
    /// two equal versions belong to that version.
    async fn is_whole<S: Subject>(&self, trial: &Trial<'_, S>) -> Result<bool, String> {
        loop {
            let before = self.stands_at(trial).await?;
            let events = trial.subject.events(&trial.other, &self.user).await;
            if self.stands_at(trial).await? != before {
                continue;
            }
            let is_written = before == Expected::At(self.version);
            let right = if is_written { &self.events[..] } else { &[] };
            expect("the events beside the record", &events[..], right)?;
            return Ok(is_written);
        }
    }

    async fn stands_at<S: Subject>(&self, trial: &Trial<'_, S>) -> Result<Expected, String> {
        let stored = load(&*trial.other, &self.user).await?;
        Ok(stored.map_or(Expected::Absent, |stored| Expected::At(stored.version)))
    }
}

pub(super) async fn a_commit_is_seen_whole_or_not_at_all<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    for is_first in [true, false] {
        let step = Step::of(trial, is_first).await?;
        let committed = {
            let mut committing = pin!(commit(&*trial.store, step.change()));
            let mut looking = Box::pin(step.is_whole(trial));
            // There is one read after each step of the commit. A read that has to wait for the
            // commit continues beside it.
            poll_fn(|context| {
                if let Poll::Ready(committed) = committing.as_mut().poll(context) {
                    return Poll::Ready(committed);
                }
                match looking.as_mut().poll(context) {
                    Poll::Ready(Ok(_)) => looking = Box::pin(step.is_whole(trial)),
                    Poll::Ready(Err(problem)) => return Poll::Ready(Err(problem)),
                    Poll::Pending => {}
                }
                Poll::Pending
            })
            .await?
        };
        expect("a commit", committed, Committed::Done)?;
        expect("what was committed", step.is_whole(trial).await?, true)?;
    }
    Ok(())
}

pub(super) async fn a_commit_that_is_dropped_is_whole_or_not_there<S: Subject>(
    trial: &Trial<'_, S>,
) -> Verdict {
    for is_first in [true, false] {
        let mut dropped = Vec::new();
        for polls in 1.. {
            let step = Step::of(trial, is_first).await?;
            let ended = cut_off(commit(&*trial.store, step.change()), polls).await;
            step.is_whole(trial).await?;
            if let Some(committed) = ended {
                expect("a commit", committed?, Committed::Done)?;
                break;
            }
            dropped.push(step);
        }
        // A statement that was sent before its future was dropped has arrived by now.
        for step in dropped {
            step.is_whole(trial).await?;
        }
    }
    Ok(())
}

/// Polls a future a number of times and then drops it. Returns its output if it was done by then.
pub(super) async fn cut_off<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
