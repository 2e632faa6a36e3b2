//! Users by page, and events by page and by age.

use countersign::UserId;
use countersign::store::{EventPosition, RecordedEvent, UserDirectory};
use countersign::time::Timestamp;
use sqlx::Error;

use super::PostgresStore;
use super::connection::read;
use crate::columns::{above, at_most, below, recorded, seconds, users};

impl PostgresStore {
    /// Deletes the events from before `older_than`, `batch` at a time, and says how many there were. Others write between
    /// the batches. To end early, drop the future: each batch is a transaction of its own.
    ///
    /// # Errors
    ///
    /// Whatever PostgreSQL says. Batches that were done stay done.
    pub async fn prune_events(&self, older_than: Timestamp, batch: u32) -> Result<u64, Error> {
        let batch = u64::from(batch.max(1));
        let mut pruned = 0;
        loop {
            let query = sqlx::query(self.statements.prune.clone())
                .bind(seconds(older_than))
                .bind(batch.cast_signed());
            let deleted = query.execute(&self.pool).await?.rows_affected();
            pruned += deleted;
            if deleted < batch {
                return Ok(pruned);
            }
        }
    }
}

impl UserDirectory for PostgresStore {
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, Error> {
        let page = || {
            sqlx::query_as(self.statements.users.clone())
                .bind(above(after))
                .bind(at_most(limit))
                .fetch_all(&self.pool)
        };
        users(read(page).await?)
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Error> {
        let page = || {
            sqlx::query_as(self.statements.due.clone())
                .bind(seconds(until))
                .bind(above(after))
                .bind(at_most(limit))
                .fetch_all(&self.pool)
        };
        users(read(page).await?)
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, Error> {
        let page = || {
            sqlx::query_as(self.statements.events.clone())
                .bind(user.as_str())
                .bind(below(before))
                .bind(at_most(limit))
                .fetch_all(&self.pool)
        };
        recorded(read(page).await?)
    }
}
