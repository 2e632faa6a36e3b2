//! The promises of a store that can delete old events.

use std::time::Duration;

use super::contract::expect;
use super::fixture::{Trial, at_moment, fresh_user, fresh_version, record};
use super::{Subject, Verdict};
use crate::event::{Event, EventKind};
use crate::store::{Committed, EventRetention, Expected};
use crate::time::Timestamp;
use crate::user::UserId;

/// The moment before which nothing else in the database happened.
const LONG_AGO: Timestamp = Timestamp::from_unix(1_000);

/// Commits an event at each of these moments, and returns the events.
async fn happened<S: Subject>(
    trial: &Trial<'_, S>,
    user: &UserId,
    seconds: &[u64],
) -> Result<Vec<Event>, String> {
    let at = |second: &u64| LONG_AGO + Duration::from_secs(*second);
    let login = |second| at_moment(user, EventKind::LoginVerified, at(second));
    let events: Vec<_> = seconds.iter().map(login).collect();
    let (version, record) = (fresh_version()?, record("a"));
    let committed = trial
        .commit(user, Expected::Absent, version, &record, &events)
        .await?;
    expect("creating a user", committed, Committed::Done)?;
    Ok(events)
}

async fn pruned<S>(trial: &Trial<'_, S>, seconds: u64, batch: u32) -> Result<u64, String>
where
    S: Subject<Store: EventRetention>,
{
    let older_than = LONG_AGO + Duration::from_secs(seconds);
    let pruned = trial.store.prune_events(older_than, batch).await;
    pruned.map_err(|error| format!("pruning failed: {error}"))
}

pub(super) async fn old_events_go_and_all_else_stays<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: EventRetention>,
{
    // What an earlier run left.
    pruned(trial, 10_000, 100).await?;
    let (alice, bob) = (fresh_user()?, fresh_user()?);
    let of_alice = happened(trial, &alice, &[1, 2, 3, 4, 5]).await?;
    let of_bob = happened(trial, &bob, &[2, 3, 4]).await?;
    let before = trial.load(&alice).await?;
    expect("the number of pruned events", pruned(trial, 4, 2).await?, 5)?;
    expect(
        "alice's events",
        &*trial.events(&alice).await,
        &of_alice[3..],
    )?;
    expect("bob's events", &*trial.events(&bob).await, &of_bob[2..])?;
    expect("alice's record", trial.load(&alice).await?, before)?;
    expect("the number of pruned events", pruned(trial, 4, 2).await?, 0)
}

pub(super) async fn a_batch_takes_the_oldest<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: EventRetention>,
{
    pruned(trial, 10_000, 100).await?;
    let (alice, bob) = (fresh_user()?, fresh_user()?);
    let of_alice = happened(trial, &alice, &[1, 4]).await?;
    let of_bob = happened(trial, &bob, &[2, 3]).await?;
    let deleted = trial
        .store
        .delete_events(LONG_AGO + Duration::from_secs(10), 3)
        .await
        .map_err(|error| format!("deleting failed: {error}"))?;
    expect("the number of deleted events", deleted, 3)?;
    expect(
        "alice's events",
        &*trial.events(&alice).await,
        &of_alice[1..],
    )?;
    expect("bob's events", &*trial.events(&bob).await, &of_bob[2..])
}
