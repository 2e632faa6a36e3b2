//! The keys of an export, put together by hand.

use alloc::format;
use alloc::vec;

use super::*;
use crate::keyuri::migration::samples::{field, uri};
use crate::secret::SecretError;

/// A key of 16 zeros named `a` with further fields.
fn key(more: &[u8]) -> Vec<u8> {
    [&field(1, &[0; 16]), field(2, b"a").as_slice(), more].concat()
}

/// What becomes of a key with these fields.
fn read(key: &[u8]) -> Result<Parsed, KeyUriError> {
    let mut keys = MigrationUri::import([uri(&field(1, key))]).unwrap();
    assert_eq!(keys.len(), 1);
    keys.remove(0)
}

const TOTP: KeyUriKind = KeyUriKind::Totp {
    period: Period::DEFAULT,
};

#[test]
fn every_field_is_read() {
    let more = [
        field(3, b"Acme"),
        vec![0x20, 2, 0x28, 2, 0x30, 1], // SHA-256, eight digits, HOTP
        [vec![0x38], vec![0xff; 8], vec![0x7f]].concat(), // 9 × 7 = 63 bits
    ];
    let key = read(&key(&more.concat())).unwrap();
    assert_eq!(key.warnings, []);
    assert_eq!(
        key.uri.kind(),
        KeyUriKind::Hotp {
            counter: (1 << 63) - 1
        }
    );
    assert_eq!((key.uri.issuer(), key.uri.account()), (Some("Acme"), "a"));
    assert_eq!(
        (key.uri.algorithm(), key.uri.digits()),
        (Algorithm::Sha256, Digits::EIGHT)
    );
    assert_eq!(key.uri.secret().expose_bytes(), [0; 16]);
}

#[test]
fn what_stands_for_a_key_is_judged() {
    for (fields, algorithm, digits) in [
        ([0x20, 0, 0x28, 0], Algorithm::Sha1, Digits::SIX),
        ([0x20, 1, 0x28, 1], Algorithm::Sha1, Digits::SIX),
        ([0x20, 3, 0x28, 2], Algorithm::Sha512, Digits::EIGHT),
    ] {
        let key = read(&key(&[fields.as_slice(), &[0x30, 2]].concat())).unwrap();
        assert_eq!(
            (key.uri.algorithm(), key.uri.digits()),
            (algorithm, digits),
            "{fields:?}"
        );
    }
    let counted = read(&key(&[0x30, 2, 0x38, 1])).unwrap();
    assert_eq!(
        counted.warnings,
        [Warning::UnknownParameter, Warning::MissingIssuer]
    );
    let named = |name: &[u8], issuer: &[u8]| {
        read(
            &[
                field(1, &[0; 16]),
                field(2, name),
                field(3, issuer),
                vec![0x30, 2],
            ]
            .concat(),
        )
    };
    assert_eq!(
        named(b"Old:a", b"Acme").unwrap().warnings,
        [Warning::IssuerMismatch]
    );

    let negative = [[0x38].as_slice(), &[0x80; 9], &[1]].concat(); // 2⁶³
    for (result, error) in [
        (read(&key(&[0x30, 2, 0x20, 4])), KeyUriError::Algorithm), // MD5
        (read(&key(&[0x30, 2, 0x20, 5])), KeyUriError::Algorithm),
        (read(&key(&[0x30, 2, 0x28, 3])), KeyUriError::Digits),
        (read(&key(&[0x30, 3])), KeyUriError::Kind),
        (read(&key(&[0x30, 0, 0x38, 1])), KeyUriError::Kind),
        (
            read(&key(&[&[0x30, 1], negative.as_slice()].concat())),
            KeyUriError::Counter,
        ),
        (read(&field(2, b"a")), KeyUriError::MissingSecret),
        (read(&[0x08, 1]), KeyUriError::Malformed), // a secret that is a number
        (read(&[0x32, 0]), KeyUriError::Malformed), // a type that is bytes
        (read(&[0x30]), KeyUriError::Malformed),    // cut short
        (named(b"\xff", b"Acme"), KeyUriError::Malformed), // a name that is not UTF-8
        (named(b"a\nb", b"Acme"), KeyUriError::ControlCharacter),
        (named(b":a:b", b""), KeyUriError::Colon),
    ] {
        assert_eq!(result.unwrap_err(), error);
    }
    // 129 = 1 + 1 × 128 bytes, in a key of 3 + 129 + 3 + 2 = 137 = 9 + 1 × 128.
    let long = [
        &[0x0a, 0x89, 0x01, 0x0a, 0x81, 0x01],
        [0; 129].as_slice(),
        b"\x12\x01a\x30\x02",
    ]
    .concat();
    let long = MigrationUri::import([uri(&long)]).unwrap().remove(0);
    assert_eq!(long.unwrap_err(), KeyUriError::Secret(SecretError::TooLong));
}

#[test]
fn a_key_that_cannot_be_used_costs_no_other() {
    let keys = [[0x30, 2, 0x20, 1], [0x30, 2, 0x20, 4], [0x30, 2, 0x20, 2]];
    let message = keys.map(|fields| field(1, &key(&fields))).concat();
    let keys = MigrationUri::import([uri(&message)]).unwrap();
    let algorithms: Vec<_> = keys
        .into_iter()
        .map(|key| key.map(|key| key.uri.algorithm()))
        .collect();
    let expected = [
        Ok(Algorithm::Sha1),
        Err(KeyUriError::Algorithm),
        Ok(Algorithm::Sha256),
    ];
    assert_eq!(algorithms, expected);
}

#[test]
fn what_a_later_version_adds_is_skipped() {
    let added = [
        field(8, b"unique id"),
        vec![0x49, 1, 2, 3, 4, 5, 6, 7, 8], // field 9, 64 bits
        vec![0x55, 1, 2, 3, 4],             // field 10, 32 bits
        vec![0xa0, 0x06, 0x96, 0x01],       // field 100, the number 150
    ]
    .concat();
    let key = field(1, &key(&[&[0x30, 2], added.as_slice()].concat()));
    let mut keys = MigrationUri::import([uri(&[key, vec![0x10, 2], added].concat())]).unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys.remove(0).unwrap().uri.kind(), TOTP);
}

#[test]
fn errors_repeat_nothing_of_what_was_read() {
    // S-52
    let fields = [
        field(1, b"0123456789abcdef"),
        field(2, b"a\nname"),
        vec![0x30, 2],
    ];
    let error = read(&fields.concat()).unwrap_err();
    let text = format!("{error:?} {error}");
    assert!(!text.contains("name") && !text.contains("0123"));
}
