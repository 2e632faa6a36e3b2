//! The store for one machine, over SQLite.

mod directory;
mod migrate;
mod outbox;
mod statements;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use countersign::UserId;
use countersign::store::{Change, Committed, Expected, Stored, UserStore};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{Connection, Error, SqliteConnection};
use tokio::sync::Mutex;

use crate::StoreOptions;
use crate::answer::CommitRow;
use crate::columns::Row;
use statements::Statements;
use writer::Writer;

/// A store in an SQLite database. Any number of processes on one machine may share it.
///
/// Cloning is cheap, and clones share the pool.
///
/// # Durability
///
/// [`open`](Self::open) turns WAL on and leaves `synchronous` at the database's default, `FULL`.
/// Therefore a commit that was answered survives a power cut. Under `NORMAL`, which a pool of your
/// own may set, a power cut can undo the last commits, and a used code is then good again.
///
/// # Waiting
///
/// Writers of one store wait in a queue. Writers of other processes wait for SQLite's lock, up to
/// the busy time-out (10 seconds from [`open`](Self::open)). A writer that got no turn by then is
/// an error and wrote nothing.
///
/// Do not put the file on a network file system, because locks do not hold there.
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    options: StoreOptions,
    statements: Arc<Statements>,
    /// SQLite allows one writer at a time. Its own queue polls and is not fair.
    turn: Arc<Mutex<()>>,
}

impl SqliteStore {
    /// Opens a database file and [migrates](Self::migrate) it. A missing file is created.
    ///
    /// # Errors
    ///
    /// Any error of SQLite.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, StoreOptions::new()).await
    }

    /// Opens a database file, with options, and [migrates](Self::migrate) it.
    ///
    /// # Errors
    ///
    /// Any error of SQLite.
    pub async fn open_with(path: impl AsRef<Path>, options: StoreOptions) -> Result<Self, Error> {
        let file = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = migrate::first_connection(SqlitePoolOptions::new(), file).await?;
        let store = Self::from_pool(pool, options);
        store.migrate().await?;
        Ok(store)
    }

    /// Over a pool of the application's own, with its settings. [`migrate`](Self::migrate) it, or
    /// run [`migrations`](Self::migrations) as your team runs its own.
    ///
    /// The database should have a busy time-out and be in WAL mode, because otherwise readers delay
    /// writers.
    #[must_use]
    pub fn from_pool(pool: SqlitePool, options: StoreOptions) -> Self {
        Self {
            pool,
            statements: Arc::new(Statements::new(&options.prefix)),
            options,
            turn: Arc::default(),
        }
    }

    /// The pool, for the application's other tables.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Writes the row if the user's record has the expected version.
    async fn write(
        &self,
        connection: &mut SqliteConnection,
        expected: Expected,
        row: &Row<'_>,
    ) -> Result<Committed, Error> {
        let statement = match expected {
            Expected::Absent => &self.statements.create,
            Expected::At(_) => &self.statements.update,
        };
        let mut query = sqlx::query_as(statement.sql.clone())
            .bind(row.user)
            .bind(row.version)
            .bind(row.record)
            .bind(row.enabled)
            .bind(row.confirmed_at)
            .bind(row.last_verified_at)
            .bind(row.recovery_remaining)
            .bind(row.locked)
            .bind(row.reset_pending)
            .bind(row.delayed_recovery)
            .bind(row.methods)
            .bind(row.due_at);
        if let Expected::At(version) = expected {
            query = query.bind(version.as_i64());
        }
        let rows: Vec<CommitRow> = query.fetch_all(connection).await?;
        match rows.is_empty() {
            true => Ok(Committed::Conflict),
            false => statement.committed(rows, row.user, row.version),
        }
    }

    /// Appends the events and the outbox message of the row.
    async fn append(&self, connection: &mut SqliteConnection, row: &Row<'_>) -> Result<(), Error> {
        for event in &row.events {
            sqlx::query(self.statements.append.clone())
                .bind(row.user)
                .bind(event.at)
                .bind(&event.kind)
                .bind(&event.event)
                .execute(&mut *connection)
                .await?;
        }
        if let Some(notice) = &row.notice {
            sqlx::query(self.statements.enqueue.clone())
                .bind(row.user)
                .bind(&notice.events)
                .bind(notice.at)
                .execute(connection)
                .await?;
        }
        Ok(())
    }
}

const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl UserStore for SqliteStore {
    type Error = Error;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Error> {
        let statement = &self.statements.load;
        let query = sqlx::query_as(statement.sql.clone()).bind(user.as_str());
        statement.loaded(query.fetch_all(&self.pool).await?, user)
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Error> {
        let row = Row::of(&change, self.options.outbox)?;
        let _turn = self.turn.lock().await;
        // The transaction is IMMEDIATE, because a transaction that begins as a reader and then
        // writes cannot wait and fails.
        let mut writer = Writer::acquire(&self.pool).await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        let written = self.write(&mut transaction, change.expected, &row).await?;
        match written {
            Committed::Done => {
                self.append(&mut transaction, &row).await?;
                transaction.commit().await?;
            }
            Committed::Conflict => transaction.rollback().await?,
        }
        writer.ended();
        Ok(written)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
