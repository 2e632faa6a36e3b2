//! New sessions that wait are written by one statement, so that one sync serves all of them.

use std::collections::HashSet;

use sqlx::QueryBuilder;
use tokio::sync::{mpsc, oneshot};

use crate::database::{Database, on};

/// Writes new sessions. Clones share the queue.
#[derive(Clone)]
pub(crate) struct NewSessions(mpsc::Sender<Waiting>);

/// The columns of a session.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) data: String,
    pub(crate) expires_at: i64,
}

struct Waiting {
    row: Row,
    answer: oneshot::Sender<Result<bool, String>>,
}

/// More rows in a statement would gain little.
const LARGEST_GROUP: usize = 64;

impl NewSessions {
    /// Starts the task that writes. It ends with the last clone.
    pub(crate) fn into(database: Database) -> Self {
        let (sender, mut queue) = mpsc::channel(LARGEST_GROUP);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(LARGEST_GROUP);
            while queue.recv_many(&mut group, LARGEST_GROUP).await > 0 {
                let (rows, answers): (Vec<_>, Vec<_>) = group
                    .drain(..)
                    .map(|waiting: Waiting| (waiting.row, waiting.answer))
                    .unzip();
                let mut written = write(&database, &rows).await;
                for (row, answer) in rows.iter().zip(answers) {
                    // Of two rows with one id the first was written.
                    let answered = written.as_mut().map(|ids| ids.remove(&row.id));
                    // Whoever asked may have gone. The session then expires unused.
                    let _ = answer.send(answered.map_err(|error| error.to_string()));
                }
            }
        });
        Self(sender)
    }

    /// Writes a row, and returns when it is durable. `false` if a session has that id already.
    pub(crate) async fn write(&self, row: Row) -> Result<bool, String> {
        let (answer, answered) = oneshot::channel();
        // Both fail only if the task is gone, with the runtime.
        let gone = "the task that writes sessions ended";
        let sent = self.0.send(Waiting { row, answer }).await;
        sent.map_err(|_| gone)?;
        answered.await.unwrap_or_else(|_| Err(gone.to_owned()))
    }
}

/// The ids of the rows that were written.
async fn write(database: &Database, rows: &[Row]) -> Result<HashSet<String>, sqlx::Error> {
    const INSERT: &str = "INSERT INTO demo_sessions (id, user_id, data, expires_at) ";
    let written: Vec<String> = on!(database, pool => {
        let mut query = QueryBuilder::new(INSERT);
        query.push_values(rows, |mut values, row| {
            values
                .push_bind(&row.id)
                .push_bind(&row.user)
                .push_bind(&row.data)
                .push_bind(row.expires_at);
        });
        query.push(" ON CONFLICT DO NOTHING RETURNING id");
        query.build_query_scalar().fetch_all(pool).await?
    });
    Ok(written.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use sqlx::sqlite::SqlitePoolOptions;

    use super::*;

    fn row(id: &str) -> Row {
        Row {
            id: id.to_owned(),
            user: "alice".to_owned(),
            data: "{}".to_owned(),
            expires_at: 1,
        }
    }

    /// One connection, and how many transactions it has committed.
    async fn counted() -> (Database, Arc<AtomicUsize>) {
        let commits = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&commits);
        let pool =
            SqlitePoolOptions::new()
                .max_connections(1)
                .after_connect(move |connection, _| {
                    let counter = Arc::clone(&counter);
                    Box::pin(async move {
                        let mut handle = connection.lock_handle().await?;
                        handle.set_commit_hook(move || {
                            counter.fetch_add(1, Ordering::SeqCst);
                            true
                        });
                        Ok(())
                    })
                });
        let pool = pool.connect("sqlite::memory:").await.unwrap();
        let schema = sqlx::raw_sql(include_str!("schema.sql"));
        schema.execute(&pool).await.unwrap();
        commits.store(0, Ordering::SeqCst);
        (Database::Sqlite(pool), commits)
    }

    #[tokio::test]
    async fn sessions_that_wait_are_written_together_and_answered_each_for_itself() {
        let (database, commits) = counted().await;
        let Database::Sqlite(pool) = &database else {
            unreachable!("it is SQLite");
        };
        let held = pool.acquire().await.unwrap();
        let sessions = NewSessions::into(database.clone());
        // All are in the queue before the task that writes can run.
        let (one, two, again, three, ()) = tokio::join!(
            sessions.write(row("1")),
            sessions.write(row("2")),
            sessions.write(row("2")),
            sessions.write(row("3")),
            async { drop(held) },
        );
        assert_eq!([one, two, again, three], [true, true, false, true].map(Ok));
        assert_eq!(commits.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_statement_that_fails_fails_all_of_its_sessions_and_nothing_after_them() {
        let (database, _) = counted().await;
        let Database::Sqlite(pool) = &database else {
            unreachable!("it is SQLite");
        };
        let sessions = NewSessions::into(database.clone());
        let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON demo_sessions WHEN NEW.id = 'bad' \
            BEGIN SELECT RAISE(ABORT, 'no'); END";
        sqlx::query(refuse).execute(pool).await.unwrap();
        let refused = sessions.write(row("bad")).await.unwrap_err();
        assert!(refused.contains("no"), "{refused}");
        assert_eq!(sessions.write(row("good")).await, Ok(true));
    }
}
