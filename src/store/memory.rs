//! A store in memory, for tests, examples and experiments.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};

use super::{
    Change, Committed, EventCursor, EventPage, EventPosition, Expected, InvalidCursor,
    RecordedEvent, Stored, Summary, SummaryFilter, UserDirectory, UserStore, UserSummary,
};
use crate::event::Event;
use crate::time::Timestamp;
use crate::user::UserId;

/// A store in memory. It keeps every promise of [`UserStore`] except durability.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    users: BTreeMap<UserId, Row>,
    /// Events in the order of their commits. The position of an event is its index.
    events: Vec<Event>,
}

#[derive(Debug)]
struct Row {
    stored: Stored,
    summary: Summary,
}

/// An error of the store in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryStoreError {
    /// A thread panicked while it held the store.
    #[error("the store in memory is broken")]
    Broken,
    /// The cursor of events is not of this store.
    #[error(transparent)]
    Cursor(InvalidCursor),
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, MemoryStoreError> {
        self.state.lock().map_err(|_| MemoryStoreError::Broken)
    }
}

impl State {
    /// The users after `after`, in the order of the bytes of their ids.
    fn after<'a>(
        &'a self,
        after: Option<&'a UserId>,
    ) -> impl Iterator<Item = (&'a UserId, &'a Row)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.users.range((start, Bound::Unbounded))
    }

    /// The events with their positions.
    fn recorded(&self) -> impl DoubleEndedIterator<Item = RecordedEvent> {
        let numbered = self.events.iter().enumerate();
        numbered.map(|(index, event)| RecordedEvent {
            position: EventPosition::from_i64(i64::try_from(index).unwrap_or(i64::MAX)),
            event: event.clone(),
        })
    }
}

impl UserStore for MemoryStore {
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        let state = self.state()?;
        Ok(state.users.get(user).map(|row| row.stored.clone()))
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        let mut state = self.state()?;
        let stands_at = state
            .users
            .get(change.user)
            .map_or(Expected::Absent, |row| Expected::At(row.stored.version));
        if stands_at != change.expected {
            return Ok(Committed::Conflict);
        }
        let stored = Stored {
            version: change.version,
            record: change.record.clone(),
        };
        let summary = change.summary;
        let row = Row { stored, summary };
        state.users.insert(change.user.clone(), row);
        state.events.extend_from_slice(change.events);
        Ok(Committed::Done)
    }
}

impl UserDirectory for MemoryStore {
    async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        let state = self.state()?;
        let users = state.after(after).map(|(user, _)| user.clone());
        Ok(users.take(limit).collect())
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        let state = self.state()?;
        let users = state
            .after(after)
            .filter(|(_, row)| row.summary.due_at.is_some_and(|due_at| due_at <= until))
            .map(|(user, _)| user.clone());
        Ok(users.take(limit).collect())
    }

    async fn summaries(
        &self,
        filter: &SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserSummary>, MemoryStoreError> {
        let state = self.state()?;
        let users = state
            .after(after)
            .filter(|(_, row)| filter.passes(&row.summary))
            .map(|(user, row)| UserSummary {
                user: user.clone(),
                summary: row.summary,
            });
        Ok(users.take(limit).collect())
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, MemoryStoreError> {
        let state = self.state()?;
        let newest_first = state.recorded().rev();
        let found = newest_first.filter(|recorded| {
            recorded.event.user == *user && before.is_none_or(|before| recorded.position < before)
        });
        Ok(found.take(limit).collect())
    }

    async fn events_after(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<EventPage, MemoryStoreError> {
        let past = match after {
            Some(cursor) => cursor.place().parse(),
            None => Ok(0),
        };
        let past: usize = past.map_err(|_| MemoryStoreError::Cursor(InvalidCursor))?;
        let state = self.state()?;
        let events: Vec<_> = state.recorded().skip(past).take(limit).collect();
        let next = EventCursor::of_place((past + events.len()).to_string());
        Ok(EventPage { events, next })
    }
}
