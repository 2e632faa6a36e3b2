//! A recovery code, as it is issued and as it is typed.

use std::fmt;
use std::str::FromStr;

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use crate::entropy::{Random, RngError};
use crate::typed::{CodeError, Typed};

/// Crockford's alphabet in lower case: no i, l, o and u.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const GROUP: usize = 4;
const MAX_LETTERS: usize = 32;

/// A recovery code: 120 or 160 random bits, written as groups of four letters of Crockford's
/// base32.
///
/// The reader ignores case, look-alikes (o for 0, i and l for 1) and the number that a sheet prints
/// in front. It also accepts everything that [`Code::parse`](crate::otp::Code::parse) accepts.
///
/// # Security
///
/// The code is wiped on drop and compared in constant time. `Debug` is redacted. There is neither
/// `Display` nor `Serialize`; use [`expose`](Self::expose).
#[derive(Clone)]
pub struct RecoveryCode {
    bytes: Zeroizing<Vec<u8>>,
}

/// A text that cannot be a recovery code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a recovery code")]
pub struct InvalidRecoveryCode;

impl RecoveryCode {
    /// Reads a typed code.
    ///
    /// # Errors
    ///
    /// [`InvalidRecoveryCode`] unless the text has 24 or 32 letters of Crockford's alphabet, after
    /// an optional number as in `4. k7qf-…`, `4) k7qf-…` or `Code 4: k7qf-…`.
    pub fn parse(typed: &str) -> Result<Self, InvalidRecoveryCode> {
        let typed = Typed::new(typed).map_err(|_: CodeError| InvalidRecoveryCode)?;
        // The capacity suffices, so that no reallocation leaves a copy behind.
        let mut values = Zeroizing::new(Vec::with_capacity(MAX_LETTERS));
        for letter in typed.behind_number() {
            let letter = letter.map_err(|_: CodeError| InvalidRecoveryCode)?;
            if values.len() == MAX_LETTERS {
                return Err(InvalidRecoveryCode);
            }
            values.push(value(letter).ok_or(InvalidRecoveryCode)?);
        }
        if !matches!(values.len(), 24 | MAX_LETTERS) {
            return Err(InvalidRecoveryCode);
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(values.len() * 5 / 8));
        for block in values.chunks_exact(8) {
            let bits = block
                .iter()
                .fold(0_u64, |bits, value| bits << 5 | u64::from(*value));
            bytes.extend_from_slice(&bits.to_be_bytes()[3..]);
        }
        Ok(Self { bytes })
    }

    /// Draws a code of `letters` letters, a multiple of eight.
    pub(super) fn random(letters: u8, random: Random<'_>) -> Result<Self, RngError> {
        let mut bytes = Zeroizing::new(vec![0; usize::from(letters) * 5 / 8]);
        random.0.fill(&mut bytes)?;
        Ok(Self { bytes })
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            bytes: Zeroizing::new(bytes.to_vec()),
        }
    }

    /// The number of letters: 24 or 32.
    #[must_use]
    pub fn letters(&self) -> usize {
        self.bytes.len() * 8 / 5
    }

    /// The code in lower case, as its owner reads and types it: `k7qf-2m4x-…`.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(
            self.letters() + self.letters() / GROUP,
        ));
        for block in self.bytes.chunks_exact(5) {
            let mut bits = block
                .iter()
                .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for position in (0..8).rev() {
                if !text.is_empty() && position % GROUP == GROUP - 1 {
                    text.push('-');
                }
                text.push(char::from(LETTERS[(bits >> (5 * position) & 31) as usize]));
            }
            bits.zeroize();
        }
        text
    }

    /// The random bits.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The value of a letter in Crockford's alphabet, or of a look-alike. It is compared with every
/// letter of the alphabet, so that the time does not reveal which one it was.
fn value(letter: char) -> Option<u8> {
    let folded = match letter.to_ascii_lowercase() {
        'o' => b'0',
        'i' | 'l' => b'1',
        other => u8::try_from(other).ok()?,
    };
    let mut value = 0;
    let mut known = Choice::from(0);
    for (candidate, place) in LETTERS.iter().zip(0_u8..) {
        let equal = candidate.ct_eq(&folded);
        value |= place * equal.unwrap_u8();
        known |= equal;
    }
    bool::from(known).then_some(value)
}

impl FromStr for RecoveryCode {
    type Err = InvalidRecoveryCode;

    fn from_str(typed: &str) -> Result<Self, InvalidRecoveryCode> {
        Self::parse(typed)
    }
}

impl PartialEq for RecoveryCode {
    /// Compares in constant time.
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(&other.bytes).into()
    }
}

impl Eq for RecoveryCode {}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The base32 crate checks the alphabet and the bit order independently.
    fn crockford(bytes: &[u8]) -> String {
        base32::encode(base32::Alphabet::Crockford, bytes).to_lowercase()
    }

    #[test]
    fn typing_is_forgiven_where_it_can_only_mean_one_thing() {
        let code = RecoveryCode::from_bytes(&[
            0x84, 0x21, 0, 0xff, 0x10, 1, 2, 3, 4, 5, 0x84, 0x21, 0, 0xff, 0x10,
        ]);
        let shown = code.expose();
        // An independent conversion: the bytes as one number, in base 32.
        assert_eq!(*shown, "gggg-1zrg-0410-6105-gggg-1zrg");
        for typed in [
            "GGGG-1ZRG-0410-6105-GGGG-1ZRG",
            "gggg izrg o4lo 6Io5 gggg Izrg",
            "gggg1zrg04106105gggg1zrg",
            " gggg--1zrg-04106105-gggg1zrg ",
        ] {
            assert_eq!(RecoveryCode::parse(typed).unwrap(), code, "{typed}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let refused = [
            "",
            "123456",
            "gggg-1zrg-0410-6105",
            "gggg-1zrg-0410-6105-gggg-1zr",
            "gggg-1zrg-0410-6105-gggu-1zrg",
            "4 gggg-1zrg-0410-6105-gggg-1zrg",
            "a-gggg-1zrg-0410-6105-gggg-1zrg",
            "gggg_1zrg_0410_6105_gggg_1zrg",
            "gggg-1zrg-0410-6105-gggg-1zré",
            &"0".repeat(25),
            &"0".repeat(40),
            &"-".repeat(100),
        ];
        for typed in refused {
            assert_eq!(
                RecoveryCode::parse(typed),
                Err(InvalidRecoveryCode),
                "{typed:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(bytes in proptest::collection::vec(any::<u8>(), 20)) {
            for bytes in [&bytes[..15], &bytes] {
                let code = RecoveryCode::from_bytes(bytes);
                prop_assert_eq!(code.expose().replace('-', ""), crockford(bytes));
                prop_assert!(code.expose().split('-').all(|group| group.len() == 4));
                let read = RecoveryCode::parse(&code.expose()).unwrap();
                prop_assert_eq!(read.bytes(), bytes);
            }
        }
    }

    #[test] // S-52
    fn debug_shows_nothing() {
        let code = RecoveryCode::from_bytes(&[0xab; 15]);
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }
}
