//! A typed code has six to eight decimal digits of one script, and only their values count: what
//! another reader takes for a code is one, and nothing else.
#![no_main]

use countersign::Answer;
use countersign::otp::Code;
use countersign::recovery_codes::RecoveryCode;
use countersign_fuzz::typed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let expected = typed::letters(text).filter(|letters| {
        (6..=8).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_digit())
    });
    let read = Code::parse(text);
    let digits = read.as_ref().ok().map(Code::expose_digits);
    assert_eq!(digits.as_deref(), expected.as_ref());
    // What a strict reader takes: the digits as they are.
    if text.parse::<u32>().is_ok() && !text.starts_with('+') {
        assert_eq!(read.is_ok(), (6..=8).contains(&text.len()));
    }

    let (Ok(code), Some(digits)) = (read, digits) else {
        return;
    };
    assert_eq!(digits.len(), usize::from(code.digits().get()));
    assert_eq!(Code::parse(&digits), Ok(code));
    // The shape tells the kinds of codes apart.
    assert!(RecoveryCode::parse(text).is_err());
    assert!(RecoveryCode::parse(&format!("1. {text}")).is_err());
    assert!(Answer::parse(text).is_ok());
});
