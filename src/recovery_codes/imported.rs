//! Recovery codes of another service.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::code::RecoveryCode;
use crate::limits::{IMPORTED_CODE_BITS, IMPORTED_CODE_CHARACTERS, IMPORTED_CODE_DIGITS};
use crate::typed::{CodeError, Typed};

/// Why recovery codes of another service cannot be imported. It does not say which code it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableCodes {
    /// A code has fewer than 8 digits, or fewer than 40 bits.
    #[error("a recovery code has fewer than 8 digits or 40 bits")]
    TooShort,
    /// A code has more than 64 characters.
    #[error("a recovery code has more than 64 characters")]
    TooLong,
    /// A code mixes the digits of several scripts, or overrides the direction of the text.
    #[error("a recovery code has characters that do not read as one code")]
    ForeignCharacter,
    /// There are more than sixteen codes.
    #[error("there are more than sixteen recovery codes")]
    TooMany,
    /// Two codes are equal without their separators.
    #[error("two recovery codes are equal")]
    Equal,
    /// The account has a set of recovery codes, which an import does not replace.
    #[error("the account has recovery codes already")]
    AlreadyPresent,
}

/// A code of another service: its exact text, including case, without separators.
#[derive(Clone)]
pub(crate) struct ImportedCode(Zeroizing<String>);

/// A typed recovery code: a code of this library, of another service, or a text that can be either.
#[derive(Clone)]
pub(crate) struct TypedRecoveryCode {
    pub(crate) ours: Option<RecoveryCode>,
    pub(crate) imported: Option<ImportedCode>,
}

impl ImportedCode {
    /// Drops white space, format characters and dashes.
    pub(crate) fn parse(text: &str) -> Result<Self, UnusableCodes> {
        // The capacity suffices, so that no reallocation leaves a copy behind.
        let mut exact = Zeroizing::new(String::with_capacity(4 * IMPORTED_CODE_CHARACTERS));
        for (letter, place) in Typed::new(text)?.zip(0..) {
            if place == IMPORTED_CODE_CHARACTERS {
                return Err(UnusableCodes::TooLong);
            }
            exact.push(letter?);
        }
        match is_strong(&exact) {
            true => Ok(Self(exact)),
            false => Err(UnusableCodes::TooShort),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Whether a code of these kinds of characters resists guessing under a budget of attempts.
fn is_strong(text: &str) -> bool {
    let occurs = |kind: fn(char) -> bool| text.chars().any(kind);
    let kinds = [
        (occurs(|letter| letter.is_ascii_digit()), 10),
        (occurs(|letter| letter.is_ascii_lowercase()), 26),
        (occurs(|letter| letter.is_ascii_uppercase()), 26),
        (occurs(|letter| !letter.is_ascii_alphanumeric()), 32),
    ];
    let alphabet: u128 = kinds
        .into_iter()
        .filter(|(occurs, _)| *occurs)
        .map(|(_, size)| size)
        .sum();
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    match alphabet {
        10 => length >= IMPORTED_CODE_DIGITS,
        _ => alphabet.saturating_pow(length) >= 1 << IMPORTED_CODE_BITS,
    }
}

impl TypedRecoveryCode {
    /// Reads a typed code. Returns `None` if the text can be neither kind.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let typed = Self {
            ours: RecoveryCode::parse(text).ok(),
            imported: ImportedCode::parse(text).ok(),
        };
        (typed.ours.is_some() || typed.imported.is_some()).then_some(typed)
    }
}

impl From<RecoveryCode> for TypedRecoveryCode {
    /// A code that was recognized by its shape. Codes of another service have no known shape.
    fn from(ours: RecoveryCode) -> Self {
        Self {
            ours: Some(ours),
            imported: None,
        }
    }
}

impl From<CodeError> for UnusableCodes {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Length => Self::TooShort,
            CodeError::TooLong => Self::TooLong,
            CodeError::ForeignCharacter => Self::ForeignCharacter,
        }
    }
}

impl PartialEq for ImportedCode {
    fn eq(&self, other: &Self) -> bool {
        self.bytes().ct_eq(other.bytes()).into()
    }
}

impl fmt::Debug for ImportedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportedCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_its_text_without_separators() {
        let code = |text| ImportedCode::parse(text).unwrap();
        assert_eq!(code("aBcD-eFgH 1234"), code("aBcDeFgH1234"));
        assert_ne!(code("aBcD-eFgH 1234"), code("abcdefgh1234"));
        assert_eq!(code("1234 5678").bytes(), b"12345678");
        assert_eq!(format!("{:?}", code("12345678")), "ImportedCode(…)");
    }

    #[test] // S-17
    fn too_little_to_guess_and_too_much_to_type_is_no_code() {
        use UnusableCodes::{ForeignCharacter, TooLong, TooShort};
        // 2^40 is 1.1e12: 26^8 is 2.1e11 and 26^9 is 5.4e12; 36^7 is 7.8e10 and 36^8 is 2.8e12;
        // 62^6 is 5.7e10 and 62^7 is 3.5e12.
        for (text, cause) in [
            ("1234567", Some(TooShort)),
            ("12345678", None),
            ("abcdefgh", Some(TooShort)),
            ("abcdefghi", None),
            ("abcdef1", Some(TooShort)),
            ("abcdef12", None),
            ("aB3dE5", Some(TooShort)),
            ("aB3dE5f", None),
            ("", Some(TooShort)),
            ("--------", Some(TooShort)),
            (&"a1".repeat(32), None),
            (&"a1".repeat(33), Some(TooLong)),
            (&"-".repeat(257), Some(TooLong)),
            ("1234\u{661}\u{662}\u{663}\u{664}", Some(ForeignCharacter)),
            ("\u{202e}12345678", Some(ForeignCharacter)),
        ] {
            assert_eq!(ImportedCode::parse(text).err(), cause, "{text}");
        }
    }
}
