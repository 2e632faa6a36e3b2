//! The statements of a login by hand: one read and the writes, without a decision in between.

use std::sync::Arc;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr, SqlStr};
use tokio::sync::Mutex;

use crate::measure::{Tally, all};
use crate::people::Person;

pub(crate) const LOAD: &str = "SELECT version, record FROM mfa_users WHERE id = $1";
const UPDATE: &str = "UPDATE mfa_users SET version = $2, record = $3, enabled = $4, confirmed_at = $5, last_verified_at = $6,
         recovery_remaining = $7, locked = $8, reset_pending = $9, delayed_recovery = $10, methods = $11, due_at = $12
         WHERE id = $1 AND version = $13";
const INSERT: &str = "INSERT INTO mfa_events (user_id, at, kind, event) VALUES ($1, $2, $3, $4)";

/// An event as the library wrote it, to be written again: its kind and text.
pub(crate) type Sample = (String, String);

pub(crate) const SAMPLE: &str = "SELECT kind, event FROM mfa_events ORDER BY position DESC LIMIT 1";

/// A way to do it.
pub(crate) trait Hand: Send + Sync + 'static {
    const NAME: &str;

    fn answer(&self, user: &str, at: i64) -> impl Future<Output = ()> + Send;
}

pub(crate) async fn answers<H: Hand>(
    hand: &Arc<H>,
    tasks: usize,
    people: &Arc<[Arc<Person>]>,
    at: i64,
) -> Tally {
    let (hand, jobs, people) = (Arc::clone(hand), people.len(), Arc::clone(people));
    all(tasks, jobs, move |place| {
        let (hand, person) = (Arc::clone(&hand), Arc::clone(&people[place]));
        async move { hand.answer(person.user.as_str(), at).await }
    })
    .await
}

/// Changes every byte of a record, as sealing it again does. PostgreSQL logs only the changed
/// range, so that an unchanged record would be cheaper than any answer.
fn renew(record: &mut [u8], version: i64) {
    for (byte, change) in record
        .iter_mut()
        .zip(version.to_le_bytes().into_iter().cycle())
    {
        *byte = byte.wrapping_add(change | 1);
    }
}

/// The row as it was read, but for what changes in it, under its next version.
macro_rules! bind_row {
    ($statement:expr, $user:ident, $version:ident, $record:ident) => {
        sqlx::query($statement)
            .bind($user)
            .bind($version + 1)
            .bind($record)
            .bind(true)
            .bind(Some(1_800_000_000_i64))
            .bind(Some(1_800_003_600_i64))
            .bind(10_i16)
            .bind(false)
            .bind(false)
            .bind(false)
            .bind(5_i16)
            .bind(None::<i64>)
    };
}

/// Both writes in a transaction.
macro_rules! write_both {
    ($transaction:ident, $at:ident, $sample:expr, $user:ident, $version:ident, $record:ident) => {
        let update = bind_row!(UPDATE, $user, $version, $record).bind($version);
        let updated = update.execute(&mut *$transaction).await.unwrap();
        assert_eq!(updated.rows_affected(), 1);
        sqlx::query(INSERT)
            .bind($user)
            .bind($at)
            .bind(&$sample.0)
            .bind(&$sample.1)
            .execute(&mut *$transaction)
            .await
            .unwrap();
        $transaction.commit().await.unwrap();
    };
}

/// SQLite: a transaction. Its writers wait for each other as SQLite has it, by trying again.
pub(crate) struct SqliteTransaction {
    pub(crate) pool: SqlitePool,
    pub(crate) sample: Sample,
}

impl Hand for SqliteTransaction {
    const NAME: &str = "by hand";

    async fn answer(&self, user: &str, at: i64) {
        let (version, mut record): (i64, Vec<u8>) = sqlx::query_as(LOAD)
            .bind(user)
            .fetch_one(&self.pool)
            .await
            .unwrap();
        renew(&mut record, version);
        let mut connection = self.pool.acquire().await.unwrap();
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        write_both!(transaction, at, self.sample, user, version, record);
    }
}

/// A [`SqliteTransaction`] behind a queue for writers.
pub(crate) struct SqliteQueue {
    pub(crate) transaction: SqliteTransaction,
    pub(crate) turn: Mutex<()>,
}

impl Hand for SqliteQueue {
    const NAME: &str = "by hand, with a queue";

    async fn answer(&self, user: &str, at: i64) {
        let (pool, sample) = (&self.transaction.pool, &self.transaction.sample);
        let (version, mut record): (i64, Vec<u8>) = sqlx::query_as(LOAD)
            .bind(user)
            .fetch_one(pool)
            .await
            .unwrap();
        renew(&mut record, version);
        let _turn = self.turn.lock().await;
        let mut connection = pool.acquire().await.unwrap();
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        write_both!(transaction, at, sample, user, version, record);
    }
}

/// PostgreSQL: a transaction, of four round trips.
pub(crate) struct PostgresTransaction {
    pub(crate) pool: PgPool,
    pub(crate) sample: Sample,
}

impl Hand for PostgresTransaction {
    const NAME: &str = "by hand, BEGIN … COMMIT";

    async fn answer(&self, user: &str, at: i64) {
        let (version, mut record): (i64, Vec<u8>) = sqlx::query_as(LOAD)
            .bind(user)
            .fetch_one(&self.pool)
            .await
            .unwrap();
        renew(&mut record, version);
        let mut transaction = self.pool.begin().await.unwrap();
        write_both!(transaction, at, self.sample, user, version, record);
    }
}

/// PostgreSQL: one statement, of one round trip.
pub(crate) struct PostgresStatement {
    pub(crate) pool: PgPool,
    pub(crate) sample: Sample,
    statement: SqlStr,
}

impl PostgresStatement {
    pub(crate) fn new(pool: PgPool, sample: Sample) -> Self {
        let statement = format!(
            "WITH moved AS ({UPDATE} RETURNING id)
             INSERT INTO mfa_events (user_id, at, kind, event) SELECT id, $14, $15, $16 FROM moved"
        );
        Self {
            pool,
            sample,
            statement: AssertSqlSafe(statement).into_sql_str(),
        }
    }
}

impl Hand for PostgresStatement {
    const NAME: &str = "by hand, one statement";

    async fn answer(&self, user: &str, at: i64) {
        let (version, mut record): (i64, Vec<u8>) = sqlx::query_as(LOAD)
            .bind(user)
            .fetch_one(&self.pool)
            .await
            .unwrap();
        renew(&mut record, version);
        let written = bind_row!(self.statement.clone(), user, version, record)
            .bind(version)
            .bind(at)
            .bind(&self.sample.0)
            .bind(&self.sample.1)
            .execute(&self.pool)
            .await
            .unwrap();
        assert_eq!(written.rows_affected(), 1);
    }
}
