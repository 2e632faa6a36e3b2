//! The store contract for events that have grown old.

use std::future::Future;
use std::sync::Arc;

use crate::store::UserStore;
use crate::time::Timestamp;

/// A store that can delete old events. No operation of the library needs them: the record says by
/// itself how an account stands.
pub trait EventRetention: UserStore {
    /// Deletes up to `limit` events from before `older_than`, those with the oldest moments first,
    /// in one transaction, and returns their number. A smaller number than `limit` means that
    /// nothing is left to delete, or that another process deletes it at this moment.
    ///
    /// Records, younger events and the messages of an outbox stay. A position of a deleted event is
    /// not given again.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn delete_events(
        &self,
        older_than: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<u64, Self::Error>> + Send;

    /// Deletes all events from before `older_than` in batches of `batch`, and returns their number.
    /// Each batch is a transaction of its own, so that others write between the batches. To end
    /// early, drop the future.
    ///
    /// # Errors
    ///
    /// Any error of the database. Completed batches stay deleted.
    fn prune_events(
        &self,
        older_than: Timestamp,
        batch: u32,
    ) -> impl Future<Output = Result<u64, Self::Error>> + Send {
        async move {
            let batch = batch.max(1);
            let mut pruned = 0;
            loop {
                let deleted = self.delete_events(older_than, batch).await?;
                pruned += deleted;
                if deleted < u64::from(batch) {
                    return Ok(pruned);
                }
            }
        }
    }
}

impl<S: EventRetention + ?Sized> EventRetention for Arc<S> {
    fn delete_events(
        &self,
        older_than: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<u64, Self::Error>> + Send {
        (**self).delete_events(older_than, limit)
    }
}
