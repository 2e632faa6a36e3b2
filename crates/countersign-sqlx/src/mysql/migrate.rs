//! The schema in MariaDB.

use sqlx::{AssertSqlSafe, Error};

use super::MySqlStore;
use crate::Prefix;
use crate::migration::{Migration, Template, migrations, missing};

const TEMPLATES: [Template; 2] = [
    Template::new(
        1,
        "store",
        include_str!("../../migrations/mysql/0001_store.sql"),
    ),
    Template::new(
        2,
        "outbox",
        include_str!("../../migrations/mysql/0002_outbox.sql"),
    ),
];

impl MySqlStore {
    /// The schema as SQL text, for teams that run their own migrations.
    #[must_use]
    pub fn migrations(prefix: &Prefix) -> Vec<Migration> {
        migrations(&TEMPLATES, prefix)
    }

    /// Updates the tables to this release, in the connection's database. Any number of processes
    /// may do so at once, on any nodes of a cluster. A database that is up to date is only read.
    ///
    /// MariaDB commits each statement of the schema by itself. A step that fails halfway is not
    /// recorded, and the next call completes it.
    ///
    /// # Errors
    ///
    /// Any error of MariaDB.
    pub async fn migrate(&self) -> Result<(), Error> {
        for migration in self.missing().await? {
            // A statement does no harm the second time. Therefore processes need not take turns.
            let step = || async {
                let mut connection = self.pool.acquire().await?;
                let statements = sqlx::raw_sql(AssertSqlSafe(migration.sql.clone()));
                statements.execute(&mut *connection).await
            };
            self.change(step).await?;
        }
        Ok(())
    }

    async fn missing(&self) -> Result<Vec<Migration>, Error> {
        let prefix = &self.options.prefix;
        let all = Self::migrations(prefix);
        let tables = "SELECT table_name FROM information_schema.tables
             WHERE table_schema = DATABASE() AND table_name = ?";
        let table = || {
            let table = sqlx::query(tables).bind(format!("{prefix}migrations"));
            table.fetch_all(&self.pool)
        };
        if self.read(table).await?.is_empty() {
            return Ok(all);
        }
        let applied = || {
            let applied = prefix.statement("SELECT version FROM {prefix}migrations");
            sqlx::query_scalar(applied).fetch_all(&self.pool)
        };
        Ok(missing(all, &self.read(applied).await?))
    }
}
