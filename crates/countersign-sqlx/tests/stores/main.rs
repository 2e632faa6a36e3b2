//! Both stores, over a real SQLite file and a real PostgreSQL.

mod cluster;
mod conformance;
mod databases;
mod migrations;
mod processes;
mod races;
mod support;
