//! Telling the user.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{Error, Mfa};
use crate::entropy::Random;
use crate::event::Event;
use crate::keys::Vault;
use crate::notify::{Delivery, LinkMaker, Links, Notification, Notifier};

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
                super::trace::delivered(delivered.is_ok());
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

    fn send(&self, notification: Notification) {
        if !self.drive((self.deliver)(notification)) {
            super::trace::delivered(false);
        }
    }
}

/// Messages from a store's events, for an outbox.
impl Mfa {
    /// The actions of the user after an event, as tokens for links. They are computed from the
    /// event alone, so that an outbox calls this at the time of delivery. Their lifetime counts
    /// from the event and not from the delivery.
    ///
    /// # Errors
    ///
    /// [`Error::Rng`].
    pub fn links_for(&self, event: &Event) -> Result<Links, Error> {
        Ok(self.link_maker(&self.shared.vault()).links(event)?)
    }

    /// The message about the events of one commit, or `None` if none of them notifies the user. It
    /// is for an outbox that delivers what a store committed.
    ///
    /// # Errors
    ///
    /// [`Error::Rng`]: try again, because a message without its links may be useless.
    pub fn notification(&self, events: &[Event]) -> Result<Option<Notification>, Error> {
        Ok(self.link_maker(&self.shared.vault()).notification(events)?)
    }

    /// Hands on one message for each commit that notifies the user. It neither waits nor fails,
    /// because the change is committed. There is no second try, so that the message goes out
    /// without links if the random number generator fails.
    pub(super) fn tell(&self, events: &[Event]) {
        let Some(outgoing) = &self.shared.outgoing else {
            return;
        };
        let vault = self.shared.vault();
        let maker = self.link_maker(&vault);
        let notification = maker.notification(events);
        if let Some(notification) = notification.unwrap_or_else(|_| maker.without_links(events)) {
            outgoing.send(notification);
        }
    }

    fn link_maker<'a>(&'a self, vault: &'a Vault) -> LinkMaker<'a> {
        LinkMaker {
            policy: &self.shared.policy,
            vault,
            random: Random(&*self.shared.entropy),
        }
    }
}
