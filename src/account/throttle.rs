//! Budgets against guessing: one per factor, counted in the record.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// No block is longer.
pub(super) const LONGEST_BLOCK: Duration = Duration::from_secs(86_400);

/// What an attempt is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Factor {
    /// All authenticators of the account together.
    Authenticator,
    /// The recovery codes.
    RecoveryCode,
    /// The codes sent by e-mail.
    EmailCode,
}

/// How many failures are borne, and what follows.
///
/// The `block_at`-th failure in a row blocks the factor for `first_block`, and each further one for twice as long, up to
/// `longest_block` (RFC 4226 §7.3, NIST SP 800-63B-4 §3.2.2). The `disable_at`-th disables it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    pub(crate) block_at: u32,
    pub(crate) first_block: Duration,
    pub(crate) longest_block: Duration,
    pub(crate) disable_at: u32,
}

impl Throttle {
    /// Blocks at the fifth failure in a row, from 30 s to 1 h, and disables at 50.
    pub const DEFAULT: Self = Self {
        block_at: 5,
        first_block: Duration::from_secs(30),
        longest_block: Duration::from_secs(3600),
        disable_at: 50,
    };

    /// Blocks at the third failure in a row, and disables at 20.
    pub const STRICT: Self = Self {
        block_at: 3,
        disable_at: 20,
        ..Self::DEFAULT
    };

    /// The failure in a row that blocks first, from 1 to 10.
    #[must_use]
    pub const fn block_at(mut self, failures: u32) -> Self {
        self.block_at = failures;
        self
    }

    /// The first block and the longest, from 30 s to 24 h.
    #[must_use]
    pub const fn blocks(mut self, first: Duration, longest: Duration) -> Self {
        self.first_block = first;
        self.longest_block = longest;
        self
    }

    /// The failure in a row that disables the factor, at most 100.
    #[must_use]
    pub const fn disable_at(mut self, failures: u32) -> Self {
        self.disable_at = failures;
        self
    }

    pub(crate) fn is_sound(&self) -> bool {
        let bounds = Duration::from_secs(30)..=LONGEST_BLOCK;
        (1..=10).contains(&self.block_at)
            && self.disable_at > self.block_at
            // NIST SP 800-63B-4 §3.2.2: no more than 100.
            && self.disable_at <= 100
            && bounds.contains(&self.first_block)
            && bounds.contains(&self.longest_block)
            && self.first_block <= self.longest_block
    }

    /// How long the `failures`-th failure in a row blocks.
    fn block(&self, failures: u32) -> Option<Duration> {
        let doublings = failures.checked_sub(self.block_at)?;
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        Some(
            self.first_block
                .saturating_mul(factor)
                .min(self.longest_block),
        )
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The failures of one factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budget {
    /// In a row.
    #[serde(default)]
    pub(crate) failures: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) blocked_until: Option<Timestamp>,
}

/// Whether a factor may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    Blocked { until: Timestamp },
    Disabled,
}

/// What a failure led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charged {
    Counted,
    Blocked,
    Disabled,
}

impl Budget {
    pub(crate) fn standing(&self, throttle: &Throttle, now: Timestamp) -> Standing {
        if self.failures >= throttle.disable_at {
            return Standing::Disabled;
        }
        self.block(now)
    }

    /// Whether a block stands, whatever the number of failures.
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
            _ if self.failures >= throttle.disable_at => Charged::Disabled,
            Some(_) => Charged::Blocked,
            None => Charged::Counted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // S-16
    fn blocks_double_from_30_seconds_to_an_hour() {
        let seconds = |failures| {
            Throttle::DEFAULT
                .block(failures)
                .map(|block| block.as_secs())
        };
        assert_eq!(seconds(4), None);
        let blocks: Vec<_> = (5..=13)
            .map(|failures| seconds(failures).unwrap())
            .collect();
        assert_eq!(blocks, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(seconds(u32::MAX), Some(3600));
    }

    #[test]
    fn a_block_ends_to_the_second_and_a_disabled_factor_never_does() {
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
        assert_eq!(budget.charge(&Throttle::DEFAULT, now), Charged::Disabled);
        assert_eq!(standing(&budget, u64::MAX), Standing::Disabled);
    }
}
