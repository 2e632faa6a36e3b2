//! Restoring a database from a backup. The backup lacks later changes: used codes and tokens,
//! locks, and removed factors.

use super::account::Account;
use super::credible::was_written;
use super::unanswered::Unanswered;
use crate::policy::Policy;
use crate::time::Timestamp;

impl Account {
    /// Whether the record is older than the restoration. A record from a clock that was ahead
    /// counts as older, because its age is unknown.
    pub(crate) fn is_of_a_backup(&self, restored_at: Timestamp, now: Timestamp) -> bool {
        let is_newer = self.written_at >= restored_at && was_written(self.written_at, now);
        !self.is_absent() && !is_newer
    }

    /// Closes what the backup reopened, except the epoch. Time steps until the restoration are
    /// dead. Tokens, trusted devices and all other state of an epoch end. The set of recovery codes
    /// is marked, because codes may have been used since the backup. Noted challenges are dropped,
    /// because they may have been answered.
    pub(crate) fn catch_up(&mut self, restored_at: Timestamp, policy: &Policy, now: Timestamp) {
        self.end_epoch(now);
        self.unanswered = Unanswered::default();
        for authenticator in &mut self.authenticators {
            if let Some(key) = authenticator.credential.otp_mut() {
                key.mechanism = key.mechanism.dead_until(restored_at, policy);
            }
        }
        if let Some(set) = &mut self.recovery_codes {
            set.stale = true;
        }
    }
}
