//! Which of the moments that are noted are credible.
//!
//! A clock that was ahead notes moments that have not come. What it gave is dead and what it refused is allowed as soon as
//! the clock is right. The first decision after that forgets them, so that none comes alive when its time comes.

use std::time::Duration;

use super::delayed::DelayedRecovery;
use super::draft::Draft;
use super::event::{Actor, Event, EventKind};
use super::links::LOCK_LIFETIME;
use super::record::Account;
use super::throttle::LONGEST_BLOCK;
use crate::time::Timestamp;

/// The clocks of one service differ by no more than this.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);
/// A record that was written so long before a clock stepped back is as credible as ever.
const STEP_BACK: Duration = Duration::from_secs(900);
/// A clock that steps back by a day ends no block.
const LONGEST_UNTIL_UNBLOCKED: Duration = Duration::from_secs(2 * LONGEST_BLOCK.as_secs());

/// Whether something can have happened at that moment.
pub(super) fn has_come(at: Timestamp, now: Timestamp) -> bool {
    at <= now + CLOCK_TOLERANCE
}

/// Whether something can end at that moment which lasts no longer than `longest`.
pub(super) fn can_end(until: Timestamp, longest: Duration, now: Timestamp) -> bool {
    until <= now + longest + CLOCK_TOLERANCE
}

/// Whether a record can have been written at that moment.
pub(super) fn was_written(at: Timestamp, now: Timestamp) -> bool {
    can_end(at, STEP_BACK, now)
}

/// The last unlocking, or a lock. It may lie as far ahead as lock tokens live, so that no clock that steps back by less
/// revives one.
pub(super) fn can_end_lock_tokens(at: Timestamp, now: Timestamp) -> bool {
    can_end(at, LOCK_LIFETIME, now)
}

impl Draft<'_> {
    /// Forgets what a clock noted that was ahead, and tells of it what was told before.
    pub(super) fn forget_wrong_clock(&mut self) {
        if let Some(recovery) = self.account.forget_wrong_clock(self.context.now) {
            let event = self.recovery_event(EventKind::RecoveryCancelled, &recovery);
            self.record(Event {
                actor: Actor::System,
                ..event
            });
        }
    }
}

impl Account {
    /// Forgets what a clock noted that was ahead. Gives the delayed recovery if that is forgotten, of which the user was told.
    ///
    /// What keeps used codes and tokens dead stays, and so does a lock.
    pub(super) fn forget_wrong_clock(&mut self, now: Timestamp) -> Option<DelayedRecovery> {
        let has_come = |at: &Timestamp| has_come(*at, now);
        self.devices.retain(|device| has_come(&device.created_at));
        let pending = self.pending.take_if(|one| !has_come(&one.started_at));
        if pending.is_some() {
            self.counters.pending_failures = 0;
        }
        self.recovery_requests.retain(has_come);
        self.email.forget_wrong_clock(now);
        self.unlocked_at = self.unlocked_at.filter(|at| can_end_lock_tokens(*at, now));

        let counters = &mut self.counters;
        for budget in counters.budgets_mut() {
            let until = budget.blocked_until;
            budget.blocked_until = until.filter(|at| can_end(*at, LONGEST_UNTIL_UNBLOCKED, now));
        }
        counters.failure_told_at = counters.failure_told_at.filter(has_come);
        counters.reuse_told_at = counters.reuse_told_at.filter(has_come);
        counters
            .recovery
            .take_if(|one| !has_come(&one.requested_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::throttle::Budget;

    const DAY: u64 = 86_400;

    #[test]
    fn a_block_is_believed_up_to_twice_the_longest() {
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
