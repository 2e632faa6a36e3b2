//! Another reader of typed codes. It has no tables of its own: unicode-properties knows the
//! categories.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The longest text that is a code, in bytes.
const MAX_INPUT: usize = 256;

/// The letters of a code: digits and full-width letters as ASCII, and nothing that only separates.
/// `None` for a text that is too long, shows its digits in another order, or has digits of two
/// scripts.
pub fn letters(text: &str) -> Option<String> {
    if text.len() > MAX_INPUT || text.contains(['\u{202d}', '\u{202e}']) {
        return None;
    }
    let mut script = None;
    let read = text.chars().filter(|letter| !separates(*letter));
    read.map(|letter| {
        let letter = narrow(letter);
        let Some((zero, value)) = digit(letter) else {
            return Some(letter);
        };
        (*script.get_or_insert(zero) == zero).then_some(char::from_digit(value, 10)?)
    })
    .collect()
}

pub fn separates(letter: char) -> bool {
    let category = letter.general_category();
    letter.is_whitespace()
        || matches!(
            category,
            GeneralCategory::Format | GeneralCategory::DashPunctuation
        )
        || matches!(letter, '\u{2212}' | '\u{30fc}')
}

/// A full-width letter in its usual width.
pub fn narrow(letter: char) -> char {
    match letter {
        '！'..='～' => char::from_u32(u32::from(letter) - 0xfee0).expect("printable ASCII"),
        _ => letter,
    }
}

/// The zero of a digit's script, and the digit's value. The digits of a script are ten in a row,
/// from zero on, and the next script may follow at once.
fn digit(letter: char) -> Option<(u32, u32)> {
    if letter.is_ascii() {
        return Some((u32::from('0'), letter.to_digit(10)?));
    }
    let is_digit = |code: u32| {
        let letter = char::from_u32(code);
        letter.is_some_and(|one| one.general_category() == GeneralCategory::DecimalNumber)
    };
    let code = u32::from(letter);
    if !is_digit(code) {
        return None;
    }
    let before = (0..code).rev().take_while(|code| is_digit(*code)).count() as u32;
    let value = before % 10;
    Some((code - value, value))
}
