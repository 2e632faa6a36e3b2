//! One decision: a command on a draft of the account.

use super::command::{Command, Transition};
use super::context::Context;
use super::draft::Draft;
use super::halt::{Fault, Halt};
use crate::account::state::Account;
use crate::denial::Denial;
use crate::event::Actor;

/// Takes a decision. It neither waits nor writes.
pub(crate) fn decide<C: Command>(
    account: &Account,
    command: &C,
    context: Context<'_>,
) -> Result<Transition<C::Outcome>, Fault> {
    let mut draft = Draft::of(account, context);
    let mut caught_up = None;
    if let Some(restored_at) = draft.restored_since() {
        draft.catch_up(restored_at)?;
        caught_up = Some(draft.account.clone());
    }
    let outcome = match draft.obey(command) {
        Ok(outcome) => Ok(outcome),
        // Whatever is written counts as newer than the restoration. Therefore a backup's record is
        // not written without what it has to catch up with.
        Err(Halt::Denied(denial)) if !draft.charged && caught_up.is_some() => {
            return Ok(Transition::unchanged(Err(denial)));
        }
        Err(Halt::Denied(denial)) if !draft.charged => {
            draft = Draft::of(account, context);
            Err(denial)
        }
        Err(Halt::Denied(denial)) => {
            let before = caught_up.unwrap_or_else(|| Draft::of(account, context).account);
            draft.account = before.with_failure(draft.account);
            Err(denial)
        }
        Err(Halt::Fault(fault)) => return Err(fault),
    };
    if draft.events.is_empty() && draft.account == *account {
        return Ok(Transition::unchanged(outcome));
    }
    Ok(Transition {
        outcome,
        change: Some(draft.account),
        events: draft.events,
    })
}

impl<'a> Draft<'a> {
    /// A copy of the account without wrong moments and without what the policy no longer allows.
    fn of(account: &Account, context: Context<'a>) -> Self {
        let mut draft = Self {
            context,
            account: account.clone(),
            charged: false,
            by_password: true,
            answered: None,
            actor: Actor::User,
            note: None,
            events: Vec::new(),
        };
        draft.forget_wrong_clock();
        draft.drop_what_the_policy_lacks();
        draft
    }

    /// Applies the command, unless the acting session has ended or the account is locked.
    pub(crate) fn obey<C: Command>(&mut self, command: &C) -> Result<C::Outcome, Halt> {
        let session = self.context.request.session;
        if session.is_some_and(|epoch| epoch != self.account.epoch) {
            return Err(Denial::SessionEnded.into());
        }
        if self.account.locked_at.is_some() && !C::WHEN_LOCKED {
            return Err(Denial::Locked.into());
        }
        command.apply(self)
    }
}
