//! The store for several machines, over MariaDB and Galera clusters of it.

mod connection;
mod export;
mod migrate;
mod statements;

use std::fmt;
use std::sync::Arc;

use countersign::UserId;
use countersign::store::{Change, Committed, Expected, Stored, UserStore};
use sqlx::mysql::{MySql, MySqlArguments, MySqlDatabaseError, MySqlPool, MySqlRow};
use sqlx::query::QueryAs;
use sqlx::{Error, FromRow};

use crate::StoreOptions;
use crate::columns::Row;
use crate::server::{self, bind_row, pages, queue};
use connection::Lent;
use statements::Statements;

/// A store in a MariaDB database (tested with 10.11), for any number of machines, and over any node
/// of a Galera cluster. MySQL lacks statements that the store uses.
///
/// Cloning is cheap, and clones share the pool.
///
/// A commit is one compound statement, so that record, events and outbox are written in one round
/// trip. No transaction stays open between round trips. Each answer proves to which statement it
/// belongs. Nothing depends on the isolation level. A deadlock and a certification that failed
/// (1213 and 1020) are conflicts like any other. A lock that was waited for too long (1205) is an
/// error, after which the library reads back what was written.
///
/// # Galera
///
/// Any node serves any user, all at the same time. Each read, and each claim of a message, waits
/// until its node has applied what the other nodes confirmed before (`wsrep_sync_wait`). Without
/// that wait, somebody who has just enrolled would sign in on another node with the password alone.
///
/// # Time-outs
///
/// The store sets no time-out on the server. [`connect`](Self::connect) waits five seconds for a
/// connection and then fails. A statement that hangs is ended by `max_statement_time` of the
/// database's user, or by the caller's own time-out. Dropping an operation is safe at any point.
///
/// # Security
///
/// `autocommit` has to stay on, as it is by default. In a connection without it, or in an open
/// transaction, a read could see the past. The store detects that, and the operation is an error.
#[derive(Clone)]
pub struct MySqlStore {
    pool: MySqlPool,
    options: StoreOptions,
    statements: Arc<Statements>,
}

impl MySqlStore {
    /// Connects to a database by its URL and [migrates](Self::migrate) it.
    ///
    /// `mysql://…?ssl-mode=REQUIRED` needs one of sqlx's TLS features, which the application
    /// chooses in its own `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// Any error of MariaDB.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Self::connect_with(url, StoreOptions::new()).await
    }

    /// Connects to a database by its URL, with options, and [migrates](Self::migrate) it.
    ///
    /// # Errors
    ///
    /// Any error of MariaDB.
    pub async fn connect_with(url: &str, options: StoreOptions) -> Result<Self, Error> {
        let pool = server::pool().connect(url).await?;
        let store = Self::from_pool(pool, options);
        store.migrate().await?;
        Ok(store)
    }

    /// Over a pool of the application's own, with its settings. [`migrate`](Self::migrate) it, or
    /// run [`migrations`](Self::migrations) as your team runs its own.
    #[must_use]
    pub fn from_pool(pool: MySqlPool, options: StoreOptions) -> Self {
        Self {
            pool,
            statements: Arc::new(Statements::new(&options.prefix)),
            options,
        }
    }

    /// The pool, for the application's other tables.
    #[must_use]
    pub fn pool(&self) -> &MySqlPool {
        &self.pool
    }

    /// Reads all rows of an answer, and the error that may follow them. After a whole answer and
    /// after a conflict no transaction is open.
    async fn answer<'q, R>(
        &self,
        query: QueryAs<'q, MySql, R, MySqlArguments>,
    ) -> Result<Vec<R>, Error>
    where
        R: Send + Unpin + for<'r> FromRow<'r, MySqlRow> + 'q,
    {
        let mut lent = Lent::acquire(&self.pool).await?;
        let answer = query.fetch_all(lent.connection()).await;
        if answer.as_ref().err().is_none_or(lost_a_race) {
            lent.keep();
        }
        answer
    }

    /// Runs a statement, and repeats it if it lost a race and therefore wrote nothing.
    async fn change<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        server::change(lost_a_race, attempt).await
    }

    async fn read<T, F>(&self, attempt: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        server::read(lost_a_race, attempt).await
    }
}

/// Whether nothing was written because another transaction came first.
///
/// The number of a lock that was waited for too long (1205) is not among them. It is also that of a
/// read that waited too long for the other nodes, and such a read may follow a commit.
fn lost_a_race(error: &Error) -> bool {
    /// Deadlock, or certification by the other nodes failed; and the latter for a snapshot that is
    /// older than the row.
    const NUMBERS: [u16; 2] = [1213, 1020];

    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
    error.is_some_and(|error| NUMBERS.contains(&error.number()))
}

pages!(MySqlStore);
queue!(MySqlStore, MySql);

impl UserStore for MySqlStore {
    type Error = Error;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Error> {
        let statement = &self.statements.load;
        let load = || {
            let query = sqlx::query_as(statement.sql.clone()).bind(user.as_str());
            self.answer(query.bind(user.as_str()))
        };
        statement.loaded(self.read(load).await?, user)
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Error> {
        let row = Row::of(&change, self.options.outbox)?;
        let (events, notice) = (&row.events, &row.notice);
        let (prefix, expected) = (&self.options.prefix, change.expected);
        let statement = statements::commit(prefix, expected, events.len(), notice.is_some());
        let mut query = bind_row!(sqlx::query_as(statement.sql.clone()), row);
        if let Expected::At(version) = expected {
            query = query.bind(version.as_i64());
        }
        for event in events {
            query = query.bind(event.at).bind(&event.kind).bind(&event.event);
        }
        if let Some(notice) = notice {
            query = query.bind(&notice.events).bind(notice.at);
        }
        // The commit is not repeated. After an error nobody knows whether it was written, and the
        // library reads it back.
        match self.answer(query).await {
            Err(error) if lost_a_race(&error) => Ok(Committed::Conflict),
            rows => statement.committed(rows?, &row.user, row.version),
        }
    }
}

impl fmt::Debug for MySqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MySqlStore")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
