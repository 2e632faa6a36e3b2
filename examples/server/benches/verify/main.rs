//! Measures `POST /auth/mfa/verify` against the demo in its own process: requests a second, their
//! times, and what the process takes of processor and memory.
//!
//! Each request completes the login of another user with its own challenge: it reads a token, a
//! record and a sealed key, checks a code, commits with an event, and begins a session. 16
//! connections stay open. Each sends its next request after the response.
//!
//! ```text
//! # over SQLite
//! cargo bench -p countersign-demo --bench verify
//! # over SQLite and PostgreSQL
//! crates/countersign-sqlx/tests/postgres.sh cargo bench -p countersign-demo --bench verify
//! ```
//!
//! After `--`, `SQLite` or `PostgreSQL` measures that engine alone, `--users N` sets the number of
//! logins, and `--test` only shows that the bench runs.

mod load;
mod people;
// A part of the module is for tests.
#[allow(dead_code)]
#[path = "../../tests/process/mod.rs"]
mod process;

use people::KEYS;
use process::{Failure, Process};

const CONNECTIONS: usize = 16;
const USERS: usize = 40_000;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let users = users();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bench.db");
    let mut databases = vec![("SQLite", format!("sqlite:{}", file.display()))];
    if let Ok(url) = std::env::var("COUNTERSIGN_TEST_POSTGRES") {
        databases.push(("PostgreSQL", url));
    }
    let wanted = |name: &&str| std::env::args().any(|argument| argument == **name);
    if databases.iter().any(|(name, _)| wanted(name)) {
        databases.retain(|(name, _)| wanted(name));
    }
    println!("{users} logins over {CONNECTIONS} connections\n");
    println!(
        "| store | requests a second | processor, ms a request | p50, ms | p99, ms | peak memory, MiB |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, url) in databases {
        let server = Process::start(Process::command(&url).env("COUNTERSIGN_KEYS", KEYS))?;
        let logins = people::ready(&url, users).await?;
        let durable = if people::is_synced(&url).await? {
            "synced"
        } else {
            "not synced"
        };
        let before = server.processor()?;
        let measured = load::run(server.address(), logins, CONNECTIONS).await?;
        let processor = server.processor()? - before;
        println!(
            "| {name}, {durable} | {:.0} | {:.2} | {:.1} | {:.1} | {} |",
            measured.per_second(),
            processor.as_secs_f64() * 1000.0 / users as f64,
            measured.quantile(500),
            measured.quantile(990),
            server.peak_memory()?,
        );
    }
    Ok(())
}

fn users() -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--test") {
        return 2 * CONNECTIONS;
    }
    let flag = arguments.iter().position(|argument| argument == "--users");
    let value = flag.and_then(|at| arguments.get(at + 1)?.parse().ok());
    value.unwrap_or(USERS)
}
