//! Randomness as an argument: any `TryCryptoRng`, behind a small object-safe trait.

use std::fmt;
use std::sync::Mutex;

use rand_core::{TryCryptoRng, TryRng};

/// The random number generator failed, and the operation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the random number generator failed")]
pub struct RngError;

/// A shared source of random bytes. No lock is held between two calls, and therefore none across an
/// await.
pub(crate) trait Entropy: Send + Sync {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError>;
}

impl<R: TryCryptoRng + Send> Entropy for Mutex<R> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError> {
        let mut rng = self.lock().map_err(|_| RngError)?;
        rng.try_fill_bytes(bytes).map_err(|_| RngError)
    }
}

/// The generator of the operating system. It needs no lock.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RngError> {
        getrandom::SysRng
            .try_fill_bytes(bytes)
            .map_err(|_| RngError)
    }
}

/// A borrowed [`Entropy`] in the form that value types take.
#[derive(Clone, Copy)]
pub(crate) struct Random<'a>(pub(crate) &'a dyn Entropy);

impl Random<'_> {
    /// `N` random bytes.
    pub(crate) fn bytes<const N: usize>(self) -> Result<[u8; N], RngError> {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A number from 1 to 2⁶³ − 1, which every database can store in a signed 64-bit column.
    pub(crate) fn positive(self) -> Result<u64, RngError> {
        Ok((u64::from_be_bytes(self.bytes()?) >> 1).max(1))
    }
}

impl TryRng for Random<'_> {
    type Error = RngError;

    fn try_next_u32(&mut self) -> Result<u32, RngError> {
        self.bytes().map(u32::from_be_bytes)
    }

    fn try_next_u64(&mut self) -> Result<u64, RngError> {
        self.bytes().map(u64::from_be_bytes)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RngError> {
        self.0.fill(bytes)
    }
}

impl TryCryptoRng for Random<'_> {}

impl fmt::Debug for Random<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}
