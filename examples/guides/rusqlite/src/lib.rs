//! A store over rusqlite, for a service on one machine.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use countersign::UserId;
use countersign::event::Event;
use countersign::outbox::{Claim, ClaimedMessage, Outbox, ParkedMessage};
use countersign::store::{
    Change, Committed, EventRetention, Expected, Record, Stored, UserStore, Version,
};
use countersign::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, TransactionBehavior, params};
use tokio::task::{JoinError, spawn_blocking};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS mfa_users (
        id TEXT NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        record BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS mfa_events (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        event TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS mfa_events_of_a_user ON mfa_events (user_id, position);
    CREATE INDEX IF NOT EXISTS mfa_events_by_age ON mfa_events (at);
    CREATE TABLE IF NOT EXISTS mfa_outbox (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id TEXT NOT NULL,
        events TEXT NOT NULL,
        available_at INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        parked_at INTEGER,
        error TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX IF NOT EXISTS mfa_outbox_of_a_user ON mfa_outbox (user_id, position);
";

/// A store in an SQLite file. Clones share its connection.
#[derive(Clone, Debug)]
pub struct RusqliteStore {
    connection: Arc<Mutex<Connection>>,
}

/// Why the store has no answer. A commit may or may not have been written then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error("SQLite failed")]
    Sqlite(#[from] rusqlite::Error),
    /// An event could not be written as JSON, or read from it.
    #[error("an event cannot be written or read")]
    Event(#[from] serde_json::Error),
    /// The id of a user in a row is not valid.
    #[error("a stored user id cannot be read")]
    User,
    /// The runtime stopped before the statement ran, or its thread panicked.
    #[error("the blocking task did not end")]
    Task(#[from] JoinError),
}

impl RusqliteStore {
    /// Opens the file, and creates what is missing.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        // Another process may be writing.
        connection.busy_timeout(Duration::from_secs(10))?;
        // With WAL and NORMAL, SQLite syncs at checkpoints only, and a power failure undoes what
        // was answered. FULL syncs every commit, and on macOS `fullfsync` the disk's cache as well.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "fullfsync", "ON")?;
        connection.execute_batch(SCHEMA)?;
        let connection = Arc::new(Mutex::new(connection));
        Ok(Self { connection })
    }

    /// All events of a user, in the order of their commits.
    pub async fn events(&self, user: &UserId) -> Result<Vec<Event>, StoreError> {
        let user = user.clone();
        self.run(move |connection| {
            let of_user = "SELECT event FROM mfa_events WHERE user_id = ?1 ORDER BY position";
            let mut statement = connection.prepare_cached(of_user)?;
            let texts = statement.query_map([user.as_str()], |row| row.get::<_, String>(0))?;
            texts
                .map(|text| Ok(serde_json::from_str(&text?)?))
                .collect()
        })
        .await
    }

    /// Runs SQLite where it may block. The work runs to its end even if nobody waits for it.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.connection);
        spawn_blocking(move || {
            // A panic rolled its transaction back, so that the connection is as good as before.
            let connection = connection.lock();
            work(&mut connection.unwrap_or_else(PoisonError::into_inner))
        })
        .await?
    }

    /// Runs one statement, and says whether it changed a row.
    async fn changes(
        &self,
        statement: &'static str,
        values: impl Params + Send + 'static,
    ) -> Result<bool, StoreError> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(statement)?;
            Ok(statement.execute(values)? == 1)
        })
        .await
    }
}

fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.as_unix()).unwrap_or(i64::MAX)
}

impl UserStore for RusqliteStore {
    type Error = StoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, StoreError> {
        let user = user.clone();
        self.run(move |connection| {
            let one = "SELECT version, record FROM mfa_users WHERE id = ?1";
            let mut statement = connection.prepare_cached(one)?;
            let stored = statement.query_row([user.as_str()], |row| {
                Ok(Stored {
                    version: Version::from_i64(row.get(0)?),
                    record: Record::from_bytes(row.get::<_, Vec<u8>>(1)?),
                })
            });
            Ok(stored.optional()?)
        })
        .await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, StoreError> {
        let (user, expected) = (change.user.clone(), change.expected);
        let (version, record) = (change.version.as_i64(), change.record.clone());
        let mut events = Vec::new();
        for event in change.events {
            events.push((seconds(event.at), serde_json::to_string(event)?));
        }
        // What the user has to know about is one message.
        let told: Vec<_> = change
            .events
            .iter()
            .filter(|event| event.notify_user())
            .collect();
        let message = match told.first() {
            Some(first) => Some((seconds(first.at), serde_json::to_string(&told)?)),
            None => None,
        };
        self.run(move |connection| {
            // IMMEDIATE waits for other writers before it reads, so that it never has to give up
            // with a stale snapshot. What ends early is rolled back when it is dropped.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let (user, record) = (user.as_str(), record.as_bytes());
            let changed = match expected {
                Expected::Absent => transaction
                    .prepare_cached(
                        "INSERT INTO mfa_users (id, version, record) VALUES (?1, ?2, ?3)
                         ON CONFLICT DO NOTHING",
                    )?
                    .execute(params![user, version, record])?,
                Expected::At(expected) => transaction
                    .prepare_cached(
                        "UPDATE mfa_users SET version = ?2, record = ?3
                         WHERE id = ?1 AND version = ?4",
                    )?
                    .execute(params![user, version, record, expected.as_i64()])?,
            };
            if changed == 0 {
                return Ok(Committed::Conflict);
            }
            for (at, event) in events {
                transaction
                    .prepare_cached(
                        "INSERT INTO mfa_events (user_id, at, event) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![user, at, event])?;
            }
            if let Some((at, events)) = message {
                transaction
                    .prepare_cached(
                        "INSERT INTO mfa_outbox (user_id, available_at, events, turn)
                         SELECT ?1, ?2, ?3, count(*) FROM mfa_outbox
                         WHERE user_id = ?1 AND parked_at IS NULL",
                    )?
                    .execute(params![user, at, events])?;
            }
            transaction.commit()?;
            Ok(Committed::Done)
        })
        .await
    }
}

impl Outbox for RusqliteStore {
    async fn claim(
        &self,
        now: Timestamp,
        until: Timestamp,
        farthest: Timestamp,
    ) -> Result<Option<ClaimedMessage>, StoreError> {
        let times = [now, until, farthest].map(seconds);
        self.run(move |connection| {
            // A user's later message waits for the earlier one, and users take turns.
            let mut statement = connection.prepare_cached(
                "UPDATE mfa_outbox SET tries = tries + 1, available_at = ?2 WHERE position =
                     (SELECT position FROM mfa_outbox AS next
                      WHERE parked_at IS NULL AND (available_at <= ?1 OR available_at > ?3)
                          AND NOT EXISTS (SELECT 1 FROM mfa_outbox AS earlier
                              WHERE earlier.user_id = next.user_id
                                  AND earlier.position < next.position
                                  AND earlier.parked_at IS NULL)
                      ORDER BY turn, position LIMIT 1)
                 RETURNING position, tries, events",
            )?;
            let claimed = statement.query_row(times, |row| {
                let (position, tries) = (row.get(0)?, row.get(1)?);
                let events: String = row.get(2)?;
                Ok(ClaimedMessage {
                    claim: Claim { position, tries },
                    events: serde_json::from_str(&events).map_err(Into::into),
                })
            });
            Ok(claimed.optional()?)
        })
        .await
    }

    async fn delivered(&self, claim: Claim) -> Result<bool, StoreError> {
        const DELETE: &str = "DELETE FROM mfa_outbox WHERE position = ?1 AND tries = ?2";
        self.changes(DELETE, (claim.position, claim.tries)).await
    }

    async fn put_off(
        &self,
        claim: Claim,
        until: Timestamp,
        error: &str,
    ) -> Result<bool, StoreError> {
        const PUT_OFF: &str = "UPDATE mfa_outbox SET available_at = ?3, error = ?4
             WHERE position = ?1 AND tries = ?2";
        let (until, error) = (seconds(until), error.to_owned());
        self.changes(PUT_OFF, (claim.position, claim.tries, until, error))
            .await
    }

    async fn park(&self, claim: Claim, now: Timestamp, error: &str) -> Result<bool, StoreError> {
        const PARK: &str = "UPDATE mfa_outbox SET parked_at = ?3, error = ?4
             WHERE position = ?1 AND tries = ?2";
        let (now, error) = (seconds(now), error.to_owned());
        self.changes(PARK, (claim.position, claim.tries, now, error))
            .await
    }

    async fn parked(&self, limit: usize) -> Result<Vec<ParkedMessage>, StoreError> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT position, user_id, parked_at, tries, error FROM mfa_outbox
                 WHERE parked_at IS NOT NULL ORDER BY position LIMIT ?1",
            )?;
            let mut rows = statement.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
            let mut parked = Vec::new();
            while let Some(row) = rows.next()? {
                let user: String = row.get(1)?;
                let parked_at: i64 = row.get(2)?;
                parked.push(ParkedMessage {
                    position: row.get(0)?,
                    user: UserId::new(user).map_err(|_| StoreError::User)?,
                    parked_at: Timestamp::from_unix(parked_at.unsigned_abs()),
                    tries: row.get(3)?,
                    error: row.get(4)?,
                });
            }
            Ok(parked)
        })
        .await
    }

    async fn retry(&self, position: i64) -> Result<bool, StoreError> {
        const RETRY: &str = "UPDATE mfa_outbox SET parked_at = NULL, tries = 0, available_at = 0
             WHERE position = ?1 AND parked_at IS NOT NULL";
        self.changes(RETRY, [position]).await
    }
}

impl EventRetention for RusqliteStore {
    async fn delete_events(&self, older_than: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.run(move |connection| {
            let mut statement = connection.prepare_cached(
                "DELETE FROM mfa_events WHERE position IN
                     (SELECT position FROM mfa_events WHERE at < ?1 ORDER BY at LIMIT ?2)",
            )?;
            Ok(statement.execute((seconds(older_than), limit))? as u64)
        })
        .await
    }
}
