//! Pages of users and events, and the pruning of old events.

use countersign::UserId;
use countersign::store::{EventPosition, RecordedEvent, UserDirectory};
use countersign::time::Timestamp;
use sqlx::Error;

use super::SqliteStore;
use crate::columns::{above, at_most, below, recorded, seconds, users};

impl SqliteStore {
    /// Deletes the events from before `older_than` in batches of `batch`, and returns their number.
    /// Each batch is a transaction of its own, so that others write between the batches. To end
    /// early, drop the future.
    ///
    /// # Errors
    ///
    /// Any error of SQLite. Completed batches stay deleted.
    pub async fn prune_events(&self, older_than: Timestamp, batch: u32) -> Result<u64, Error> {
        let batch = u64::from(batch.max(1));
        let mut pruned = 0;
        loop {
            let turn = self.turn.lock().await;
            let query = sqlx::query(self.statements.prune.clone())
                .bind(seconds(older_than))
                .bind(batch.cast_signed());
            let deleted = query.execute(&self.pool).await?.rows_affected();
            drop(turn);
            pruned += deleted;
            if deleted < batch {
                return Ok(pruned);
            }
        }
    }
}

impl UserDirectory for SqliteStore {
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, Error> {
        let query = sqlx::query_scalar(self.statements.users.clone())
            .bind(above(after))
            .bind(at_most(limit));
        users(query.fetch_all(&self.pool).await?)
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Error> {
        let query = sqlx::query_scalar(self.statements.due.clone())
            .bind(seconds(until))
            .bind(above(after))
            .bind(at_most(limit));
        users(query.fetch_all(&self.pool).await?)
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, Error> {
        let query = sqlx::query_as(self.statements.events.clone())
            .bind(user.as_str())
            .bind(below(before))
            .bind(at_most(limit));
        recorded(query.fetch_all(&self.pool).await?)
    }
}
