//! Slow work on the host's own threads.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use crate::recovery::SlowHashError;

/// A piece of slow work, to be called once on a thread that may block.
pub type OffloadedJob = Box<dyn FnOnce() + Send>;

type Run = dyn Fn(OffloadedJob) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

/// Where slow work is done.
pub(super) struct Offload(Box<Run>);

impl Offload {
    /// In the task that asks.
    pub(super) fn inline() -> Self {
        Self::to(|job| async move { job() })
    }

    pub(super) fn to<F, Fut>(run: F) -> Self
    where
        F: Fn(OffloadedJob) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self(Box::new(move |job| Box::pin(run(job))))
    }

    /// What the work gives, or an error if the host did not do it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SlowHashError> {
        let result = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&result);
        (self.0)(Box::new(move || {
            let done = work();
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
        }))
        .await;
        let done = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        done.ok_or(SlowHashError)
    }
}
