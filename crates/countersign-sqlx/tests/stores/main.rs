//! The stores, over a real SQLite file, a real PostgreSQL and a real MariaDB.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod conflicts;
mod conformance;
mod databases;
mod directory;
mod export;
mod full;
mod galera;
mod growth;
mod kills;
mod mariadb;
mod migrations;
mod observing;
mod outage;
mod outbox;
mod pooler;
mod processes;
mod races;
mod records;
mod restored;
mod servers;
mod standby;
mod support;
