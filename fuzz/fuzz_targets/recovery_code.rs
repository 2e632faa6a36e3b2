//! A typed recovery code: a code that parses has one shown form, which reads back, with a number in
//! front as well. Another reader finds the same letters, and behind a number alone.
#![no_main]

use countersign::Answer;
use countersign::otp::Code;
use countersign::recovery_codes::RecoveryCode;
use countersign_fuzz::typed;
use libfuzzer_sys::fuzz_target;

const ALPHABET: &str = "0123456789abcdefghjkmnpqrstvwxyz";

fuzz_target!(|typed: &str| {
    let (number, letters) = split(typed);
    let plain = number.is_empty().then(|| letters_of_a_code(letters));
    let read = RecoveryCode::parse(typed);
    if let Some(letters) = plain {
        assert_eq!(read.is_ok(), letters.is_some());
    }
    let Ok(code) = read else {
        return;
    };
    assert!(matches!(code.letters(), 24 | 32));

    let shown = code.expose();
    assert_eq!(shown.len(), code.letters() * 5 / 4 - 1);
    for group in shown.split('-') {
        assert!(group.len() == 4 && group.chars().all(|letter| ALPHABET.contains(letter)));
    }
    let expected = letters_of_a_code(letters).expect("the letters are those of a code");
    assert_eq!(shown.replace('-', ""), expected);
    assert!(
        number.is_empty() || is_number(number),
        "a code lost letters"
    );

    let read = RecoveryCode::parse(&shown).expect("what is shown can be typed");
    assert!(read == code);
    assert_eq!(*read.expose(), *shown);
    let numbered = RecoveryCode::parse(&format!("  10. {}", *shown));
    assert!(numbered.expect("a line of a sheet can be typed") == code);

    // The shape tells the kinds of codes apart.
    assert!(Code::parse(typed).is_err());
    assert!(Answer::parse(typed).is_ok());
});

/// Splits a text behind the last mark that ends a number. No code has such a mark.
fn split(typed: &str) -> (&str, &str) {
    let ends = |letter| matches!(typed::narrow(letter), '.' | ')' | ':');
    let mut marks = typed.char_indices().filter(|(_, letter)| ends(*letter));
    let behind = marks
        .next_back()
        .map(|(place, mark)| place + mark.len_utf8());
    typed.split_at(behind.unwrap_or(0))
}

/// The letters in lower case, look-alikes replaced, if they are the letters of a code.
fn letters_of_a_code(text: &str) -> Option<String> {
    let folded = typed::letters(text)?.to_ascii_lowercase();
    let letters = folded.replace('o', "0").replace(['i', 'l'], "1");
    let are_known = letters.chars().all(|letter| ALPHABET.contains(letter));
    (are_known && matches!(letters.len(), 24 | 32)).then_some(letters)
}

/// Whether the text is a number of one or two digits, perhaps behind `code`.
fn is_number(text: &str) -> bool {
    let letters = text.chars().filter(|letter| !typed::separates(*letter));
    let letters = letters
        .map(typed::narrow)
        .filter(|letter| letter.is_alphanumeric());
    let letters = letters.collect::<String>().to_ascii_lowercase();
    let digits = letters.strip_prefix("code").unwrap_or(&letters);
    let are_digits = digits.chars().all(|letter| {
        typed::letters(&letter.to_string())
            .is_some_and(|digit| digit.bytes().all(|byte| byte.is_ascii_digit()))
    });
    are_digits && matches!(digits.chars().count(), 1 | 2)
}
