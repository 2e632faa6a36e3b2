//! A commit that continues when its caller leaves.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::outgoing::Outgoing;

/// A commit that notifies the user. It is awaited like any future. If it is dropped before its end,
/// as when a client hangs up, the spawner drives it to its end.
pub(super) struct Completing<'a, T: Send + 'static> {
    /// Absent once it has ended.
    rest: Option<Pin<Box<dyn Future<Output = T> + Send>>>,
    outgoing: &'a Outgoing,
}

impl<'a, T: Send + 'static> Completing<'a, T> {
    pub(super) fn new(
        outgoing: &'a Outgoing,
        commit: impl Future<Output = T> + Send + 'static,
    ) -> Self {
        Self {
            rest: Some(Box::pin(commit)),
            outgoing,
        }
    }
}

impl<T: Send + 'static> Future for Completing<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let Some(rest) = &mut self.rest else {
            return Poll::Pending;
        };
        let ended = rest.as_mut().poll(cx);
        if ended.is_ready() {
            self.rest = None;
        }
        ended
    }
}

impl<T: Send + 'static> Drop for Completing<'_, T> {
    fn drop(&mut self) {
        // A future that panicked is not polled again.
        let rest = self.rest.take().filter(|_| !std::thread::panicking());
        if let Some(rest) = rest {
            self.outgoing.drive(Box::pin(async move {
                rest.await;
            }));
        }
    }
}
