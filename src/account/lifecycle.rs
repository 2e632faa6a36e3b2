//! Disabling, a changed password, erasure, and what they mean for sessions.

use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::EventKind;
use super::reauthentication::Reauthentication;
use super::record::Account;
use super::step_up::StepUpPurpose;
use super::throttle::Factor;
use super::version::Epoch;

/// What must happen to the user's sessions, and the epoch to keep with those that go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionChange {
    /// Which sessions end.
    pub effect: SessionEffect,
    /// The account's epoch from here on. A session whose epoch differs has ended.
    pub epoch: Epoch,
}

/// Which sessions end. The acting one takes a new id whenever it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionEffect {
    /// None; the acting session takes a new id.
    Rotate,
    /// All but the acting one.
    EndOthers,
    /// All of them.
    EndAll,
}

/// Turns the second factor off. The record stays.
pub(crate) struct Disable {
    pub(crate) proof: Reauthentication,
}

impl Command for Disable {
    const OPERATION: &'static str = "disable_mfa";
    type Outcome = SessionChange;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
        draft.demand_enrolled()?;
        // Before the proof, so that no code is used up for nothing.
        if draft.context.policy.required {
            return Err(Denial::RequiredByPolicy.into());
        }
        draft.reauthenticate(&self.proof, &StepUpPurpose::Disable)?;
        draft.remove_factors();
        draft.begin_epoch()?;
        draft.record(draft.event(EventKind::Disabled));
        Ok(draft.sessions(SessionEffect::EndOthers))
    }
}

impl Draft<'_> {
    /// What the budgets guarded is gone with it; the count of all failures since the password changed stays.
    pub(super) fn remove_factors(&mut self) {
        self.account.authenticators.clear();
        self.account.recovery = None;
        for factor in [
            Factor::Authenticator,
            Factor::RecoveryCode,
            Factor::EmailCode,
        ] {
            self.clear(factor);
        }
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

/// Empties the record but for which versions there were, so that a stale writer stays stale.
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
