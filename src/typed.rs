//! Reads the codes that people type, from authenticators, e-mails and recovery sheets.
//!
//! Keyboards, printers and messengers change how a code is written, but not the code. The reader
//! folds characters to ASCII and drops separators, so that two different codes never read as the
//! same code:
//!
//! 1. The number that a sheet prints in front of a recovery code is dropped ([`behind_number`]).
//! 2. Full-width ASCII becomes ASCII. The decimal digits of every script become ASCII digits by
//!    their value. All digits of one code are of one script.
//! 3. White space, format characters and dashes are dropped.
//! 4. The caller checks and counts the remaining characters. They have to be digits or letters of a
//!    code.
//!
//! The tables contain the general categories Nd, Cf and Pd of Unicode 18.0
//! (`DerivedGeneralCategory.txt`).

use core::str::Chars;

/// The longest text that is read, in bytes.
pub(crate) const MAX_INPUT: usize = 256;

/// The text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// A code has 6 to 8 digits.
    #[error("a code has 6 to 8 digits")]
    Length,
    /// A code consists of digits of one script, spaces and dashes.
    #[error("a code consists of digits, spaces and dashes")]
    ForeignCharacter,
    /// The text is too long for a code.
    #[error("the text is too long for a code")]
    TooLong,
}

/// The significant characters of a typed text. A character with an ASCII equivalent is folded to
/// it.
pub(crate) struct Typed<'t> {
    rest: Chars<'t>,
    /// The zero of the first digit's script.
    zero: Option<char>,
}

impl<'t> Typed<'t> {
    /// A character that overrides the direction of a text shows its digits in another order than
    /// the order in which they are read.
    pub(crate) fn new(text: &'t str) -> Result<Self, CodeError> {
        if text.len() > MAX_INPUT {
            return Err(CodeError::TooLong);
        }
        if text.contains(['\u{202d}', '\u{202e}']) {
            return Err(CodeError::ForeignCharacter);
        }
        Ok(Self {
            rest: text.chars(),
            zero: None,
        })
    }

    /// The text without the number in front, if there is one.
    #[cfg(feature = "service")]
    pub(crate) fn behind_number(self) -> Self {
        let rest = behind_number(self.rest.as_str());
        Self {
            rest: rest.map_or(self.rest, str::chars),
            ..self
        }
    }
}

impl Iterator for Typed<'_> {
    type Item = Result<char, CodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let letter = self.rest.find(|letter| !separates(*letter))?;
        let letter = narrow(letter);
        Some(match digit(letter) {
            None => Ok(letter),
            Some((zero, value)) if *self.zero.get_or_insert(zero) == zero => {
                Ok(char::from(b'0' + value))
            }
            Some(_) => Err(CodeError::ForeignCharacter),
        })
    }
}

/// The rest of a text after a number, as people and sheets write it in front of a code: `4.`, `4)`,
/// `Code 4:`, `- 4.`.
#[cfg(feature = "service")]
fn behind_number(text: &str) -> Option<&str> {
    let start = text.trim_start_matches(|letter| {
        let letter = narrow(letter);
        !letter.is_alphanumeric() && letter != '_'
    });
    let mut rest = start.chars();
    let named = "code".chars().all(|letter| {
        rest.next()
            .is_some_and(|typed| narrow(typed).eq_ignore_ascii_case(&letter))
    });
    let number = match named {
        true => rest.as_str().trim_start_matches(separates),
        false => start,
    };
    let rest = number.trim_start_matches(is_digit);
    let digits = number[..number.len() - rest.len()].chars().count();
    let mut rest = rest.trim_start_matches(separates).chars();
    let ends = matches!(narrow(rest.next()?), '.' | ')' | ':');
    (ends && matches!(digits, 1 | 2)).then_some(rest.as_str())
}

/// Folds full-width ASCII to ASCII, and leaves every other character unchanged.
fn narrow(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        _ => letter,
    }
}

#[cfg(feature = "service")]
fn is_digit(letter: char) -> bool {
    digit(narrow(letter)).is_some()
}

/// The zero of a decimal digit's script, and the digit's value. The time depends on the script and
/// not on the value.
fn digit(letter: char) -> Option<(char, u8)> {
    let zero = match letter.is_ascii() {
        true => '0',
        false => *ZEROS.get(
            ZEROS
                .partition_point(|zero| *zero <= letter)
                .checked_sub(1)?,
        )?,
    };
    let value = u32::from(letter).checked_sub(zero.into())?;
    let value = u8::try_from(value).ok().filter(|value| *value < 10)?;
    Some((zero, value))
}

/// Whether a character is a separator: white space, a dash or a format character.
fn separates(letter: char) -> bool {
    letter.is_whitespace() || is_dash(letter) || is_format(letter)
}

/// The category Pd, the minus sign, and the mark of a long vowel, which Japanese keyboards type in
/// place of a dash.
fn is_dash(letter: char) -> bool {
    matches!(
        letter,
        '-' | '\u{58a}' | '\u{5be}' | '\u{1400}' | '\u{1806}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2e17}'
                | '\u{2e1a}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{2e40}'
                | '\u{2e5d}'
                | '\u{301c}'
                | '\u{3030}'
                | '\u{30a0}'
                | '\u{fe31}'
                | '\u{fe32}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{10d6e}'
                | '\u{10ead}'
                | '\u{2212}'
                | '\u{30fc}'
    )
}

/// The category Cf.
fn is_format(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}'
            | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}'
    )
}

/// The zeros of the scripts in Nd, except ASCII and its full-width form, in order. Nine more digits
/// follow each zero.
const ZEROS: [char; 75] = [
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{10d40}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{116d0}',
    '\u{116da}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11bf0}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{11de0}',
    '\u{11f50}',
    '\u{16130}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{16d70}',
    '\u{1ccf0}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e4f0}',
    '\u{1e5f1}',
    '\u{1e950}',
    '\u{1fbf0}',
];

#[cfg(test)]
mod tests {
    use unicode_properties::{GeneralCategory, UNICODE_VERSION, UnicodeGeneralCategory};

    use super::*;

    /// The unicode-properties crate checks the tables independently.
    #[test]
    fn the_tables_are_those_of_unicode() {
        assert_eq!(UNICODE_VERSION, (18, 0, 0), "the docs name the version");
        let mut before = None;
        for letter in '\0'..=char::MAX {
            let category = letter.general_category();
            let is = |expected| category == expected;
            let dash =
                is(GeneralCategory::DashPunctuation) || matches!(letter, '\u{2212}' | '\u{30fc}');
            assert_eq!(is_dash(letter), dash, "{letter:?}");
            assert_eq!(is_format(letter), is(GeneralCategory::Format), "{letter:?}");

            let found = digit(narrow(letter));
            assert_eq!(
                found.is_some(),
                is(GeneralCategory::DecimalNumber),
                "{letter:?}"
            );
            // The digits are in order, from 0 to 9.
            let value = found.map(|(_, value)| value);
            let expected = value.map(|_| before.map_or(0, |before: u8| (before + 1) % 10));
            assert_eq!(value, expected, "{letter:?}");
            before = value;
        }
    }

    #[test]
    fn full_width_digits_are_of_one_script_with_ascii() {
        let read: Result<std::string::String, _> = Typed::new("1２３4").unwrap().collect();
        assert_eq!(read.as_deref(), Ok("1234"));
    }
}
