//! Connections, and reads over a lost connection.

use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::{Connection, Database, Error};

/// The pool of a store's `connect`. A connection is tested only after it was idle for a while,
/// because a test is a round trip.
pub(crate) fn pool<D: Database>() -> PoolOptions<D> {
    PoolOptions::new()
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .before_acquire(|connection: &mut D::Connection, seen| {
            Box::pin(async move {
                if seen.idle_for > Duration::from_secs(5) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

/// Runs a read, and repeats it once if the connection was lost. A read writes nothing, so that
/// repeating is safe.
pub(crate) async fn read<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match attempt().await {
        Err(error) if is_lost(&error) => attempt().await,
        result => result,
    }
}

/// Whether the connection failed, and not the statement.
fn is_lost(error: &Error) -> bool {
    match error {
        Error::Io(_) => true,
        // Connection exceptions, and a server that is shutting down, crashed or starting.
        Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03")
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn lost() -> Error {
        Error::Io(io::ErrorKind::ConnectionReset.into())
    }

    #[tokio::test]
    async fn a_read_on_a_lost_connection_is_made_once_more() {
        let mut attempts = vec![Ok(1), Err(lost())];
        let seen = read(|| std::future::ready(attempts.pop().unwrap())).await;
        assert_eq!(seen.unwrap(), 1);

        let mut attempts = vec![Ok(1), Err(lost()), Err(lost())];
        let seen = read(|| std::future::ready(attempts.pop().unwrap())).await;
        assert!(seen.is_err());
    }

    #[tokio::test]
    async fn a_read_that_failed_otherwise_is_not() {
        let mut attempts = vec![Ok(1), Err(Error::RowNotFound)];
        let seen = read(|| std::future::ready(attempts.pop().unwrap())).await;
        assert!(matches!(seen, Err(Error::RowNotFound)));
    }
}
