//! The outbox in SQLite.

use countersign::outbox::{Claim, ClaimedMessage, Outbox, ParkedMessage};
use countersign::time::Timestamp;
use sqlx::Error;
use sqlx::sqlite::SqliteQueryResult;

use super::SqliteStore;
use crate::columns::{at_most, claimed, parked, seconds};

impl Outbox for SqliteStore {
    async fn claim(
        &self,
        now: Timestamp,
        until: Timestamp,
        farthest: Timestamp,
    ) -> Result<Option<ClaimedMessage>, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query_as(self.statements.claim.clone())
            .bind(seconds(now))
            .bind(seconds(until))
            .bind(seconds(farthest));
        let row = query.fetch_optional(&self.pool).await?;
        Ok(row.map(claimed))
    }

    async fn delivered(&self, claim: Claim) -> Result<bool, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.delivered.clone())
            .bind(claim.position)
            .bind(claim.tries.cast_signed());
        query.execute(&self.pool).await.map(was_ours)
    }

    async fn put_off(&self, claim: Claim, until: Timestamp, error: &str) -> Result<bool, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.put_off.clone())
            .bind(claim.position)
            .bind(claim.tries.cast_signed())
            .bind(seconds(until))
            .bind(error);
        query.execute(&self.pool).await.map(was_ours)
    }

    async fn park(&self, claim: Claim, now: Timestamp, error: &str) -> Result<bool, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.park.clone())
            .bind(claim.position)
            .bind(claim.tries.cast_signed())
            .bind(seconds(now))
            .bind(error);
        query.execute(&self.pool).await.map(was_ours)
    }

    async fn parked(&self, limit: usize) -> Result<Vec<ParkedMessage>, Error> {
        let query = sqlx::query_as(self.statements.parked.clone()).bind(at_most(limit));
        parked(query.fetch_all(&self.pool).await?)
    }

    async fn retry(&self, position: i64) -> Result<bool, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.retry.clone()).bind(position);
        query.execute(&self.pool).await.map(was_ours)
    }
}

fn was_ours(result: SqliteQueryResult) -> bool {
    result.rows_affected() == 1
}
