//! A delayed recovery that is under way, as the record keeps it.

use std::time::Duration;

use crate::id::CaseId;
use crate::limits::{DELAYED_RECOVERY_OPEN, DELAYED_RECOVERY_REMINDER};
use crate::time::Timestamp;

/// A recovery that is under way, as the record keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct DelayedRecovery {
    pub(crate) id: CaseId,
    pub(crate) requested_at: Timestamp,
    pub(crate) remind_at: Timestamp,
    pub(crate) effective_at: Timestamp,
    pub(crate) stage: Stage,
    /// Whether leave to enrol was given, which is noted once.
    pub(crate) granted: bool,
    pub(crate) restarts: u32,
}

/// What the user was last told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
#[cfg_attr(feature = "internals", serde(rename_all = "snake_case"))]
pub(crate) enum Stage {
    Requested,
    Reminded,
    Opened,
}

/// A delayed recovery that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DelayedRecoveryStatus {
    /// When it was requested.
    pub requested_at: Timestamp,
    /// From when on it can be completed. A failed second factor moves it.
    pub effective_at: Timestamp,
    /// Until when it can be completed.
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

    /// A policy that became shorter, or a clock that is behind, brings the end no nearer.
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

    /// Where it stands, or `None` once it is over. A clock that steps back tells nobody anything twice.
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
