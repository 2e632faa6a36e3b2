//! One seed, from which everything follows.

use countersign::testing::SeededRng;

/// Choices by chance.
pub(crate) trait Choice {
    /// Whether something happens that does so many times in a hundred.
    fn percent(&self, chance: usize) -> bool;

    /// One of them.
    fn pick<'a, T>(&self, of: &'a [T]) -> &'a T;
}

impl Choice for SeededRng {
    fn percent(&self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}
