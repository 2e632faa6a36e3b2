//! Recovery codes of another service.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::code::RecoveryCode;
use crate::limits::{IMPORTED_CODE_BITS, IMPORTED_CODE_CHARACTERS, IMPORTED_CODE_DIGITS};
use crate::typed::Typed;

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
    /// Drops white space, format characters and dashes. Returns `None` if the text has fewer than 8
    /// digits or 40 bits, or more than 64 characters.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // The capacity suffices, so that no reallocation leaves a copy behind.
        let mut exact = Zeroizing::new(String::with_capacity(4 * IMPORTED_CODE_CHARACTERS));
        for (letter, place) in Typed::new(text).ok()?.zip(0..) {
            if place == IMPORTED_CODE_CHARACTERS {
                return None;
            }
            exact.push(letter.ok()?);
        }
        is_strong(&exact).then_some(Self(exact))
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
            imported: ImportedCode::parse(text),
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
    fn too_little_to_guess_is_no_code() {
        // 2^40 is 1.1e12: 26^8 is 2.1e11 and 26^9 is 5.4e12; 36^7 is 7.8e10 and 36^8 is 2.8e12;
        // 62^6 is 5.7e10 and 62^7 is 3.5e12.
        for (text, strong) in [
            ("1234567", false),
            ("12345678", true),
            ("abcdefgh", false),
            ("abcdefghi", true),
            ("abcdef1", false),
            ("abcdef12", true),
            ("aB3dE5", false),
            ("aB3dE5f", true),
            ("", false),
            ("--------", false),
            (&"a1".repeat(32), true),
            (&"a1".repeat(33), false),
        ] {
            assert_eq!(ImportedCode::parse(text).is_some(), strong, "{text}");
        }
    }
}
