//! The store contract for operations across users or back in time.

use std::future::Future;
use std::sync::Arc;

use crate::method::Method;
use crate::store::events::{EventCursor, EventPage, EventPosition, RecordedEvent};
use crate::store::{Summary, UserStore};
use crate::time::Timestamp;
use crate::user::UserId;

/// A store that can also list its users and read its events.
///
/// No login needs this trait. It serves [`Directory`](crate::Directory), which rotates master keys,
/// reminds users of a delayed recovery, lists users by their state, shows an account's security
/// log, and exports the audit trail.
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

    /// Up to `limit` users after `after` whose last committed [`Summary`] passes the filter, in the
    /// order of the bytes of their ids. [`SummaryFilter::passes`] decides for a store that keeps
    /// summaries in memory.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn summaries(
        &self,
        filter: &SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserSummary>, Self::Error>> + Send;

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

    /// Up to `limit` events of all users after `after`, the oldest first, and the cursor of the
    /// next page.
    ///
    /// # What must hold
    ///
    /// - **Complete**: once a page was given, no event is committed before its end. A position
    ///   that an open transaction has drawn may still appear, so that the page ends before it.
    /// - **Ordered**: the events of one user come in the order of their commits.
    /// - **Progressing**: an event comes at the latest when every transaction that was open at its
    ///   commit has ended. Until then a page may be shorter than `limit`, or empty.
    ///
    /// # Errors
    ///
    /// Any error of the database, or a cursor that is not of this store.
    fn events_after(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> impl Future<Output = Result<EventPage, Self::Error>> + Send;
}

/// The users that a list contains. An empty filter passes everybody, and each setting leaves some
/// out.
///
/// ```
/// use countersign::account::Method;
/// use countersign::store::SummaryFilter;
///
/// let without_second_factor = SummaryFilter::new().enabled(false);
/// let locked_with_an_app = SummaryFilter::new().locked(true).method(Method::Totp);
/// # let _ = (without_second_factor, locked_with_an_app);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SummaryFilter {
    /// Whether the user has a second factor.
    pub enabled: Option<bool>,
    /// Whether the account is locked.
    pub locked: Option<bool>,
    /// Whether an administrator removed the second factor and the user has not come back yet.
    pub reset_pending: Option<bool>,
    /// Whether a delayed recovery is under way.
    pub delayed_recovery: Option<bool>,
    /// A method that the user has.
    pub method: Option<Method>,
}

/// A user of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store makes it")]
pub struct UserSummary {
    /// The user.
    pub user: UserId,
    /// The summary of the user's last commit.
    pub summary: Summary,
}

impl SummaryFilter {
    /// Everybody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only users who have a second factor, or only users who have none.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Only users whose account is locked, or only users whose account is not.
    #[must_use]
    pub fn locked(mut self, locked: bool) -> Self {
        self.locked = Some(locked);
        self
    }

    /// Only users with a reset from which they have not come back, or only users without.
    #[must_use]
    pub fn reset_pending(mut self, pending: bool) -> Self {
        self.reset_pending = Some(pending);
        self
    }

    /// Only users with a delayed recovery under way, or only users without.
    #[must_use]
    pub fn delayed_recovery(mut self, under_way: bool) -> Self {
        self.delayed_recovery = Some(under_way);
        self
    }

    /// Only users who have this method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Whether a user with this summary is in the list.
    #[must_use]
    pub fn passes(&self, summary: &Summary) -> bool {
        let asked = [
            (self.enabled, summary.enabled),
            (self.locked, summary.locked),
            (self.reset_pending, summary.reset_pending),
            (self.delayed_recovery, summary.delayed_recovery),
        ];
        asked
            .iter()
            .all(|(asked, is)| asked.is_none_or(|asked| asked == *is))
            && self
                .method
                .is_none_or(|method| summary.methods.contains(method))
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

    fn summaries(
        &self,
        filter: &SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserSummary>, Self::Error>> + Send {
        (**self).summaries(filter, after, limit)
    }

    fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<RecordedEvent>, Self::Error>> + Send {
        (**self).events(user, before, limit)
    }

    fn events_after(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> impl Future<Output = Result<EventPage, Self::Error>> + Send {
        (**self).events_after(after, limit)
    }
}
