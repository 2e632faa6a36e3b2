//! What leaves the service: notifications, and codes that are sent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use super::trace;
use crate::notify::{CodeSender, Delivery, Destination, Notification, Notifier, SentCode};

/// The notifier, and the spawner that drives a future to its end.
pub(super) struct Outgoing {
    deliver: Box<dyn Fn(Notification) -> Delivery + Send + Sync>,
    spawn: Box<dyn Fn(Delivery) + Send + Sync>,
}

impl Outgoing {
    pub(super) fn to<N>(notifier: N, spawn: impl Fn(Delivery) + Send + Sync + 'static) -> Self
    where
        N: Notifier + 'static,
    {
        let notifier = Arc::new(notifier);
        let deliver = move |notification| {
            let notifier = Arc::clone(&notifier);
            let delivery: Delivery = Box::pin(async move {
                let delivered = notifier.notify(&notification).await;
                trace::delivered(delivered.is_ok());
            });
            delivery
        };
        Self {
            deliver: Box::new(deliver),
            spawn: Box::new(spawn),
        }
    }

    /// Whether the spawner took the future. A missing executor must not lose the outcome of an
    /// operation, which may contain recovery codes.
    pub(super) fn drive(&self, future: Delivery) -> bool {
        catch_unwind(AssertUnwindSafe(|| (self.spawn)(future))).is_ok()
    }

    pub(super) fn send(&self, notification: Notification) {
        if !self.drive((self.deliver)(notification)) {
            trace::delivered(false);
        }
    }
}

/// A sender whose type is forgotten.
pub(super) trait ErasedSender: Send + Sync {
    fn send<'a>(
        &'a self,
        to: Destination<'a>,
        code: &'a SentCode,
    ) -> Pin<Box<dyn Future<Output = Result<(), ()>> + Send + 'a>>;
}

impl<C: CodeSender> ErasedSender for C {
    fn send<'a>(
        &'a self,
        to: Destination<'a>,
        code: &'a SentCode,
    ) -> Pin<Box<dyn Future<Output = Result<(), ()>> + Send + 'a>> {
        Box::pin(async move { CodeSender::send(self, to, code).await.map_err(drop) })
    }
}
