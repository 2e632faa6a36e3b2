//! Random cases that can be had again: a small generator, its seed, and how many cases are wanted.

use std::env::{VarError, var};

use getrandom::SysRng;
use rand_core::TryRng;

/// SplitMix64: <https://doi.org/10.1145/2714064.2660195>, figure 16.
pub(crate) struct Random(u64);

impl Random {
    /// A generator for the case `number`, which needs no earlier case.
    pub(crate) fn of_case(seed: u64, number: usize) -> Self {
        let mut seeds = Self(seed ^ number as u64);
        Self(seeds.next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.next() % (last - first + 1)
    }

    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    /// A number below 2^`bits` of any size: small ones are as likely as large ones.
    pub(crate) fn up_to_bits(&mut self, bits: u64) -> u64 {
        let bits = self.between(0, bits);
        let all = self.next();
        if bits == 0 { 0 } else { all >> (64 - bits) }
    }

    pub(crate) fn bytes(&mut self, count: u64) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    pub(crate) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        let index = usize::try_from(self.between(0, of.len() as u64 - 1)).unwrap();
        of[index]
    }
}

/// The seed of this run: a new one each time, unless one is given.
pub(crate) fn seed() -> u64 {
    number("COUNTERSIGN_INTEROP_SEED").unwrap_or_else(|| SysRng.try_next_u64().unwrap())
}

/// How many cases are wanted.
pub(crate) fn count() -> usize {
    number("COUNTERSIGN_INTEROP_CASES").map_or(10_000, |cases| usize::try_from(cases).unwrap())
}

fn number(variable: &str) -> Option<u64> {
    match var(variable) {
        Ok(text) => Some(
            text.parse()
                .unwrap_or_else(|_| panic!("{variable} is a number")),
        ),
        Err(VarError::NotPresent) => None,
        Err(error) => panic!("{variable}: {error}"),
    }
}

/// Every failure of a run, with what is needed to see it again.
pub(crate) struct Failures {
    seed: u64,
    texts: Vec<String>,
}

impl Failures {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            texts: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, number: usize, what: &str) {
        self.texts.push(format!("case {number}: {what}"));
    }

    /// Fails with the first few of them.
    pub(crate) fn none(self, cases: usize) {
        let Self { seed, texts } = self;
        assert!(
            texts.is_empty(),
            "{} differences in {cases} cases; repeat them with COUNTERSIGN_INTEROP_SEED={seed} COUNTERSIGN_INTEROP_CASES={cases}\n{}",
            texts.len(),
            texts[..texts.len().min(5)].join("\n")
        );
    }
}
