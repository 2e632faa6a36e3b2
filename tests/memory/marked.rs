//! Secrets that can be told from everything else, and leave no trace of the test's own.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use rand_core::{TryCryptoRng, TryRng};

use super::search::mask;

/// A generator that remembers its draws in masked form. Clones share their state, and no two draws
/// are equal.
#[derive(Clone)]
pub(crate) struct MarkedRng(Arc<Mutex<State>>);

struct State {
    counter: u64,
    /// All draws one behind the other, masked, and where each ends.
    masked: Vec<u8>,
    ends: Vec<usize>,
}

impl MarkedRng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            counter: seed,
            masked: Vec::with_capacity(1 << 16),
            ends: Vec::with_capacity(1 << 10),
        })))
    }

    /// Tells of the draws of so many bytes, masked.
    pub(crate) fn each_drawn(&self, bytes: usize, mut tell: impl FnMut(usize, &[u8])) {
        let state = self.state();
        let starts = std::iter::once(&0).chain(&state.ends);
        let draws = starts
            .zip(&state.ends)
            .map(|(start, end)| &state.masked[*start..*end]);
        for (number, draw) in draws.filter(|draw| draw.len() == bytes).enumerate() {
            tell(number, draw);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.counter ^ self.counter >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

impl TryRng for MarkedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [a, b, c, d, ..] = self.state().next().to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.state().next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        let mut state = self.state();
        // Byte by byte, so that no eight that belong together are in one register.
        for byte in &mut *bytes {
            [*byte, ..] = state.next().to_le_bytes();
        }
        state.masked.extend(bytes.iter().copied().map(mask));
        let end = state.masked.len();
        state.ends.push(end);
        Ok(())
    }
}

impl TryCryptoRng for MarkedRng {}
