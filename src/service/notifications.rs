//! Telling the user.

use super::{Error, Mfa, trace};
use crate::entropy::Random;
use crate::event::Event;
use crate::keys::Vault;
use crate::notify::{LinkMaker, Links, Notification};

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
        if let (Some(event), Ok(now)) = (events.first(), self.now()) {
            trace::waited(now.since(event.at));
        }
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
