//! Commands and their results.

use super::draft::Draft;
use super::halt::Halt;
use crate::account::state::{Account, Lost};
use crate::denial::Denial;
use crate::epoch::Epoch;
use crate::event::Event;
use crate::user::UserId;

/// A command on an account.
pub(crate) trait Command {
    /// The result of success.
    type Outcome;
    /// The name in traces.
    const OPERATION: &'static str;
    /// Whether a locked account accepts the command.
    const WHEN_LOCKED: bool = false;
    /// Whether the command accepts a user without a record if the policy says that [every user has
    /// a record](Policy::every_user_has_a_record).
    const WHEN_ABSENT: bool = false;
    /// Whether the command opens a record under a retired key, and commits a record under another
    /// key than the current one even without a change.
    const RESEALS: bool = false;

    /// The acting session of another account. Right before the commit, the session has to be valid
    /// and its account unlocked.
    fn acting(&self) -> Option<&(UserId, Epoch)> {
        None
    }

    /// How the record was lost, for a command that replaces a lost record.
    fn lost(&self) -> Option<&Lost> {
        None
    }

    /// Changes the draft, or returns why not.
    fn apply(&self, draft: &mut Draft<'_>) -> Result<Self::Outcome, Halt>;
}

/// The result of a decision.
pub(crate) struct Transition<T> {
    /// The outcome. The caller returns it only after the commit.
    pub(crate) outcome: Result<T, Denial>,
    /// The account to commit, if it changed.
    pub(crate) change: Option<Account>,
    pub(crate) events: Vec<Event>,
}

impl<T> Transition<T> {
    /// The record stays as it is.
    pub(crate) fn unchanged(outcome: Result<T, Denial>) -> Self {
        Self {
            outcome,
            change: None,
            events: Vec::new(),
        }
    }
}
