//! Where several machines serve: PostgreSQL.

mod connection;
mod directory;
mod migrate;
mod outbox;
mod statements;

use std::fmt;
use std::sync::Arc;

use countersign::UserId;
use countersign::store::{Change, Committed, Expected, Stored, UserStore, Version};
use sqlx::postgres::{PgArguments, PgPool, Postgres};
use sqlx::query::Query;
use sqlx::{Error, Row as _, SqlStr};

use crate::StoreOptions;
use crate::columns::{EventRow, Row, stored};
use connection::read;
use statements::Statements;

/// A store in a PostgreSQL database, for any number of machines. It must be the primary: a replica that lags may not know of
/// a second factor yet.
///
/// Cloning is cheap, and clones share the pool.
///
/// A commit is one statement, so that record, events and outbox are written in one round trip and no transaction is ever
/// open across one. Nothing depends on the isolation level; under `SERIALIZABLE` a failure to serialise (SQLSTATE 40001)
/// is a conflict like any other.
///
/// # Time-outs
///
/// The store sets none on the server. [`connect`](Self::connect) waits five seconds for a connection, and then it is an error;
/// a statement that hangs is for `statement_timeout` in the URL's `options` or for the caller's own time-out to end. Dropping
/// an operation is safe at any point.
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
    options: StoreOptions,
    statements: Arc<Statements>,
    /// The full name of the users' table, as errors tell it.
    users_table: Arc<str>,
}

impl PostgresStore {
    /// Connects to a database by its URL and [migrates](Self::migrate) it.
    ///
    /// `postgres://…?sslmode=require` needs one of sqlx's TLS features, which the application chooses in its own
    /// `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// Whatever PostgreSQL says.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(url, StoreOptions::new()).await
    }

    /// The same, with options.
    ///
    /// # Errors
    ///
    /// Whatever PostgreSQL says.
    pub async fn connect_with(url: &str, options: StoreOptions) -> Result<Self, Error> {
        let pool = connection::pool().connect(url).await?;
        let store = Self::from_pool(pool, options);
        store.migrate().await?;
        Ok(store)
    }

    /// Over a pool of the application's own, with its settings. [`migrate`](Self::migrate) it, or run
    /// [`migrations`](Self::migrations) as your team runs its own.
    ///
    /// Behind a pooler that hands out connections by transaction, such as PgBouncer, turn prepared statements off with
    /// `PgConnectOptions::statement_cache_capacity(0)` unless the pooler keeps them.
    #[must_use]
    pub fn from_pool(pool: PgPool, options: StoreOptions) -> Self {
        Self {
            pool,
            statements: Arc::new(Statements::new(&options.prefix)),
            users_table: format!("{}users", options.prefix).into(),
            options,
        }
    }

    /// The pool, for the application's other tables.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Writes the row if the user stands where expected, with what comes with it, and says how many rows that were.
    async fn write(&self, expected: Expected, row: &Row<'_>) -> Result<u64, Error> {
        let at: Vec<i64> = row.events.iter().map(|event| event.at).collect();
        let kinds: Vec<&str> = row.events.iter().map(|event| &*event.kind).collect();
        let events: Vec<&str> = row.events.iter().map(|event| &*event.event).collect();
        let statement = match expected {
            Expected::Absent => &self.statements.create,
            Expected::At(_) => &self.statements.update,
        };
        let mut query = bind(statement, row)
            .bind(at)
            .bind(kinds)
            .bind(events)
            .bind(row.notice.as_ref().map(|notice| &*notice.events))
            .bind(row.notice.as_ref().map(|notice| notice.at));
        if let Expected::At(version) = expected {
            query = query.bind(version.as_i64());
        }
        let moved: i64 = query.fetch_one(&self.pool).await?.try_get(0)?;
        Ok(moved.unsigned_abs())
    }

    /// The same where one event comes with it and nothing else, as with most answers: the server has less to set up.
    async fn write_with_event(
        &self,
        expected: Version,
        row: &Row<'_>,
        event: &EventRow,
    ) -> Result<u64, Error> {
        let query = bind(&self.statements.update_with_event, row)
            .bind(expected.as_i64())
            .bind(event.at)
            .bind(&event.kind)
            .bind(&event.event);
        Ok(query.execute(&self.pool).await?.rows_affected())
    }

    /// Whether nothing was written because somebody else was first.
    fn lost_a_race(&self, error: &Error, expected: Expected) -> bool {
        let Some(error) = error.as_database_error() else {
            return false;
        };
        let duplicate = expected == Expected::Absent
            && error.is_unique_violation()
            // Of the users and of no other table, where the engine tells which.
            && error.table().is_none_or(|table| table == &*self.users_table);
        duplicate || error.code().as_deref() == Some("40001")
    }
}

/// A statement with the first ten of its parameters, which are the row's columns.
fn bind<'a>(statement: &SqlStr, row: &'a Row<'_>) -> Query<'a, Postgres, PgArguments> {
    sqlx::query(statement.clone())
        .bind(row.user)
        .bind(row.version)
        .bind(row.record)
        .bind(row.enabled)
        .bind(row.confirmed_at)
        .bind(row.last_verified_at)
        .bind(row.recovery_remaining)
        .bind(row.locked)
        .bind(row.due_at)
        .bind(row.epoch)
}

impl UserStore for PostgresStore {
    type Error = Error;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Error> {
        let load = || {
            sqlx::query_as(self.statements.load.clone())
                .bind(user.as_str())
                .fetch_optional(&self.pool)
        };
        Ok(read(load).await?.map(stored))
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Error> {
        let row = Row::of(&change, self.options.outbox)?;
        let written = match (change.expected, &*row.events, &row.notice) {
            (Expected::At(version), [event], None) => {
                self.write_with_event(version, &row, event).await
            }
            (expected, ..) => self.write(expected, &row).await,
        };
        // Once and not again: whether it was written is not known after an error, and the library finds out.
        match written {
            Ok(1) => Ok(Committed::Done),
            Ok(_) => Ok(Committed::Conflict),
            Err(error) if self.lost_a_race(&error, change.expected) => Ok(Committed::Conflict),
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
