//! The store for one machine, over SQLite.

mod commits;
mod directory;
mod failure;
mod migrate;
mod outbox;
mod statements;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use countersign::UserId;
use countersign::store::{Change, Committed, Stored, UserStore};
use sqlx::Error;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::sync::Mutex;

use crate::StoreOptions;
use crate::columns::Row;
use commits::Commits;
use statements::Statements;

/// A store in an SQLite database. Any number of processes on one machine may share it.
///
/// Cloning is cheap, and clones share the pool.
///
/// # Durability
///
/// [`open`](Self::open) turns WAL on and sets `synchronous` to `FULL`, and on macOS `fullfsync`.
/// Therefore a commit that was answered survives a power cut. Under `NORMAL`, which a pool of your
/// own may set, a power cut can undo the last commits, and a used code is then good again.
///
/// # Waiting
///
/// Commits that wait are written together, up to 64 in one transaction, so that one sync serves all
/// of them and one of each user. Each compares by itself: a conflict undoes nobody else's commit.
/// All of them, conflicts too, are answered when the transaction is durable. If the transaction
/// fails, each of its commits is an error. A commit whose future is dropped while it waits is
/// written all the same.
///
/// A transaction waits for the writers of other processes up to the busy time-out (10 seconds from
/// [`open`](Self::open)). If SQLite gives up, every commit that waits at that moment is an error
/// and wrote nothing. Therefore no commit waits for the time-out of another commit. It may wait for
/// that of an outbox worker or of
/// [`prune_events`](countersign::store::EventRetention::prune_events).
///
/// A task on the tokio runtime of one of the waiting commits writes them. Use a multi-thread
/// runtime, or one that is driven all the time: a current-thread runtime that rests between two
/// `block_on` stops the commits of all others.
///
/// Put no trigger and no foreign key on the tables: an error of one row fails all commits that are
/// written with it.
///
/// Do not put the file on a network file system, because locks do not hold there.
#[derive(Clone)]
pub struct SqliteStore {
    pool: SqlitePool,
    options: StoreOptions,
    statements: Arc<Statements>,
    /// SQLite allows one writer at a time. Its own queue polls and is not fair.
    turn: Arc<Mutex<()>>,
    commits: Arc<Commits>,
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
            .synchronous(SqliteSynchronous::Full)
            // Without it macOS leaves what it synced in the cache of the disk.
            .pragma("fullfsync", "ON")
            .busy_timeout(BUSY_TIMEOUT);
        // The test of an idle connection is for networks. Here it would only change threads twice.
        let pool = SqlitePoolOptions::new().test_before_acquire(false);
        let pool = migrate::first_connection(pool, file).await?;
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
            commits: Arc::default(),
        }
    }

    /// The pool, for the application's other tables.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
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
        self.write(change.expected, row).await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
