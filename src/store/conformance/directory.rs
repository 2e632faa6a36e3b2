//! What a store keeps that can also list its users and read back events.

use super::contract::expect;
use super::fixture::{Trial, event, fresh_user, fresh_version, record};
use super::{Subject, Verdict};
use crate::account::EventKind;
use crate::store::{Committed, Expected, UserDirectory};
use crate::user::UserId;

/// A page that does not hold everything at once.
const PAGE: usize = 3;

async fn create<S: Subject>(trial: &Trial<'_, S>, user: &UserId, kinds: &[EventKind]) -> Verdict {
    let events: Vec<_> = kinds.iter().map(|kind| event(user, *kind)).collect();
    let (version, record) = (fresh_version()?, record("a"));
    let committed = trial
        .commit(user, Expected::Absent, version, &record, &events)
        .await?;
    expect("creating a user", committed, Committed::Done)
}

pub(super) async fn users_are_paged_in_the_order_of_their_bytes<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: UserDirectory>,
{
    let base = fresh_user()?;
    let mut right = Vec::new();
    for ending in ["a", "B", "ä", "b", "10", "9", "Z", "z", "_", "~"] {
        let user = UserId::new(format!("{base}-{ending}")).map_err(|error| error.to_string())?;
        create(trial, &user, &[]).await?;
        right.push(user);
    }
    right.sort();

    // The database may hold other users, too: from just before the first of these on, until they are all there.
    let mut after = base;
    let mut seen = Vec::new();
    loop {
        let page = trial.store.users(Some(&after), PAGE).await;
        let page = page.map_err(|error| format!("users failed: {error}"))?;
        if page.len() > PAGE {
            return Err(format!("a page of {PAGE} users holds {}", page.len()));
        }
        let Some(last) = page.last() else { break };
        if page.iter().any(|user| *user <= after) {
            return Err("a page goes back".into());
        }
        after = last.clone();
        let past_the_last = right.last().is_some_and(|user| *user < after);
        seen.extend(page.into_iter().filter(|user| right.contains(user)));
        if past_the_last {
            break;
        }
    }
    expect("the users", seen, right)
}

pub(super) async fn events_are_paged_from_the_newest_back<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: UserDirectory>,
{
    use EventKind::{AuthenticatorBound, Disabled, Erased, LoginRefused, LoginVerified};
    let (user, other) = (fresh_user()?, fresh_user()?);
    let kinds = [
        AuthenticatorBound,
        LoginVerified,
        LoginRefused,
        LoginVerified,
        Disabled,
    ];
    create(trial, &user, &kinds).await?;
    create(trial, &other, &[Erased]).await?;

    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = trial.store.events(&user, before, PAGE).await;
        let page = page.map_err(|error| format!("events failed: {error}"))?;
        let Some(last) = page.last() else { break };
        if page.len() > PAGE || before.is_some_and(|before| page[0].position >= before) {
            return Err("a page is too long, or does not go back".into());
        }
        before = Some(last.position);
        seen.extend(page.into_iter().map(|recorded| recorded.event));
    }
    let right: Vec<_> = kinds.iter().rev().map(|kind| event(&user, *kind)).collect();
    expect("the events", seen, right)
}
