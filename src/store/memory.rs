//! A store in memory, for tests, examples and experiments.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};

use super::{
    Change, Committed, EventPosition, Expected, RecordedEvent, Stored, UserDirectory, UserStore,
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
    users: BTreeMap<UserId, Stored>,
    due: BTreeMap<UserId, Timestamp>,
    /// Events in the order of their commits. The position of an event is its index.
    events: Vec<Event>,
}

/// A thread panicked while it held the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store in memory is broken")]
pub struct MemoryStoreError;

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, MemoryStoreError> {
        self.state.lock().map_err(|_| MemoryStoreError)
    }
}

impl UserStore for MemoryStore {
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        Ok(self.state()?.users.get(user).cloned())
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        let mut state = self.state()?;
        let stands_at = state
            .users
            .get(change.user)
            .map_or(Expected::Absent, |stored| Expected::At(stored.version));
        if stands_at != change.expected {
            return Ok(Committed::Conflict);
        }
        let stored = Stored {
            version: change.version,
            record: change.record.clone(),
        };
        state.users.insert(change.user.clone(), stored);
        match change.summary.due_at {
            Some(due_at) => state.due.insert(change.user.clone(), due_at),
            None => state.due.remove(change.user),
        };
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
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.state()?;
        let users = state
            .users
            .range((start, Bound::Unbounded))
            .map(|(user, _)| user.clone());
        Ok(users.take(limit).collect())
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.state()?;
        let users = state
            .due
            .range((start, Bound::Unbounded))
            .filter(|(_, due_at)| **due_at <= until)
            .map(|(user, _)| user.clone());
        Ok(users.take(limit).collect())
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, MemoryStoreError> {
        let state = self.state()?;
        let numbered = (0..).map(EventPosition::from_i64).zip(&state.events);
        let mut found: Vec<_> = numbered
            .filter(|(position, event)| {
                event.user == *user && before.is_none_or(|before| *position < before)
            })
            .map(|(position, event)| RecordedEvent {
                position,
                event: event.clone(),
            })
            .collect();
        found.reverse();
        found.truncate(limit);
        Ok(found)
    }
}
