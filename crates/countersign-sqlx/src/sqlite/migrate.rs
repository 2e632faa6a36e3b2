//! The schema in SQLite.

use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Connection, Error, SqliteConnection};

use super::writer::Writer;
use super::{BUSY_TIMEOUT, SqliteStore};
use crate::Prefix;
use crate::migration::{Migration, Template, migrations, missing};

const TEMPLATES: [Template; 2] = [
    Template::new(
        1,
        "store",
        include_str!("../../migrations/sqlite/0001_store.sql"),
    ),
    Template::new(
        2,
        "outbox",
        include_str!("../../migrations/sqlite/0002_outbox.sql"),
    ),
];

impl SqliteStore {
    /// The schema as SQL text, for teams that run their own migrations.
    #[must_use]
    pub fn migrations(prefix: &Prefix) -> Vec<Migration> {
        migrations(&TEMPLATES, prefix)
    }

    /// Updates the tables to this release. All steps are applied, or none. Any number of processes
    /// may do so at once. A database that is up to date is only read.
    ///
    /// # Errors
    ///
    /// Any error of SQLite.
    pub async fn migrate(&self) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        if self.missing(&mut connection).await?.is_empty() {
            return Ok(());
        }
        drop(connection);
        let _turn = self.turn.lock().await;
        let mut writer = Writer::acquire(&self.pool).await?;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
        for migration in self.missing(&mut transaction).await? {
            sqlx::raw_sql(AssertSqlSafe(migration.sql))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        writer.ended();
        Ok(())
    }

    async fn missing(&self, connection: &mut SqliteConnection) -> Result<Vec<Migration>, Error> {
        let prefix = &self.options.prefix;
        let all = Self::migrations(prefix);
        let table = sqlx::query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")
            .bind(format!("{prefix}migrations"))
            .fetch_optional(&mut *connection)
            .await?;
        if table.is_none() {
            return Ok(all);
        }
        let applied = prefix.statement("SELECT version FROM {prefix}migrations");
        let applied = sqlx::query_scalar(applied).fetch_all(connection).await?;
        Ok(missing(all, &applied))
    }
}

/// Connects for the first time. Unlike other statements, turning WAL on does not wait for the lock.
/// If several processes create the file at once, some of them have to try again.
pub(super) async fn first_connection(
    pool: SqlitePoolOptions,
    file: SqliteConnectOptions,
) -> Result<SqlitePool, Error> {
    let started = Instant::now();
    loop {
        match pool.clone().connect_with(file.clone()).await {
            Err(error) if is_busy(&error) && started.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            result => return result,
        }
    }
}

/// Any `SQLITE_BUSY`. The low byte of an extended code is the plain code.
pub(super) fn is_busy(error: &Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}
