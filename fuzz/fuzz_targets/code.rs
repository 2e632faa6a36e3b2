//! A typed code: what parses has six to eight ASCII digits, and these alone count.
#![no_main]

use countersign::otp::Code;
use countersign::recovery::RecoveryCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    let Ok(code) = Code::parse(typed) else {
        return;
    };
    let digits = code.expose_digits();
    let forgiven: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    assert_eq!(*digits, forgiven);
    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(digits.len(), usize::from(code.digits().get()));
    assert!((6..=8).contains(&digits.len()));
    assert_eq!(Code::parse(&digits), Ok(code));
    // What was typed is told apart by its shape.
    assert!(RecoveryCode::parse(typed).is_err());
});
