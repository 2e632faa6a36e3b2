//! A store whose type is forgotten.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::{Change, Committed, EventPosition, RecordedEvent, Stored, UserDirectory, UserStore};
use crate::time::Timestamp;
use crate::user::UserId;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, AnyStoreError>> + Send + 'a>>;

/// Any store that is also a [`UserDirectory`], so that an application writes plain [`Mfa`](crate::Mfa) everywhere.
///
/// Made by [`Mfa::erased`](crate::Mfa::erased). It costs a boxed future per call.
#[derive(Clone)]
pub struct AnyStore(Arc<dyn Erased>);

/// The error of a store whose type is forgotten; its [`source`](Error::source) is the store's own.
#[derive(Debug)]
pub struct AnyStoreError(Box<dyn Error + Send + Sync + 'static>);

/// The same contract in a form that can be a trait object.
trait Erased: Send + Sync {
    fn load<'a>(&'a self, user: &'a UserId) -> Boxed<'a, Option<Stored>>;
    fn commit<'a>(&'a self, change: Change<'a>) -> Boxed<'a, Committed>;
    fn users<'a>(&'a self, after: Option<&'a UserId>, limit: usize) -> Boxed<'a, Vec<UserId>>;
    fn due<'a>(
        &'a self,
        until: Timestamp,
        after: Option<&'a UserId>,
        limit: usize,
    ) -> Boxed<'a, Vec<UserId>>;
    fn events<'a>(
        &'a self,
        user: &'a UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Boxed<'a, Vec<RecordedEvent>>;
}

impl<S: UserDirectory> Erased for S {
    fn load<'a>(&'a self, user: &'a UserId) -> Boxed<'a, Option<Stored>> {
        Box::pin(async move {
            UserStore::load(self, user)
                .await
                .map_err(AnyStoreError::new)
        })
    }

    fn commit<'a>(&'a self, change: Change<'a>) -> Boxed<'a, Committed> {
        Box::pin(async move {
            UserStore::commit(self, change)
                .await
                .map_err(AnyStoreError::new)
        })
    }

    fn users<'a>(&'a self, after: Option<&'a UserId>, limit: usize) -> Boxed<'a, Vec<UserId>> {
        Box::pin(async move {
            UserDirectory::users(self, after, limit)
                .await
                .map_err(AnyStoreError::new)
        })
    }

    fn due<'a>(
        &'a self,
        until: Timestamp,
        after: Option<&'a UserId>,
        limit: usize,
    ) -> Boxed<'a, Vec<UserId>> {
        Box::pin(async move {
            UserDirectory::due(self, until, after, limit)
                .await
                .map_err(AnyStoreError::new)
        })
    }

    fn events<'a>(
        &'a self,
        user: &'a UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Boxed<'a, Vec<RecordedEvent>> {
        Box::pin(async move {
            UserDirectory::events(self, user, before, limit)
                .await
                .map_err(AnyStoreError::new)
        })
    }
}

impl AnyStore {
    /// Forgets which store it is.
    pub fn new(store: impl UserDirectory + 'static) -> Self {
        Self(Arc::new(store))
    }
}

impl UserStore for AnyStore {
    type Error = AnyStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, AnyStoreError> {
        self.0.load(user).await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, AnyStoreError> {
        self.0.commit(change).await
    }
}

impl UserDirectory for AnyStore {
    async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, AnyStoreError> {
        self.0.users(after, limit).await
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, AnyStoreError> {
        self.0.due(until, after, limit).await
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, AnyStoreError> {
        self.0.events(user, before, limit).await
    }
}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyStore")
    }
}

impl AnyStoreError {
    fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for AnyStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store failed")
    }
}

impl Error for AnyStoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
