//! A database that was restored from a backup has forgotten what happened since: which codes and tokens were used, who was
//! locked, which factor was removed.

use super::account::Account;
use super::credible::was_written;
use crate::policy::Policy;
use crate::time::Timestamp;

impl Account {
    /// Whether the record is older than the restoration. Nobody knows how old one is that a clock wrote which was ahead.
    pub(crate) fn is_of_a_backup(&self, restored_at: Timestamp, now: Timestamp) -> bool {
        let is_newer = self.written_at >= restored_at && was_written(self.written_at, now);
        !self.is_absent() && !is_newer
    }

    /// Closes what the backup opened again, but for the epoch: time steps until then are dead, and tokens, trusted devices and
    /// all else that ends with an epoch are over. Which recovery codes were used since the backup nobody knows, so that
    /// the set is marked.
    pub(crate) fn catch_up(&mut self, restored_at: Timestamp, policy: &Policy, now: Timestamp) {
        self.end_epoch(now);
        for authenticator in &mut self.authenticators {
            authenticator.mechanism = authenticator.mechanism.dead_until(restored_at, policy);
        }
        if let Some(set) = &mut self.recovery_codes {
            set.stale = true;
        }
    }
}
