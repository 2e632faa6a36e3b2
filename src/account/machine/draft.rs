//! The account as a command changes it.

use super::context::Context;
use crate::account::state::Account;
use crate::event::{Actor, Event, EventKind};
use crate::recovery_codes::Owner;
use crate::session::{SessionChange, SessionEffect};

/// The account as a command changes it.
pub(crate) struct Draft<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) account: Account,
    /// Whether a failure was counted. A refusal without one keeps nothing of what was drafted before it.
    pub(crate) charged: bool,
    /// Who does it.
    pub(crate) actor: Actor,
    /// The reason that an administrator gave.
    pub(crate) note: Option<String>,
    pub(crate) events: Vec<Event>,
}

impl<'a> Draft<'a> {
    pub(crate) fn owner(&self) -> Owner<'a> {
        Owner {
            user: self.context.user,
            audience: self.context.vault.audience(),
        }
    }

    /// An event of this command, still to be [recorded](Self::record).
    pub(crate) fn event(&self, kind: EventKind) -> Event {
        let Context {
            user, now, request, ..
        } = self.context;
        Event {
            note: self.note.clone(),
            ..Event::new(kind, user, self.actor.clone(), now, &request.source)
        }
    }

    pub(crate) fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    /// What the host has to do to the user's sessions.
    pub(crate) fn sessions(&self, effect: SessionEffect) -> SessionChange {
        SessionChange {
            effect,
            epoch: self.account.epoch,
        }
    }
}
