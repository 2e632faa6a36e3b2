//! The database, SQLite or PostgreSQL, with the tables of the library and of the demo.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use countersign::store::EventRetention;
use countersign::time::{ClockError, Timestamp};
use countersign_sqlx::{PostgresStore, SqliteStore, StoreOptions};
use sqlx::postgres::PgPool;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::keyfile::owners_alone;

/// The pool of connections, for users, sessions and mailed links.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Why the database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL names no kind of database that the demo supports.
    #[error("DATABASE_URL is sqlite:FILE or postgres://…")]
    UnknownDatabase,
    /// The URL names an SQLite database in memory, which would be lost with its connection.
    #[error("DATABASE_URL has to name a file, such as sqlite:countersign.db")]
    NoFile,
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Database(#[source] sqlx::Error),
}

/// A failure of the service, for which no client is to blame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The clock cannot be read.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The random number generator fails.
    #[error("the random number generator failed")]
    Rng(#[source] getrandom::Error),
    /// A session cannot be read or written.
    #[error("the session cannot be read or written")]
    Session(#[from] tower_sessions::session::Error),
    /// A new session cannot be written.
    #[error("a session cannot be written")]
    SessionNotWritten,
    /// The session layer is missing around the router.
    #[error("there is no session layer")]
    NoSessionLayer,
    /// A password cannot be hashed.
    #[error(transparent)]
    Hash(#[from] crate::passwords::HashError),
    /// The database holds a user id that is invalid.
    #[error("the database holds an id that is none")]
    UserId(#[from] countersign::id::InvalidUserId),
}

/// Runs one statement on either engine. Their pools have different types, but both accept `$1`, `ON
/// CONFLICT` and `RETURNING`.
macro_rules! on {
    ($database:expr, $pool:ident => $query:expr) => {
        match $database {
            $crate::database::Database::Sqlite($pool) => $query,
            $crate::database::Database::Postgres($pool) => $query,
        }
    };
}
pub(crate) use on;

/// The library's store, which shares the pool.
#[derive(Clone)]
pub(crate) enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl Store {
    /// Opens the database of the URL, and migrates its tables. Returns the path for a key file,
    /// too.
    pub(crate) async fn open(url: &str) -> Result<(Self, PathBuf), OpenError> {
        let options = StoreOptions::new().outbox(true);
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let store = PostgresStore::connect_with(url, options).await;
            let store = store.map_err(OpenError::Database)?;
            // A simple query is one transaction. The lock makes processes that start together take
            // turns.
            sqlx::raw_sql(concat!(
                "SELECT pg_advisory_xact_lock(1668248942);",
                include_str!("schema.sql")
            ))
            .execute(store.pool())
            .await
            .map_err(OpenError::Database)?;
            return Ok((Self::Postgres(store), PathBuf::from("countersign.keys")));
        }
        if !url.starts_with("sqlite:") {
            return Err(OpenError::UnknownDatabase);
        }
        let file = SqliteConnectOptions::from_str(url).map_err(OpenError::Database)?;
        let path = file.get_filename().to_owned();
        if path.as_os_str().is_empty() || is_in_memory(url, &path) {
            return Err(OpenError::NoFile);
        }
        // The file is created for its owner alone; SQLite gives its companion files the same mode.
        // An error here shows again when the pool opens the file.
        let _ = owners_alone().open(&path);
        let file = file
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // Elsewhere than on macOS this changes nothing.
            .pragma("fullfsync", "ON")
            .busy_timeout(Duration::from_secs(10));
        // SQLite allows one write at a time, and its own queue polls and is unfair. With one
        // connection, the fair queue of the pool orders the statements of the library and the demo.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .connect_with(file);
        let store = SqliteStore::from_pool(pool.await.map_err(OpenError::Database)?, options);
        store.migrate().await.map_err(OpenError::Database)?;
        sqlx::raw_sql(concat!(
            "BEGIN IMMEDIATE;",
            include_str!("schema.sql"),
            "COMMIT;"
        ))
        .execute(store.pool())
        .await
        .map_err(OpenError::Database)?;
        Ok((Self::Sqlite(store), path.with_extension("keys")))
    }

    /// Deletes a batch of events before a moment from the security log.
    pub(crate) async fn prune_log(&self, before: Timestamp) -> Result<(), Fault> {
        const BATCH: u32 = 10_000;
        match self {
            Self::Sqlite(store) => store.prune_events(before, BATCH).await?,
            Self::Postgres(store) => store.prune_events(before, BATCH).await?,
        };
        Ok(())
    }

    pub(crate) fn database(&self) -> Database {
        match self {
            Self::Sqlite(store) => Database::Sqlite(store.pool().clone()),
            Self::Postgres(store) => Database::Postgres(store.pool().clone()),
        }
    }
}

fn is_in_memory(url: &str, path: &Path) -> bool {
    url.contains(":memory:")
        || url.contains("mode=memory")
        || path.to_string_lossy().contains("file:sqlx-in-memory")
}

impl Database {
    /// Whether the database has a user.
    pub(crate) async fn has_users(&self) -> Result<bool, sqlx::Error> {
        let found: Option<i32> = on!(self, pool => {
            sqlx::query_scalar("SELECT 1 FROM demo_users LIMIT 1").fetch_optional(pool).await?
        });
        Ok(found.is_some())
    }

    /// Whether the named upgrade was made to this database.
    pub(crate) async fn is_upgraded(&self, name: &str) -> Result<bool, Fault> {
        let found: Option<i32> = on!(self, pool => {
            sqlx::query_scalar("SELECT 1 FROM demo_upgrades WHERE name = $1")
                .bind(name)
                .fetch_optional(pool)
                .await?
        });
        Ok(found.is_some())
    }

    pub(crate) async fn note_upgrade(&self, name: &str) -> Result<(), Fault> {
        on!(self, pool => {
            sqlx::query("INSERT INTO demo_upgrades (name) VALUES ($1) ON CONFLICT DO NOTHING")
                .bind(name)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Asks the database for an answer.
    pub(crate) async fn ping(&self) -> Result<(), sqlx::Error> {
        let _: i32 = on!(self, pool => sqlx::query_scalar("SELECT 1").fetch_one(pool).await?);
        Ok(())
    }

    pub(crate) async fn close(&self) {
        on!(self, pool => pool.close().await);
    }
}

/// A moment as columns store it.
pub(crate) fn seconds(at: Timestamp) -> i64 {
    i64::try_from(at.as_unix()).unwrap_or(i64::MAX)
}
