//! The outbox in PostgreSQL.

use sqlx::Error;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::QueryAs;

use super::PostgresStore;
use crate::answer::Statement;
use crate::outbox::queue::{Claim, Claimed, ParkedRow, Queue};

/// Mark, requested position, and number of changed rows.
type Changed = (String, i64, i64);

impl Queue for PostgresStore {
    async fn claim(&self, now: i64, until: i64, farthest: i64) -> Result<Option<Claimed>, Error> {
        type Row = (String, i64, Option<i64>, Option<i32>, Option<String>);

        let statement = &self.statements.claim;
        let query = sqlx::query_as(statement.sql.clone());
        let rows = self.answer(query.bind(now).bind(until).bind(farthest));
        let rows = rows.await?.into_iter().map(|row: Row| {
            let (mark, asked, position, tries, events) = row;
            let claimed = position.zip(tries).zip(events);
            (
                (mark, asked),
                claimed.map(|((position, tries), events)| (position, tries, events)),
            )
        });
        let claimed = statement.page(rows.collect(), &now)?;
        Ok(claimed.into_iter().next().map(Claimed::from_row))
    }

    async fn delivered(&self, claim: Claim) -> Result<bool, Error> {
        let statement = &self.statements.delivered;
        self.change(statement, of(statement, claim), claim.position)
            .await
    }

    async fn put_off(&self, claim: Claim, until: i64, error: &str) -> Result<bool, Error> {
        let statement = &self.statements.put_off;
        let query = of(statement, claim).bind(until).bind(error);
        self.change(statement, query, claim.position).await
    }

    async fn park(&self, claim: Claim, now: i64, error: &str) -> Result<bool, Error> {
        let statement = &self.statements.park;
        let query = of(statement, claim).bind(now).bind(error);
        self.change(statement, query, claim.position).await
    }

    async fn parked(&self, limit: i64) -> Result<Vec<ParkedRow>, Error> {
        type Row = (
            String,
            i64,
            Option<i64>,
            Option<String>,
            Option<i64>,
            Option<i32>,
            Option<String>,
        );

        let statement = &self.statements.parked;
        let rows = self.answer(sqlx::query_as(statement.sql.clone()).bind(limit));
        let rows = rows.await?.into_iter().map(|row: Row| {
            let (mark, asked, position, user, parked_at, tries, error) = row;
            let parked = position.zip(user).zip(parked_at.zip(tries));
            let parked =
                parked.map(|((position, user), (at, tries))| (position, user, at, tries, error));
            ((mark, asked), parked)
        });
        statement.page(rows.collect(), &limit)
    }

    async fn unpark(&self, position: i64) -> Result<bool, Error> {
        let statement = &self.statements.unpark;
        let query = sqlx::query_as(statement.sql.clone()).bind(position);
        self.change(statement, query, position).await
    }
}

impl PostgresStore {
    /// Whether the message was changed.
    async fn change(
        &self,
        statement: &Statement,
        query: QueryAs<'_, Postgres, Changed, PgArguments>,
        position: i64,
    ) -> Result<bool, Error> {
        let changed = statement.number(self.answer(query).await?, &position)?;
        Ok(changed == 1)
    }
}

/// A statement about a claim.
fn of<'q>(statement: &Statement, claim: Claim) -> QueryAs<'q, Postgres, Changed, PgArguments> {
    sqlx::query_as(statement.sql.clone())
        .bind(claim.position)
        .bind(claim.tries)
}
