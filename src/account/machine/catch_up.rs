//! Corrections that each decision makes before its command.

use super::draft::Draft;
use crate::channel::Channel;
use crate::entropy::RngError;
use crate::event::{Event, EventKind};
use crate::time::Timestamp;

impl Draft<'_> {
    /// Forgets moments that a wrong clock noted. If the user was told of a forgotten delayed
    /// recovery, its end is told as well.
    pub(crate) fn forget_wrong_clock(&mut self) {
        if let Some(recovery) = self.account.forget_wrong_clock(self.context.now) {
            let kind = EventKind::DelayedRecoveryCancelled;
            self.as_system(|draft| draft.record(draft.delayed_recovery_event(kind, &recovery)));
        }
    }

    /// Drops state that the policy no longer allows, so that a later policy revives none of it.
    /// [`settle`](Self::settle) cancels a delayed recovery.
    pub(crate) fn drop_what_the_policy_lacks(&mut self) {
        let policy = self.context.policy;
        for channel in Channel::ALL {
            if !policy.sends(channel) {
                self.account.sent_codes_mut(channel).drop_channel(channel);
            }
        }
        if policy.tells_unanswered_after.is_none() {
            self.account.unanswered.keep_guessed();
        }
        if policy.device_lifetime.is_none() {
            self.as_system(Self::revoke_devices);
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
        self.as_system(|draft| {
            draft.record(Event {
                notify: draft.account.is_enabled(),
                ..draft.event(EventKind::RestoredFromBackup)
            });
            draft.begin_epoch()
        })?;
        self.account.catch_up(restored_at, policy, now);
        Ok(())
    }
}
