//! A connection for writing.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqlitePool;
use sqlx::{Error, Sqlite};

/// A connection that returns to its pool only if its transaction ended properly. Otherwise it is
/// closed.
///
/// On a full disk SQLite ends the transaction by itself. sqlx counts transactions and would then
/// refuse every further one on that connection.
pub(super) struct Writer {
    connection: PoolConnection<Sqlite>,
    ended: bool,
}

impl Writer {
    pub(super) async fn acquire(pool: &SqlitePool) -> Result<Self, Error> {
        Ok(Self {
            connection: pool.acquire().await?,
            ended: false,
        })
    }

    /// The transaction is committed or rolled back.
    pub(super) fn ended(mut self) {
        self.ended = true;
    }
}

impl Deref for Writer {
    type Target = PoolConnection<Sqlite>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.ended {
            self.connection.close_on_drop();
        }
    }
}
