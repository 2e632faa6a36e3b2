#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "sqlite", feature = "postgres")), allow(dead_code))]

mod answer;
mod columns;
mod migration;
mod options;
mod outbox;
#[cfg(feature = "postgres")]
mod postgres;
mod prefix;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use migration::Migration;
pub use options::StoreOptions;
pub use outbox::{OutboxRound, OutboxStore, OutboxWorker, ParkedNotification};
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use prefix::{InvalidPrefix, Prefix};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
