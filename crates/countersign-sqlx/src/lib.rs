#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code)
)]

mod answer;
mod columns;
mod migration;
#[cfg(feature = "mysql")]
mod mysql;
mod options;
#[cfg(feature = "postgres")]
mod postgres;
mod prefix;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use migration::Migration;
#[cfg(feature = "mysql")]
pub use mysql::MySqlStore;
pub use options::StoreOptions;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use prefix::{InvalidPrefix, Prefix};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
/// The crate whose pools and `Error` the stores take and return. Its version is part of the API,
/// because it is a 0.x release: a pool must come from exactly this one.
#[doc(no_inline)]
pub use sqlx;
