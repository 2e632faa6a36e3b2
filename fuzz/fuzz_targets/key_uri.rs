//! A key URI: what is read can be written, and reads back to the same fields.
#![no_main]

use countersign::keyuri::{KeyUri, Warning};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(parsed) = KeyUri::parse(text) else {
        return;
    };
    let uri = parsed.uri;
    for (position, warning) in parsed.warnings.iter().enumerate() {
        assert!(!parsed.warnings[..position].contains(warning));
    }

    let written = uri.expose_uri();
    assert!(written.len() <= KeyUri::MAX_LENGTH);
    assert!(!written.contains('+') && written.bytes().all(|byte| byte.is_ascii_graphic()));
    let read = KeyUri::parse(&written).expect("what is written can be read");
    for warning in &read.warnings {
        // The key's and the names' own faults; writing mends the rest.
        assert!(matches!(
            warning,
            Warning::WeakSecret | Warning::MissingIssuer | Warning::AmbiguousLabel
        ));
    }
    let again = read.uri;
    assert_eq!(again.kind(), uri.kind());
    assert_eq!(again.issuer(), uri.issuer());
    assert_eq!(again.account(), uri.account());
    assert!(again.secret() == uri.secret());
    assert_eq!(again.algorithm(), uri.algorithm());
    assert_eq!(again.digits(), uri.digits());
    assert_eq!(again.image(), uri.image());
    assert_eq!(*again.expose_uri(), *written);
});
