//! The promises of a store with an outbox.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::contract::expect;
use super::fixture::{
    CROWD, Trial, at_moment, bare, change, commit, fresh_user, fresh_version, load, record,
};
use super::race::race;
use super::whole::cut_off;
use super::{Subject, Verdict};
use crate::event::{Event, EventKind};
use crate::outbox::{Claim, Outbox};
use crate::store::{Committed, Expected, Record};
use crate::time::Timestamp;
use crate::user::UserId;
use crate::version::Version;

/// The moment of the first message, before every other message of the database.
const START: Timestamp = Timestamp::from_unix(1_000);
/// The moment of a clock that is ahead, after every other message of the database.
const AHEAD: Timestamp = Timestamp::from_unix(8_000_000_000);
const LEASE: Duration = Duration::from_secs(60);
/// The messages of a user who has many. A store must not be fair for the first few only.
const ROUNDS: usize = 12;

/// So many seconds after the start.
fn after(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

/// A user who is told something.
struct Told {
    user: UserId,
    stands_at: Expected,
}

impl Told {
    fn new() -> Result<Self, String> {
        Ok(Self {
            user: fresh_user()?,
            stands_at: Expected::Absent,
        })
    }

    /// Commits an event that notifies.
    async fn tell<S: Subject>(
        &mut self,
        trial: &Trial<'_, S>,
        kind: EventKind,
        at: Timestamp,
    ) -> Verdict {
        let events = [at_moment(&self.user, kind, at)];
        self.commit(trial, &events).await
    }

    async fn commit<S: Subject>(&mut self, trial: &Trial<'_, S>, events: &[Event]) -> Verdict {
        let (version, record) = (fresh_version()?, record("a"));
        let committed = trial
            .commit(&self.user, self.stands_at, version, &record, events)
            .await?;
        self.stands_at = Expected::At(version);
        expect("a commit", committed, Committed::Done)
    }
}

/// A message, as these cases look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    claim: Claim,
    user: UserId,
    events: Vec<Event>,
}

/// Claims a message at a moment, for the time of a lease.
async fn claim<S: Outbox>(store: &S, now: Timestamp) -> Result<Option<Message>, String> {
    claim_before(store, now, Timestamp::from_unix(u64::MAX)).await
}

async fn claim_before<S: Outbox>(
    store: &S,
    now: Timestamp,
    farthest: Timestamp,
) -> Result<Option<Message>, String> {
    let claimed = store.claim(now, now + LEASE, farthest).await;
    let claimed = claimed.map_err(|error| format!("claim failed: {error}"))?;
    let Some(claimed) = claimed else {
        return Ok(None);
    };
    let events = claimed.events;
    let events = events.map_err(|error| format!("events cannot be read: {error}"))?;
    let user = events.first().map(|event| event.user.clone());
    Ok(Some(Message {
        claim: claimed.claim,
        user: user.ok_or("a message without events")?,
        events,
    }))
}

/// Claims a message, which has to be there.
async fn next<S: Outbox>(store: &S, now: Timestamp) -> Result<Message, String> {
    let claimed = claim(store, now).await?;
    claimed.ok_or_else(|| format!("no message is available at {}", now.as_unix()))
}

async fn none<S: Outbox>(what: &str, store: &S, now: Timestamp) -> Verdict {
    expect(what, claim(store, now).await?, None)
}

/// The answer to an operation on a claim.
fn answered<E: std::error::Error>(what: &str, answer: Result<bool, E>, right: bool) -> Verdict {
    let valid = answer.map_err(|error| format!("{what} failed: {error}"))?;
    expect(what, valid, right)
}

async fn delivered<S: Outbox>(store: &S, message: &Message) -> Verdict {
    answered("delivery", store.delivered(message.claim).await, true)
}

/// Delivers everything of the year 1970 and of the clock that is ahead.
async fn emptied<S: Outbox>(store: &S) -> Result<HashSet<UserId>, String> {
    let mut told = HashSet::new();
    let (late, farthest) = (after(1_000_000), AHEAD - LEASE);
    while let Some(message) = claim_before(store, late, farthest).await? {
        delivered(store, &message).await?;
        told.insert(message.user);
    }
    Ok(told)
}

/// A store without messages, and a user who has been told nothing yet.
async fn quiet<'t, S>(trial: &'t Trial<'_, S>) -> Result<(&'t S::Store, Told), String>
where
    S: Subject<Store: Outbox>,
{
    emptied(&*trial.other).await?;
    Ok((&*trial.other, Told::new()?))
}

pub(super) async fn a_commit_that_notifies_leaves_one_message<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    use EventKind::{AuthenticatorBound, Disabled, LoginVerified};
    let (store, mut alice) = quiet(trial).await?;
    let kinds = [LoginVerified, Disabled, AuthenticatorBound];
    let full = kinds.map(|kind| at_moment(&alice.user, kind, START));
    let bare = Event {
        at: START,
        ..bare(&alice.user, Disabled)
    };
    let mut events = [&full[..], &[bare]].concat();
    alice.commit(trial, &events).await?;
    let mut message = next(store, START).await?;
    expect("the user to tell", &message.user, &alice.user)?;
    // A store may put all events of the commit into the message.
    message.events.retain(Event::notify_user);
    events.retain(Event::notify_user);
    expect("the events", &message.events, &events)?;
    expect("the first try", message.claim.tries, 1)?;
    delivered(store, &message).await?;

    alice.tell(trial, LoginVerified, START).await?;
    alice.commit(trial, &[]).await?;
    none("a message of what notifies nobody", store, START).await
}

pub(super) async fn a_conflict_leaves_no_message<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    let (store, mut alice) = quiet(trial).await?;
    alice.commit(trial, &[]).await?;
    let events = [at_moment(&alice.user, EventKind::Disabled, START)];
    for expected in [Expected::Absent, Expected::At(fresh_version()?)] {
        let (version, record) = (fresh_version()?, record("b"));
        let committed = trial
            .commit(&alice.user, expected, version, &record, &events)
            .await?;
        expect("a stale commit", committed, Committed::Conflict)?;
    }
    none("a message of a conflict", store, START).await
}

/// A commit that notifies, of a user without a record.
struct Step {
    user: UserId,
    version: Version,
    record: Record,
    events: [Event; 1],
}

impl Step {
    fn new() -> Result<Self, String> {
        let user = fresh_user()?;
        Ok(Self {
            events: [at_moment(&user, EventKind::Disabled, START)],
            version: fresh_version()?,
            record: record("a"),
            user,
        })
    }

    /// Takes all messages. They say whether the record is written. All is read by one handle,
    /// because a commit that was dropped may arrive between the reads of two.
    async fn is_whole<S>(&self, trial: &Trial<'_, S>, told: &mut HashSet<UserId>) -> Verdict
    where
        S: Subject<Store: Outbox>,
    {
        loop {
            let before = load(&*trial.other, &self.user).await?;
            told.extend(emptied(&*trial.other).await?);
            if load(&*trial.other, &self.user).await? == before {
                let is_told = told.contains(&self.user);
                return expect("a message beside the record", is_told, before.is_some());
            }
        }
    }
}

pub(super) async fn a_commit_that_is_dropped_leaves_its_message_or_nothing<S>(
    trial: &Trial<'_, S>,
) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    let (mut dropped, mut told) = (Vec::new(), HashSet::new());
    for polls in 1.. {
        let step = Step::new()?;
        let change = change(
            &step.user,
            Expected::Absent,
            step.version,
            &step.record,
            &step.events,
        );
        let ended = cut_off(commit(&*trial.store, change), polls).await;
        step.is_whole(trial, &mut told).await?;
        if let Some(committed) = ended {
            expect("a commit", committed?, Committed::Done)?;
            break;
        }
        dropped.push(step);
    }
    // A statement that was sent before its future was dropped has arrived by now.
    for step in dropped {
        step.is_whole(trial, &mut told).await?;
        trial.load(&step.user).await?;
    }
    Ok(())
}

pub(super) async fn a_message_is_available_from_the_moment_of_its_event<S>(
    trial: &Trial<'_, S>,
) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    let (store, mut alice) = quiet(trial).await?;
    alice.tell(trial, EventKind::Disabled, after(10)).await?;
    none("a message a second too early", store, after(9)).await?;
    let message = next(store, after(10)).await?;
    expect("the user to tell", &message.user, &alice.user)?;
    delivered(store, &message).await
}

pub(super) async fn a_message_of_a_clock_that_was_ahead_is_claimed<S>(
    trial: &Trial<'_, S>,
) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    let (store, mut alice) = quiet(trial).await?;
    alice.tell(trial, EventKind::Disabled, AHEAD).await?;
    let claimed = claim_before(store, START, AHEAD).await?;
    expect("a message at the farthest moment", claimed, None)?;
    let farthest = AHEAD - Duration::from_secs(1);
    let claimed = claim_before(store, START, farthest).await?;
    let message = claimed.ok_or("the message is not available")?;
    expect("the user to tell", &message.user, &alice.user)?;
    // It is claimed like any other message.
    let again = claim_before(store, START, farthest).await?;
    expect("a message that is claimed", again, None)?;
    delivered(store, &message).await
}

pub(super) async fn a_claim_runs_out_and_is_void_from_the_next_one_on<S>(
    trial: &Trial<'_, S>,
) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    let (store, mut alice) = quiet(trial).await?;
    alice.tell(trial, EventKind::Disabled, START).await?;
    let first = next(&*trial.store, START).await?;
    none("a message that is claimed", store, after(59)).await?;
    let second = next(store, after(60)).await?;
    let right = Claim {
        tries: 2,
        ..first.claim
    };
    expect("the second claim", second.claim, right)?;

    let void = &*trial.store;
    let late = after(1_000_000);
    answered("delivery", void.delivered(first.claim).await, false)?;
    let answer = void.put_off(first.claim, START, "late").await;
    answered("putting off", answer, false)?;
    answered("parking", void.park(first.claim, late, "late").await, false)?;
    none("a message that a void claim released", store, after(119)).await?;
    let parked = parked_of(store, &alice.user).await?;
    expect("messages that a void claim parked", parked, vec![])?;
    delivered(store, &second).await?;
    answered(
        "delivery of what is gone",
        store.delivered(second.claim).await,
        false,
    )?;
    none("a delivered message", store, late).await
}

pub(super) async fn a_message_that_was_put_off_is_available_later<S>(
    trial: &Trial<'_, S>,
) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    let (store, mut alice) = quiet(trial).await?;
    alice.tell(trial, EventKind::Disabled, START).await?;
    let first = next(store, START).await?;
    let put_off = store.put_off(first.claim, after(500), "full").await;
    answered("putting off", put_off, true)?;
    none("a message that was put off", store, after(499)).await?;
    let second = next(store, after(500)).await?;
    expect("the number of tries", second.claim.tries, 2)?;
    delivered(store, &second).await
}

pub(super) async fn a_users_messages_come_in_order<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    use EventKind::{AuthenticatorBound, Disabled, Locked};
    let (store, mut alice) = quiet(trial).await?;
    let kinds = [AuthenticatorBound, Locked, Disabled];
    for kind in kinds {
        alice.tell(trial, kind, START).await?;
    }
    for kind in kinds {
        let message = next(store, START).await?;
        let right = vec![at_moment(&alice.user, kind, START)];
        expect("the next message", &message.events, &right)?;
        none("a message before its turn", store, START).await?;
        let put_off = store.put_off(message.claim, after(30), "full").await;
        answered("putting off", put_off, true)?;
        none("a message before its turn", store, after(29)).await?;
        let again = next(store, after(30)).await?;
        expect("the message again", &again.events, &right)?;
        delivered(store, &again).await?;
    }
    none("a fourth message", store, after(1_000)).await
}

/// Position, moment, tries and error of a user's parked messages.
async fn parked_of<S: Outbox>(
    store: &S,
    user: &UserId,
) -> Result<Vec<(i64, Timestamp, u32, String)>, String> {
    let parked = store.parked(usize::MAX).await;
    let parked = parked.map_err(|error| format!("listing failed: {error}"))?;
    let of_user = parked.into_iter().filter(|message| message.user == *user);
    Ok(of_user
        .map(|message| {
            (
                message.position,
                message.parked_at,
                message.tries,
                message.error,
            )
        })
        .collect())
}

pub(super) async fn a_parked_message_lets_the_next_one_pass<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    use EventKind::{AuthenticatorBound, Disabled};
    const ERROR: &str = "the mail bounced: 'é' \" 💥 %s";
    let (store, mut alice) = quiet(trial).await?;
    for kind in [AuthenticatorBound, Disabled] {
        alice.tell(trial, kind, START).await?;
    }
    next(store, START).await?;
    let second = next(store, after(60)).await?;
    let position = second.claim.position;
    answered(
        "taking up what is not parked",
        store.retry(position).await,
        false,
    )?;
    answered(
        "parking",
        store.park(second.claim, after(70), ERROR).await,
        true,
    )?;
    let right = vec![(position, after(70), 2, ERROR.to_owned())];
    let parked = parked_of(&*trial.store, &alice.user).await?;
    expect("the parked messages", parked, right)?;

    let next_one = next(store, START).await?;
    let right = |kind| vec![at_moment(&alice.user, kind, START)];
    expect("the message after it", &next_one.events, &right(Disabled))?;
    delivered(store, &next_one).await?;
    none("a parked message", store, after(1_000_000)).await?;

    answered("taking up", store.retry(position).await, true)?;
    answered("taking up again", store.retry(position).await, false)?;
    expect(
        "the parked messages",
        parked_of(store, &alice.user).await?,
        vec![],
    )?;
    let again = next(store, START).await?;
    expect(
        "the message again",
        &again.events,
        &right(AuthenticatorBound),
    )?;
    expect("the claim on it", again.claim, Claim { position, tries: 1 })?;
    delivered(store, &again).await
}

pub(super) async fn users_take_turns<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    let store = &*trial.other;
    emptied(store).await?;
    let (mut alice, mut bob) = (Told::new()?, Told::new()?);
    for told in [&mut alice, &mut bob] {
        for _ in 0..ROUNDS {
            told.tell(trial, EventKind::Locked, START).await?;
        }
    }
    for round in 1..=ROUNDS {
        // Who has a first message gets it in the same round as those who wait with many.
        let mut carol = Told::new()?;
        carol.tell(trial, EventKind::Disabled, after(1)).await?;
        let right = HashSet::from([&alice, &bob, &carol].map(|told| told.user.clone()));
        let mut told = HashSet::new();
        for _ in 0..right.len() {
            let message = next(store, after(1)).await?;
            delivered(store, &message).await?;
            told.insert(message.user);
        }
        expect(&format!("who is told in round {round}"), told, right)?;
    }
    none("a message after the last round", store, after(1_000)).await
}

pub(super) async fn of_many_claims_one_wins<S>(trial: &Trial<'_, S>) -> Verdict
where
    S: Subject<Store: Outbox>,
{
    emptied(&*trial.other).await?;
    let mut alice = Told::new()?;
    alice.tell(trial, EventKind::Disabled, START).await?;
    let contestants = (0..CROWD).map(|turn| {
        let store: Arc<S::Store> = trial.handle(turn);
        async move { claim(&*store, START).await }
    });
    let results = race(trial.subject, contestants.collect()).await;
    expect("contestants that finished", results.len(), CROWD)?;
    let claims: Result<Vec<_>, String> = results.into_iter().collect();
    let mut won = claims?.into_iter().flatten();
    let winner = won.next().ok_or("nobody got the message")?;
    expect("a second winner", won.next(), None)?;
    delivered(&*trial.store, &winner).await
}
