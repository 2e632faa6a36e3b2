//! Pages of users and events, and the pruning of old events.

use countersign::UserId;
use countersign::store::{
    EventCursor, EventPage, EventPosition, RecordedEvent, SummaryFilter, UserDirectory, UserSummary,
};
use countersign::time::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{Error, FromRow, Row};

use super::PostgresStore;
use super::connection::read;
use super::statements;
use crate::answer::Proof;
use crate::columns::{Listed, above, at_most, below, conditions, recorded, seconds, users};

impl PostgresStore {
    /// Deletes the events from before `older_than` in batches of `batch`, and returns their number.
    /// Each batch is a transaction of its own, so that others write between the batches. To end
    /// early, drop the future.
    ///
    /// # Errors
    ///
    /// Any error of PostgreSQL. Completed batches stay deleted.
    pub async fn prune_events(&self, older_than: Timestamp, batch: u32) -> Result<u64, Error> {
        let batch = u64::from(batch.max(1));
        let mut pruned = 0;
        loop {
            let statement = &self.statements.prune;
            let query = sqlx::query_as(statement.sql.clone())
                .bind(seconds(older_than))
                .bind(batch.cast_signed());
            let deleted = statement.number(self.answer(query).await?, &seconds(older_than))?;
            pruned += deleted;
            if deleted < batch {
                return Ok(pruned);
            }
        }
    }
}

impl UserDirectory for PostgresStore {
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<UserId>, Error> {
        let statement = &self.statements.users;
        let page = || {
            let query = sqlx::query_as(statement.sql.clone());
            self.answer(query.bind(above(after)).bind(at_most(limit)))
        };
        let rows = read(page).await?.into_iter().map(user_row).collect();
        users(statement.page(rows, &above(after).to_owned())?)
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Error> {
        let statement = &self.statements.due;
        let page = || {
            let query = sqlx::query_as(statement.sql.clone()).bind(seconds(until));
            self.answer(query.bind(above(after)).bind(at_most(limit)))
        };
        let rows = read(page).await?.into_iter().map(user_row).collect();
        users(statement.page(rows, &above(after).to_owned())?)
    }

    async fn summaries(
        &self,
        filter: &SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserSummary>, Error> {
        let statement = statements::summaries(&self.options.prefix, &conditions(filter));
        let page = || {
            let query = sqlx::query_as(statement.sql.clone()).persistent(false);
            self.answer(query.bind(above(after)).bind(at_most(limit)))
        };
        let rows = read(page).await?.into_iter();
        let rows = rows.map(|row: ListedRow| (row.proof, row.listed.0));
        statement.page(rows.collect(), &above(after).to_owned())
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, Error> {
        let statement = &self.statements.events;
        let page = || {
            let query = sqlx::query_as(statement.sql.clone()).bind(user.as_str());
            self.answer(query.bind(below(before)).bind(at_most(limit)))
        };
        let rows = read(page).await?.into_iter().map(event_row).collect();
        recorded(statement.page(rows, &user.as_str().to_owned())?)
    }

    async fn events_after(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<EventPage, Error> {
        self.export(after, limit).await
    }
}

/// A user of a list, with the proof.
struct ListedRow {
    proof: Proof<String>,
    listed: Listed,
}

impl<'r> FromRow<'r, PgRow> for ListedRow {
    fn from_row(row: &'r PgRow) -> Result<Self, Error> {
        Ok(Self {
            proof: (row.try_get(0)?, row.try_get(1)?),
            listed: Listed::from_row(row)?,
        })
    }
}

/// A user of a page.
fn user_row(
    (mark, asked, id): (String, String, Option<String>),
) -> (Proof<String>, Option<String>) {
    ((mark, asked), id)
}

/// An event of a page.
fn event_row(
    (mark, asked, position, event): (String, String, Option<i64>, Option<String>),
) -> (Proof<String>, Option<(i64, String)>) {
    ((mark, asked), position.zip(event))
}
