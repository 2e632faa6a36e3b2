//! Registration, disabling, password changes and erasure.

use crate::account::machine::{Command, Draft, Halt};
use crate::account::state::Account;
use crate::denial::Denial;
use crate::event::{Actor, EventKind};
use crate::purpose::StepUpPurpose;
use crate::reauthentication::Reauthentication;
use crate::session::{SessionChange, SessionEffect};

/// Turns the second factor off. The record stays.
pub(crate) struct Disable {
    pub(crate) proof: Reauthentication,
}

impl Command for Disable {
    const OPERATION: &'static str = "disable_mfa";
    type Outcome = SessionChange;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
        draft.demand_enrolled()?;
        // This check precedes the proof, so that a refusal uses up no code.
        draft.demand_dispensable()?;
        draft.reauthenticate(&self.proof, &StepUpPurpose::Disable)?;
        draft.remove_factors();
        draft.begin_epoch()?;
        draft.record(draft.event(EventKind::Disabled));
        Ok(draft.sessions(SessionEffect::EndOthers))
    }
}

/// Notes that the password was changed or reset. The factors stay.
pub(crate) struct PasswordChanged;

impl Command for PasswordChanged {
    const OPERATION: &'static str = "password_changed";
    type Outcome = SessionChange;
    const WHEN_LOCKED: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
        draft.account.counters.password_changed();
        draft.begin_epoch()?;
        draft.record(draft.event(EventKind::PasswordChanged));
        Ok(draft.sessions(SessionEffect::EndOthers))
    }
}

/// Empties the record. Its versions stay, so that a stale writer stays stale.
pub(crate) struct Erase;

impl Command for Erase {
    const OPERATION: &'static str = "erase_user";
    type Outcome = ();

    const WHEN_LOCKED: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        if draft.account.is_absent() {
            return Ok(());
        }
        draft.account = Account::empty_after(&draft.account, draft.context.now);
        draft.begin_epoch()?;
        draft.record(draft.event(EventKind::Erased));
        Ok(())
    }
}

/// Commits an empty record for a user without one.
pub(crate) struct Register;

impl Command for Register {
    const OPERATION: &'static str = "register";
    type Outcome = ();
    const WHEN_LOCKED: bool = true;
    const WHEN_ABSENT: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        if !draft.account.is_absent() {
            return Err(Denial::AlreadyRegistered.into());
        }
        draft.actor = Actor::System;
        draft.record(draft.event(EventKind::Registered));
        Ok(())
    }
}
