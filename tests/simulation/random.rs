//! One seed, from which everything follows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64, shared by those who draw from it.
#[derive(Clone, Default)]
pub(crate) struct Random(Arc<AtomicU64>);

impl Random {
    pub(crate) fn reseed(&self, seed: u64) {
        self.0
            .store(seed.wrapping_mul(0xd134_2543_de82_ef95), Ordering::Relaxed);
    }

    pub(crate) fn draw(&self) -> u64 {
        let state = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: usize) -> usize {
        let drawn = self.draw() % u64::try_from(end).unwrap();
        usize::try_from(drawn).unwrap()
    }

    /// Whether something happens that does so many times in a hundred.
    pub(crate) fn percent(&self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

impl rand_core::TryRng for Random {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.draw() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.draw())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.draw().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Random {}
