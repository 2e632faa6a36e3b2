//! The promises of an export of all users' events.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::contract::expect;
use super::fixture::{
    CROWD, NOW, Trial, change, commit_beside_others, event, fresh_user, fresh_version, record,
};
use super::race::race;
use super::{Subject, Verdict};
use crate::event::{Event, EventKind};
use crate::store::{Committed, EventCursor, Expected, UserDirectory, UserStore};
use crate::user::UserId;
use crate::version::Version;

/// A page that is too small for everything.
const PAGE: usize = 3;
/// A page that skips quickly what was there before.
const LONG_PAGE: usize = 1_000;
/// The number of commits of each writer.
const ROUNDS: u64 = 8;
/// Empty pages in a row after which nothing more is awaited. An open transaction of somebody else
/// may delay a page for a while.
const PATIENCE: u32 = 20_000;

/// The events of some users, as pages bring them.
type Seen = BTreeMap<UserId, Vec<Event>>;

/// Reads pages with one handle after another.
struct Export<S> {
    handles: [Arc<S>; 2],
    turn: usize,
    cursor: Option<EventCursor>,
}

impl<S: UserDirectory> Export<S> {
    /// An export that has come to the end.
    async fn at_the_end(handles: [Arc<S>; 2]) -> Result<Self, String> {
        let mut export = Self {
            handles,
            turn: 0,
            cursor: None,
        };
        while !export.page(LONG_PAGE).await?.is_empty() {}
        Ok(export)
    }

    /// The next page, from a cursor that was kept as text.
    async fn page(&mut self, limit: usize) -> Result<Vec<Event>, String> {
        let kept = self.cursor.as_ref().map(ToString::to_string);
        let kept: Result<Option<EventCursor>, _> = kept.map(|text| text.parse()).transpose();
        let kept = kept.map_err(|error| format!("a cursor does not read back: {error}"))?;
        self.turn += 1;
        let page = self.handles[self.turn % 2].events_after(kept.as_ref(), limit);
        let page = page
            .await
            .map_err(|error| format!("events_after failed: {error}"))?;
        if page.events.len() > limit {
            return Err(format!(
                "a page of {limit} events holds {}",
                page.events.len()
            ));
        }
        self.cursor = Some(page.next);
        Ok(page
            .events
            .into_iter()
            .map(|recorded| recorded.event)
            .collect())
    }

    /// Reads on until there are so many events of these users, and then to the end.
    async fn read(&mut self, users: &[UserId], count: usize) -> Result<Seen, String> {
        let mut seen: Seen = users
            .iter()
            .map(|user| (user.clone(), Vec::new()))
            .collect();
        let (mut found, mut empty) = (0, 0);
        loop {
            let page = self.page(PAGE).await?;
            empty = if page.is_empty() { empty + 1 } else { 0 };
            for event in page {
                if let Some(events) = seen.get_mut(&event.user) {
                    events.push(event);
                    found += 1;
                }
            }
            if empty > 0 && (found >= count || empty > PATIENCE) {
                return Ok(seen);
            }
            give_way().await;
        }
    }
}

/// Lets the writers run.
async fn give_way() {
    let mut waited = false;
    poll_fn(|context| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

pub(super) async fn events_of_all_users_come_once_and_in_the_order_of_each_user<S>(
    trial: &Trial<'_, S>,
) -> Verdict
where
    S: Subject<Store: UserDirectory>,
{
    use EventKind::{AuthenticatorBound, Disabled, Erased, LoginRefused, LoginVerified, Reset};
    let (alice, bob, carol) = (fresh_user()?, fresh_user()?, fresh_user()?);
    let handles = [Arc::clone(&trial.store), Arc::clone(&trial.other)];
    let mut export = Export::at_the_end(handles).await?;

    let commits: [(&UserId, &[EventKind]); 6] = [
        (&alice, &[AuthenticatorBound, LoginVerified]),
        (&bob, &[LoginRefused]),
        (&alice, &[Disabled]),
        (
            &carol,
            &[
                AuthenticatorBound,
                LoginRefused,
                LoginVerified,
                Disabled,
                Reset,
            ],
        ),
        (&bob, &[]),
        (&alice, &[AuthenticatorBound]),
    ];
    let (mut right, mut stand_at) = (Seen::new(), BTreeMap::new());
    for (user, kinds) in commits {
        let events: Vec<_> = kinds.iter().map(|kind| event(user, *kind)).collect();
        let expected = stand_at.get(user).copied().unwrap_or(Expected::Absent);
        let version = fresh_version()?;
        let committed = trial
            .commit(user, expected, version, &record("a"), &events)
            .await?;
        expect("a commit", committed, Committed::Done)?;
        let refused = [event(user, Erased)];
        let stale = trial
            .commit(user, expected, fresh_version()?, &record("b"), &refused)
            .await?;
        expect("a stale commit", stale, Committed::Conflict)?;
        stand_at.insert(user.clone(), Expected::At(version));
        right.entry(user.clone()).or_default().extend(events);
    }
    let users = [alice, bob, carol];
    let seen = export
        .read(&users, right.values().map(Vec::len).sum())
        .await?;
    expect("the exported events", seen, right)
}

pub(super) async fn an_export_beside_writers_passes_nothing_over<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: UserDirectory>,
{
    type Contestant = Pin<Box<dyn Future<Output = Result<Option<Seen>, String>> + Send>>;

    let (mut users, mut right, mut contestants) = (Vec::new(), Seen::new(), Vec::new());
    for turn in 0..CROWD {
        let user = fresh_user()?;
        let events: Vec<_> = (0..ROUNDS).map(|round| numbered(&user, round)).collect();
        let writing = write(trial.handle(turn), user.clone(), events.clone());
        contestants.push(Box::pin(async move {
            writing.await?;
            Ok(None)
        }) as Contestant);
        users.push(user.clone());
        right.insert(user, events);
    }
    let count = right.values().map(Vec::len).sum();
    let handles = [Arc::clone(&trial.store), Arc::clone(&trial.other)];
    let mut export = Export::at_the_end(handles).await?;
    contestants.push(Box::pin(async move {
        export.read(&users, count).await.map(Some)
    }));
    let results = race(trial.subject, contestants).await;
    expect("contestants that finished", results.len(), CROWD + 1)?;
    let results: Result<Vec<_>, String> = results.into_iter().collect();
    let seen = results?.into_iter().flatten().next().unwrap_or_default();
    expect("the exported events", seen, right)
}

/// Each event of a user at a moment of its own.
fn numbered(user: &UserId, round: u64) -> Event {
    Event {
        at: NOW + Duration::from_secs(round),
        ..event(user, EventKind::LoginVerified)
    }
}

/// Commits each event by itself.
async fn write<S: UserStore>(store: Arc<S>, user: UserId, events: Vec<Event>) -> Verdict {
    let mut stands_at = Expected::Absent;
    for happened in events {
        let (version, record): (Version, _) = (fresh_version()?, record("a"));
        let events = [happened];
        let change = change(&user, stands_at, version, &record, &events);
        let committed = commit_beside_others(&*store, change).await?;
        expect("a commit", committed, Committed::Done)?;
        stands_at = Expected::At(version);
    }
    Ok(())
}
