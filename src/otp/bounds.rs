//! The numeric parameters of an OTP. Each type admits only valid numbers, also when it is
//! deserialized.

use serde::{Deserialize, Serialize};

/// How many digits a code has: 6, 7 or 8 (RFC 4226 §5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Digits(Count);

/// The set is closed, so that [`Digits::reduce`] needs no case that cannot occur.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Count {
    Six,
    Seven,
    Eight,
}

impl Digits {
    /// Six digits, which every authenticator app shows.
    pub const SIX: Self = Self(Count::Six);
    /// Seven digits.
    pub const SEVEN: Self = Self(Count::Seven);
    /// Eight digits. Some apps ignore this setting.
    pub const EIGHT: Self = Self(Count::Eight);

    /// The count `digits`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Digits`] outside 6 to 8.
    pub const fn new(digits: u8) -> Result<Self, ParamsError> {
        match digits {
            6 => Ok(Self::SIX),
            7 => Ok(Self::SEVEN),
            8 => Ok(Self::EIGHT),
            _ => Err(ParamsError::Digits),
        }
    }

    /// The count as a number, 6 to 8.
    #[must_use]
    pub const fn get(self) -> u8 {
        match self.0 {
            Count::Six => 6,
            Count::Seven => 7,
            Count::Eight => 8,
        }
    }

    /// `value` modulo ten to the power of the number of digits.
    ///
    /// Each modulus is a constant, so that the compiler multiplies. The time of a division by a
    /// run-time value would depend on the dividend, which is a code.
    pub(crate) const fn reduce(self, value: u32) -> u32 {
        match self.0 {
            Count::Six => value % 1_000_000,
            Count::Seven => value % 10_000_000,
            Count::Eight => value % 100_000_000,
        }
    }

    /// The number of codes: ten to the power of the number of digits.
    pub(crate) const fn codes(self) -> u32 {
        match self.0 {
            Count::Six => 1_000_000,
            Count::Seven => 10_000_000,
            Count::Eight => 100_000_000,
        }
    }
}

impl Default for Digits {
    /// Six.
    fn default() -> Self {
        Self::SIX
    }
}

impl TryFrom<u8> for Digits {
    type Error = ParamsError;

    fn try_from(digits: u8) -> Result<Self, ParamsError> {
        Self::new(digits)
    }
}

impl From<Digits> for u8 {
    fn from(digits: Digits) -> Self {
        digits.get()
    }
}

/// The length of a time step: 1 to 120 seconds, 30 by default.
///
/// NIST SP 800-63B-4 §3.1.4.1 sets the upper bound. Many apps support only 30 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Period(u8);

impl Period {
    /// The longest period, in seconds.
    pub const MAX_SECONDS: u64 = 120;
    /// 30 seconds.
    pub const DEFAULT: Self = Self(30);

    /// A period of `seconds`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Period`] for 0 and for more than 120.
    pub const fn new(seconds: u64) -> Result<Self, ParamsError> {
        if seconds == 0 || seconds > Self::MAX_SECONDS {
            return Err(ParamsError::Period);
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded by 120 above")]
        Ok(Self(seconds as u8))
    }

    /// The period in seconds, 1 to 120.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 as u64
    }
}

impl Default for Period {
    /// 30 seconds.
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<u64> for Period {
    type Error = ParamsError;

    fn try_from(seconds: u64) -> Result<Self, ParamsError> {
        Self::new(seconds)
    }
}

impl From<Period> for u64 {
    fn from(period: Period) -> Self {
        period.seconds()
    }
}

/// The tolerance for clocks: the time steps beside the current one whose codes are accepted.
///
/// Each side is 0 to 2 steps, and 1 by default. RFC 6238 §5.2 recommends one step for a code that
/// is typed just before it changes. [`Skew::NONE`] accepts the current step only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "UncheckedSkew")]
pub struct Skew {
    past: u8,
    future: u8,
}

impl Skew {
    /// The most steps on either side.
    pub const MAX_STEPS: u8 = 2;
    /// The current step only.
    pub const NONE: Self = Self { past: 0, future: 0 };

    /// Accepts the codes of `past` earlier and `future` later steps.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Skew`] if either is more than 2.
    pub const fn new(past: u8, future: u8) -> Result<Self, ParamsError> {
        if past > Self::MAX_STEPS || future > Self::MAX_STEPS {
            return Err(ParamsError::Skew);
        }
        Ok(Self { past, future })
    }

    /// How many earlier steps are accepted.
    #[must_use]
    pub const fn past(self) -> u8 {
        self.past
    }

    /// How many later steps are accepted.
    #[must_use]
    pub const fn future(self) -> u8 {
        self.future
    }
}

impl Default for Skew {
    /// One step on either side.
    fn default() -> Self {
        Self { past: 1, future: 1 }
    }
}

#[derive(Deserialize)]
struct UncheckedSkew {
    past: u8,
    future: u8,
}

impl TryFrom<UncheckedSkew> for Skew {
    type Error = ParamsError;

    fn try_from(skew: UncheckedSkew) -> Result<Self, ParamsError> {
        Self::new(skew.past, skew.future)
    }
}

/// A parameter that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParamsError {
    /// A code has 6 to 8 digits.
    #[error("a code has 6 to 8 digits")]
    Digits,
    /// A time step lasts 1 to 120 seconds.
    #[error("a time step lasts 1 to 120 seconds")]
    Period,
    /// A skew is at most 2 steps on either side.
    #[error("a skew is at most 2 steps on either side")]
    Skew,
    /// A look-ahead is at most 100 counters.
    #[error("a look-ahead is at most 100 counters")]
    LookAhead,
    /// A resync searches at most 1,000 counters.
    #[error("a resync searches at most 1000 counters")]
    ResyncWindow,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_bounded() {
        // S-2
        for (digits, valid) in [
            (0, false),
            (5, false),
            (6, true),
            (7, true),
            (8, true),
            (9, false),
        ] {
            assert_eq!(
                Digits::new(digits).map(Digits::get).ok(),
                valid.then_some(digits)
            );
        }
        // S-5
        for (seconds, valid) in [
            (0, false),
            (1, true),
            (30, true),
            (120, true),
            (121, false),
            (286, false),
        ] {
            assert_eq!(
                Period::new(seconds).map(Period::seconds).ok(),
                valid.then_some(seconds)
            );
        }
        // S-6
        assert_eq!(
            Skew::new(2, 2).map(|skew| (skew.past(), skew.future())),
            Ok((2, 2))
        );
        assert_eq!(Skew::new(3, 0), Err(ParamsError::Skew));
        assert_eq!(Skew::new(0, 3), Err(ParamsError::Skew));
    }

    #[test]
    fn reduction_keeps_the_last_digits() {
        for digits in [Digits::SIX, Digits::SEVEN, Digits::EIGHT] {
            let codes = 10_u32.pow(digits.get().into());
            assert_eq!(digits.codes(), codes);
            for value in [0, 1, codes - 1, codes, codes + 1, 0x7fff_ffff] {
                assert_eq!(digits.reduce(value), value % codes);
            }
        }
    }
}
