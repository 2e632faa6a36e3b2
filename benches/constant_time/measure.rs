//! Taking samples.

use std::hint::black_box;
use std::time::Instant;

use super::welch::{Comparison, Crops};

/// The number of samples for which the limits of the crops stay the same.
const BLOCK: usize = 80 * BATCH;
/// The number of samples whose inputs are made together.
const BATCH: usize = 250;

/// Takes samples.
pub(super) struct Measure {
    samples: u64,
    pub(super) draws: Draws,
}

impl Measure {
    pub(super) fn new(samples: u64) -> Self {
        Self {
            samples,
            draws: Draws::new(),
        }
    }

    /// Times `call` on inputs of two classes. `prepare` makes an input of either class in the same
    /// way: without a branch on the class, and with the same allocations.
    ///
    /// Inputs are made a batch at a time. The place of an input does not depend on its class, so
    /// that caches are equally warm for both classes.
    pub(super) fn compare<I, R>(
        &mut self,
        mut prepare: impl FnMut(usize, &mut Draws) -> I,
        mut call: impl FnMut(&I) -> R,
    ) -> Comparison {
        let mut found = Comparison::default();
        let mut crops: Option<Crops> = None;
        let mut block = Vec::with_capacity(BLOCK);
        let mut batch = Vec::with_capacity(BATCH);
        while found.samples() < self.samples {
            block.clear();
            while block.len() < BLOCK {
                batch.clear();
                batch.extend((0..BATCH).map(|_| {
                    let class = self.draws.below(2);
                    (class, prepare(class, &mut self.draws))
                }));
                for (class, input) in &batch {
                    let started = Instant::now();
                    black_box(call(black_box(input)));
                    let time = started.elapsed();
                    block.push((*class, time.as_nanos() as f64));
                }
            }
            // The first block only sets the limits of the crops.
            if let Some(crops) = &crops {
                for (class, time) in &block {
                    found.add(*class, *time, crops);
                }
            }
            crops = Some(Crops::of(block.iter().map(|(_, time)| *time).collect()));
        }
        found
    }
}

/// SplitMix64 with a seed from the system.
pub(super) struct Draws(u64);

impl Draws {
    pub(super) fn new() -> Self {
        Self(getrandom::u64().unwrap())
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::from(u16::from_le_bytes(self.bytes())) % bound
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_le_bytes()[0])
    }
}
