//! The cost of a login's answer over a real database, compared with a loop of its `SELECT`,
//! `UPDATE` and `INSERT` alone, through one pool and on the same tables.
//!
//! `cargo bench -p countersign-sqlx --bench answers` measures SQLite. `COUNTERSIGN_TEST_POSTGRES`
//! names a PostgreSQL to measure as well. The bench fills tables there that begin with `mfa_`, and
//! leaves them. `tests/postgres.sh` starts a PostgreSQL. `--growth` measures the effect of the
//! number of users on PostgreSQL, up to 5,000,000, which takes minutes and 20 GB; `--users N` sets
//! another number than that. `sqlite` or `postgres` measures that database alone. `--test` runs
//! each case once and small.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up should stop"
)]

mod growth;
mod hand;
mod measure;
mod people;
mod throughput;

use std::env;

use countersign_sqlx::{PostgresStore, SqliteStore};
use sqlx::AssertSqlSafe;

const URL: &str = "COUNTERSIGN_TEST_POSTGRES";

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let flags: Vec<String> = env::args().skip(1).collect();
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let (small, growth) = (has("--test"), has("--growth"));

    if !growth && !has("postgres") {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("answers.db")).await;
        throughput::sqlite(&store.unwrap(), small).await;
    }
    if has("sqlite") {
        return;
    }
    let Ok(url) = env::var(URL) else {
        println!("\nPostgreSQL is not measured: {URL} is not set, see tests/postgres.sh");
        return;
    };
    settings(&url).await;
    if !growth {
        throughput::postgres(&url, small).await;
    }
    if growth || small {
        let given = flags.iter().position(|flag| flag == "--users");
        let most = given.map_or(5_000_000, |place| flags[place + 1].parse().unwrap());
        growth::postgres(&url, most, small).await;
    }
}

/// What the figures depend on.
async fn settings(url: &str) {
    let store = PostgresStore::connect(url).await.unwrap();
    println!();
    for name in [
        "server_version",
        "fsync",
        "synchronous_commit",
        "shared_buffers",
        "max_wal_size",
        "wal_compression",
    ] {
        let show = AssertSqlSafe(format!("SHOW {name}"));
        let value: String = sqlx::query_scalar(show)
            .fetch_one(store.pool())
            .await
            .unwrap();
        println!("{name} = {value}");
        if (name, &*value) == ("fsync", "off") {
            println!("  (nothing is synced: no figure of this run is worth quoting)");
        }
    }
}
