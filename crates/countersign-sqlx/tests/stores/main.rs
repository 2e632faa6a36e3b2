//! Both stores, over a real SQLite file and a real PostgreSQL.

mod cluster;
mod conformance;
mod databases;
mod directory;
mod full;
mod growth;
mod migrations;
mod outage;
mod outbox;
mod processes;
mod races;
mod records;
mod support;
