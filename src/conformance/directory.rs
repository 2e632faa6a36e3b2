//! The promises of a store that can also list its users and read its events.

use std::sync::Arc;
use std::time::Duration;

use super::contract::expect;
use super::fixture::{NOW, Trial, event, fresh_user, fresh_version, record};
use super::{Subject, Verdict};
use crate::event::EventKind;
use crate::method::{Method, Methods};
use crate::store::{
    Change, Committed, Expected, Summary, SummaryFilter, UserDirectory, UserStore, UserSummary,
    Version,
};
use crate::time::Timestamp;
use crate::user::UserId;

/// A page that is too small for everything.
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

    let pages = |after: UserId| {
        let store = Arc::clone(&trial.other);
        async move { store.users(Some(&after), PAGE).await }
    };
    let seen = paged(base, &right, pages, Clone::clone).await?;
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
        let page = trial.other.events(&user, before, PAGE).await;
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

/// Commits a record whose summary contains the user's `due_at`.
async fn schedule<S: Subject>(
    trial: &Trial<'_, S>,
    user: &UserId,
    expected: Expected,
    due_at: Option<Timestamp>,
) -> Result<(Version, Committed), String> {
    let summary = Summary {
        due_at,
        ..Summary::default()
    };
    commit_summary(trial, user, expected, summary).await
}

/// Commits a record with this summary.
async fn commit_summary<S: Subject>(
    trial: &Trial<'_, S>,
    user: &UserId,
    expected: Expected,
    summary: Summary,
) -> Result<(Version, Committed), String> {
    let (version, record) = (fresh_version()?, record("a"));
    let change = Change {
        user,
        expected,
        version,
        record: &record,
        summary,
        events: &[],
    };
    let committed = trial.store.commit(change).await;
    let committed = committed.map_err(|error| format!("commit failed: {error}"))?;
    Ok((version, committed))
}

/// Whether `user`, who follows `base` directly, is due at that moment.
async fn is_due<S>(
    trial: &Trial<'_, S>,
    base: &UserId,
    user: &UserId,
    at: Timestamp,
) -> Result<bool, String>
where
    S: Subject<Store: UserDirectory>,
{
    let page = trial.other.due(at, Some(base), PAGE).await;
    let page = page.map_err(|error| format!("due failed: {error}"))?;
    Ok(page.contains(user))
}

pub(super) async fn a_user_is_due_when_the_last_commit_says_so<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: UserDirectory>,
{
    const SECOND: Duration = Duration::from_secs(1);
    let base = fresh_user()?;
    let user = UserId::new(format!("{base}-a")).map_err(|error| error.to_string())?;
    let (later, never) = (NOW + Duration::from_secs(3_600), None);

    // The moments of one user, one after the other. A refused commit changes nothing.
    let (created, committed) = schedule(trial, &user, Expected::Absent, Some(NOW)).await?;
    expect("creating a user", committed, Committed::Done)?;
    let seen = is_due(trial, &base, &user, NOW - SECOND).await?;
    expect("being due a second before", seen, false)?;
    let seen = is_due(trial, &base, &user, NOW).await?;
    expect("being due at the moment", seen, true)?;
    let seen = is_due(trial, &base, &user, NOW + SECOND).await?;
    expect("being due after the moment", seen, true)?;

    let (_, committed) = schedule(trial, &user, Expected::Absent, never).await?;
    expect("creating the user again", committed, Committed::Conflict)?;
    let seen = is_due(trial, &base, &user, NOW).await?;
    expect("being due after a conflict", seen, true)?;

    let (moved, committed) = schedule(trial, &user, Expected::At(created), Some(later)).await?;
    expect("putting it off", committed, Committed::Done)?;
    let seen = is_due(trial, &base, &user, later - SECOND).await?;
    expect("being due at the moment of before", seen, false)?;
    let seen = is_due(trial, &base, &user, later).await?;
    expect("being due at the new moment", seen, true)?;

    let (_, committed) = schedule(trial, &user, Expected::At(moved), never).await?;
    expect("having done it", committed, Committed::Done)?;
    let seen = is_due(trial, &base, &user, later).await?;
    expect("being due for nothing", seen, false)
}

pub(super) async fn due_users_are_paged_in_the_order_of_their_bytes<S>(
    trial: &Trial<'_, S>,
) -> Verdict
where
    S: Subject<Store: UserDirectory>,
{
    let base = fresh_user()?;
    let mut right = Vec::new();
    // The commits and the moments have another order than the bytes of the ids.
    let endings = ["a", "B", "\u{e4}", "b", "10", "9", "Z", "~"];
    for (ending, seconds) in endings.into_iter().zip([5, 0, 7, 1, 6, 2, 3, 4]) {
        let user = UserId::new(format!("{base}-{ending}")).map_err(|error| error.to_string())?;
        let due_at = NOW - Duration::from_secs(seconds);
        let (_, committed) = schedule(trial, &user, Expected::Absent, Some(due_at)).await?;
        expect("creating a user", committed, Committed::Done)?;
        right.push(user);
    }
    // Between them are other users, who are not due yet or never.
    for (ending, due_at) in [("A", None), ("c", Some(NOW + Duration::from_secs(1)))] {
        let user = UserId::new(format!("{base}-{ending}")).map_err(|error| error.to_string())?;
        let (_, committed) = schedule(trial, &user, Expected::Absent, due_at).await?;
        expect("creating a user", committed, Committed::Done)?;
    }
    right.sort();

    let pages = |after: UserId| {
        let store = Arc::clone(&trial.other);
        async move { store.due(NOW, Some(&after), PAGE).await }
    };
    let seen = paged(base, &right, pages, Clone::clone).await?;
    expect("the due users", seen, right)
}

pub(super) async fn users_are_listed_by_what_their_last_commit_says<S>(
    trial: &Trial<'_, S>,
) -> Verdict
where
    S: Subject<Store: UserDirectory>,
{
    use Method::{Hotp, RecoveryCode, Totp};
    let base = fresh_user()?;
    let filter = SummaryFilter::new;
    let lists: [(SummaryFilter, &[&str]); 13] = [
        (filter(), &["a", "b", "c", "d", "e", "f"]),
        (filter().enabled(true), &["b", "c", "e"]),
        (filter().enabled(false), &["a", "d", "f"]),
        (filter().locked(true), &["c", "d"]),
        (filter().locked(false), &["a", "b", "e", "f"]),
        (filter().reset_pending(true), &["d"]),
        (filter().reset_pending(false), &["a", "b", "c", "e", "f"]),
        (filter().delayed_recovery(true), &["e"]),
        (filter().delayed_recovery(false), &["a", "b", "c", "d", "f"]),
        (filter().method(Totp), &["b", "e"]),
        (filter().method(Hotp), &["c", "e"]),
        (filter().method(RecoveryCode), &["b", "e"]),
        (filter().enabled(true).locked(true), &["c"]),
    ];
    let off = Summary::default();
    let on = Summary {
        enabled: true,
        confirmed_at: Some(NOW),
        last_verified_at: Some(NOW + Duration::from_secs(1)),
        recovery_codes_remaining: 10,
        methods: Methods::from_iter([Totp, RecoveryCode]),
        ..off
    };
    let locked = Summary {
        enabled: true,
        confirmed_at: Some(NOW),
        locked: true,
        methods: Methods::from_iter([Hotp]),
        ..off
    };
    let reset = Summary {
        locked: true,
        reset_pending: true,
        ..off
    };
    let recovering = Summary {
        delayed_recovery: true,
        methods: Methods::from_iter([Totp, Hotp, RecoveryCode]),
        due_at: Some(NOW + Duration::from_secs(2)),
        ..on
    };
    let committed = [
        ("a", vec![off]),
        ("b", vec![off, on]),
        ("c", vec![locked]),
        ("d", vec![on, reset]),
        ("e", vec![recovering]),
        ("f", vec![locked, recovering, off]),
    ];
    let mut right = Vec::new();
    for (ending, summaries) in committed {
        let user = UserId::new(format!("{base}-{ending}")).map_err(|error| error.to_string())?;
        let mut stands_at = Expected::Absent;
        for summary in &summaries {
            let (version, committed) = commit_summary(trial, &user, stands_at, *summary).await?;
            expect("a commit", committed, Committed::Done)?;
            stands_at = Expected::At(version);
        }
        // A refused commit changes nothing.
        let everything = Summary {
            locked: true,
            reset_pending: true,
            ..recovering
        };
        let stale = Expected::At(fresh_version()?);
        let (_, committed) = commit_summary(trial, &user, stale, everything).await?;
        expect("a stale commit", committed, Committed::Conflict)?;
        let summary = summaries.last().copied().unwrap_or_default();
        right.push(UserSummary { user, summary });
    }
    for (filter, endings) in lists {
        let mut right = right.clone();
        right.retain(|one| {
            endings
                .iter()
                .any(|ending| one.user.as_str().ends_with(ending))
        });
        let ids: Vec<_> = right.iter().map(|one| one.user.clone()).collect();
        let pages = |after: UserId| {
            let store = Arc::clone(&trial.other);
            async move { store.summaries(&filter, Some(&after), PAGE).await }
        };
        let seen = paged(base.clone(), &ids, pages, |one| one.user.clone()).await?;
        expect(&format!("the list of {filter:?}"), seen, right)?;
    }
    Ok(())
}

/// The items of `right` that the pages after `base` contain. The database may hold other users too,
/// so that pages are read until all of `right` must have come.
async fn paged<T, E, F>(
    base: UserId,
    right: &[UserId],
    pages: impl Fn(UserId) -> F,
    id: impl Fn(&T) -> UserId,
) -> Result<Vec<T>, String>
where
    E: std::fmt::Display,
    F: Future<Output = Result<Vec<T>, E>>,
{
    let (mut after, mut seen) = (base.clone(), Vec::new());
    loop {
        let page = pages(after.clone()).await;
        let page = page.map_err(|error| format!("a page failed: {error}"))?;
        if page.len() > PAGE {
            return Err(format!("a page of {PAGE} users holds {}", page.len()));
        }
        let Some(last) = page.last().map(&id) else {
            break;
        };
        if page.iter().any(|one| id(one) <= after) {
            return Err("a page goes back".into());
        }
        after = last;
        let past_the_last = right.last().is_some_and(|user| *user < after);
        let own = format!("{base}-");
        seen.extend(
            page.into_iter()
                .filter(|one| id(one).as_str().starts_with(&own)),
        );
        if past_the_last {
            break;
        }
    }
    Ok(seen)
}
