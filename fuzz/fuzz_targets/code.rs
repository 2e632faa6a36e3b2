//! A typed code has six to eight decimal digits of one script, and only their values count.
#![no_main]

use countersign::Answer;
use countersign::otp::Code;
use countersign::recovery_codes::RecoveryCode;
use libfuzzer_sys::fuzz_target;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

fuzz_target!(|typed: &str| {
    let Ok(code) = Code::parse(typed) else {
        return;
    };
    let digits = code.expose_digits();
    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(digits.len(), usize::from(code.digits().get()));
    assert!((6..=8).contains(&digits.len()));

    // Every typed digit is read, and only characters without meaning are skipped.
    let mut read = digits.chars();
    let mut zeros = Vec::new();
    for letter in typed.chars() {
        assert!(!matches!(letter, '\u{202d}' | '\u{202e}'));
        match letter.general_category() {
            GeneralCategory::DecimalNumber => {
                let value = read.next().and_then(|digit| digit.to_digit(10));
                let zero = u32::from(letter) - value.expect("a digit was passed over");
                zeros.push(if zero == 0xff10 { 0x30 } else { zero });
            }
            GeneralCategory::Format | GeneralCategory::DashPunctuation => {}
            _ => assert!(letter.is_whitespace() || matches!(letter, '\u{2212}' | '\u{30fc}')),
        }
    }
    assert_eq!(read.next(), None);
    zeros.dedup();
    assert_eq!(zeros.len(), 1);

    assert_eq!(Code::parse(&digits), Ok(code));
    // The shape tells the kinds of codes apart.
    assert!(RecoveryCode::parse(typed).is_err());
    assert!(RecoveryCode::parse(&format!("1. {typed}")).is_err());
    assert!(Answer::parse(typed).is_ok());
});
