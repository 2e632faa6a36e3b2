//! Events as a store returns them, and where their next page begins.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::time::Timestamp;

/// The position of an event in its store. Later events have higher positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPosition(i64);

/// An event that a store returns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store makes it")]
pub struct RecordedEvent {
    /// The position, from which the next page continues.
    pub position: EventPosition,
    /// The event as it was committed.
    pub event: Event,
}

/// Where the next page of all users' events begins. It is opaque text: keep it beside what was
/// exported, by [`Display`](fmt::Display) or serde, and read it back to go on.
///
/// It is no secret. It names no user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventCursor {
    place: String,
    /// When [`Directory`](crate::Directory) handed it out.
    issued_at: Timestamp,
}

/// A page of all users' events.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store makes it")]
pub struct EventPage {
    /// The events, the oldest first.
    pub events: Vec<RecordedEvent>,
    /// Where the next page begins.
    pub next: EventCursor,
}

/// Text that is no [`EventCursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of events")]
pub struct InvalidCursor;

impl EventPosition {
    /// The position from a signed 64-bit column.
    #[must_use]
    pub const fn from_i64(position: i64) -> Self {
        Self(position)
    }

    /// The position for a signed 64-bit column.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

impl EventCursor {
    /// The cursor of a store, which understands this text.
    #[must_use]
    pub fn of_place(place: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            issued_at: Timestamp::from_unix(0),
        }
    }

    /// The text that the store gave.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn issued(self, at: Timestamp) -> Self {
        Self {
            issued_at: at,
            ..self
        }
    }

    pub(crate) fn issued_at(&self) -> Timestamp {
        self.issued_at
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.issued_at.as_unix(), self.place)
    }
}

impl FromStr for EventCursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let (issued_at, place) = text.split_once('.').ok_or(InvalidCursor)?;
        let issued_at = issued_at.parse().map_err(|_| InvalidCursor)?;
        Ok(Self::of_place(place).issued(Timestamp::from_unix(issued_at)))
    }
}

impl TryFrom<String> for EventCursor {
    type Error = InvalidCursor;

    fn try_from(text: String) -> Result<Self, InvalidCursor> {
        text.parse()
    }
}

impl From<EventCursor> for String {
    fn from(cursor: EventCursor) -> Self {
        cursor.to_string()
    }
}
