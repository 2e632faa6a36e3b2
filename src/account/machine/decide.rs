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
    let mut draft = Draft {
        context,
        account: account.clone(),
        charged: false,
        actor: Actor::User,
        note: None,
        events: Vec::new(),
    };
    draft.forget_wrong_clock();
    draft.drop_what_the_policy_lacks();
    // Usually nothing was dropped, and this comparison is cheaper than a copy.
    let dropped = draft.account != *account;
    let credible = dropped.then(|| draft.account.clone());
    let credible = credible.as_ref().unwrap_or(account);
    let (mut before, told) = (credible, draft.events.len());
    let caught_up;
    if let Some(restored_at) = draft.restored_since() {
        draft.catch_up(restored_at)?;
        caught_up = draft.account.clone();
        before = &caught_up;
    }
    let outcome = match draft.obey(command) {
        Ok(outcome) => Ok(outcome),
        Err(Halt::Denied(denial)) if !draft.charged => {
            draft.account = credible.clone();
            draft.events.truncate(told);
            Err(denial)
        }
        Err(Halt::Denied(denial)) => {
            draft.account = before.with_counters(draft.account.counters);
            Err(denial)
        }
        Err(Halt::Fault(fault)) => return Err(fault),
    };
    if draft.events.is_empty() && draft.account == *account {
        return Ok(Transition {
            outcome,
            change: None,
            events: Vec::new(),
        });
    }
    Ok(Transition {
        outcome,
        change: Some(draft.account),
        events: draft.events,
    })
}

impl Draft<'_> {
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
