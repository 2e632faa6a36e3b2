//! Both stores, over a real SQLite file and a real PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod cluster;
mod conflicts;
mod conformance;
mod databases;
mod directory;
mod export;
mod full;
mod growth;
mod kills;
mod migrations;
mod observing;
mod outage;
mod outbox;
mod pooler;
mod processes;
mod races;
mod records;
mod restored;
mod support;
