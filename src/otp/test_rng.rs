//! Random number generators for tests: one with given words, and one that fails.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};

/// Returns the given words in turn, and then from the start again.
pub(crate) struct Draws<const N: usize> {
    words: [u32; N],
    next: usize,
}

impl<const N: usize> Draws<N> {
    pub(crate) const fn new(words: [u32; N]) -> Self {
        Self { words, next: 0 }
    }
}

impl<const N: usize> TryRng for Draws<N> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let word = self.words[self.next % N];
        self.next += 1;
        Ok(word)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.try_next_u32()?) << 32 | u64::from(self.try_next_u32()?))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.try_next_u32()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl<const N: usize> TryCryptoRng for Draws<N> {}

/// Fails at every draw.
pub(crate) struct Broken;

/// The generator is broken.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the generator is broken")]
pub(crate) struct BrokenError;

impl TryRng for Broken {
    type Error = BrokenError;

    fn try_next_u32(&mut self) -> Result<u32, BrokenError> {
        Err(BrokenError)
    }

    fn try_next_u64(&mut self) -> Result<u64, BrokenError> {
        Err(BrokenError)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), BrokenError> {
        Err(BrokenError)
    }
}

impl TryCryptoRng for Broken {}
