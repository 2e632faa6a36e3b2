//! How many failures a factor allows, and what follows.

use std::time::Duration;

use crate::limits::{LATEST_BLOCK, LATEST_EXHAUSTION, LONGEST_BLOCK, SHORTEST_BLOCK};

/// How many failures a factor allows, and what follows.
///
/// The `block_at`-th failure in a row blocks the factor for `first_block`. Each further failure
/// doubles the block, up to `longest_block` (RFC 4226 §7.3, NIST SP 800-63B-4 §3.2.2). The
/// `exhaust_at`-th failure exhausts the factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    pub(crate) block_at: u32,
    pub(crate) first_block: Duration,
    pub(crate) longest_block: Duration,
    pub(crate) exhaust_at: u32,
}

impl Throttle {
    /// Blocks at the fifth failure in a row, from 30 s to 1 h, and exhausts at 50.
    pub const DEFAULT: Self = Self {
        block_at: 5,
        first_block: Duration::from_secs(30),
        longest_block: Duration::from_secs(3600),
        exhaust_at: 50,
    };

    /// Blocks at the third failure in a row, and exhausts at 20.
    pub const STRICT: Self = Self {
        block_at: 3,
        exhaust_at: 20,
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

    /// The failure in a row that exhausts the factor, at most 100.
    #[must_use]
    pub const fn exhaust_at(mut self, failures: u32) -> Self {
        self.exhaust_at = failures;
        self
    }

    pub(crate) fn is_sound(&self) -> bool {
        let bounds = SHORTEST_BLOCK..=LONGEST_BLOCK;
        (1..=LATEST_BLOCK).contains(&self.block_at)
            && self.exhaust_at > self.block_at
            && self.exhaust_at <= LATEST_EXHAUSTION
            && bounds.contains(&self.first_block)
            && bounds.contains(&self.longest_block)
            && self.first_block <= self.longest_block
    }

    /// How long the `failures`-th failure in a row blocks.
    pub(crate) fn block(&self, failures: u32) -> Option<Duration> {
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
}
