//! Behind PgBouncer, which hands out connections by transaction or by session, beside an
//! application's own statements.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use countersign::account::{Completed, CompletedBy};
use countersign::{FirstFactor, Login, Mfa, UserId};
use countersign_sqlx::{PostgresStore, Prefix, StoreOptions};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Error};
use tokio::task::JoinSet;

use crate::conformance::the_suite_passes;
use crate::databases::{Database, Postgres, ServerStore};
use crate::support::{NOW, Person, challenge, enroll, mfa};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pgbouncer.sh");

const POOLS: usize = 3;
const TASKS: usize = 18;
const ROUNDS: usize = 40;

/// A throwaway PgBouncer. It ends with its input.
struct Pooler {
    url: String,
    script: Child,
}

impl Pooler {
    /// Before the PostgreSQL that all tests share, with so many connections to it.
    fn start(mode: &str, size: usize) -> Self {
        let mut script = Command::new(SCRIPT)
            .args([mode, &size.to_string(), &PostgresStore::shared()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{SCRIPT}: {error}"));
        let mut url = String::new();
        let mut answers = BufReader::new(script.stdout.take().unwrap());
        answers.read_line(&mut url).unwrap();
        assert!(!url.is_empty(), "{SCRIPT} started no PgBouncer");
        Self {
            url: url.trim().to_owned(),
            script,
        }
    }

    /// A pool of an application that keeps no prepared statements, as is often advised for such a
    /// pooler.
    async fn pool(&self) -> PgPool {
        let url: PgConnectOptions = self.url.parse().unwrap();
        let pool = PgPoolOptions::new().max_connections(6);
        let pool = pool.connect_with(url.statement_cache_capacity(0)).await;
        pool.unwrap()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

/// A fresh set of tables, reached through a pooler.
struct Pooled {
    pooler: Pooler,
    tables: Postgres,
    by_transaction: bool,
}

impl Pooled {
    fn by(mode: &str) -> Self {
        Self {
            pooler: Pooler::start(mode, 40),
            tables: Postgres::fresh(),
            by_transaction: mode == "transaction",
        }
    }
}

impl Database for Pooled {
    type Store = PostgresStore;

    async fn open(&self, options: StoreOptions) -> Result<PostgresStore, Error> {
        let options = options.transaction_pooler(self.by_transaction);
        let store = PostgresStore::from_pool(self.pooler.pool().await, options);
        store.migrate().await?;
        Ok(store)
    }

    fn prefix(&self) -> Prefix {
        self.tables.prefix()
    }

    fn address(&self) -> String {
        self.pooler.url.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PgBouncer"]
async fn the_suite_passes_behind_a_pooler_by_transaction() {
    the_suite_passes(Pooled::by("transaction")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PgBouncer"]
async fn the_suite_passes_behind_a_pooler_by_session() {
    the_suite_passes(Pooled::by("session")).await;
}

/// What the operations of many tasks came to.
#[derive(Debug, Default)]
struct Counts {
    right: AtomicUsize,
    wrong: AtomicUsize,
    errors: AtomicUsize,
    /// Errors that say that another statement answered.
    foreign: AtomicUsize,
}

impl Counts {
    fn count(&self, login: Result<Login, countersign::Error>, right: impl Fn(&Login) -> bool) {
        let counter = match &login {
            Ok(login) if right(login) => &self.right,
            Ok(_) => &self.wrong,
            Err(error) => {
                if format!("{error:?}").contains("ForeignAnswer") {
                    self.foreign.fetch_add(1, Ordering::Relaxed);
                }
                &self.errors
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn of(&self) -> [usize; 3] {
        [&self.right, &self.wrong, &self.errors].map(|count| count.load(Ordering::Relaxed))
    }
}

/// Statements on a table of the application: a query without a row, a query with a row, and an
/// update. Their success there is the application's own affair.
async fn application(pool: &PgPool, table: &str, round: usize) {
    let by_id = format!("SELECT name FROM {table} WHERE id = $1");
    let update = format!("UPDATE {table} SET name = $2 WHERE id = $1");
    let id = ["alice", "somebody"][round % 2];
    let _ = sqlx::query(AssertSqlSafe(by_id))
        .bind(id)
        .fetch_optional(pool)
        .await;
    let _ = sqlx::query(AssertSqlSafe(update))
        .bind(id)
        .bind("name")
        .execute(pool)
        .await;
}

/// Tasks over several pools that begin logins of somebody enrolled and of somebody else, beside the
/// application's statements.
async fn crowd(pooler: &Pooler, options: &StoreOptions, alice: &Person, table: &str) -> Counts {
    let counts = Arc::new(Counts::default());
    let mut tasks = JoinSet::new();
    let mut pools = Vec::new();
    for _ in 0..POOLS {
        pools.push(pooler.pool().await);
    }
    for task in 0..TASKS {
        let (counts, alice, table) = (Arc::clone(&counts), alice.user.clone(), table.to_owned());
        let pool = pools[task % POOLS].clone();
        let mfa = mfa(PostgresStore::from_pool(pool.clone(), options.clone()));
        tasks.spawn(async move {
            let stranger = UserId::new(format!("stranger {task}")).unwrap();
            for round in 0..ROUNDS {
                application(&pool, &table, round).await;
                let enrolled = mfa.begin_login(&alice, FirstFactor::password_at(NOW)).await;
                counts.count(enrolled, |login| matches!(login, Login::Challenge(_)));
                let unknown = mfa
                    .begin_login(&stranger, FirstFactor::password_at(NOW))
                    .await;
                counts.count(unknown, |login| {
                    matches!(
                        login,
                        Login::Completed(Completed {
                            by: CompletedBy::NotEnrolled { .. },
                            ..
                        })
                    )
                });
            }
        });
    }
    tasks.join_all().await;
    Arc::into_inner(counts).unwrap()
}

/// Somebody enrolled in fresh tables, reached without a pooler, and a table of the application.
async fn scene() -> (Postgres, StoreOptions, Mfa, Person, String) {
    let database = Postgres::fresh();
    let options = StoreOptions::new().prefix(database.prefix());
    let store = database.open(options.clone()).await.unwrap();
    let table = format!("{}people", database.prefix());
    let create = format!(
        "CREATE TABLE {table} (id TEXT PRIMARY KEY, name TEXT); INSERT INTO {table} VALUES ('somebody', 'name')"
    );
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(store.pool())
        .await
        .unwrap();
    let mfa = mfa(store);
    let alice = enroll(&mfa, "alice").await;
    (database, options, mfa, alice, table)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PgBouncer"]
async fn with_the_option_all_answers_are_right_and_nothing_is_left_behind() {
    let (_database, options, _mfa, alice, table) = scene().await;
    let pooler = Pooler::start("transaction", 3);
    let options = options.transaction_pooler(true);
    let counts = crowd(&pooler, &options, &alice, &table).await;
    assert_eq!(counts.of(), [TASKS * ROUNDS * 2, 0, 0], "{counts:?}");

    // Each of the pooler's three connections, at the same time.
    let pool = pooler.pool().await;
    let mut transactions = Vec::new();
    for _ in 0..3 {
        transactions.push(pool.begin().await.unwrap());
    }
    for transaction in &mut transactions {
        let left =
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%countersign %'
                    AND statement NOT LIKE '%pg_prepared_statements%'";
        let left = sqlx::query_scalar(left).persistent(false);
        let left: i64 = left.fetch_one(&mut **transaction).await.unwrap();
        assert_eq!(left, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PgBouncer"]
async fn without_the_option_there_are_errors_and_no_wrong_answer() {
    let (_database, options, mfa, alice, table) = scene().await;
    let pooler = Pooler::start("transaction", 3);
    let counts = crowd(&pooler, &options, &alice, &table).await;
    let [_, wrong, errors] = counts.of();
    assert_eq!(wrong, 0, "{counts:?}");
    // Or this test shows nothing.
    assert!(errors > 0, "{counts:?}");
    assert!(counts.foreign.load(Ordering::Relaxed) > 0, "{counts:?}");
    // Nothing was written in the place of anything else.
    let token = challenge(&mfa, &alice.user).await;
    let code = alice.code(crate::support::NOW);
    mfa.answer_challenge(&token, code.as_str()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PgBouncer"]
async fn by_session_no_option_is_needed() {
    let (_database, options, _mfa, alice, table) = scene().await;
    let pooler = Pooler::start("session", POOLS * 6);
    let counts = crowd(&pooler, &options, &alice, &table).await;
    assert_eq!(counts.of(), [TASKS * ROUNDS * 2, 0, 0], "{counts:?}");
}
