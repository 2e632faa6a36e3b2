//! Corrections that each decision makes before its command.

use super::draft::Draft;
use crate::entropy::RngError;
use crate::event::{Actor, Event, EventKind};
use crate::time::Timestamp;

impl Draft<'_> {
    /// Forgets moments that a wrong clock noted. If the user was told of a forgotten delayed
    /// recovery, its end is told as well.
    pub(crate) fn forget_wrong_clock(&mut self) {
        if let Some(recovery) = self.account.forget_wrong_clock(self.context.now) {
            let event = self.delayed_recovery_event(EventKind::DelayedRecoveryCancelled, &recovery);
            self.record(Event {
                actor: Actor::System,
                ..event
            });
        }
    }

    /// Drops state that the policy no longer allows, so that a later policy revives none of it.
    /// [`settle`](Self::settle) cancels a delayed recovery.
    pub(crate) fn drop_what_the_policy_lacks(&mut self) {
        let policy = self.context.policy;
        if !policy.email_codes {
            self.account.email.drop_code();
        }
        if policy.device_lifetime.is_none() {
            let actor = std::mem::replace(&mut self.actor, Actor::System);
            self.revoke_devices();
            self.actor = actor;
        }
    }

    /// The moment of the restoration, if the record is older.
    pub(crate) fn restored_since(&self) -> Option<Timestamp> {
        let now = self.context.now;
        let restored_at = self.context.restored_at;
        restored_at.filter(|at| self.account.is_of_a_backup(*at, now))
    }

    /// Closes what the backup reopened, and ends the sessions.
    pub(crate) fn catch_up(&mut self, restored_at: Timestamp) -> Result<(), RngError> {
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
