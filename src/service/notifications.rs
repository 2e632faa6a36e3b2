//! Telling the user.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use super::{Error, Mfa};
use crate::entropy::Random;
use crate::event::Event;
use crate::notify::{LinkMaker, Links, Notification};

/// Tells users what happened to their account. An application implements it over its mail service.
pub trait Notifier: Send + Sync {
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Delivers one notification to the user whom its event names.
    ///
    /// # Errors
    ///
    /// Whatever the mail service says. The change that it tells of stands anyway.
    fn notify(
        &self,
        notification: &Notification,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// A delivery, to be driven to its end beside everything else.
pub type Delivery = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Where notifications go once their events are committed, and what drives a future to its end.
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

    /// Whether something drives it now. An executor that is not there must not take the outcome of
    /// an operation with it, which may hold recovery codes.
    pub(super) fn drive(&self, future: Delivery) -> bool {
        catch_unwind(AssertUnwindSafe(|| (self.spawn)(future))).is_ok()
    }

    fn send(&self, notification: Notification) {
        if !self.drive((self.deliver)(notification)) {
            super::trace::delivered(false);
        }
    }
}

/// Telling users from a store's events, for an outbox.
impl Mfa {
    /// What the user can do about an event, as tokens for links. They are made from the event
    /// alone, so that an outbox calls this when it delivers; they are good from the moment of the
    /// event on, not of the delivery.
    ///
    /// # Errors
    ///
    /// [`Error::Rng`].
    pub fn links_for(&self, event: &Event) -> Result<Links, Error> {
        Ok(self.link_maker().links(event)?)
    }

    /// The message about the events of one commit, or `None` if the user is not told of any of
    /// them: for an outbox that delivers what a store committed.
    ///
    /// # Errors
    ///
    /// [`Error::Rng`]: try again, since a message without its links may be of no use.
    pub fn notification(&self, events: &[Event]) -> Result<Option<Notification>, Error> {
        Ok(self.link_maker().notification(events)?)
    }

    /// Hands on what the user is to be told of, in one message a commit. It neither waits nor
    /// fails: the change is made. There is no second try, so that without a random number generator
    /// it goes out without links.
    pub(super) fn tell(&self, events: &[Event]) {
        let Some(outgoing) = &self.shared.outgoing else {
            return;
        };
        let maker = self.link_maker();
        let notification = maker.notification(events);
        if let Some(notification) = notification.unwrap_or_else(|_| maker.without_links(events)) {
            outgoing.send(notification);
        }
    }

    fn link_maker(&self) -> LinkMaker<'_> {
        LinkMaker {
            policy: &self.shared.policy,
            vault: &self.shared.vault,
            random: Random(&*self.shared.entropy),
        }
    }
}
