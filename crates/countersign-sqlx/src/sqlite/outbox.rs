//! The outbox in SQLite.

use sqlx::Error;
use sqlx::sqlite::SqliteQueryResult;

use super::SqliteStore;
use crate::outbox::queue::{Claim, Claimed, ParkedRow, Queue};

impl Queue for SqliteStore {
    async fn claim(&self, now: i64, until: i64, farthest: i64) -> Result<Option<Claimed>, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query_as(self.statements.claim.clone())
            .bind(now)
            .bind(until)
            .bind(farthest);
        let row = query.fetch_optional(&self.pool).await?;
        Ok(row.map(Claimed::from_row))
    }

    async fn delivered(&self, claim: Claim) -> Result<bool, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.delivered.clone())
            .bind(claim.position)
            .bind(claim.tries);
        query.execute(&self.pool).await.map(was_ours)
    }

    async fn put_off(&self, claim: Claim, until: i64, error: &str) -> Result<bool, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.put_off.clone())
            .bind(claim.position)
            .bind(claim.tries)
            .bind(until)
            .bind(error);
        query.execute(&self.pool).await.map(was_ours)
    }

    async fn park(&self, claim: Claim, now: i64, error: &str) -> Result<bool, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.park.clone())
            .bind(claim.position)
            .bind(claim.tries)
            .bind(now)
            .bind(error);
        query.execute(&self.pool).await.map(was_ours)
    }

    async fn parked(&self, limit: i64) -> Result<Vec<ParkedRow>, Error> {
        let query = sqlx::query_as(self.statements.parked.clone()).bind(limit);
        query.fetch_all(&self.pool).await
    }

    async fn unpark(&self, position: i64) -> Result<bool, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.unpark.clone()).bind(position);
        query.execute(&self.pool).await.map(was_ours)
    }
}

fn was_ours(result: SqliteQueryResult) -> bool {
    result.rows_affected() == 1
}
