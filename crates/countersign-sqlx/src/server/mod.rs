//! What the stores over a server, PostgreSQL and MariaDB, do alike.
//!
//! Their statements take the same parameters in the same order. Macros write the methods of both
//! stores, because a function over any database of sqlx would consist of bounds.

mod answer;
mod connection;
mod pages;
mod queue;

pub(crate) use connection::{pool, read};
pub(crate) use pages::{ListedRow, pages};
pub(crate) use queue::{Changed, queue};

use sqlx::Error;

/// A statement that loses so many races in a row is given up.
const MOST_CONFLICTS: u32 = 8;

/// Binds the columns of a row, in their order.
macro_rules! bind_row {
    ($query:expr, $row:expr) => {
        $query
            .bind(&$row.user)
            .bind($row.version)
            .bind(&$row.record)
            .bind($row.enabled)
            .bind($row.confirmed_at)
            .bind($row.last_verified_at)
            .bind($row.recovery_remaining)
            .bind($row.locked)
            .bind($row.reset_pending)
            .bind($row.delayed_recovery)
            .bind($row.methods)
            .bind($row.due_at)
    };
}
pub(crate) use bind_row;

/// Runs a statement, and repeats it if it lost a race and therefore wrote nothing.
pub(crate) async fn change<T, F>(
    lost_a_race: fn(&Error) -> bool,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 1..MOST_CONFLICTS {
        match attempt().await {
            Err(error) if lost_a_race(&error) => {}
            result => return result,
        }
    }
    attempt().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn changed(mut ends: Vec<Result<u8, Error>>) -> (Result<u8, Error>, usize) {
        let lost_a_race = |error: &Error| matches!(error, Error::RowNotFound);
        let end = change(lost_a_race, || std::future::ready(ends.pop().unwrap())).await;
        (end, ends.len())
    }

    #[tokio::test]
    async fn a_statement_that_lost_a_race_is_repeated_a_few_times() {
        let lost = || Err(Error::RowNotFound);
        let (end, left) = changed(vec![Ok(2), Ok(1), lost(), lost()]).await;
        assert_eq!((end.unwrap(), left), (1, 1));
        let (end, left) = changed((0..10).map(|_| lost()).collect()).await;
        assert!(matches!(end, Err(Error::RowNotFound)));
        assert_eq!(left, 2);
        let (end, left) = changed(vec![Ok(1), Err(Error::PoolClosed)]).await;
        assert!(matches!(end, Err(Error::PoolClosed)));
        assert_eq!(left, 1);
    }
}
