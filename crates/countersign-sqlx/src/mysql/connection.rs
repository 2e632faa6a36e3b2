//! A connection for one statement.

use sqlx::mysql::{MySqlConnection, MySqlPool};
use sqlx::pool::PoolConnection;
use sqlx::{Error, MySql};

/// A connection that returns to its pool only if it is kept. Otherwise it is closed.
///
/// If a statement is ended from outside, MariaDB runs none of its handlers, and nothing promises
/// that its transaction is over. If it is open, the next statement on that connection would commit
/// one half of it. A closed connection rolls it back.
pub(super) struct Lent {
    connection: PoolConnection<MySql>,
    kept: bool,
}

impl Lent {
    pub(super) async fn acquire(pool: &MySqlPool) -> Result<Self, Error> {
        Ok(Self {
            connection: pool.acquire().await?,
            kept: false,
        })
    }

    pub(super) fn connection(&mut self) -> &mut MySqlConnection {
        &mut self.connection
    }

    /// No transaction is open.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.kept {
            self.connection.close_on_drop();
        }
    }
}
