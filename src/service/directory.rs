//! What looks across users or back in time.

use std::fmt;
use std::sync::Arc;

use super::{Error, Mfa, trace};
use crate::limits::PAGE;
use crate::store::{ErasedDirectory, EventPosition, RecordedEvent};
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
        trace::observed("events", events.map_err(Error::Store))
    }

    pub(super) async fn users(&self, after: Option<&UserId>) -> Result<Vec<UserId>, Error> {
        let page = self.store.users(after, PAGE).await;
        trace::observed("users", page.map_err(Error::Store))
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("mfa", &self.mfa)
            .finish_non_exhaustive()
    }
}
