//! Where one machine serves: SQLite.

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

/// A store in an SQLite database, which any number of processes on one machine may share.
///
/// Cloning is cheap, and clones share the pool.
///
/// # Durability
///
/// [`open`](Self::open) turns WAL on and leaves `synchronous` at the database's default, `FULL`: what was answered is on
/// disk, power cuts included. Under `NORMAL`, which a pool of your own may set, a power cut can take back the last commits,
/// and with them the memory that a code was used.
///
/// # Waiting
///
/// Writers of one store queue up for their turn; those of other processes wait for SQLite's lock, up to the busy
/// time-out (10 seconds from [`open`](Self::open)). One that got no turn by then is an error and wrote nothing.
///
/// A network file system is no place for the file: its locks do not hold.
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    options: StoreOptions,
    statements: Arc<Statements>,
    /// SQLite lets one write at a time. Its own queue polls, and is not fair.
    turn: Arc<Mutex<()>>,
}

impl SqliteStore {
    /// Opens a database file, which is made if it is missing, and [migrates](Self::migrate) it.
    ///
    /// # Errors
    ///
    /// Whatever SQLite says.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path, StoreOptions::new()).await
    }

    /// The same, with options.
    ///
    /// # Errors
    ///
    /// Whatever SQLite says.
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

    /// Over a pool of the application's own, with its settings. [`migrate`](Self::migrate) it, or run
    /// [`migrations`](Self::migrations) as your team runs its own.
    ///
    /// The database should be in WAL mode, or readers hold up writers, and have a busy time-out.
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

    /// Writes the row if the user stands where expected.
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
            .bind(row.due_at)
            .bind(row.epoch);
        if let Expected::At(version) = expected {
            query = query.bind(version.as_i64());
        }
        let rows: Vec<CommitRow> = query.fetch_all(connection).await?;
        match rows.is_empty() {
            true => Ok(Committed::Conflict),
            false => statement.committed(rows, row.user, row.version),
        }
    }

    /// Appends what comes with the row.
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
        // IMMEDIATE: a transaction that begins as a reader and then writes cannot wait, and fails instead.
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
