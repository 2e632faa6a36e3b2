//! A delayed recovery in the record.

use std::time::Duration;

use crate::id::CaseId;
use crate::limits::{DELAYED_RECOVERY_OPEN, DELAYED_RECOVERY_REMINDER};
use crate::time::Timestamp;

/// A delayed recovery in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct DelayedRecovery {
    pub(crate) id: CaseId,
    pub(crate) requested_at: Timestamp,
    pub(crate) remind_at: Timestamp,
    pub(crate) effective_at: Timestamp,
    pub(crate) stage: Stage,
    /// Whether the grant to enrol was issued, which is noted once.
    pub(crate) granted: bool,
    pub(crate) restarts: u32,
}

/// The last step that the user was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
#[cfg_attr(feature = "internals", serde(rename_all = "snake_case"))]
pub(crate) enum Stage {
    Requested,
    Reminded,
    Opened,
}

/// The status of a delayed recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DelayedRecoveryStatus {
    /// When it was requested.
    pub requested_at: Timestamp,
    /// When its wait ends. A failed second factor moves this moment.
    pub effective_at: Timestamp,
    /// When it ends if it is not completed.
    pub open_until: Timestamp,
}

impl DelayedRecovery {
    pub(crate) fn begin(id: CaseId, now: Timestamp, wait: Duration) -> Self {
        let effective_at = now + wait;
        Self {
            id,
            requested_at: now,
            remind_at: effective_at - DELAYED_RECOVERY_REMINDER.min(wait / 2),
            effective_at,
            stage: Stage::Requested,
            granted: false,
            restarts: 0,
        }
    }

    /// Restarts the wait. A shorter policy or a clock that is behind does not bring the end nearer.
    pub(crate) fn restarted(self, now: Timestamp, wait: Duration) -> Self {
        let restarted = Self::begin(self.id, now, wait);
        Self {
            requested_at: self.requested_at,
            remind_at: restarted.remind_at.max(self.remind_at),
            effective_at: restarted.effective_at.max(self.effective_at),
            restarts: self.restarts + 1,
            ..restarted
        }
    }

    pub(crate) fn open_until(&self) -> Timestamp {
        self.effective_at + DELAYED_RECOVERY_OPEN
    }

    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.open_until()
    }

    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        now >= self.effective_at && !self.is_over(now)
    }

    /// The stage at a moment, or `None` after the end. A clock that steps back repeats no message.
    pub(crate) fn stage_at(&self, now: Timestamp) -> Option<Stage> {
        match self.stage {
            _ if self.is_over(now) => None,
            _ if now >= self.effective_at => Some(Stage::Opened),
            Stage::Requested if now >= self.remind_at => Some(Stage::Reminded),
            told => Some(told),
        }
    }

    /// When the next step is due.
    pub(crate) fn due_at(&self) -> Timestamp {
        match self.stage {
            Stage::Requested => self.remind_at,
            Stage::Reminded => self.effective_at,
            Stage::Opened => self.open_until(),
        }
    }

    pub(crate) fn status(&self) -> DelayedRecoveryStatus {
        DelayedRecoveryStatus {
            requested_at: self.requested_at,
            effective_at: self.effective_at,
            open_until: self.open_until(),
        }
    }
}
