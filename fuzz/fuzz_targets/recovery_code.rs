//! A typed recovery code: what parses is shown in one form, which reads back; a number may stand in front, and stands
//! in front of a compact code.
#![no_main]

use countersign::recovery::RecoveryCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    let Ok(code) = RecoveryCode::parse(typed) else {
        return;
    };
    assert!(matches!(code.letters(), 16 | 24 | 32));
    assert!(
        code.number()
            .is_none_or(|number| (1..=99).contains(&number))
    );

    let shown = code.expose();
    let shown_number = code.number().filter(|_| code.letters() == 16);
    let letters = match shown_number {
        Some(number) => shown
            .strip_prefix(&format!("{number}-"))
            .expect("a compact code is shown with its number"),
        None => shown.as_str(),
    };
    assert_eq!(letters.len(), code.letters() * 5 / 4 - 1);
    for group in letters.split('-') {
        let allowed = |byte: u8| b"0123456789abcdefghjkmnpqrstvwxyz".contains(&byte);
        assert!(group.len() == 4 && group.bytes().all(allowed));
    }

    let read = RecoveryCode::parse(&shown).expect("what is shown can be typed");
    assert!(read == code && read.number() == shown_number);
    assert_eq!(*read.expose(), *shown);
    if let Some(number) = code.number() {
        let numbered = RecoveryCode::parse(&format!("{number}-{letters}"));
        let numbered = numbered.expect("a number may stand in front");
        assert!(numbered == code && numbered.number() == Some(number));
    }
});
