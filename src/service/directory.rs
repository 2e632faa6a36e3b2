//! What looks across users or back in time.

use std::fmt;
use std::sync::Arc;

use super::{Error, Mfa, trace};
use crate::limits::PAGE;
use crate::store::{
    ErasedDirectory, EventCursor, EventPage, EventPosition, RecordedEvent, SummaryFilter,
    UserSummary,
};
use crate::user::UserId;

/// The operations that look across users or back in time.
///
/// They need a store that is also a [`UserDirectory`](crate::store::UserDirectory).
/// [`build_with_directory`](crate::MfaBuilder::build_with_directory) makes a `Directory` beside the
/// [`Mfa`]. It is cheap to clone.
///
/// ```
/// # use countersign::{Mfa, Policy, keys::Keyring, store::MemoryStore};
/// # async fn f(keyring: Keyring) -> Result<(), Box<dyn std::error::Error>> {
/// let policy = Policy::new("acme-prod", "Acme");
/// let builder = Mfa::builder(MemoryStore::new()).keys(keyring).policy(policy);
/// let (mfa, directory) = builder.build_with_directory()?;
/// // Every few minutes:
/// directory.run_due(mfa.now()?).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Directory {
    pub(super) mfa: Mfa,
    pub(super) store: Arc<dyn ErasedDirectory>,
}

/// The audit trail.
impl Directory {
    /// The account's security log: up to `limit` events before `before`, the newest first.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, Error> {
        let events = self.store.events(user, before, limit).await;
        trace::observed("events", Some(user), events.map_err(Error::Store))
    }

    /// The audit trail of all users, for an export such as to a SIEM: up to `limit` events after
    /// `after`, the oldest first, and the cursor of the next page. Export the events, keep the
    /// cursor, and then ask for the next page.
    ///
    /// The events of one user come in the order in which they happened. Every event comes at least
    /// once: an export that failed before it kept the cursor gets the page again. A page ends
    /// before the oldest transaction that may still commit an event, so that none is passed over.
    ///
    /// An empty page means that there is nothing to export now. Ask again later.
    ///
    /// ```
    /// # use countersign::{Directory, Error};
    /// use countersign::store::EventCursor;
    ///
    /// # async fn f(directory: Directory, siem: impl Fn(&str)) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut cursor: Option<EventCursor> = None; // or from where it is kept
    /// loop {
    ///     let page = directory.events_after(cursor.as_ref(), 500).await?;
    ///     if page.events.is_empty() {
    ///         break;
    ///     }
    ///     for recorded in &page.events {
    ///         siem(&serde_json::to_string(&recorded.event)?);
    ///     }
    ///     cursor = Some(page.next);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// Under [`restored_at`](crate::MfaBuilder::restored_at) a cursor from before that moment is
    /// ahead of the database. The export then begins from the start.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn events_after(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<EventPage, Error> {
        let restored_at = self.mfa.shared.restored_at;
        let is_ahead =
            |cursor: &&EventCursor| restored_at.is_some_and(|at| cursor.issued_at() < at);
        let after = after.filter(|cursor| !is_ahead(cursor));
        let now = self.mfa.now()?;
        let page = self.store.events_after(after, limit).await;
        let page = trace::observed("events_after", None, page.map_err(Error::Store))?;
        Ok(EventPage {
            events: page.events,
            next: page.next.issued(now),
        })
    }
}

/// Lists of users.
impl Directory {
    /// Up to `limit` users after `after` who pass the filter, in the order of the bytes of their
    /// ids: who has no second factor, who is locked, who has a reset or a delayed recovery open,
    /// who has which method.
    ///
    /// A user without a record is in no list, and a user who was erased is in the list of those
    /// without a second factor.
    ///
    /// # Errors
    ///
    /// Only what broke.
    ///
    /// # Security
    ///
    /// The list is what the store's columns say, which a person who writes to the database can
    /// change. Decide about an account by its [`Status`](crate::Status).
    pub async fn summaries(
        &self,
        filter: &SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserSummary>, Error> {
        let users = self.store.summaries(filter, after, limit).await;
        trace::observed("summaries", None, users.map_err(Error::Store))
    }

    pub(super) async fn users(&self, after: Option<&UserId>) -> Result<Vec<UserId>, Error> {
        let page = self.store.users(after, PAGE).await;
        trace::observed("users", None, page.map_err(Error::Store))
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("mfa", &self.mfa)
            .finish_non_exhaustive()
    }
}
