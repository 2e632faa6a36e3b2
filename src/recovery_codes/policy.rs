//! The number and the length of recovery codes.

/// The number of recovery codes in a set, and their length.
///
/// Every code has 112 bits or more. Therefore a plain approved hash protects the stored codes (NIST
/// SP 800-63B-4 §3.1.2.2, ASVS 5.0 6.5.2): HMAC-SHA-256 under a sealed key of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryCodePolicy {
    pub(crate) letters: u8,
    pub(crate) count: u8,
    pub(crate) low: u8,
}

impl RecoveryCodePolicy {
    /// Ten codes of 120 bits.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            letters: 24,
            count: 10,
            low: 3,
        }
    }

    /// Letters per code, of five bits each: 24 or 32.
    #[must_use]
    pub const fn letters(mut self, letters: u8) -> Self {
        self.letters = letters;
        self
    }

    /// Codes per set: 1 to 16.
    #[must_use]
    pub const fn count(mut self, count: u8) -> Self {
        self.count = count;
        self
    }

    /// The number of unused codes at which the status begins to warn.
    #[must_use]
    pub const fn low(mut self, low: u8) -> Self {
        self.low = low;
        self
    }

    pub(crate) fn is_sound(self) -> bool {
        matches!(self.letters, 24 | 32) && (1..=16).contains(&self.count)
    }
}

impl Default for RecoveryCodePolicy {
    fn default() -> Self {
        Self::standard()
    }
}
