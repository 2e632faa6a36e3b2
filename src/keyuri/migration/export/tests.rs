//! What is written is what Google Authenticator wrote, and what cannot be written is said.

use alloc::format;
use alloc::string::ToString;

use proptest::prelude::*;

use super::*;
use crate::keyuri::migration::samples::{HOTP, NO_ISSUER, TWO_KEYS};
use crate::keyuri::{KeyUriError, Parsed};
use crate::otp::test_rng::{Broken, BrokenError, Draws};
use crate::otp::{HotpParams, TotpParams};
use crate::secret::Secret;

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn rng() -> Draws<1> {
    Draws::new([7])
}

fn secret() -> Secret {
    Secret::from_base32(SECRET).unwrap()
}

fn totp(account: &str, params: &TotpParams) -> KeyUri {
    KeyUri::totp("Acme", account, secret(), params).unwrap()
}

fn keys(count: usize) -> Vec<KeyUri> {
    let key = |number: usize| totp(&number.to_string(), &TotpParams::default());
    (0..count).map(key).collect()
}

fn import(uris: &[MigrationUri]) -> Vec<KeyUri> {
    let keys = MigrationUri::import(uris.iter().map(MigrationUri::expose_uri)).unwrap();
    keys.into_iter().map(|key| key.unwrap().uri).collect()
}

#[test]
fn what_google_authenticator_wrote_is_written_alike() {
    for (text, id) in [
        (NO_ISSUER, 0x8329_f1bc),
        (TWO_KEYS, 0x9358_f610),
        (HOTP, 0xa315_d7db),
    ] {
        let keys = MigrationUri::import([text]).unwrap().into_iter();
        let keys: Vec<KeyUri> = keys.map(|key| key.unwrap().uri).collect();
        let written = MigrationUri::export(&keys, &mut Draws::new([id])).unwrap();
        assert_eq!((written.len(), written[0].expose_uri()), (1, text));
    }
}

#[test]
fn a_uri_holds_ten_keys() {
    for (count, uris) in [(1, 1), (10, 1), (11, 2), (25, 3), (640, 64)] {
        let keys = keys(count);
        let written = MigrationUri::export(&keys, &mut rng()).unwrap();
        assert_eq!(written.len(), uris, "{count} keys");
        let read = import(&written);
        assert!(
            read.iter()
                .map(KeyUri::account)
                .eq(keys.iter().map(KeyUri::account))
        );
    }
    let error = MigrationUri::export(&keys(641), &mut rng()).unwrap_err();
    assert_eq!(error, ExportError::TooManyKeys);
    let error = MigrationUri::export(&[], &mut rng()).unwrap_err();
    assert_eq!(error, ExportError::Empty);
}

#[test]
fn a_uri_holds_fewer_keys_if_they_are_long() {
    let label = "ü".repeat(127);
    let params = HotpParams::default().with_algorithm(Algorithm::Sha512);
    let secret = Secret::from_bytes(&[0xff; 128]).unwrap();
    let key = KeyUri::hotp(&label, &label, secret, &params, i64::MAX.cast_unsigned()).unwrap();
    let written = MigrationUri::export(&[key.clone(), key], &mut rng()).unwrap();
    assert_eq!(written.len(), 2);
    assert_eq!(import(&written).len(), 2);
    #[cfg(feature = "qr")]
    for uri in &written {
        assert!(crate::qr::Qr::encode_migration(uri).is_ok());
    }
}

#[test]
fn nothing_outgrows_the_room_made_for_it() {
    let label = "ü".repeat(127);
    let text = format!(
        "otpauth://hotp/{label}:a:{label}?secret={SECRET}&counter={}&digits=8",
        i64::MAX
    );
    let key = KeyUri::parse(&text.replace("a:ü", "a:")).unwrap().uri;
    let message = message::<()>(0, &key).unwrap();
    let labels = key.account().len() + 2 * label.len();
    assert_eq!(
        message.capacity(),
        FIXED_KEY + secret().expose_bytes().len() + labels
    );
    assert!(message.len() <= message.capacity());

    let written = MigrationUri::export(&keys(1), &mut rng())
        .unwrap()
        .remove(0);
    let data = written.text.strip_prefix(PREFIX).unwrap();
    let escaped = data.matches('%').count();
    assert_eq!(
        written.text.capacity(),
        PREFIX.len() + 3 * (data.len() - 2 * escaped)
    );
}

#[test]
fn what_the_format_cannot_say_is_an_error() {
    let params = TotpParams::default();
    let hotp =
        |counter| KeyUri::hotp("Acme", "a", secret(), &HotpParams::default(), counter).unwrap();
    let export =
        |key| MigrationUri::export(&[keys(1).remove(0), key], &mut rng()).map(|uris| uris.len());
    let position = 1;
    let minute = params.with_period(Period::new(60).unwrap());
    assert_eq!(
        export(totp("a", &minute)),
        Err(ExportError::Period { position })
    );
    let seven = params.with_digits(Digits::SEVEN);
    assert_eq!(
        export(totp("a", &seven)),
        Err(ExportError::Digits { position })
    );
    assert_eq!(
        export(hotp(1 << 63)),
        Err(ExportError::Counter { position })
    );
    assert_eq!(export(hotp((1 << 63) - 1)), Ok(1));

    let pictured = totp("a", &params)
        .with_image("https://acme.example/a.png")
        .unwrap();
    let read = import(&MigrationUri::export(&[pictured], &mut rng()).unwrap());
    assert_eq!((read[0].account(), read[0].image()), ("a", None));
}

#[test]
fn a_generator_that_fails_is_an_error() {
    let error = MigrationUri::export(&keys(1), &mut Broken).unwrap_err();
    assert_eq!(error, ExportError::Rng(BrokenError));
}

#[test]
fn an_account_with_a_colon_stays_whole() {
    for label in ["Acme:corp:alice", "Acme:Acme:alice", "Acme: : x"] {
        let key = KeyUri::parse(&format!("otpauth://totp/{label}?secret={SECRET}"))
            .unwrap()
            .uri;
        let read = import(&MigrationUri::export(core::slice::from_ref(&key), &mut rng()).unwrap());
        assert_eq!(
            (read[0].issuer(), read[0].account()),
            (key.issuer(), key.account()),
            "{label}"
        );
    }
}

#[test]
fn debug_tells_nothing() {
    // S-42
    let uris = MigrationUri::export(&keys(1), &mut rng()).unwrap();
    assert_eq!(format!("{uris:?}"), "[MigrationUri([redacted])]");
}

fn any_key() -> impl Strategy<Value = KeyUri> {
    let label = || "[^:\\p{Cc}]{1,40}".prop_filter("not blank", |text| !text.trim().is_empty());
    let key = proptest::collection::vec(any::<u8>(), 16..=128);
    let algorithm = prop_oneof![
        Just(Algorithm::Sha1),
        Just(Algorithm::Sha256),
        Just(Algorithm::Sha512)
    ];
    let digits = prop_oneof![Just(Digits::SIX), Just(Digits::EIGHT)];
    let counter = proptest::option::of(0..1_u64 << 63);
    (label(), label(), key, algorithm, digits, counter).prop_map(
        |(issuer, account, key, algorithm, digits, counter)| {
            let secret = Secret::from_bytes(&key).unwrap();
            match counter {
                Some(counter) => {
                    let params = HotpParams::default()
                        .with_algorithm(algorithm)
                        .with_digits(digits);
                    KeyUri::hotp(&issuer, &account, secret, &params, counter)
                }
                None => {
                    let params = TotpParams::default()
                        .with_algorithm(algorithm)
                        .with_digits(digits);
                    KeyUri::totp(&issuer, &account, secret, &params)
                }
            }
            .unwrap()
        },
    )
}

proptest! {
    #[test]
    fn what_is_written_is_read_whatever_the_order(
        keys in proptest::collection::vec(any_key(), 1..40),
        id in any::<u32>(),
        turn in any::<prop::sample::Index>(),
    ) {
        let mut uris = MigrationUri::export(&keys, &mut Draws::new([id])).unwrap();
        for uri in &uris {
            prop_assert!(uri.expose_uri().is_ascii() && uri.expose_uri().len() <= MigrationUri::MAX_LENGTH);
        }
        let turn = turn.index(uris.len());
        uris.rotate_left(turn);
        let read: Vec<Result<Parsed, KeyUriError>> =
            MigrationUri::import(uris.iter().map(MigrationUri::expose_uri)).unwrap();
        prop_assert_eq!(read.len(), keys.len());
        for (read, key) in read.into_iter().zip(&keys) {
            let Parsed { uri, warnings } = read.unwrap();
            prop_assert_eq!(warnings, []);
            // The key URI says all that a key is, and is tested by itself.
            prop_assert_eq!(uri.expose_uri(), key.expose_uri());
        }
    }
}
