//! Pages of users and events, and the pruning of old events.

use countersign::UserId;
use countersign::store::{
    EventCursor, EventPage, EventPosition, EventRetention, RecordedEvent, SummaryFilter,
    UserDirectory, UserSummary,
};
use countersign::time::Timestamp;
use sqlx::Error;

use super::SqliteStore;
use super::statements;
use crate::columns::{
    Listed, above, at_most, below, conditions, decode, flag, recorded, seconds, users,
};

impl EventRetention for SqliteStore {
    async fn delete_events(&self, older_than: Timestamp, limit: u32) -> Result<u64, Error> {
        let _turn = self.turn.lock().await;
        let query = sqlx::query(self.statements.prune.clone())
            .bind(seconds(older_than))
            .bind(i64::from(limit));
        Ok(query.execute(&self.pool).await?.rows_affected())
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

    async fn summaries(
        &self,
        filter: &SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserSummary>, Error> {
        let statement = statements::summaries(&self.options.prefix, &conditions(filter, flag));
        let query = sqlx::query_as(statement)
            .persistent(false)
            .bind(above(after))
            .bind(at_most(limit));
        let users: Vec<Listed> = query.fetch_all(&self.pool).await?;
        Ok(users.into_iter().filter_map(|listed| listed.0).collect())
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

    async fn events_after(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<EventPage, Error> {
        let past = after.map_or(Ok(0), |cursor| cursor.place().parse());
        let past: i64 = past.map_err(decode)?;
        let query = sqlx::query_as(self.statements.events_after.clone())
            .bind(past)
            .bind(at_most(limit));
        let events = recorded(query.fetch_all(&self.pool).await?)?;
        let past = events.last().map_or(past, |last| last.position.as_i64());
        Ok(EventPage {
            events,
            next: EventCursor::of_place(past.to_string()),
        })
    }
}
