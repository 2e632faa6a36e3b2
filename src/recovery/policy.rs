//! How recovery codes are made.

use super::set::Storage;

/// How many recovery codes a set has, how long they are, and how they are stored.
///
/// | preset | letters | bits | stored as |
/// | --- | --- | --- | --- |
/// | [`standard`](Self::standard) | 24 | 120 | HMAC-SHA-256 under a sealed key |
/// | `compact` (feature `argon2`) | 16 | 80 | Argon2id over that, with a salt per code |
///
/// NIST SP 800-63B-4 §3.1.2.2 and ASVS 5.0 6.5.2 allow a plain approved hash from 112 bits on and ask for a password
/// hash below, so the storage follows from the preset and cannot be chosen apart from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryPolicy {
    pub(crate) storage: Storage,
    pub(crate) letters: u8,
    pub(crate) count: u8,
    pub(crate) low: u8,
}

impl RecoveryPolicy {
    /// Ten codes of 120 bits, stored under a fast keyed hash.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            storage: Storage::Keyed,
            letters: 24,
            count: 10,
            low: 3,
        }
    }

    /// Ten codes of 80 bits, stored under Argon2id (19 MiB, t = 2, p = 1). They are typed with their number in front.
    #[cfg(feature = "argon2")]
    #[must_use]
    pub const fn compact() -> Self {
        Self {
            storage: Storage::Argon2id,
            letters: 16,
            count: 10,
            low: 3,
        }
    }

    /// Letters per code, five bits each: 24 or 32 under a keyed hash, 16 under Argon2id.
    #[must_use]
    pub const fn letters(mut self, letters: u8) -> Self {
        self.letters = letters;
        self
    }

    /// Codes per set, 1 to 16.
    #[must_use]
    pub const fn count(mut self, count: u8) -> Self {
        self.count = count;
        self
    }

    /// The number of codes left from which on the status warns that they are few.
    #[must_use]
    pub const fn low(mut self, low: u8) -> Self {
        self.low = low;
        self
    }

    /// Whether issuing a set takes a noticeable time.
    pub(crate) fn is_slow(self) -> bool {
        self.storage == Storage::Argon2id
    }

    /// Whether the storage that the preset stands for is enough for codes of this length.
    pub(crate) fn is_sound(self) -> bool {
        let lengths: &[u8] = match self.storage {
            Storage::Keyed => &[24, 32],
            Storage::Argon2id => &[16],
        };
        lengths.contains(&self.letters) && (1..=16).contains(&self.count)
    }
}

impl Default for RecoveryPolicy {
    fn default() -> Self {
        Self::standard()
    }
}
