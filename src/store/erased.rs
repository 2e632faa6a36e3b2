//! A store without its type, so that [`Mfa`](crate::Mfa) has no type parameter.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use super::{
    Change, Committed, EventCursor, EventPage, EventPosition, RecordedEvent, Stored, SummaryFilter,
    UserDirectory, UserStore, UserSummary,
};
use crate::time::Timestamp;
use crate::user::UserId;

/// The error of a store without its type.
pub(crate) type StoreError = Box<dyn Error + Send + Sync>;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`UserStore`] as a trait object, with a boxed future for each call.
pub(crate) trait ErasedStore: Send + Sync {
    fn load<'a>(&'a self, user: &'a UserId) -> Answer<'a, Option<Stored>>;
    fn commit<'a>(&'a self, change: Change<'a>) -> Answer<'a, Committed>;
}

/// [`UserDirectory`] as a trait object.
pub(crate) trait ErasedDirectory: Send + Sync {
    fn users<'a>(&'a self, after: Option<&'a UserId>, limit: usize) -> Answer<'a, Vec<UserId>>;
    fn due<'a>(
        &'a self,
        until: Timestamp,
        after: Option<&'a UserId>,
        limit: usize,
    ) -> Answer<'a, Vec<UserId>>;
    fn summaries<'a>(
        &'a self,
        filter: &'a SummaryFilter,
        after: Option<&'a UserId>,
        limit: usize,
    ) -> Answer<'a, Vec<UserSummary>>;
    fn events<'a>(
        &'a self,
        user: &'a UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Answer<'a, Vec<RecordedEvent>>;
    fn events_after<'a>(
        &'a self,
        after: Option<&'a EventCursor>,
        limit: usize,
    ) -> Answer<'a, EventPage>;
}

impl<S: UserStore> ErasedStore for S {
    fn load<'a>(&'a self, user: &'a UserId) -> Answer<'a, Option<Stored>> {
        erased(UserStore::load(self, user))
    }

    fn commit<'a>(&'a self, change: Change<'a>) -> Answer<'a, Committed> {
        erased(UserStore::commit(self, change))
    }
}

impl<S: UserDirectory> ErasedDirectory for S {
    fn users<'a>(&'a self, after: Option<&'a UserId>, limit: usize) -> Answer<'a, Vec<UserId>> {
        erased(UserDirectory::users(self, after, limit))
    }

    fn due<'a>(
        &'a self,
        until: Timestamp,
        after: Option<&'a UserId>,
        limit: usize,
    ) -> Answer<'a, Vec<UserId>> {
        erased(UserDirectory::due(self, until, after, limit))
    }

    fn summaries<'a>(
        &'a self,
        filter: &'a SummaryFilter,
        after: Option<&'a UserId>,
        limit: usize,
    ) -> Answer<'a, Vec<UserSummary>> {
        erased(UserDirectory::summaries(self, filter, after, limit))
    }

    fn events<'a>(
        &'a self,
        user: &'a UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Answer<'a, Vec<RecordedEvent>> {
        erased(UserDirectory::events(self, user, before, limit))
    }

    fn events_after<'a>(
        &'a self,
        after: Option<&'a EventCursor>,
        limit: usize,
    ) -> Answer<'a, EventPage> {
        erased(UserDirectory::events_after(self, after, limit))
    }
}

fn erased<'a, T, E: Error + Send + Sync + 'static>(
    answer: impl Future<Output = Result<T, E>> + Send + 'a,
) -> Answer<'a, T> {
    Box::pin(async move { answer.await.map_err(StoreError::from) })
}
