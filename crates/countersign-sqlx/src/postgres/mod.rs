//! The store for several machines, over PostgreSQL.

mod export;
mod migrate;
mod statements;

use std::fmt;
use std::sync::Arc;

use countersign::UserId;
use countersign::store::{Change, Committed, Expected, Stored, UserStore, Version};
use sqlx::postgres::{PgArguments, PgPool, PgRow, Postgres};
use sqlx::query::QueryAs;
use sqlx::{Error, FromRow};

use crate::StoreOptions;
use crate::answer::{CommitRow, Statement};
use crate::columns::{EventRow, Row};
use crate::server::{self, bind_row, pages, queue};
use statements::Statements;

/// A store in a PostgreSQL database, for any number of machines. Connect to the primary: a replica
/// that lags may not know of a second factor yet.
///
/// Cloning is cheap, and clones share the pool.
///
/// A commit is one statement, so that record, events and outbox are written in one round trip. No
/// transaction stays open between round trips, unless a [pooler](StoreOptions::transaction_pooler)
/// needs it. Each answer proves to which statement it belongs. Nothing depends on the isolation
/// level. Under `SERIALIZABLE`, a serialization failure (SQLSTATE 40001) is a conflict like any
/// other.
///
/// # Time-outs
///
/// The store sets no time-out on the server. [`connect`](Self::connect) waits five seconds for a
/// connection and then fails. A statement that hangs is ended by `statement_timeout` in the URL's
/// `options`, or by the caller's own time-out. Dropping an operation is safe at any point.
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
    options: StoreOptions,
    statements: Arc<Statements>,
    /// The full name of the users' table, as errors contain it.
    users_table: Arc<str>,
}

impl PostgresStore {
    /// Connects to a database by its URL and [migrates](Self::migrate) it.
    ///
    /// `postgres://…?sslmode=require` needs one of sqlx's TLS features, which the application
    /// chooses in its own `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// Any error of PostgreSQL.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(url, StoreOptions::new()).await
    }

    /// Connects to a database by its URL, with options, and [migrates](Self::migrate) it.
    ///
    /// # Errors
    ///
    /// Any error of PostgreSQL.
    pub async fn connect_with(url: &str, options: StoreOptions) -> Result<Self, Error> {
        let pool = server::pool().connect(url).await?;
        let store = Self::from_pool(pool, options);
        store.migrate().await?;
        Ok(store)
    }

    /// Over a pool of the application's own, with its settings. [`migrate`](Self::migrate) it, or
    /// run [`migrations`](Self::migrations) as your team runs its own.
    ///
    /// Behind a pooler that hands out connections by transaction, such as PgBouncer, say so with
    /// [`StoreOptions::transaction_pooler`].
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

    /// Reads all rows of an answer, and the error that may follow them. Behind a pooler the
    /// statement has a transaction of its own, which ends before the answer counts.
    async fn answer<'q, R>(
        &self,
        query: QueryAs<'q, Postgres, R, PgArguments>,
    ) -> Result<Vec<R>, Error>
    where
        R: Send + Unpin + for<'r> FromRow<'r, PgRow> + 'q,
    {
        if !self.options.transaction_pooler {
            return query.fetch_all(&self.pool).await;
        }
        let mut transaction = self.pool.begin().await?;
        let rows = query.persistent(false).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// Runs a statement, and repeats it if it lost a race and therefore wrote nothing.
    async fn change<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        server::change(is_serialization_failure, attempt).await
    }

    async fn read<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        server::read(is_serialization_failure, attempt).await
    }

    /// Writes the row if the user's record has the expected version, with its events and outbox
    /// message.
    async fn write(&self, expected: Expected, row: &Row) -> Result<Committed, Error> {
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
        statement.committed(self.answer(query).await?, &row.user, row.version)
    }

    /// Writes a row with one event and nothing else, as most answers do. This statement costs the
    /// server less.
    async fn write_with_event(
        &self,
        expected: Version,
        row: &Row,
        event: &EventRow,
    ) -> Result<Committed, Error> {
        let statement = &self.statements.update_with_event;
        let query = bind(statement, row)
            .bind(expected.as_i64())
            .bind(event.at)
            .bind(&event.kind)
            .bind(&event.event);
        statement.committed(self.answer(query).await?, &row.user, row.version)
    }

    /// Whether nothing was written because another commit came first.
    fn lost_a_race(&self, error: &Error, expected: Expected) -> bool {
        let duplicate = error.as_database_error().is_some_and(|error| {
            expected == Expected::Absent
                && error.is_unique_violation()
                // Only the users' table counts, if the engine names the table.
                && error.table().is_none_or(|table| table == &*self.users_table)
        });
        duplicate || is_serialization_failure(error)
    }
}

/// Whether nothing was written because of what other transactions did.
fn is_serialization_failure(error: &Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some("40001")
}

pages!(PostgresStore);
queue!(PostgresStore, Postgres);

/// A statement with its first twelve parameters, which are the columns of the row.
fn bind<'a>(statement: &Statement, row: &'a Row) -> QueryAs<'a, Postgres, CommitRow, PgArguments> {
    bind_row!(sqlx::query_as(statement.sql.clone()), row)
}

impl UserStore for PostgresStore {
    type Error = Error;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Error> {
        let statement = &self.statements.load;
        let load = || self.answer(sqlx::query_as(statement.sql.clone()).bind(user.as_str()));
        statement.loaded(self.read(load).await?, user)
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Error> {
        let row = Row::of(&change, self.options.outbox)?;
        let written = match (change.expected, &*row.events, &row.notice) {
            (Expected::At(version), [event], None) => {
                self.write_with_event(version, &row, event).await
            }
            (expected, ..) => self.write(expected, &row).await,
        };
        // The commit is not repeated. After an error nobody knows whether it was written, and the
        // library reads it back.
        match written {
            Err(error) if self.lost_a_race(&error, change.expected) => Ok(Committed::Conflict),
            written => written,
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
