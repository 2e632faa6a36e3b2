//! A store in memory that can be told to fail.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign::UserId;
use countersign::store::{
    Change, Committed, EventPosition, MemoryStore, MemoryStoreError, Record, RecordedEvent, Stored,
    UserDirectory, UserStore,
};
use countersign::time::Timestamp;

/// How the store is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Weather {
    #[default]
    Fair,
    /// Nothing is read or written.
    Down,
    /// The next commit is written, and then nothing is heard of the store any more.
    LosesAnswers,
    /// Somebody else is always faster.
    Contended,
    /// What it hands out is damaged.
    Corrupt,
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    rows: MemoryStore,
    weather: Mutex<Weather>,
    lost: AtomicBool,
}

impl Store {
    pub(crate) fn turn(&self, weather: Weather) {
        *self.weather.lock().unwrap() = weather;
        self.lost.store(false, Ordering::SeqCst);
    }

    fn weather(&self) -> Result<Weather, MemoryStoreError> {
        let weather = *self.weather.lock().unwrap();
        let gone = weather == Weather::Down || self.lost.load(Ordering::SeqCst);
        if gone {
            Err(MemoryStoreError)
        } else {
            Ok(weather)
        }
    }
}

impl UserStore for Store {
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        let weather = self.weather()?;
        let mut stored = self.rows.load(user).await?;
        if let Some(stored) = stored.as_mut().filter(|_| weather == Weather::Corrupt) {
            let bytes = stored.record.as_bytes();
            stored.record = Record::from_bytes(&bytes[..bytes.len() / 2]);
        }
        Ok(stored)
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        match self.weather()? {
            Weather::Contended => Ok(Committed::Conflict),
            Weather::LosesAnswers => {
                let _ = self.rows.commit(change).await?;
                self.lost.store(true, Ordering::SeqCst);
                Err(MemoryStoreError)
            }
            _ => self.rows.commit(change).await,
        }
    }
}

impl UserDirectory for Store {
    async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        self.weather()?;
        self.rows.users(after, limit).await
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        self.weather()?;
        self.rows.due(until, after, limit).await
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, MemoryStoreError> {
        self.weather()?;
        self.rows.events(user, before, limit).await
    }
}
