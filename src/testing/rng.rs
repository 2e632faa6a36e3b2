//! Randomness that repeats.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand_core::{TryCryptoRng, TryRng};

use crate::entropy::RngError;

/// A random number generator **for tests alone**: the seed determines every number.
///
/// A seed always draws the same numbers (SplitMix64), so that a test repeats and a failure can be
/// reproduced. Clones continue one sequence. The generator implements [`TryCryptoRng`] only because
/// a service requires it.
///
/// # Security
///
/// In production, anybody could calculate each key, code and token that it draws.
///
/// # Examples
///
/// ```
/// use countersign::secret::Secret;
/// use countersign::testing::SeededRng;
///
/// let one = Secret::generate(&mut SeededRng::new(7))?;
/// let same = Secret::generate(&mut SeededRng::new(7))?;
/// assert_eq!(one, same);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SeededRng(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    position: u64,
    /// The number of draws that still succeed. `None` is any number.
    draws_left: Option<u64>,
}

impl SeededRng {
    /// The sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            position: start(seed),
            draws_left: None,
        })))
    }

    /// Begins the sequence of another seed, in all clones.
    pub fn reseed(&self, seed: u64) {
        self.state().position = start(seed);
    }

    /// The next number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.state().next()
    }

    /// A number below `bound`, such as an index of a list. It is zero if `bound` is zero.
    #[must_use]
    pub fn below(&self, bound: usize) -> usize {
        let number = self.number().checked_rem(bound as u64).unwrap_or(0);
        // The remainder is below a `usize`.
        usize::try_from(number).unwrap_or(0)
    }

    /// Fails each draw of a service after `draws` more, until the generator is
    /// [repaired](Self::repair). Operations are refused with [`Error::Rng`](crate::Error::Rng).
    pub fn break_after(&self, draws: u64) {
        self.state().draws_left = Some(draws);
    }

    /// Lets draws succeed again.
    pub fn repair(&self) {
        self.state().draws_left = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A draw of a service.
    fn draw(&self) -> Result<MutexGuard<'_, State>, RngError> {
        let mut state = self.state();
        if let Some(left) = &mut state.draws_left {
            *left = left.checked_sub(1).ok_or(RngError)?;
        }
        Ok(state)
    }
}

impl Default for SeededRng {
    /// The sequence of seed 0.
    fn default() -> Self {
        Self::new(0)
    }
}

/// The start of a seed's sequence. Sequences of neighbouring seeds have nothing in common.
fn start(seed: u64) -> u64 {
    seed.wrapping_mul(0xd134_2543_de82_ef95)
}

impl State {
    fn next(&mut self) -> u64 {
        self.position = self.position.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.position ^ (self.position >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl TryRng for SeededRng {
    type Error = RngError;

    fn try_next_u32(&mut self) -> Result<u32, RngError> {
        let [a, b, c, d, ..] = self.draw()?.next().to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, RngError> {
        Ok(self.draw()?.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RngError> {
        let mut state = self.draw()?;
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&state.next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for SeededRng {}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(rng: &mut SeededRng) -> Result<[u8; 20], RngError> {
        let mut bytes = [0; 20];
        rng.try_fill_bytes(&mut bytes).map(|()| bytes)
    }

    #[test]
    fn a_seed_repeats_and_another_does_not() {
        let (mut one, mut same, mut other) =
            (SeededRng::new(7), SeededRng::new(7), SeededRng::new(8));
        let first = bytes(&mut one).unwrap();
        assert_eq!(bytes(&mut same).unwrap(), first);
        assert_ne!(bytes(&mut other).unwrap(), first);
        assert_ne!(bytes(&mut one.clone()).unwrap(), first);
        assert_eq!(one.number(), {
            bytes(&mut same).unwrap();
            same.number()
        });
        other.reseed(7);
        assert_eq!(bytes(&mut other).unwrap(), first);
        assert!((0..100).all(|_| one.below(3) < 3));
    }

    #[test]
    fn numbers_are_those_of_splitmix64() {
        // The first numbers of the reference implementation, https://prng.di.unimi.it/splitmix64.c,
        // from state 0.
        let rng = SeededRng::new(0);
        assert_eq!(rng.number(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(rng.number(), 0x6e78_9e6a_a1b9_65f4);
        assert_eq!(rng.number(), 0x06c4_5d18_8009_454f);
    }

    #[test]
    fn it_breaks_after_so_many_draws() {
        let mut rng = SeededRng::new(7);
        rng.break_after(2);
        assert!(rng.try_next_u32().is_ok() && bytes(&mut rng).is_ok());
        for _ in 0..2 {
            assert_eq!(rng.try_next_u64(), Err(RngError));
        }
        rng.repair();
        assert!(rng.try_next_u64().is_ok());
    }
}
