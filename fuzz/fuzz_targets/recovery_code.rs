//! A typed recovery code: a code that parses has one shown form, which reads back, with a number in
//! front as well.
#![no_main]

use countersign::Answer;
use countersign::otp::Code;
use countersign::recovery_codes::RecoveryCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    let Ok(code) = RecoveryCode::parse(typed) else {
        return;
    };
    assert!(matches!(code.letters(), 24 | 32));

    let shown = code.expose();
    assert_eq!(shown.len(), code.letters() * 5 / 4 - 1);
    for group in shown.split('-') {
        let allowed = |byte: u8| b"0123456789abcdefghjkmnpqrstvwxyz".contains(&byte);
        assert!(group.len() == 4 && group.bytes().all(allowed));
    }

    let read = RecoveryCode::parse(&shown).expect("what is shown can be typed");
    assert!(read == code);
    assert_eq!(*read.expose(), *shown);
    let numbered = RecoveryCode::parse(&format!("  10. {}", *shown));
    assert!(numbered.expect("a line of a sheet can be typed") == code);

    // The shape tells the kinds of codes apart.
    assert!(Code::parse(typed).is_err());
    assert!(Answer::parse(typed).is_ok());
});
