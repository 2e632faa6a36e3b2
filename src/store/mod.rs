//! The contract between the library and the application's database.

mod directory;
mod erased;
mod events;
mod memory;
mod retention;

use std::future::Future;
use std::sync::Arc;

pub use directory::{SummaryFilter, UserDirectory, UserSummary};
pub use events::{EventCursor, EventPage, EventPosition, InvalidCursor, RecordedEvent};
pub use memory::{MemoryStore, MemoryStoreError};
pub use retention::EventRetention;

pub(crate) use erased::{ErasedDirectory, ErasedStore};

pub use crate::account::state::{Lost, Record, Summary};
use crate::event::Event;
use crate::user::UserId;
pub use crate::version::Version;

/// The store for records and events. An application implements these two methods over its own
/// database.
///
/// The library names the version that it read, and the store writes only if the record still has
/// that version. Every single-use promise (a code, a recovery code, a token) rests on that one
/// comparison.
///
/// # What must hold
///
/// - **Atomic**: [`commit`](Self::commit) writes the record and appends all events, or does
///   neither, even if its future is dropped halfway. Nobody sees one without the other. Of any
///   number of concurrent commits that expect the same version, exactly one is
///   [`Done`](Committed::Done).
/// - **Exact**: user ids are compared byte by byte (no case folding, trimming or Unicode
///   normalization), and the record, the version and the events are returned unchanged.
/// - **Current**: [`load`](Self::load) sees every commit that was answered before it began, on
///   every machine. A read replica that lags is not good enough, because it may not know yet of a
///   second factor or of an ended session. A code is not accepted twice even then, because the
///   commit still compares.
/// - **Honest**: [`Conflict`](Committed::Conflict) means that nothing was written. If the store
///   does not know that, it returns an error. The library then reads back the result.
///
/// An error is always the safe failure. `conformance` (feature `conformance`) checks all of
/// this against a real store, with races, several handles to the same data, dropped futures and
/// lost acknowledgements.
///
/// # Examples
///
/// `examples/custom_store.rs` is a complete implementation. Over SQL the two methods are these
/// statements. The second or the third runs in one transaction with the events. If it affects no
/// row, the result is a [`Conflict`](Committed::Conflict):
///
/// ```sql
/// SELECT version, record FROM mfa_users WHERE id = $1;
/// -- Expected::At
/// UPDATE mfa_users SET version = $3, record = $4 WHERE id = $1 AND version = $2;
/// -- Expected::Absent
/// INSERT INTO mfa_users (id, version, record) VALUES ($1, $3, $4) ON CONFLICT DO NOTHING;
/// INSERT INTO mfa_events (user_id, event) VALUES ($1, $5);
/// ```
///
/// Two methods are enough for every operation on one account. [`UserDirectory`] adds five more, for
/// the rotation of master keys, for reminders of delayed recoveries, for lists of users, for
/// security logs, and for the export of the audit trail ([`Directory`](crate::Directory)).
pub trait UserStore: Send + Sync + 'static {
    /// The error of the database.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The user's record with its version, or `None` for a user without a record.
    ///
    /// # Errors
    ///
    /// Any error of the database. "I don't know" is an error, never `None`.
    fn load(
        &self,
        user: &UserId,
    ) -> impl Future<Output = Result<Option<Stored>, Self::Error>> + Send;

    /// Writes the record and appends the events in one atomic step, if the record still has the
    /// version `change.expected`.
    ///
    /// # Errors
    ///
    /// Any error of the database. An error means that the change may or may not have been written.
    fn commit(
        &self,
        change: Change<'_>,
    ) -> impl Future<Output = Result<Committed, Self::Error>> + Send;
}

/// A record that a store returns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store makes it")]
pub struct Stored {
    /// The version of the commit that wrote the record.
    pub version: Version,
    /// The record, byte for byte.
    pub record: Record,
}

/// One commit.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Change<'a> {
    /// The user to whom the record belongs.
    pub user: &'a UserId,
    /// The version that the stored record must have.
    pub expected: Expected,
    /// The version of the new record.
    pub version: Version,
    /// The whole new record.
    pub record: &'a Record,
    /// Facts of the record for the store's own columns. The library lists users by them and decides
    /// nothing by them.
    pub summary: Summary,
    /// The events to append, in this order.
    pub events: &'a [Event],
}

/// The state that a commit requires. There is no blind overwrite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store handles both and there is no third"
)]
pub enum Expected {
    /// There is no record of this user.
    Absent,
    /// The record has this version.
    At(Version),
}

/// The result of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "what is neither is an error")]
pub enum Committed {
    /// Record and events are written, durably.
    Done,
    /// The record does not have the expected version, or is missing. Nothing was written.
    Conflict,
}

impl<S: UserStore + ?Sized> UserStore for Arc<S> {
    type Error = S::Error;

    fn load(
        &self,
        user: &UserId,
    ) -> impl Future<Output = Result<Option<Stored>, Self::Error>> + Send {
        (**self).load(user)
    }

    fn commit(
        &self,
        change: Change<'_>,
    ) -> impl Future<Output = Result<Committed, Self::Error>> + Send {
        (**self).commit(change)
    }
}
