//! A store over one Redis server.

use std::time::Duration;

use countersign::UserId;
use countersign::event::Event;
use countersign::store::{Change, Committed, Expected, Record, Stored, UserStore, Version};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisError, cmd};

/// Redis runs a script as a whole, and no command of another client in between.
const COMMIT: &str = "
    local version = redis.call('HGET', KEYS[1], 'version') or ''
    if version ~= ARGV[1] then return 0 end
    redis.call('HSET', KEYS[1], 'version', ARGV[2], 'record', ARGV[3])
    for place = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[place]) end
    return 1
";

/// A store in Redis. Clones share its connection.
#[derive(Clone)]
pub struct RedisStore {
    connection: ConnectionManager,
}

/// Why the store has no answer. A commit may or may not have been written then.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Redis failed, or did not answer in time.
    #[error("Redis failed")]
    Redis(#[from] RedisError),
    /// An event could not be written as JSON, or read from it.
    #[error("an event cannot be written or read")]
    Event(#[from] serde_json::Error),
    /// The server is set to forget: it may lose what it acknowledged, or evict it.
    #[error("Redis has {name} = {value:?} and needs {needed:?}")]
    Forgetful {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// The value that it needs.
        needed: &'static str,
    },
}

/// What the server needs to keep what it acknowledged.
const DURABLE: [(&str, &str); 3] = [
    ("appendonly", "yes"),
    ("appendfsync", "always"),
    ("maxmemory-policy", "noeviction"),
];

impl RedisStore {
    /// Connects to a server, and refuses one that may lose what it acknowledged.
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        // A command whose connection breaks is not sent again: the library reads back whether it
        // was written.
        let config = ConnectionManagerConfig::new().set_response_timeout(Some(TIMEOUT));
        let client = Client::open(address)?;
        let connection = ConnectionManager::new_with_config(client, config).await?;
        let store = Self { connection };
        for (name, needed) in DURABLE {
            let asked = cmd("CONFIG").arg("GET").arg(name).take();
            let (_, value): (String, String) = store.ask(&asked).await?;
            if value != needed {
                return Err(StoreError::Forgetful {
                    name,
                    value,
                    needed,
                });
            }
        }
        Ok(store)
    }

    /// All events of a user, in the order of their commits.
    pub async fn events(&self, user: &UserId) -> Result<Vec<Event>, StoreError> {
        let asked = cmd("LRANGE").arg(events_of(user)).arg(0).arg(-1).take();
        let texts: Vec<String> = self.ask(&asked).await?;
        let events: Result<_, _> = texts
            .iter()
            .map(|text| serde_json::from_str(text))
            .collect();
        Ok(events?)
    }

    async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, RedisError> {
        command.query_async(&mut self.connection.clone()).await
    }
}

/// A sync of a busy disk can take seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

fn record_of(user: &UserId) -> String {
    format!("mfa:user:{}", user.as_str())
}

fn events_of(user: &UserId) -> String {
    format!("mfa:events:{}", user.as_str())
}

impl UserStore for RedisStore {
    type Error = StoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, StoreError> {
        let fields = ["version", "record"];
        let asked = cmd("HMGET").arg(record_of(user)).arg(&fields).take();
        let (version, record): (Option<i64>, Option<Vec<u8>>) = self.ask(&asked).await?;
        Ok(version.zip(record).map(|(version, record)| Stored {
            version: Version::from_i64(version),
            record: Record::from_bytes(record),
        }))
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, StoreError> {
        let mut command = cmd("EVAL");
        command.arg(COMMIT).arg(2);
        command
            .arg(record_of(change.user))
            .arg(events_of(change.user));
        match change.expected {
            Expected::Absent => command.arg(""),
            Expected::At(version) => command.arg(version.as_i64()),
        };
        command
            .arg(change.version.as_i64())
            .arg(change.record.as_bytes());
        for event in change.events {
            command.arg(serde_json::to_string(event)?);
        }
        match self.ask(&command).await? {
            true => Ok(Committed::Done),
            false => Ok(Committed::Conflict),
        }
    }
}
