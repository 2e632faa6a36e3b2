//! The failures of one factor.

use crate::policy::Throttle;
use crate::time::Timestamp;

/// The failures of one factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Budget {
    /// Failures in a row.
    pub(crate) failures: u32,
    pub(crate) blocked_until: Option<Timestamp>,
}

/// Whether a factor may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    Blocked { until: Timestamp },
    Exhausted,
}

/// The effect of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charged {
    Counted,
    Blocked,
    Exhausted,
}

impl Budget {
    pub(crate) fn standing(&self, throttle: &Throttle, now: Timestamp) -> Standing {
        if self.failures >= throttle.exhaust_at {
            return Standing::Exhausted;
        }
        self.block(now)
    }

    /// Whether a block is in force, whatever the number of failures.
    pub(crate) fn block(&self, now: Timestamp) -> Standing {
        match self.blocked_until {
            Some(until) if until > now => Standing::Blocked { until },
            _ => Standing::Open,
        }
    }

    pub(crate) fn charge(&mut self, throttle: &Throttle, now: Timestamp) -> Charged {
        self.failures = self.failures.saturating_add(1);
        self.blocked_until = throttle.block(self.failures).map(|block| now + block);
        match self.blocked_until {
            _ if self.failures >= throttle.exhaust_at => Charged::Exhausted,
            Some(_) => Charged::Blocked,
            None => Charged::Counted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_to_the_second_and_an_exhausted_factor_never_does() {
        let now = Timestamp::from_unix(1_000);
        let mut budget = Budget {
            failures: 4,
            blocked_until: None,
        };
        assert_eq!(budget.charge(&Throttle::DEFAULT, now), Charged::Blocked);
        let standing = |budget: &Budget, seconds| {
            budget.standing(&Throttle::DEFAULT, Timestamp::from_unix(seconds))
        };
        assert_eq!(
            standing(&budget, 1_029),
            Standing::Blocked {
                until: Timestamp::from_unix(1_030)
            }
        );
        assert_eq!(standing(&budget, 1_030), Standing::Open);
        budget.failures = 49;
        assert_eq!(budget.charge(&Throttle::DEFAULT, now), Charged::Exhausted);
        assert_eq!(standing(&budget, u64::MAX), Standing::Exhausted);
    }
}
