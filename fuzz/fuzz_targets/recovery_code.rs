//! A typed recovery code: what parses is shown in one form, which reads back with its number or without.
#![no_main]

use countersign::recovery::RecoveryCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    let Ok(code) = RecoveryCode::parse(typed) else {
        return;
    };
    let shown = code.expose();
    assert!(matches!(code.letters(), 16 | 24 | 32));
    assert_eq!(shown.len(), code.letters() * 5 / 4 - 1);
    for group in shown.split('-') {
        let allowed = |byte: u8| b"0123456789abcdefghjkmnpqrstvwxyz".contains(&byte);
        assert!(group.len() == 4 && group.bytes().all(allowed));
    }

    let read = RecoveryCode::parse(&shown).expect("what is shown can be typed");
    assert!(read == code && read.number().is_none());
    assert_eq!(*read.expose(), *shown);
    if let Some(number) = code.number() {
        assert!((1..=99).contains(&number));
        let numbered = RecoveryCode::parse(&format!("{number}-{}", *shown));
        let numbered = numbered.expect("a number may stand in front");
        assert!(numbered == code && numbered.number() == Some(number));
    }
});
