//! The tokens of a notification. They are computed from the event alone at the time of delivery,
//! and their lifetime counts from the event. A mail that is late, or comes twice, gives no more
//! time.

use crate::policy::Policy;
use std::time::Duration;

use super::notification::{Links, Notification};
use crate::entropy::{Random, RngError};
use crate::epoch::Epoch;
use crate::event::{Event, EventKind};
use crate::grant::GrantedFor;
use crate::id::Nonce;
use crate::keys::Vault;
use crate::limits::{
    DELAYED_RECOVERY_OPEN, DELAYED_RECOVERY_RESTARTS, LOCK_TOKEN_LIFETIME, RESET_GRANT_LIFETIME,
};
use crate::token::{self, Claims, Granted, Scope, Token};

/// The longest time that a recovery can be under way after a notification of it, however often its
/// wait restarts.
pub(crate) fn longest(until_effective: Duration, wait: Duration) -> Duration {
    wait.saturating_add(DELAYED_RECOVERY_OPEN)
        .saturating_mul(DELAYED_RECOVERY_RESTARTS)
        .saturating_add(until_effective)
        .saturating_add(DELAYED_RECOVERY_OPEN)
}

/// Makes the links of an event.
pub(crate) struct LinkMaker<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) vault: &'a Vault,
    pub(crate) random: Random<'a>,
}

impl LinkMaker<'_> {
    /// The whole message about the notifying events of one commit.
    pub(crate) fn notification(&self, events: &[Event]) -> Result<Option<Notification>, RngError> {
        let Some(mut message) = self.without_links(events) else {
            return Ok(None);
        };
        let mut links = self.links(&message.event)?;
        for other in &message.others {
            let more = self.links(other)?;
            links.cancel = links.cancel.or(more.cancel);
            links.enroll = links.enroll.or(more.enroll);
        }
        message.links = links;
        Ok(Some(message))
    }

    /// The words of the message. The most important event comes first. Events of another user stay
    /// out: no commit writes such, but whoever writes to the database can put them into one row of
    /// an outbox, and their links are for somebody else.
    pub(crate) fn without_links(&self, events: &[Event]) -> Option<Notification> {
        let told = events.iter().filter(|event| event.notify_user());
        let mut told: Vec<_> = told.cloned().collect();
        told.sort_by_key(|event| event.kind.weight());
        let mut others = told.split_off(1.min(told.len()));
        let event = told.pop()?;
        others.retain(|other| other.user == event.user);
        Some(Notification {
            event,
            others,
            issuer: self.policy.issuer.clone(),
            links: Links::default(),
        })
    }

    pub(crate) fn links(&self, event: &Event) -> Result<Links, RngError> {
        use EventKind as Kind;
        let mut links = Links::default();
        // A locked account needs no lock link, and an erased one has nothing to protect.
        if !matches!(event.kind, Kind::Locked | Kind::Erased) {
            links.lock = Some(self.token(event, (), LOCK_TOKEN_LIFETIME)?);
        }
        match (event.kind, event.case) {
            (Kind::Reset, Some(id)) => {
                let granted = Granted {
                    granted_for: GrantedFor::Reset(id),
                    first: None,
                    note: None,
                };
                links.enroll = Some(self.token(event, granted, RESET_GRANT_LIFETIME)?);
            }
            (
                Kind::DelayedRecoveryRequested
                | Kind::DelayedRecoveryReminded
                | Kind::DelayedRecoveryRestarted
                | Kind::DelayedRecoveryOpened,
                Some(id),
            ) => {
                let effective_at = event.effective_at.unwrap_or(event.at);
                let wait = self.policy.delayed_recovery_wait.unwrap_or_default();
                let lifetime = longest(effective_at.since(event.at), wait);
                links.cancel = Some(self.token(event, id, lifetime)?);
            }
            _ => {}
        }
        Ok(links)
    }

    fn token<S: Scope>(
        &self,
        event: &Event,
        payload: S::Payload,
        lifetime: Duration,
    ) -> Result<Token<S>, RngError> {
        let claims = Claims {
            issued_at: event.at,
            expires_at: event.at + lifetime,
            // These tokens outlive their epoch.
            epoch: Epoch::NONE,
            nonce: Nonce::random(self.random)?,
            user: event.user.clone(),
            payload,
        };
        Ok(token::write(&claims, self.vault, None))
    }
}
