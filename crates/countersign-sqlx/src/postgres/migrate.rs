//! The schema in PostgreSQL.

use sqlx::{AssertSqlSafe, Error, PgConnection};

use super::PostgresStore;
use crate::Prefix;
use crate::migration::{Migration, Template, migrations, missing};

const TEMPLATES: [Template; 2] = [
    Template::new(
        1,
        "store",
        include_str!("../../migrations/postgres/0001_store.sql"),
    ),
    Template::new(
        2,
        "outbox",
        include_str!("../../migrations/postgres/0002_outbox.sql"),
    ),
];

/// The advisory lock of migrations: `countsgn`, read as a number.
const LOCK: i64 = i64::from_be_bytes(*b"countsgn");

impl PostgresStore {
    /// The schema as SQL text, for teams that run their own migrations.
    #[must_use]
    pub fn migrations(prefix: &Prefix) -> Vec<Migration> {
        migrations(&TEMPLATES, prefix)
    }

    /// Updates the tables to this release, in the first schema of the connection's `search_path`.
    /// All steps are applied, or none. Any number of processes may do so at once, because an
    /// advisory lock makes them take turns. A database that is up to date is only read.
    ///
    /// # Errors
    ///
    /// Any error of PostgreSQL.
    pub async fn migrate(&self) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await?;
        let missing = self.missing(&mut transaction).await?;
        transaction.rollback().await?;
        if missing.is_empty() {
            return Ok(());
        }
        let mut transaction = self.pool.begin().await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(LOCK)
            .persistent(false)
            .execute(&mut *transaction)
            .await?;
        for migration in self.missing(&mut transaction).await? {
            sqlx::raw_sql(AssertSqlSafe(migration.sql))
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    async fn missing(&self, connection: &mut PgConnection) -> Result<Vec<Migration>, Error> {
        let prefix = &self.options.prefix;
        let all = Self::migrations(prefix);
        let table: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
            .bind(format!("{prefix}migrations"))
            .persistent(false)
            .fetch_one(&mut *connection)
            .await?;
        if !table {
            return Ok(all);
        }
        let applied = prefix.statement("SELECT version FROM {prefix}migrations");
        let applied = sqlx::query_scalar(applied).persistent(false);
        let applied = applied.fetch_all(connection).await?;
        Ok(missing(all, &applied))
    }
}
