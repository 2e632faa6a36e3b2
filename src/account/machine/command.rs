//! What may be asked of an account, and what comes of it.

use super::draft::Draft;
use super::halt::Halt;
use crate::account::state::{Account, Lost};
use crate::denial::Denial;
use crate::epoch::Epoch;
use crate::event::Event;
use crate::user::UserId;

/// Something that may be asked of an account.
pub(crate) trait Command {
    /// What is answered when it is done.
    type Outcome;
    /// What it is called where it is traced.
    const OPERATION: &'static str;
    /// Whether a locked account may be asked for it.
    const WHEN_LOCKED: bool = false;
    /// Whether it may be asked of a user without a record where the policy says that
    /// [everybody has one](Policy::every_user_has_a_record).
    const WHEN_ABSENT: bool = false;
    /// Whether it opens a record under a retired key, and commits one that is not under the current
    /// key even if nothing changed.
    const RESEALS: bool = false;

    /// The session of another account that asks for it. It has to be good, and its account unlocked, right before the commit.
    fn acting(&self) -> Option<&(UserId, Epoch)> {
        None
    }

    /// The way in which the record has to be lost, if it is one that replaces a lost record.
    fn lost(&self) -> Option<&Lost> {
        None
    }

    /// Changes the draft, or says why not.
    fn apply(&self, draft: &mut Draft<'_>) -> Result<Self::Outcome, Halt>;
}

/// What came of a decision.
pub(crate) struct Transition<T> {
    /// The outcome, to be told only once the change is committed.
    pub(crate) outcome: Result<T, Denial>,
    /// The account as it has to be committed, if anything changed.
    pub(crate) change: Option<Account>,
    pub(crate) events: Vec<Event>,
}
