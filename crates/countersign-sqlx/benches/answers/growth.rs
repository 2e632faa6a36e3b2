//! What the number of users does to an answer. Tables of every size stand side by side and take
//! turns.

use std::sync::Arc;

use countersign::testing::SteppedClock;
use countersign_sqlx::{PostgresStore, Prefix, StoreOptions};
use sqlx::AssertSqlSafe;

use crate::measure::Tally;
use crate::people::{NOW, Person, Service};

struct Scale {
    /// How many users each table has.
    sizes: [i64; 3],
    /// How many of them can sign in. The others have the same bytes under ids that those are not
    /// sealed for.
    people: usize,
    /// How many answer in a round.
    answers: usize,
    rounds: usize,
}

const TASKS: usize = 4;

impl Scale {
    fn of(most: i64, small: bool) -> Self {
        if small {
            Self {
                sizes: [20, 40, 100],
                people: 20,
                answers: 10,
                rounds: 2,
            }
        } else {
            Self {
                sizes: [1_000, 100_000, most],
                people: 10_000,
                answers: 1_000,
                rounds: 20,
            }
        }
    }
}

struct Table {
    size: i64,
    people: Vec<Arc<Person>>,
    service: Arc<Service>,
    store: PostgresStore,
    prefix: Prefix,
    tally: Tally,
    wal: i64,
}

/// The largest table has `most` users.
pub(crate) async fn postgres(url: &str, most: i64, small: bool) {
    let (scale, clock) = (Scale::of(most, small), SteppedClock::at(NOW));
    let prefix = Prefix::new("staged_").unwrap();
    let staged = connect(url, &prefix).await;
    let people = Service::new(staged.clone(), clock.clone())
        .people(scale.people)
        .await;
    number(&staged, &people).await;

    let mut tables = Vec::new();
    for size in scale.sizes {
        let mut table = Table::new(url, size, &people, &clock).await;
        table.fill(scale.people).await;
        tables.push(table);
    }
    run(&staged, "CHECKPOINT".into()).await;

    for round in 0..scale.rounds {
        let turns = tables.len();
        for turn in 0..turns {
            tables[(round + turn) % turns]
                .round(round, scale.answers)
                .await;
        }
    }

    print!("\n| users | answers/s | p50, ms | p99, ms | cost, relative to the smallest ");
    print!("| WAL per answer, bytes | row, bytes per user | two events, bytes per user ");
    println!("| HOT updates |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let costs: Vec<f64> = tables
        .iter()
        .map(|table| tables[0].tally.beside(&table.tally))
        .collect();
    for (table, cost) in tables.iter_mut().zip(costs) {
        table.report(cost).await;
    }
    // They are large.
    for prefix in tables.iter().map(|table| &table.prefix).chain([&prefix]) {
        for table in ["users", "events", "outbox", "migrations"] {
            run(&staged, format!("DROP TABLE {prefix}{table}")).await;
        }
    }
    run(&staged, "DROP TABLE staged".into()).await;
}

impl Table {
    async fn new(url: &str, size: i64, people: &[Arc<Person>], clock: &SteppedClock) -> Self {
        let prefix = Prefix::new(&format!("of_{size}_")).unwrap();
        let store = connect(url, &prefix).await;
        let present = usize::try_from(size).unwrap().min(people.len());
        Self {
            size,
            people: people[..present].to_vec(),
            service: Service::new(store.clone(), clock.clone()),
            store,
            prefix,
            tally: Tally::default(),
            wal: 0,
        }
    }

    /// Those who can sign in lie evenly among the others, and all ids are random.
    async fn fill(&mut self, people: usize) {
        let (size, prefix) = (self.size, &self.prefix);
        let stride = (size / i64::try_from(people).unwrap()).max(1);
        // Indexes are made after the rows: that is what takes the time.
        run(
            &self.store,
            format!("DROP INDEX {prefix}events_user, {prefix}events_at"),
        )
        .await;
        run(
            &self.store,
            format!(
                "INSERT INTO {prefix}users SELECT
                     CASE WHEN g % {stride} = 0 THEN s.id ELSE gen_random_uuid()::text END, s.version, s.record, s.enabled,
                     s.confirmed_at, s.last_verified_at, s.recovery_remaining, s.locked,
                     s.reset_pending, s.delayed_recovery, s.methods, s.due_at
                 FROM generate_series(0, {size} - 1) AS g JOIN staged AS s ON s.place = g / {stride}"
            ),
        )
        .await;
        // Two events each, of some time in a year.
        run(
            &self.store,
            format!(
                "INSERT INTO {prefix}events (user_id, at, kind, event)
                 SELECT u.id, e.at - (random() * 31536000)::bigint, e.kind, e.event
                 FROM {prefix}users AS u CROSS JOIN
                     (SELECT * FROM staged_events ORDER BY position DESC LIMIT 2) AS e"
            ),
        )
        .await;
        for migration in PostgresStore::migrations(prefix) {
            run(&self.store, migration.sql).await;
        }
        run(&self.store, format!("VACUUM ANALYZE {prefix}users")).await;
        run(&self.store, format!("VACUUM ANALYZE {prefix}events")).await;
    }

    /// Some of those who can sign in do, others than in the round before.
    async fn round(&mut self, round: usize, answers: usize) {
        let first = round * answers % self.people.len();
        let people = &self.people[first..first + answers];
        let before = wal(&self.store).await;
        let tally = self.service.answers(TASKS, people).await;
        self.wal += wal(&self.store).await - before;
        // A new connection's first statements are planned, and a new table's catalogue is read.
        if round > 0 {
            self.tally.add(tally);
        } else {
            self.wal = 0;
        }
    }

    async fn report(&mut self, cost: f64) {
        let (users, events) = (self.bytes("users").await, self.bytes("events").await);
        let all = self.tally.a_second();
        let wal = self.wal as f64 / self.tally.count() as f64;
        let hot = 100.0 * self.hot().await;
        println!(
            "| {} | {all:.0} | {:.2} | {:.2} | {cost:.2} | {wal:.0} | {users:.0} | {events:.0} | {hot:.0} % |",
            grouped(self.size),
            self.tally.percentile(50),
            self.tally.percentile(99),
        );
    }

    /// The share of the updates of users that wrote no index.
    async fn hot(&self) -> f64 {
        let table = format!("{}users", self.prefix);
        sqlx::query_scalar(
            "SELECT n_tup_hot_upd::float8 / greatest(n_tup_upd, 1)
             FROM pg_stat_user_tables WHERE relname = $1",
        )
        .bind(table)
        .fetch_one(self.store.pool())
        .await
        .unwrap()
    }

    /// On disk, with indexes and what PostgreSQL keeps beside, for each user.
    async fn bytes(&self, table: &str) -> f64 {
        let table = format!("{}{table}", self.prefix);
        let bytes: i64 = sqlx::query_scalar("SELECT pg_total_relation_size($1::regclass)")
            .bind(table)
            .fetch_one(self.store.pool())
            .await
            .unwrap();
        bytes as f64 / self.size as f64
    }
}

/// A number with a comma before each three digits.
fn grouped(number: i64) -> String {
    let mut text = number.to_string();
    let mut place = text.len();
    while place > 3 {
        place -= 3;
        text.insert(place, ',');
    }
    text
}

async fn connect(url: &str, prefix: &Prefix) -> PostgresStore {
    let options = StoreOptions::new().prefix(prefix.clone());
    PostgresStore::connect_with(url, options).await.unwrap()
}

/// The rows of people, each with the place at which it has its user here.
async fn number(store: &PostgresStore, people: &[Arc<Person>]) {
    let ids: Vec<&str> = people.iter().map(|person| person.user.as_str()).collect();
    sqlx::query(
        "CREATE TABLE staged AS SELECT given.place - 1 AS place, u.* FROM staged_users AS u
         JOIN unnest($1::text[]) WITH ORDINALITY AS given (id, place) ON given.id = u.id",
    )
    .bind(ids)
    .execute(store.pool())
    .await
    .unwrap();
    run(store, "ANALYZE staged".into()).await;
}

async fn run(store: &PostgresStore, sql: String) {
    let result = sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(store.pool())
        .await;
    result.unwrap();
}

/// How much was written ahead so far.
async fn wal(store: &PostgresStore) -> i64 {
    sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
        .fetch_one(store.pool())
        .await
        .unwrap()
}
