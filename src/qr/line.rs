//! A row or a column of a QR code as bits, so that all of its modules are judged at once.

use std::ops::{BitAnd, BitOr, BitXor, Not, Shl, Shr};

use zeroize::DefaultIsZeroes;

/// Enough for the 177 modules of the widest QR code.
const WORDS: usize = 3;

/// A row or a column. A set bit is a dark module, and bit 0 is the first module. A shift moves
/// modules between words and fills up with light ones.
#[derive(Clone, Copy, Default)]
pub(super) struct Line([u64; WORDS]);

impl DefaultIsZeroes for Line {}

impl Line {
    /// A line of this length that repeats twelve modules.
    pub(super) const fn repeating(twelve: u64) -> Self {
        let mut words = [0; WORDS];
        let mut module = 0;
        while module < 64 * WORDS {
            words[module / 64] |= (twelve >> (module % 12) & 1) << (module % 64);
            module += 1;
        }
        Self(words)
    }

    pub(super) const fn is_dark(self, module: usize) -> bool {
        self.0[module / 64] >> (module % 64) & 1 == 1
    }

    pub(super) fn set(&mut self, module: usize, dark: bool) {
        let word = &mut self.0[module / 64];
        *word = *word & !(1 << (module % 64)) | u64::from(dark) << (module % 64);
    }

    /// The number of dark modules.
    pub(super) fn dark(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// The first modules of the line. The others become light.
    pub(super) fn first(self, modules: usize) -> Self {
        Self(std::array::from_fn(|word| {
            let kept = modules.saturating_sub(64 * word).min(64);
            match kept {
                64 => self.0[word],
                kept => self.0[word] & ((1 << kept) - 1),
            }
        }))
    }

    fn zip(self, other: Self, op: fn(u64, u64) -> u64) -> Self {
        Self(std::array::from_fn(|word| op(self.0[word], other.0[word])))
    }
}

impl BitAnd for Line {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.zip(other, u64::bitand)
    }
}

impl BitOr for Line {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.zip(other, u64::bitor)
    }
}

impl BitXor for Line {
    type Output = Self;

    fn bitxor(self, other: Self) -> Self {
        self.zip(other, u64::bitxor)
    }
}

impl Not for Line {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0.map(u64::not))
    }
}

/// Towards the first module, by 1 to 63 modules.
impl Shr<u32> for Line {
    type Output = Self;

    fn shr(self, by: u32) -> Self {
        let [first, second, third] = self.0;
        Self([
            first >> by | second << (64 - by),
            second >> by | third << (64 - by),
            third >> by,
        ])
    }
}

/// Away from the first module, by 1 to 63 modules.
impl Shl<u32> for Line {
    type Output = Self;

    fn shl(self, by: u32) -> Self {
        let [first, second, third] = self.0;
        Self([
            first << by,
            second << by | first >> (64 - by),
            third << by | second >> (64 - by),
        ])
    }
}
