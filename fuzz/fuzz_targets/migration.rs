//! Migration URIs: URIs that parse are written and read back to the same keys in the same order.
//!
//! An input that begins with `o` is URIs, one a line. Any other input is the message of one URI.
#![no_main]

use base64ct::{Base64, Encoding};
use countersign::keyuri::{ExportError, KeyUri, MigrationUri, Warning};
use countersign::testing::SeededRng;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let keys = match (data, std::str::from_utf8(data)) {
        ([b'o', ..], Ok(text)) => MigrationUri::import(text.lines()),
        _ => {
            let message = Base64::encode_string(data);
            MigrationUri::import([format!("otpauth-migration://offline?data={message}")])
        }
    };
    let Ok(keys) = keys else {
        return;
    };
    assert!(!keys.is_empty());
    let mut read = Vec::new();
    for parsed in keys.into_iter().flatten() {
        for (position, warning) in parsed.warnings.iter().enumerate() {
            assert!(!parsed.warnings[..position].contains(warning));
        }
        read.push(parsed.uri);
    }

    // The two formats carry the same fields.
    for uri in &read {
        let alone = KeyUri::parse(&uri.expose_uri()).expect("a key has a URI of its own");
        same(&alone.uri, uri);
    }

    let written = match MigrationUri::export(&read, &mut SeededRng::new(0)) {
        Ok(written) => written,
        Err(ExportError::Empty) => return assert!(read.is_empty()),
        Err(ExportError::TooManyKeys) => return assert!(read.len() > MigrationUri::MAX_URIS),
        Err(error) => panic!("what was read cannot be written: {error}"),
    };
    for uri in &written {
        let text = uri.expose_uri();
        assert!(text.len() <= MigrationUri::MAX_LENGTH && text.is_ascii());
    }
    // The last URI is scanned first.
    let texts = written.iter().rev().map(MigrationUri::expose_uri);
    let again = MigrationUri::import(texts).expect("what is written can be read");
    assert_eq!(again.len(), read.len());
    for (again, read) in again.into_iter().zip(&read) {
        let again = again.expect("a key that was read can be read again");
        for warning in &again.warnings {
            // Only faults of the key and the names remain, because writing repairs the others.
            assert!(matches!(
                warning,
                Warning::WeakSecret
                    | Warning::MissingIssuer
                    | Warning::MissingAccount
                    | Warning::AmbiguousLabel
            ));
        }
        same(&again.uri, read);
    }
});

fn same(again: &KeyUri, read: &KeyUri) {
    assert_eq!(*again.expose_uri(), *read.expose_uri());
    assert_eq!(again.issuer(), read.issuer());
    assert_eq!(again.account(), read.account());
    assert_eq!(again.kind(), read.kind());
    assert_eq!(again.algorithm(), read.algorithm());
    assert_eq!(again.digits(), read.digits());
    assert!(again.secret() == read.secret());
}
