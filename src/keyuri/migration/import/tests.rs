//! Whole exports: as Google Authenticator writes them, and put together by hand where it writes
//! none.

use alloc::format;
use alloc::string::String;
use alloc::vec;

use base64ct::{Base64, Base64UrlUnpadded};
use proptest::prelude::*;

use super::*;
use crate::keyuri::migration::samples::{
    COLON, HOTP, NO_ISSUER, OLD, PLUS, SPLICED, TWO_KEYS, field, uri,
};

/// A batch of one TOTP key.
fn batch(size: u8, index: u8, id: u8, name: &[u8]) -> String {
    let key = [&field(1, &[0; 16]), &field(2, name), [0x30, 2].as_slice()].concat();
    uri(&[field(1, &key), vec![0x18, size, 0x20, index, 0x28, id]].concat())
}

fn import(text: &str) -> Vec<Parsed> {
    let keys = MigrationUri::import([text]).unwrap_or_else(|error| panic!("{text}: {error}"));
    keys.into_iter().map(Result::unwrap).collect()
}

fn error(text: &str) -> ImportError {
    MigrationUri::import([text]).unwrap_err()
}

const TOTP: KeyUriKind = KeyUriKind::Totp {
    period: Period::DEFAULT,
};

#[test]
fn exports_of_apps_are_read() {
    let hello = ["Example", "alice@google.com", "JBSWY3DPEHPK3PXP"];
    let pi = "7KSQL2JTUDIS5EF65KLMRQIIGY";
    let no_issuer = ["", "pi@raspberrypi", pi];
    for (text, expected) in [
        (OLD, vec![hello]),
        (SPLICED, vec![hello]),
        (NO_ISSUER, vec![no_issuer]),
        (
            TWO_KEYS,
            vec![no_issuer, ["raspberrypi", "pi@raspberrypi", pi]],
        ),
        (HOTP, vec![["", "hotp demo", pi]]),
        (COLON, vec![["encoding", "¿äÄéÉ? (demo)", pi]]),
    ] {
        let keys = import(text);
        assert_eq!(keys.len(), expected.len(), "{text}");
        for (Parsed { uri, .. }, [issuer, account, secret]) in keys.iter().zip(expected) {
            assert_eq!(uri.issuer().unwrap_or_default(), issuer, "{text}");
            assert_eq!(uri.account(), account, "{text}");
            assert_eq!(*uri.secret().expose_base32(), secret, "{text}");
            let other = (uri.algorithm(), uri.digits());
            assert_eq!(other, (Algorithm::Sha1, Digits::SIX), "{text}");
        }
    }
    for (text, kind, warnings) in [
        (OLD, TOTP, vec![Warning::WeakSecret]),
        (SPLICED, TOTP, vec![Warning::WeakSecret]),
        (NO_ISSUER, TOTP, vec![Warning::MissingIssuer]),
        (
            HOTP,
            KeyUriKind::Hotp { counter: 4 },
            vec![Warning::MissingIssuer],
        ),
        (COLON, TOTP, vec![]),
    ] {
        let key = import(text).remove(0);
        assert_eq!((key.uri.kind(), key.warnings), (kind, warnings), "{text}");
    }
}

#[test]
fn an_export_without_escapes_is_read() {
    let accounts = [1, 2, 3, 4].map(|number| format!("test{number}@serenitylabs.co.uk"));
    for (key, account) in import(PLUS).iter().zip(&accounts) {
        assert_eq!(key.uri.issuer(), Some("SerenityLabs"));
        assert_eq!(key.uri.account(), account);
        assert_eq!(key.warnings, []);
    }
    assert_eq!(import(PLUS).len(), accounts.len());
    // The base64 around the first `+` in Python:
    // `base64.b64decode("nH/tf1GuHeIAmNFv+34/VQZDPTw=").hex()`.
    let third = [
        0x9c, 0x7f, 0xed, 0x7f, 0x51, 0xae, 0x1d, 0xe2, 0x00, 0x98, 0xd1, 0x6f, 0xfb, 0x7e, 0x3f,
        0x55, 0x06, 0x43, 0x3d, 0x3c,
    ];
    assert_eq!(import(PLUS)[2].uri.secret().expose_bytes(), third);
}

#[test]
fn other_spellings_of_base64_are_read() {
    // Two letters that each alphabet has another for: 0xfb 0xff is `-_8` or `+/8`.
    let message = field(
        1,
        &[
            field(1, &[0xfb, 0xff].repeat(10)),
            field(2, b"a"),
            vec![0x30, 2],
        ]
        .concat(),
    );
    let (padded, unpadded) = (
        Base64::encode_string(&message),
        Base64UrlUnpadded::encode_string(&message),
    );
    assert!(padded.contains('+') && padded.contains('/') && padded.ends_with('='));
    for data in [
        &padded,
        &unpadded,
        &padded.replace('=', "%3d"),
        &padded.replace('+', "%2b"),
    ] {
        for prefix in [PREFIX, "OTPAUTH-Migration://Offline?Data="] {
            let key = import(&format!("{prefix}{data}")).remove(0);
            assert_eq!(
                key.uri.secret().expose_bytes(),
                [0xfb, 0xff].repeat(10),
                "{data}"
            );
        }
    }
}

#[test]
fn what_is_no_export_is_refused() {
    for text in [
        "",
        "otpauth://totp/A:a?secret=AA",
        "otpauth-migration://offline",
        "otpauth-migration://online?data=AA",
    ] {
        assert_eq!(error(text), ImportError::Scheme, "{text}");
    }
    // A space may be a `+` or a broken line; `AB` carries bits of no byte.
    for data in [
        "é", "A", "AA=", "AA===", "AAAA====", "A=AA", "AB", "AA AA", "%", "%+1", "AAAA&x=1",
        "AAAA#",
    ] {
        assert_eq!(
            error(&format!("{PREFIX}{data}")),
            ImportError::Encoding,
            "{data}"
        );
    }
    for message in [
        &[0x08][..],         // cut short
        &[0x08, 1],          // a key that is a number
        &[0x1a, 0],          // a size that is bytes
        &[0x25, 0, 0, 0, 0], // an index of 32 bits
    ] {
        let found = error(&uri(message));
        assert_eq!(found, ImportError::Malformed, "{message:02x?}");
    }
    assert_eq!(
        MigrationUri::import([""; 0]).unwrap_err(),
        ImportError::Empty
    );
    assert_eq!(error(PREFIX), ImportError::Empty);
    assert_eq!(error(&uri(&[0x10, 1, 0x18, 1])), ImportError::Empty);

    let data = "A".repeat(MigrationUri::MAX_LENGTH - PREFIX.len());
    assert_eq!(error(&format!("{PREFIX}{data}")), ImportError::Malformed); // zeros
    assert_eq!(error(&format!("{PREFIX}{data}A")), ImportError::TooLong);
}

#[test]
fn what_is_cut_short_is_noticed() {
    let data = HOTP.strip_prefix(PREFIX).unwrap();
    let message = Base64::decode_vec(&decode(data).unwrap()).unwrap();
    // The key, then version, size and index of two bytes each: whole fields of the batch may be
    // missing.
    let key = 2 + usize::from(message[1]);
    for length in 1..message.len() {
        let whole = (key..=key + 6).contains(&length) && (length - key).is_multiple_of(2);
        let result = MigrationUri::import([uri(&message[..length])]);
        assert_eq!(result.is_ok(), whole, "{length} bytes");
    }
}

#[test]
fn batches_are_joined_whatever_their_order() {
    let [a, b, c] = [b"a", b"b", b"c"].map(|name| batch(3, name[0] - b'a', 7, name));
    let names = |uris: [&String; 3]| -> Vec<String> {
        let keys = MigrationUri::import(uris).unwrap();
        keys.into_iter()
            .map(|key| key.unwrap().uri.account().into())
            .collect()
    };
    for order in [[&a, &b, &c], [&b, &a, &c], [&c, &b, &a]] {
        assert_eq!(names(order), ["a", "b", "c"]);
    }
    let error = |uris: &[&String]| MigrationUri::import(uris).unwrap_err();
    assert_eq!(error(&[&c, &a]), ImportError::Missing);
    // The picture of `c` scanned twice misses `b` all the same, and another `c` is no twin.
    assert_eq!(error(&[&c, &a, &c]), ImportError::Missing);
    assert_eq!(
        error(&[&a, &c, &batch(3, 2, 7, b"x")]),
        ImportError::Duplicate
    );
    let twice: Vec<_> = MigrationUri::import([&a, &c, &b, &c]).unwrap();
    assert_eq!(twice.len(), 3);
    let lines = [&a, &b, &c].map(|uri| format!("\u{feff} {uri}\r\n"));
    assert_eq!(MigrationUri::import(&lines).unwrap().len(), 3);
    assert_eq!(
        error(&[&a, &b, &batch(3, 2, 8, b"c")]),
        ImportError::MixedExports
    );
    assert_eq!(
        error(&[&a, &b, &batch(4, 2, 7, b"c")]),
        ImportError::MixedExports
    );
    assert_eq!(error(&[&batch(3, 3, 7, b"d")]), ImportError::Number);
    assert_eq!(error(&[&batch(0, 1, 7, b"d")]), ImportError::Number);
    assert_eq!(error(&[&batch(64, 63, 7, b"d")]), ImportError::Missing);
    assert_eq!(error(&[&batch(65, 0, 7, b"d")]), ImportError::Number);
}

#[test]
fn an_entry_that_cannot_be_read_costs_that_entry_alone() {
    let key = |name: &[u8]| {
        let fields = [field(1, &[7; 20]), field(2, name), vec![0x30, 2]];
        field(1, &fields.concat())
    };
    let message = [key(b"first"), key(b"\xff"), key(b""), key(b"last")].concat();
    let keys = MigrationUri::import([uri(&message)]).unwrap();
    let accounts: Vec<_> = keys
        .iter()
        .map(|key| key.as_ref().map(|key| key.uri.account()))
        .collect();
    let malformed = crate::keyuri::KeyUriError::Malformed;
    assert_eq!(accounts, [Ok("first"), Err(&malformed), Ok(""), Ok("last")]);
    let nameless = keys[2].as_ref().unwrap();
    assert!(nameless.warnings.contains(&Warning::MissingAccount));
}

#[test]
fn errors_repeat_nothing_of_what_was_read() {
    // S-52
    let error = error(&format!("{PREFIX}sesame!"));
    assert!(!format!("{error:?} {error}").contains("sesame"));
}

proptest! {
    #[test]
    fn no_message_panics(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _ = MigrationUri::import([uri(&bytes)]);
        let _ = MigrationUri::import([uri(&field(1, &bytes))]);
    }

    #[test]
    fn no_text_panics(text in ".{0,60}") {
        let _ = MigrationUri::import([&text]);
        let _ = MigrationUri::import([format!("{PREFIX}{text}")]);
    }
}
