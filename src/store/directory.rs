//! The store contract for operations across users or back in time.

use std::future::Future;
use std::sync::Arc;

use crate::event::Event;
use crate::store::UserStore;
use crate::time::Timestamp;
use crate::user::UserId;

/// A store that can also list its users and read its events.
///
/// No login needs this trait. It serves [`Directory`](crate::Directory), which rotates master keys,
/// reminds users of a delayed recovery, and shows an account's security log.
/// [`build_with_directory`](crate::MfaBuilder::build_with_directory) makes one from such a store.
pub trait UserDirectory: UserStore {
    /// Up to `limit` user ids after `after`, in the order of their bytes, so that a caller can
    /// continue after the last id.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserId>, Self::Error>> + Send;

    /// Up to `limit` ids, after `after`, of users whose
    /// [`Summary::due_at`](crate::store::Summary::due_at) is not later than `until`, in the order
    /// of their bytes. Almost no user has a `due_at`, so that an index over those who do makes this
    /// call cheap.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserId>, Self::Error>> + Send;

    /// Up to `limit` events of a user before `before`, the newest first.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<RecordedEvent>, Self::Error>> + Send;
}

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

impl<S: UserDirectory + ?Sized> UserDirectory for Arc<S> {
    fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserId>, Self::Error>> + Send {
        (**self).users(after, limit)
    }

    fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserId>, Self::Error>> + Send {
        (**self).due(until, after, limit)
    }

    fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<RecordedEvent>, Self::Error>> + Send {
        (**self).events(user, before, limit)
    }
}
