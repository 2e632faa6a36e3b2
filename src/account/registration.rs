//! The record that a user gets at sign-up, so that a missing one is known for what it is: lost.

use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::{Actor, EventKind};

/// Commits an empty record for a user who has none.
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
