//! A database that many ask at once.

use std::sync::Arc;

use countersign::store::{
    Change, Committed, EventPosition, MemoryStore, MemoryStoreError, Record, RecordedEvent, Stored,
    UserDirectory, UserStore,
};
use countersign::time::Timestamp;
use countersign::{Directory, Mfa, UserId};

use crate::support::{KEY_A, World};

/// A database where all who ask at once have read before the first of them writes. The row of one user may be broken.
pub(crate) struct Rush {
    rows: Arc<MemoryStore>,
    broken: Option<UserId>,
}

impl UserStore for Rush {
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        let stored = self.rows.load(user).await?;
        Ok(
            stored.map(|stored| match self.broken.as_ref() == Some(user) {
                true => Stored {
                    record: Record::from_bytes("{"),
                    ..stored
                },
                false => stored,
            }),
        )
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        tokio::task::yield_now().await;
        self.rows.commit(change).await
    }
}

impl UserDirectory for Rush {
    async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        self.rows.users(after, limit).await
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        self.rows.due(until, after, limit).await
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, MemoryStoreError> {
        self.rows.events(user, before, limit).await
    }
}

pub(crate) fn rush(world: &World) -> Mfa {
    rush_with_directory(world, None).0
}

pub(crate) fn rush_with_directory(world: &World, broken: Option<&UserId>) -> (Mfa, Directory) {
    let store = Rush {
        rows: Arc::clone(&world.store),
        broken: broken.cloned(),
    };
    Mfa::builder(store)
        .keys(KEY_A.parse().unwrap())
        .policy(world.mfa.policy().clone())
        .clock(world.clock.clone())
        .build_with_directory()
        .unwrap()
}
