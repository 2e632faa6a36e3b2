//! What needs to look across users or back in time.

use std::future::Future;
use std::sync::Arc;

use crate::account::Event;
use crate::store::UserStore;
use crate::time::Timestamp;
use crate::user::UserId;

/// A store that can also list its users and read back events.
///
/// No login needs it. Moving everybody to a new master key, reminding users of a delayed recovery, and showing an account's
/// security log do: these operations stand on [`Directory`](crate::Directory), which
/// [`build_with_directory`](crate::MfaBuilder::build_with_directory) makes of such a store.
pub trait UserDirectory: UserStore {
    /// Up to `limit` user ids after `after`, in the order of their bytes, so that a caller can go on where it ended.
    ///
    /// # Errors
    ///
    /// Whatever the database says.
    fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserId>, Self::Error>> + Send;

    /// Up to `limit` ids, after `after`, of users whose [`Summary::due_at`](crate::store::Summary::due_at) is not later than
    /// `until`, in the order of their bytes. Almost nobody has one, so that an index over those who do makes it cheap.
    ///
    /// # Errors
    ///
    /// Whatever the database says.
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
    /// Whatever the database says.
    fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<RecordedEvent>, Self::Error>> + Send;
}

/// Where an event stands in its store; later events stand higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPosition(i64);

/// An event as a store hands it out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store makes it")]
pub struct RecordedEvent {
    /// Where it stands, to go on from.
    pub position: EventPosition,
    /// The event as it was committed.
    pub event: Event,
}

impl EventPosition {
    /// From a signed 64-bit column.
    #[must_use]
    pub const fn from_i64(position: i64) -> Self {
        Self(position)
    }

    /// As a signed 64-bit column keeps it.
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
