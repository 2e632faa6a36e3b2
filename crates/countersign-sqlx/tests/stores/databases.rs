//! A fresh store of each kind, and what tests do to both alike.

use std::path::PathBuf;

use countersign::store::{UserDirectory, UserStore};
use countersign::time::Timestamp;
use countersign_sqlx::{OutboxStore, PostgresStore, Prefix, SqliteStore, StoreOptions};
use sqlx::{AssertSqlSafe, Error};
use tempfile::TempDir;

use crate::cluster;

/// A test of both stores, given a fresh one.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn sqlite() {
                super::$test($crate::databases::Sqlite::fresh()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            #[ignore = "needs PostgreSQL"]
            async fn postgres() {
                super::$test($crate::databases::Postgres::fresh()).await;
            }
        }
    )*};
}
pub(crate) use on_both;

/// A place for tables that nobody else uses.
pub(crate) trait Database: Send + Sync {
    type Store: Store;

    /// Opens it, as each process does.
    fn open(
        &self,
        options: StoreOptions,
    ) -> impl Future<Output = Result<Self::Store, Error>> + Send;

    /// What its tables begin with.
    fn prefix(&self) -> Prefix;

    /// What another process needs to open it.
    fn address(&self) -> String;

    fn store(&self) -> impl Future<Output = Self::Store> + Send {
        let options = StoreOptions::new().prefix(self.prefix());
        async { self.open(options).await.unwrap() }
    }

    fn with_outbox(&self) -> impl Future<Output = Self::Store> + Send {
        let options = StoreOptions::new().prefix(self.prefix()).outbox(true);
        async { self.open(options).await.unwrap() }
    }
}

pub(crate) trait Store:
    UserDirectory + UserStore<Error = Error> + OutboxStore + Clone + 'static
{
    fn unmigrated(&self, prefix: Prefix) -> Self;

    fn migrate(&self) -> impl Future<Output = Result<(), Error>> + Send;

    fn migrations(prefix: &Prefix) -> Vec<countersign_sqlx::Migration>;

    fn prune(&self, older_than: Timestamp, batch: u32) -> impl Future<Output = u64> + Send;

    /// Bytes, given in hexadecimal, as a statement writes them.
    fn bytes(hex: &str) -> String;

    /// Runs statements of the test's own.
    fn run(&self, sql: String) -> impl Future<Output = ()> + Send;

    /// The one number that a query of the test's own gives.
    fn number(&self, sql: String) -> impl Future<Output = i64> + Send;

    /// The texts that a query of the test's own gives.
    fn texts(&self, sql: String) -> impl Future<Output = Vec<String>> + Send;

    /// Closes its connections, so that the next one to open it finds what a new process would.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

pub(crate) struct Sqlite {
    folder: TempDir,
}

pub(crate) struct Postgres {
    url: String,
    prefix: Prefix,
}

impl Sqlite {
    pub(crate) fn fresh() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("countersign.db")
    }
}

impl Postgres {
    pub(crate) fn fresh() -> Self {
        Self::at(&cluster::shared())
    }

    pub(crate) fn at(url: &str) -> Self {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let prefix = format!("test{:016x}_", u64::from_ne_bytes(random));
        Self {
            url: url.to_owned(),
            prefix: Prefix::new(&prefix).unwrap(),
        }
    }

    /// The same tables in another database.
    pub(crate) fn moved_to(&self, url: String) -> Self {
        Self {
            url,
            prefix: self.prefix.clone(),
        }
    }
}

impl Database for Sqlite {
    type Store = SqliteStore;

    async fn open(&self, options: StoreOptions) -> Result<SqliteStore, Error> {
        SqliteStore::open_with(self.file(), options).await
    }

    fn prefix(&self) -> Prefix {
        Prefix::default()
    }

    fn address(&self) -> String {
        self.file().display().to_string()
    }
}

impl Database for Postgres {
    type Store = PostgresStore;

    async fn open(&self, options: StoreOptions) -> Result<PostgresStore, Error> {
        PostgresStore::connect_with(&self.url, options).await
    }

    fn prefix(&self) -> Prefix {
        self.prefix.clone()
    }

    fn address(&self) -> String {
        self.url.clone()
    }
}

macro_rules! store {
    ($store:ty, $bytes:literal) => {
        impl Store for $store {
            fn unmigrated(&self, prefix: Prefix) -> Self {
                Self::from_pool(self.pool().clone(), StoreOptions::new().prefix(prefix))
            }

            async fn migrate(&self) -> Result<(), Error> {
                self.migrate().await
            }

            fn migrations(prefix: &Prefix) -> Vec<countersign_sqlx::Migration> {
                Self::migrations(prefix)
            }

            async fn prune(&self, older_than: Timestamp, batch: u32) -> u64 {
                self.prune_events(older_than, batch).await.unwrap()
            }

            fn bytes(hex: &str) -> String {
                format!($bytes, hex)
            }

            async fn run(&self, sql: String) {
                sqlx::raw_sql(AssertSqlSafe(sql))
                    .execute(self.pool())
                    .await
                    .unwrap();
            }

            async fn number(&self, sql: String) -> i64 {
                sqlx::query_scalar(AssertSqlSafe(sql))
                    .fetch_one(self.pool())
                    .await
                    .unwrap()
            }

            async fn texts(&self, sql: String) -> Vec<String> {
                sqlx::query_scalar(AssertSqlSafe(sql))
                    .fetch_all(self.pool())
                    .await
                    .unwrap()
            }

            async fn close(&self) {
                self.pool().close().await;
            }
        }
    };
}

store!(SqliteStore, "X'{}'");
store!(PostgresStore, "decode('{}', 'hex')");
