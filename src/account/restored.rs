//! A database that was restored from a backup has forgotten what happened since: which codes and tokens were used, who was
//! locked, which factor was removed.

use super::credible::was_written;
use super::draft::Draft;
use super::event::{Actor, Event, EventKind};
use super::policy::Policy;
use super::record::Account;
use crate::entropy::RngError;
use crate::time::Timestamp;

impl Account {
    /// Whether the record is older than the restoration. Nobody knows how old one is that a clock wrote which was ahead.
    pub(super) fn is_of_a_backup(&self, restored_at: Timestamp, now: Timestamp) -> bool {
        let is_newer = self.written_at >= restored_at && was_written(self.written_at, now);
        !self.is_absent() && !is_newer
    }

    /// Closes what the backup opened again, but for the epoch: time steps until then are dead, and tokens, trusted devices and
    /// all else that ends with an epoch are over. Which recovery codes were used since the backup nobody knows, so that
    /// the set is marked.
    pub(super) fn catch_up(&mut self, restored_at: Timestamp, policy: &Policy, now: Timestamp) {
        self.end_epoch(now);
        for authenticator in &mut self.authenticators {
            authenticator.mechanism = authenticator.mechanism.dead_until(restored_at, policy);
        }
        if let Some(set) = &mut self.recovery {
            set.stale = true;
        }
    }
}

impl Draft<'_> {
    /// When the service was restored, if the record is older than that.
    pub(super) fn restored_since(&self) -> Option<Timestamp> {
        let now = self.context.now;
        let restored_at = self.context.restored_at;
        restored_at.filter(|at| self.account.is_of_a_backup(*at, now))
    }

    /// Closes what the backup opened again, sessions of before included.
    pub(super) fn catch_up(&mut self, restored_at: Timestamp) -> Result<(), RngError> {
        let (policy, now) = (self.context.policy, self.context.now);
        self.actor = Actor::System;
        let event = Event {
            notify: self.account.is_enabled(),
            ..self.event(EventKind::RestoredFromBackup)
        };
        self.record(event);
        self.begin_epoch()?;
        self.account.catch_up(restored_at, policy, now);
        self.actor = Actor::User;
        Ok(())
    }
}
