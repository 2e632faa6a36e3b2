//! The draft of an account, which a command changes.

use super::context::Context;
use crate::account::state::{Account, has_come};
use crate::assurance::Assurance;
use crate::event::{Actor, Event, EventKind};
use crate::first_factor::GivenFirst;
use crate::recovery_codes::Owner;
use crate::session::{SessionChange, SessionEffect};
use crate::token::{Claims, OpenLogin};

/// The draft of an account, which a command changes.
pub(crate) struct Draft<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) account: Account,
    /// Whether a failure was charged. Without a charge, a refusal discards the draft.
    pub(crate) charged: bool,
    /// Whether the attempt began with a password, which so many failures would use up.
    pub(crate) by_password: bool,
    /// The challenge that the command answers.
    pub(crate) answered: Option<Claims<OpenLogin>>,
    /// The actor of the command.
    pub(crate) actor: Actor,
    /// The reason that the administrator gave.
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

    /// Begins an event of this command, which is not [recorded](Self::record) yet.
    pub(crate) fn event(&self, kind: EventKind) -> Event {
        let Context {
            user, now, request, ..
        } = self.context;
        Event {
            note: self.note.clone(),
            ..Event::new(kind, user, self.actor.clone(), now, &request.source)
        }
    }

    /// Makes a change that the service itself causes, whoever's request it happens in.
    pub(crate) fn as_system<T>(&mut self, change: impl FnOnce(&mut Self) -> T) -> T {
        let actor = std::mem::replace(&mut self.actor, Actor::System);
        let changed = change(self);
        self.actor = actor;
        changed
    }

    pub(crate) fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The assurance of a first factor alone.
    pub(crate) fn assurance(&self, first: GivenFirst) -> Assurance {
        Assurance::of(first, self.accepts_upstream(first))
    }

    /// Whether the policy takes the first factor for several factors. The other system must have
    /// asked for them recently.
    pub(crate) fn accepts_upstream(&self, first: GivenFirst) -> bool {
        let Context { policy, now, .. } = self.context;
        let lately = has_come(first.at, now) && now.since(first.at) <= policy.first_factor_lifetime;
        policy.upstream_mfa && first.multi_factor && lately
    }

    /// The effect on the user's sessions.
    pub(crate) fn sessions(&self, effect: SessionEffect) -> SessionChange {
        SessionChange {
            effect,
            epoch: self.account.epoch,
            assurance: None,
        }
    }
}
