//! Removing what a wrong clock noted.

use super::account::Account;
use super::credible::{can_end, can_end_lock_tokens, has_come};
use super::delayed_recovery::DelayedRecovery;
use crate::limits::LONGEST_UNTIL_UNBLOCKED;
use crate::time::Timestamp;

impl Account {
    /// Removes moments from a clock that was ahead. Returns a removed delayed recovery, because the
    /// user was told of it.
    ///
    /// Used codes and tokens stay dead, and a lock stays. A grace that began later than now begins
    /// now. If it were forgotten, a clock that steps back would renew it.
    pub(crate) fn forget_wrong_clock(&mut self, now: Timestamp) -> Option<DelayedRecovery> {
        let has_come = |at: &Timestamp| has_come(*at, now);
        self.devices.retain(|device| has_come(&device.created_at));
        let pending = self.pending.take_if(|one| !has_come(&one.started_at));
        if pending.is_some() {
            self.counters.pending_failures = 0;
        }
        self.delayed_recovery_requests.retain(has_come);
        self.email.forget_wrong_clock(now);
        self.unanswered.forget_wrong_clock(now);
        self.phone.forget_wrong_clock(now);
        self.unlocked_at = self.unlocked_at.filter(|at| can_end_lock_tokens(*at, now));
        self.grace_began = self
            .grace_began
            .map(|at| if has_come(&at) { at } else { now });

        let counters = &mut self.counters;
        for budget in counters.budgets_mut() {
            let until = budget.blocked_until;
            budget.blocked_until = until.filter(|at| can_end(*at, LONGEST_UNTIL_UNBLOCKED, now));
        }
        counters.failure_told_at = counters.failure_told_at.filter(has_come);
        counters.reuse_told_at = counters.reuse_told_at.filter(has_come);
        counters.clone_told_at = counters.clone_told_at.filter(has_come);
        counters
            .delayed_recovery
            .take_if(|one| !has_come(&one.requested_at))
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::Budget;
    use super::*;

    const DAY: u64 = 86_400;

    #[test]
    pub(crate) fn a_block_is_believed_up_to_twice_the_longest() {
        let until = Timestamp::from_unix(10 * DAY);
        let believed = |seconds| {
            let mut account = Account::absent();
            let [budget, ..] = account.counters.budgets_mut();
            *budget = Budget {
                failures: 5,
                blocked_until: Some(until),
            };
            account.forget_wrong_clock(Timestamp::from_unix(seconds));
            let [budget, ..] = account.counters.budgets_mut();
            assert_eq!(budget.failures, 5);
            budget.blocked_until
        };
        assert_eq!(believed(8 * DAY - 30), Some(until));
        assert_eq!(believed(8 * DAY - 31), None);
    }
}
