//! What people type and paste as a code: vectors, and properties of everything that can be typed.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so where it stands"
)]

use countersign::otp::Code;
use countersign::recovery_codes::RecoveryCode;
use proptest::prelude::*;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// What a text reads as: a code, or a recovery code, or nothing.
fn read(typed: &str) -> [Option<String>; 2] {
    let code = Code::parse(typed).ok();
    let recovery = RecoveryCode::parse(typed).ok();
    [
        code.map(|code| code.expose_digits().to_string()),
        recovery.map(|code| code.expose().to_string()),
    ]
}

#[test]
fn every_typed_code_reads_as_what_was_meant() {
    let lines = include_str!("vectors/typed-codes.csv").lines();
    let mut cases = 0;
    let mut failures = Vec::new();
    for line in lines.filter(|line| !line.starts_with('#')) {
        cases += 1;
        let fields: Vec<_> = line.split(',').collect();
        let [typed, code, recovery] = fields[..] else {
            panic!("{line}: three fields expected");
        };
        let expected = [code, recovery].map(|field| (!field.is_empty()).then(|| field.to_owned()));
        let found = read(&unescaped(typed));
        if found != expected {
            failures.push(format!("{line}: read as {found:?}"));
        }
    }
    assert_eq!(cases, CASES, "the number of cases");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_more_than_256_bytes_are_looked_at() {
    for code in ["123456", "gggg-1zrg-0410-6105-gggg-1zrg"] {
        let longest = format!("{code:>256}");
        assert_ne!(read(&longest), [None, None]);
        assert_eq!(read(&format!(" {longest}")), [None, None]);
        // In bytes, of which each of these letters has three.
        let wide = "\u{3000}".repeat(90);
        assert_eq!(read(&format!("{wide}{code}")), [None, None]);
    }
}

fn unescaped(field: &str) -> String {
    let mut text = String::new();
    let mut rest = field;
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        let (letter, after) = match escape.strip_prefix("u{") {
            Some(number) => {
                let (number, after) = number.split_once('}').unwrap();
                let number = u32::from_str_radix(number, 16).unwrap();
                (char::from_u32(number).unwrap(), after)
            }
            None => {
                let letter = match escape.chars().next().unwrap() {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '0' => '\0',
                    other => panic!("\\{other}"),
                };
                (letter, &escape[1..])
            }
        };
        text.push(letter);
        rest = after;
    }
    text + rest
}

/// What may stand around a code and within it.
fn separator(letter: char) -> bool {
    let category = letter.general_category();
    let separates = letter.is_whitespace()
        || matches!(
            category,
            GeneralCategory::Format | GeneralCategory::DashPunctuation
        )
        || matches!(letter, '\u{2212}' | '\u{30fc}');
    separates && !matches!(letter, '\u{202d}' | '\u{202e}')
}

fn is_digit(letter: char) -> bool {
    letter.general_category() == GeneralCategory::DecimalNumber
}

/// Digits stand in runs of ten, each from 0 to 9: where one is in its run tells its value.
fn value(digit: char) -> u32 {
    let before = |letter: char| char::from_u32(u32::from(letter) - 1).filter(|one| is_digit(*one));
    let mut run = std::iter::successors(Some(digit), |letter| before(*letter));
    u32::try_from(run.by_ref().count() - 1).unwrap() % 10
}

/// A slow reference, which reads 6 to 8 digits of one script as ASCII.
fn reference(typed: &str) -> Option<String> {
    let left: Vec<char> = typed.chars().filter(|letter| !separator(*letter)).collect();
    let ascii = |zero: u32| if zero == 0xff10 { 0x30 } else { zero };
    let mut zeros: Vec<u32> = Vec::new();
    let mut digits = String::new();
    for letter in left {
        is_digit(letter).then_some(())?;
        zeros.push(ascii(u32::from(letter) - value(letter)));
        digits.extend(char::from_digit(value(letter), 10));
    }
    zeros.dedup();
    (zeros.len() == 1 && (6..=8).contains(&digits.len()) && typed.len() <= 256).then_some(digits)
}

fn any_of(belongs: fn(char) -> bool) -> impl Strategy<Value = char> {
    let letters: Vec<char> = ('\0'..=char::MAX)
        .filter(|letter| belongs(*letter))
        .collect();
    prop::sample::select(letters)
}

/// Text of digits, letters and all that surrounds them.
fn text() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        4 => prop::sample::select("0123456789".chars().collect::<Vec<_>>()),
        2 => any_of(is_digit),
        2 => any_of(separator),
        1 => prop::sample::select("gGoOiIlLuU.):_code+ｇ．１\u{202e}\u{202d}é".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ];
    prop::collection::vec(letter, 0..40).prop_map(|letters| letters.into_iter().collect())
}

/// Six to eight digits, and what a keyboard of some script makes of them.
fn typed_code() -> impl Strategy<Value = (String, String)> {
    let zeros: Vec<char> = ('\0'..=char::MAX)
        .filter(|letter| is_digit(*letter) && value(*letter) == 0)
        .collect();
    let decorated = ("[0-9]{6,8}", prop::sample::select(zeros), decorations(9));
    decorated.prop_map(|(digits, zero, between)| {
        let digit = |letter: char| {
            let value = letter.to_digit(10).unwrap();
            char::from_u32(u32::from(zero) + value).unwrap()
        };
        let typed = decorate(digits.chars().map(digit), &between);
        (digits, typed)
    })
}

/// A recovery code as it is shown, and how it may be typed.
fn typed_recovery_code() -> impl Strategy<Value = (String, String)> {
    let letters = prop_oneof!["[0-9a-hjkmnp-tv-z]{24}", "[0-9a-hjkmnp-tv-z]{32}"];
    let number = prop_oneof![
        "",
        "[-* \t(]{0,3}([cC][oO][dD][eE] {0,2})?[0-9]{1,2} {0,2}[.):]"
    ];
    (letters, number, any::<[u8; 32]>(), decorations(33)).prop_map(
        |(letters, number, spelling, between)| {
            let groups: Vec<&str> = (0..letters.len() / 4)
                .map(|at| &letters[4 * at..][..4])
                .collect();
            let spelt = letters.chars().zip(spelling).map(|(letter, spelling)| {
                let wide = |letter: char| char::from_u32(u32::from(letter) + 0xfee0).unwrap();
                match (letter, spelling % 5) {
                    ('0', 1) => 'O',
                    ('1', 1) => 'I',
                    ('1', 2) => 'l',
                    (_, 3) => letter.to_ascii_uppercase(),
                    (_, 4) => wide(letter),
                    _ => letter,
                }
            });
            let typed = number + &decorate(spelt, &between);
            (groups.join("-"), typed)
        },
    )
}

/// What stands before each letter, and after the last.
fn decorations(places: usize) -> impl Strategy<Value = Vec<String>> {
    let here = prop::collection::vec(any_of(separator), 0..2);
    let here = prop_oneof![4 => Just(Vec::new()), 1 => here];
    prop::collection::vec(
        here.prop_map(|letters| letters.into_iter().collect()),
        places,
    )
}

fn decorate(letters: impl Iterator<Item = char>, between: &[String]) -> String {
    let mut text = String::new();
    let mut between = between.iter();
    for letter in letters {
        text.extend(between.next().map(String::as_str));
        text.push(letter);
    }
    text.extend(between.next().map(String::as_str));
    text
}

proptest! {
    #[test]
    fn a_text_reads_as_its_digits_or_not_at_all(text in text()) {
        let [code, _] = read(&text);
        prop_assert_eq!(code, reference(&text));
    }

    #[test]
    fn no_text_is_a_code_and_a_recovery_code(text in text(), code in typed_code(), recovery in typed_recovery_code()) {
        for text in [&text, &code.1, &recovery.1, &format!("1. {}", code.1)] {
            let [code, recovery] = read(text);
            prop_assert!(code.is_none() || recovery.is_none(), "{:?}", text);
        }
    }

    #[test]
    fn no_two_codes_read_as_one((one, typed) in typed_code(), (other, typed_too) in typed_code()) {
        let [found, _] = read(&typed);
        prop_assert_eq!(found.as_ref(), Some(&one));
        let [found_too, _] = read(&typed_too);
        prop_assert_eq!(found == found_too, one == other);
    }

    #[test]
    fn no_two_recovery_codes_read_as_one(
        (one, typed) in typed_recovery_code(),
        (other, typed_too) in typed_recovery_code(),
    ) {
        let [_, found] = read(&typed);
        prop_assert_eq!(found.as_ref(), Some(&one), "{:?}", typed);
        let [_, found_too] = read(&typed_too);
        prop_assert_eq!(found == found_too, one == other);
    }

    #[test]
    fn one_digit_more_or_less_is_another_code_or_none((digits, typed) in typed_code(), more in "[0-9]") {
        let longer = format!("{digits}{more}");
        let [found, _] = read(&longer);
        prop_assert_eq!(found, (digits.len() < 8).then_some(longer));
        let [found, _] = read(&typed);
        prop_assert_eq!(found, Some(digits));
    }

    #[test]
    fn what_is_shown_reads_back(text in text()) {
        for shown in read(&text).into_iter().flatten() {
            prop_assert!(read(&shown).contains(&Some(shown)));
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&text);
        read(&String::from_utf8_lossy(&bytes));
    }
}

/// Lines of the file.
const CASES: usize = 88;
