//! Connections, and reads over a lost connection.

use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::{Connection, Database, Error};

use super::change;

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

/// Runs a read, and repeats it if it lost a race, and once if the connection was lost. A read
/// writes nothing, so that repeating is safe.
///
/// A node of a Galera cluster ends whatever is in the way of another node's change of the schema.
pub(crate) async fn read<T, F>(
    lost_a_race: fn(&Error) -> bool,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match change(lost_a_race, &mut attempt).await {
        Err(error) if is_lost(&error) => change(lost_a_race, attempt).await,
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

    /// The last of the attempts comes first.
    async fn seen(mut attempts: Vec<Result<u8, Error>>) -> Result<u8, Error> {
        let lost_a_race = |error: &Error| matches!(error, Error::PoolTimedOut);
        read(lost_a_race, || std::future::ready(attempts.pop().unwrap())).await
    }

    #[tokio::test]
    async fn a_read_on_a_lost_connection_is_made_once_more() {
        assert_eq!(seen(vec![Ok(1), Err(lost())]).await.unwrap(), 1);
        assert!(seen(vec![Ok(1), Err(lost()), Err(lost())]).await.is_err());
    }

    #[tokio::test]
    async fn a_read_that_lost_a_race_is_made_again() {
        let raced = || Err(Error::PoolTimedOut);
        let attempts = vec![Ok(1), raced(), Err(lost()), raced(), raced()];
        assert_eq!(seen(attempts).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_read_that_failed_otherwise_is_not() {
        let end = seen(vec![Ok(1), Err(Error::RowNotFound)]).await;
        assert!(matches!(end, Err(Error::RowNotFound)));
    }
}
