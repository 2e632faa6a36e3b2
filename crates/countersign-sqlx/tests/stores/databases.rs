//! A fresh store of each kind, and what tests do to all of them alike.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::OnceLock;

use countersign::outbox::Outbox;
use countersign::store::{EventRetention, UserDirectory, UserStore};
use countersign_sqlx::{MySqlStore, PostgresStore, Prefix, SqliteStore, StoreOptions};
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Error};
use tempfile::TempDir;

use crate::servers::Server;

/// A test of each store, given a fresh one.
macro_rules! on_each {
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

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            #[ignore = "needs MariaDB"]
            async fn mariadb() {
                super::$test($crate::databases::MariaDb::fresh()).await;
            }
        }
    )*};
}
pub(crate) use on_each;

/// Opens the store of an address, and runs an asynchronous function on the result.
macro_rules! with_store {
    ($address:expr, $options:expr, |$opened:ident| $run:expr) => {{
        use countersign_sqlx::{MySqlStore, PostgresStore, SqliteStore};

        let address: &str = $address;
        match address.split_once(':') {
            Some(("postgres", _)) => {
                let $opened = PostgresStore::connect_with(address, $options).await;
                $run.await
            }
            Some(("mysql", _)) => {
                let $opened = MySqlStore::connect_with(address, $options).await;
                $run.await
            }
            _ => {
                let $opened = SqliteStore::open_with(address, $options).await;
                $run.await
            }
        }
    }};
}
pub(crate) use with_store;

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
    UserDirectory + UserStore<Error = Error> + Outbox + EventRetention + Clone + 'static
{
    fn unmigrated(&self, prefix: Prefix) -> Self;

    fn migrate(&self) -> impl Future<Output = Result<(), Error>> + Send;

    fn migrations(prefix: &Prefix) -> Vec<countersign_sqlx::Migration>;

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

/// Tables on a server.
pub(crate) struct Served<S> {
    url: String,
    prefix: Prefix,
    store: PhantomData<S>,
}

pub(crate) type Postgres = Served<PostgresStore>;
pub(crate) type MariaDb = Served<MySqlStore>;

/// A store over a server.
pub(crate) trait ServerStore: Store {
    /// What starts a throwaway server.
    const SCRIPT: &str;

    /// The URL of the server that all tests of this process share.
    fn shared() -> String;

    fn connect(
        url: &str,
        options: StoreOptions,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    /// A store, all of whose transactions are serializable, as on engines that know no others.
    fn serializable(
        url: &str,
        options: StoreOptions,
    ) -> impl Future<Output = Result<Self, Error>> + Send;
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

impl<S: ServerStore> Served<S> {
    pub(crate) fn fresh() -> Self {
        Self::at(&S::shared())
    }

    pub(crate) fn at(url: &str) -> Self {
        let mut random = [0; 8];
        getrandom::fill(&mut random).unwrap();
        let prefix = format!("test{:016x}_", u64::from_ne_bytes(random));
        Self::in_place(url, Prefix::new(&prefix).unwrap())
    }

    /// The tables of this prefix.
    pub(crate) fn in_place(url: &str, prefix: Prefix) -> Self {
        Self {
            url: url.to_owned(),
            prefix,
            store: PhantomData,
        }
    }

    /// The same tables in another database, or by another server of a cluster.
    pub(crate) fn moved_to(&self, url: &str) -> Self {
        Self::in_place(url, self.prefix.clone())
    }

    /// A throwaway server of this kind.
    pub(crate) fn server() -> Server {
        Server::start(S::SCRIPT)
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

impl<S: ServerStore> Database for Served<S> {
    type Store = S;

    async fn open(&self, options: StoreOptions) -> Result<S, Error> {
        S::connect(&self.url, options).await
    }

    fn prefix(&self) -> Prefix {
        self.prefix.clone()
    }

    fn address(&self) -> String {
        self.url.clone()
    }
}

macro_rules! server_store {
    ($store:ty, $script:literal, $variable:literal, $pool:ty, $serializable:literal) => {
        impl ServerStore for $store {
            const SCRIPT: &str = $script;

            fn shared() -> String {
                static THROWAWAY: OnceLock<Server> = OnceLock::new();
                std::env::var($variable).unwrap_or_else(|_| {
                    THROWAWAY.get_or_init(|| Server::start($script)).url.clone()
                })
            }

            async fn connect(url: &str, options: StoreOptions) -> Result<Self, Error> {
                Self::connect_with(url, options).await
            }

            async fn serializable(url: &str, options: StoreOptions) -> Result<Self, Error> {
                let pool = <$pool>::new().after_connect(|connection, _| {
                    Box::pin(async {
                        sqlx::query($serializable).execute(connection).await?;
                        Ok(())
                    })
                });
                let store = Self::from_pool(pool.connect(url).await?, options);
                store.migrate().await?;
                Ok(store)
            }
        }
    };
}

server_store!(
    PostgresStore,
    "postgres.sh",
    "COUNTERSIGN_TEST_POSTGRES",
    PgPoolOptions,
    "SET default_transaction_isolation = 'serializable'"
);
server_store!(
    MySqlStore,
    "mariadb.sh",
    "COUNTERSIGN_TEST_MARIADB",
    MySqlPoolOptions,
    "SET SESSION tx_isolation = 'SERIALIZABLE', innodb_snapshot_isolation = ON"
);

macro_rules! store {
    ($store:ty, $bytes:literal, $text:ty) => {
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
                let texts: Vec<$text> = sqlx::query_scalar(AssertSqlSafe(sql))
                    .fetch_all(self.pool())
                    .await
                    .unwrap();
                let texts = texts
                    .into_iter()
                    .map(|text| String::from_utf8(text.into()).unwrap());
                texts.collect()
            }

            async fn close(&self) {
                self.pool().close().await;
            }
        }
    };
}

store!(SqliteStore, "X'{}'", String);
store!(PostgresStore, "decode('{}', 'hex')", String);
// An id is bytes there.
store!(MySqlStore, "X'{}'", Vec<u8>);
