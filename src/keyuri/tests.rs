//! Key URIs as apps and services write and read them, with every known peculiarity of
//! authenticator apps.

use alloc::format;
use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::otp::LookAhead;
use crate::secret::SecretError;

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

fn secret() -> Secret {
    Secret::from_base32(SECRET).unwrap()
}

fn totp(issuer: &str, account: &str) -> Result<KeyUri, KeyUriError> {
    KeyUri::totp(issuer, account, secret(), &TotpParams::default())
}

/// Reads a URI whose secret is written as `SECRET`.
fn parse(text: &str) -> Result<Parsed, KeyUriError> {
    KeyUri::parse(&text.replace("SECRET", SECRET))
}

/// Issuer, account and warnings of a URI that is read.
fn labels(text: &str) -> (Option<String>, String, Vec<Warning>) {
    let Parsed { uri, warnings } = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    (uri.issuer().map(Into::into), uri.account().into(), warnings)
}

#[test]
fn writing_is_strict() {
    let uri = totp("Acme & Söhne", "alice+tag@example.com").unwrap();
    assert_eq!(
        *uri.expose_uri(),
        "otpauth://totp/Acme%20%26%20S%C3%B6hne:alice%2Btag@example.com\
         ?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme%20%26%20S%C3%B6hne"
    );
    assert_eq!(
        totp(" Acme ", "alice\u{2003}").unwrap().expose_uri(),
        totp("Acme", "alice").unwrap().expose_uri()
    );
    for (issuer, account, error) in [
        ("", "alice", KeyUriError::EmptyLabel),
        (" ", "alice", KeyUriError::EmptyLabel),
        ("Acme", "", KeyUriError::EmptyLabel),
        ("Acme", "\u{2003}", KeyUriError::EmptyLabel),
        ("Acme:", "alice", KeyUriError::Colon),
        ("Acme", "a:lice", KeyUriError::Colon),
        ("Acme\n", "alice", KeyUriError::ControlCharacter),
        ("Acme", "alice\0", KeyUriError::ControlCharacter),
        ("Acme", "alice\u{85}", KeyUriError::ControlCharacter),
    ] {
        assert_eq!(
            totp(issuer, account).unwrap_err(),
            error,
            "{issuer:?} {account:?}"
        );
    }
    let long = "x".repeat(KeyUri::MAX_LABEL);
    assert!(totp(&long, &long).is_ok());
    assert_eq!(
        totp(&(long.clone() + "x"), "a").unwrap_err(),
        KeyUriError::LabelTooLong
    );
    assert_eq!(
        totp("a", &(long + "x")).unwrap_err(),
        KeyUriError::LabelTooLong
    );
}

#[test]
fn only_what_differs_from_the_defaults_is_written() {
    let params = TotpParams::default()
        .with_algorithm(Algorithm::Sha256)
        .with_digits(Digits::EIGHT)
        .with_period(Period::new(60).unwrap());
    let uri = KeyUri::totp("Acme", "alice", secret(), &params).unwrap();
    let end = "&issuer=Acme&algorithm=SHA256&digits=8&period=60";
    assert!(
        uri.expose_uri().ends_with(end),
        "upper case for older iOS apps"
    );

    let params = HotpParams::default().with_look_ahead(LookAhead::new(50).unwrap());
    let uri = KeyUri::hotp("Acme", "alice", secret(), &params, 0).unwrap();
    assert_eq!(
        *uri.expose_uri(),
        format!("otpauth://hotp/Acme:alice?secret={SECRET}&issuer=Acme&counter=0")
    );
}

#[test]
fn an_image_is_a_plain_https_address() {
    let uri = totp("Acme", "alice")
        .unwrap()
        .with_image("https://acme.example/a.png?b=1&c=d")
        .unwrap();
    let end = "&image=https%3A%2F%2Facme.example%2Fa.png%3Fb%3D1%26c%3Dd";
    assert!(uri.expose_uri().ends_with(end));
    let parsed = KeyUri::parse(&uri.expose_uri()).unwrap();
    assert_eq!(parsed.uri.image(), uri.image());
    assert_eq!(parsed.warnings, []);

    let long = format!("https://acme.example/{}", "x".repeat(KeyUri::MAX_LABEL));
    for image in [
        "",
        "http://acme.example/",
        "javascript:0",
        "https://a b",
        "https://é",
        &long,
    ] {
        let error = totp("Acme", "alice")
            .unwrap()
            .with_image(image)
            .unwrap_err();
        assert_eq!(error, KeyUriError::Image, "{image}");
    }
    // Read, it is dropped: a picture is no reason to refuse a key.
    let parsed = parse("otpauth://totp/Acme:alice?secret=SECRET&image=http%3A%2F%2Fa").unwrap();
    assert_eq!(
        (parsed.uri.image(), parsed.warnings),
        (None, vec![Warning::UnknownParameter])
    );
}

#[test]
fn labels_are_read_as_apps_write_them() {
    let some = |issuer: &str| Some(issuer.into());
    for (text, issuer, account, warnings) in [
        // Google Authenticator and the format's own example; `%3A` is the same.
        (
            "otpauth://totp/Acme:alice@a.example?secret=SECRET&issuer=Acme",
            some("Acme"),
            "alice@a.example",
            vec![],
        ),
        (
            "otpauth://totp/Acme%3Aalice?secret=SECRET&issuer=Acme",
            some("Acme"),
            "alice",
            vec![],
        ),
        (
            "otpauth://totp/Acme%3a%20alice?secret=SECRET",
            some("Acme"),
            "alice",
            vec![],
        ),
        // One place only.
        (
            "otpauth://totp/Acme:alice?secret=SECRET",
            some("Acme"),
            "alice",
            vec![],
        ),
        (
            "otpauth://totp/alice?secret=SECRET&issuer=Acme",
            some("Acme"),
            "alice",
            vec![],
        ),
        (
            "otpauth://totp/Acme:alice?secret=SECRET&issuer=",
            some("Acme"),
            "alice",
            vec![],
        ),
        (
            "otpauth://totp/alice?secret=SECRET",
            None,
            "alice",
            vec![Warning::MissingIssuer],
        ),
        (
            "otpauth://totp/:alice?secret=SECRET",
            None,
            "alice",
            vec![Warning::MissingIssuer],
        ),
        // The two differ: Bitwarden takes the parameter, Aegis the prefix.
        (
            "otpauth://totp/Old:alice?secret=SECRET&issuer=Acme",
            some("Acme"),
            "alice",
            vec![Warning::IssuerMismatch],
        ),
        // Microsoft Authenticator's labels with two colons, which Aegis and FreeOTP read otherwise.
        (
            "otpauth://totp/Acme:corp:alice?secret=SECRET",
            some("Acme"),
            "corp:alice",
            vec![Warning::AmbiguousLabel],
        ),
        (
            "otpauth://totp/Acme:corp:alice?secret=SECRET&issuer=Acme:corp",
            some("Acme:corp"),
            "alice",
            vec![Warning::AmbiguousLabel],
        ),
        // A `+` stays what it is in a label; in a parameter the label decides (Bitwarden: space,
        // Google: `+`).
        (
            "otpauth://totp/Acme:a+b@a.example?secret=SECRET",
            some("Acme"),
            "a+b@a.example",
            vec![],
        ),
        (
            "otpauth://totp/A+B:alice?secret=SECRET&issuer=A+B",
            some("A+B"),
            "alice",
            vec![],
        ),
        (
            "otpauth://totp/A%20B:alice?secret=SECRET&issuer=A+B",
            some("A B"),
            "alice",
            vec![Warning::PlusAsSpace],
        ),
        (
            "otpauth://totp/alice?secret=SECRET&issuer=A+B",
            some("A B"),
            "alice",
            vec![Warning::PlusAsSpace],
        ),
        (
            "otpauth://totp/alice?secret=SECRET&issuer=A%2BB",
            some("A+B"),
            "alice",
            vec![],
        ),
        // Not escaped at all.
        (
            "otpauth://totp/Söhne & Co:alice?secret=SECRET",
            some("Söhne & Co"),
            "alice",
            vec![],
        ),
    ] {
        let expected = (issuer, account.into(), warnings);
        assert_eq!(labels(text), expected, "{text}");
    }
}

#[test]
fn case_and_order_do_not_matter() {
    let text =
        "OTPAuth://TOTP/Acme:alice?Period=60&ISSUER=Acme&Digits=8&Algorithm=sha256&SeCrEt=SECRET&";
    let text = text.replace("SeCrEt=SECRET", &format!("SeCrEt={SECRET}"));
    let Parsed { uri, warnings } = KeyUri::parse(&text).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(uri.algorithm(), Algorithm::Sha256);
    assert_eq!(uri.digits(), Digits::EIGHT);
    let period = Period::new(60).unwrap();
    assert_eq!(uri.kind(), KeyUriKind::Totp { period });
    assert_eq!(*uri.secret(), secret());
    let hotp =
        parse("otpauth://Hotp/Acme:alice?secret=SECRET&counter=18446744073709551615").unwrap();
    assert_eq!(hotp.uri.kind(), KeyUriKind::Hotp { counter: u64::MAX });
}

#[test]
fn secrets_are_forgiven_their_looks() {
    for (text, warnings) in [
        (SECRET, vec![]),
        (
            "jbswy3dpehpk3pxpjbswy3dpehpk3pxp",
            vec![Warning::UntidySecret],
        ),
        (
            "JBSW+Y3DP+EHPK3PXPJBSWY3DPEHPK3PXP",
            vec![Warning::UntidySecret],
        ),
        (
            "JBSW%20Y3DP-EHPK3PXPJBSWY3DPEHPK3PXP",
            vec![Warning::UntidySecret],
        ),
    ] {
        let parsed = KeyUri::parse(&format!("otpauth://totp/A:a?secret={text}")).unwrap();
        assert_eq!(*parsed.uri.secret(), secret(), "{text}");
        assert_eq!(parsed.warnings, warnings, "{text}");
    }
    // S-3: what FreeOTP refuses; padding is what older iOS apps refused.
    let parsed = KeyUri::parse("otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXP").unwrap();
    assert_eq!(parsed.warnings, [Warning::WeakSecret]);
    let parsed =
        KeyUri::parse("otpauth://totp/A:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY======").unwrap();
    assert_eq!(parsed.warnings, [Warning::UntidySecret]);
    let parsed =
        KeyUri::parse("otpauth://totp/A:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY%3D%3d").unwrap();
    assert_eq!(parsed.warnings, [Warning::UntidySecret]);
}

#[test]
fn parameters_without_meaning_are_named() {
    for text in [
        "otpauth://totp/A:a?secret=SECRET&color=blue",
        "otpauth://totp/A:a?secret=SECRET&color=blue&lock",
        "otpauth://totp/A:a?secret=SECRET&counter=1",
        "otpauth://hotp/A:a?secret=SECRET&counter=1&period=30",
    ] {
        assert_eq!(labels(text).2, [Warning::UnknownParameter], "{text}");
    }
}

#[test]
fn what_has_two_readings_is_refused() {
    for (text, error) in [
        ("", KeyUriError::Scheme),
        ("otpauth", KeyUriError::Scheme),
        ("https://totp/A:a?secret=SECRET", KeyUriError::Scheme),
        ("otpauth-migration://offline?data=AA", KeyUriError::Scheme),
        ("otpauth:/éé/totp/A:a?secret=SECRET", KeyUriError::Scheme),
        ("otpauth://totp/A:a#1?secret=SECRET", KeyUriError::Scheme),
        ("otpauth://totp/A:a?secret=SECRET#", KeyUriError::Scheme),
        ("otpauth://steam/A:a?secret=SECRET", KeyUriError::Kind),
        ("otpauth:///A:a?secret=SECRET", KeyUriError::Kind),
        ("otpauth://totp", KeyUriError::MissingSecret),
        ("otpauth://totp/A:a", KeyUriError::MissingSecret),
        ("otpauth://totp/A:a?issuer=A", KeyUriError::MissingSecret),
        ("otpauth://totp/A:a?secret=", KeyUriError::MissingSecret),
        ("otpauth://totp/A:a?secret", KeyUriError::MissingSecret),
        (
            "otpauth://totp/A:a%0d%0aX-Header?secret=SECRET",
            KeyUriError::ControlCharacter,
        ),
        (
            "otpauth://totp/a?secret=SECRET&issuer=%00",
            KeyUriError::ControlCharacter,
        ),
        ("otpauth://totp/:a:b?secret=SECRET", KeyUriError::Colon),
        ("otpauth://totp/A:a%?secret=SECRET", KeyUriError::Encoding),
        ("otpauth://totp/A:a%4?secret=SECRET", KeyUriError::Encoding),
        ("otpauth://totp/A:a%+1?secret=SECRET", KeyUriError::Encoding),
        ("otpauth://totp/A:a%FF?secret=SECRET", KeyUriError::Encoding),
        ("otpauth://totp/A:a%C3?secret=SECRET", KeyUriError::Encoding),
        (
            "otpauth://totp/A:a%ED%A0%80?secret=SECRET",
            KeyUriError::Encoding,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&x=%zz",
            KeyUriError::Encoding,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&issuer=%zz",
            KeyUriError::Encoding,
        ),
        // Bitwarden takes the last one, others the first.
        (
            "otpauth://totp/A:a?secret=SECRET&secret=AASECRET",
            KeyUriError::DuplicateParameter,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&SECRET=",
            KeyUriError::DuplicateParameter,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&s%65cret=AA",
            KeyUriError::DuplicateParameter,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&issuer=A&Issuer=B",
            KeyUriError::DuplicateParameter,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&x=1&X=2",
            KeyUriError::DuplicateParameter,
        ),
        // Bitwarden takes an unknown algorithm for SHA-1.
        (
            "otpauth://totp/A:a?secret=SECRET&algorithm=MD5",
            KeyUriError::Algorithm,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&algorithm=",
            KeyUriError::Algorithm,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&digits=5",
            KeyUriError::Digits,
        ), // S-2
        (
            "otpauth://totp/A:a?secret=SECRET&digits=9",
            KeyUriError::Digits,
        ), // S-2
        (
            "otpauth://totp/A:a?secret=SECRET&digits=262",
            KeyUriError::Digits,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&digits=+6",
            KeyUriError::Digits,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&digits=",
            KeyUriError::Digits,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&digits=٦",
            KeyUriError::Digits,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&period=0",
            KeyUriError::Period,
        ), // S-5
        (
            "otpauth://totp/A:a?secret=SECRET&period=121",
            KeyUriError::Period,
        ), // S-5
        (
            "otpauth://totp/A:a?secret=SECRET&period=-30",
            KeyUriError::Period,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&period=30s",
            KeyUriError::Period,
        ),
        ("otpauth://hotp/A:a?secret=SECRET", KeyUriError::Counter),
        (
            "otpauth://hotp/A:a?secret=SECRET&counter=",
            KeyUriError::Counter,
        ),
        (
            "otpauth://hotp/A:a?secret=SECRET&counter=18446744073709551616",
            KeyUriError::Counter,
        ),
        // S-55
        (
            "otpauth://totp/A:a?secret=1BSWY3DPEHPK3PXP",
            KeyUriError::Secret(SecretError::ForeignCharacter),
        ),
        (
            "otpauth://totp/A:a?secret=JBSWY3DPEHPK3PX%00",
            KeyUriError::Secret(SecretError::ForeignCharacter),
        ),
        (
            "otpauth://totp/A:a?secret=JBSWY3DPE",
            KeyUriError::Secret(SecretError::Length),
        ),
    ] {
        let text = text.replace("=SECRET", &format!("={SECRET}"));
        assert_eq!(KeyUri::parse(&text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn over_long_input_is_not_looked_at() {
    let start = format!("otpauth://totp/A:a?secret={SECRET}&x=");
    let fits = start.clone() + &"x".repeat(KeyUri::MAX_LENGTH - start.len());
    assert!(KeyUri::parse(&fits).is_ok());
    assert_eq!(
        KeyUri::parse(&(fits + "x")).unwrap_err(),
        KeyUriError::TooLong
    );

    let label = "x".repeat(KeyUri::MAX_LABEL + 1);
    for text in [
        "otpauth://totp/A:LABEL?secret=SECRET",
        "otpauth://totp/a?secret=SECRET&issuer=LABEL",
    ] {
        assert_eq!(
            parse(&text.replace("LABEL", &label)).unwrap_err(),
            KeyUriError::LabelTooLong
        );
    }
}

#[test]
fn the_longest_uri_is_read_back_and_was_never_copied() {
    let label = "漢".repeat(85);
    let secret = Secret::from_bytes(&[0xff; 128]).unwrap();
    let image = format!("https://{}", "%".repeat(247));
    let params = HotpParams::default()
        .with_algorithm(Algorithm::Sha512)
        .with_digits(Digits::EIGHT);
    let uri = KeyUri::hotp(&label, &label, secret, &params, u64::MAX)
        .unwrap()
        .with_image(&image)
        .unwrap();
    let text = uri.expose_uri();
    assert_eq!(text.capacity(), 128 + 3 * 4 * 255 + 205, "it grew");
    assert!(text.len() <= KeyUri::MAX_LENGTH);
    let parsed = KeyUri::parse(&text).unwrap();
    assert_eq!(parsed.uri.expose_uri(), text);
    assert_eq!(parsed.warnings, []);
}

#[test]
fn debug_tells_nothing() {
    // S-42, S-52
    let parsed = parse("otpauth://totp/Acme:alice?secret=SECRET").unwrap();
    assert_eq!(
        format!("{parsed:?}"),
        "Parsed { uri: KeyUri([redacted]), warnings: [] }"
    );
}

fn label() -> impl Strategy<Value = String> {
    "[^:\\p{Cc}]{1,40}".prop_filter("not blank", |text| !text.trim().is_empty())
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        issuer in label(),
        account in label(),
        key in proptest::collection::vec(any::<u8>(), 16..=128),
        algorithm in prop_oneof![Just(Algorithm::Sha1), Just(Algorithm::Sha256), Just(Algorithm::Sha512)],
        digits in 6..=8_u8,
        period in 1..=120_u64,
        counter in proptest::option::of(any::<u64>()),
    ) {
        let secret = Secret::from_bytes(&key).unwrap();
        let digits = Digits::new(digits).unwrap();
        let uri = match counter {
            Some(counter) => {
                let params = HotpParams::default().with_algorithm(algorithm).with_digits(digits);
                KeyUri::hotp(&issuer, &account, secret, &params, counter)
            }
            None => {
                let period = Period::new(period).unwrap();
                let params = TotpParams::default().with_algorithm(algorithm).with_digits(digits).with_period(period);
                KeyUri::totp(&issuer, &account, secret, &params)
            }
        }.unwrap();
        let text = uri.expose_uri();
        prop_assert!(text.is_ascii() && !text.contains('+') && !text.contains(' '));

        let Parsed { uri: read, warnings } = KeyUri::parse(&text).unwrap();
        prop_assert_eq!(warnings, []);
        prop_assert_eq!(read.kind(), uri.kind());
        prop_assert_eq!(read.issuer(), Some(issuer.trim()));
        prop_assert_eq!(read.account(), account.trim());
        prop_assert_eq!(read.secret(), uri.secret());
        prop_assert_eq!(read.algorithm(), algorithm);
        prop_assert_eq!(read.digits(), digits);
    }

    /// Whatever is read once is written so that it is read the same again.
    #[test]
    fn what_is_read_is_stable(label in "[aA:%+ 34]{0,12}", issuer in proptest::option::of("[aA:%+ 34]{0,8}")) {
        let issuer = issuer.map_or_else(String::new, |issuer| format!("&issuer={issuer}"));
        if let Ok(first) = parse(&format!("otpauth://totp/{label}?secret=SECRET{issuer}")) {
            let text = first.uri.expose_uri();
            let again = KeyUri::parse(&text).unwrap();
            prop_assert_eq!(again.uri.issuer(), first.uri.issuer());
            prop_assert_eq!(again.uri.account(), first.uri.account());
            prop_assert_eq!(again.uri.expose_uri(), text);
        }
    }

    #[test]
    fn no_input_panics(text in ".{0,80}") {
        let _ = KeyUri::parse(&text);
        let _ = KeyUri::parse(&format!("otpauth://totp/{text}"));
        let _ = KeyUri::parse(&format!("otpauth://totp/A:a?secret={SECRET}&{text}"));
    }
}

/// A key of an old pyotp, whose last letter carries bits of no byte.
const FROM_PYOTP: &str = "S46SQCPPTCNPROMHWYBDCTBZXV";

#[test] // S-64
fn bits_behind_the_last_byte_are_dropped_whichever_they_are() {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let stem = &FROM_PYOTP[..25];
    for (value, letter) in alphabet.char_indices() {
        let text = format!("otpauth://totp/Secret?secret={stem}{letter}");
        let read = KeyUri::parse(&text).unwrap();
        // The last letter of 26 holds three bits of the sixteenth byte and two that belong to none
        // (RFC 4648 §6).
        let kept = alphabet.as_bytes()[value & 0b11100];
        let canonical = format!("{stem}{}", char::from(kept));
        let strict = Secret::from_base32(&canonical).unwrap();
        assert_eq!(*read.uri.secret(), strict, "{letter}");
        let dropped = read.warnings.contains(&Warning::TrailingBits);
        assert_eq!(dropped, value % 4 != 0, "{letter}");
    }
    // oathtool --totp -b S46SQCPPTCNPROMHWYBDCTBZXU -N "2026-01-01 00:00:00 UTC"
    let read = KeyUri::parse(&format!("otpauth://totp/Secret?secret={FROM_PYOTP}")).unwrap();
    let totp = crate::otp::Totp::new(read.uri.secret(), Default::default());
    let code = totp.code_at(crate::time::Timestamp::from_unix(1_767_225_600));
    assert_eq!(code.expose_digits().as_str(), "979080");
}

#[test]
fn what_others_wrote_and_people_copied_is_read() {
    for (text, issuer, account, warning) in [
        (
            "otpauth://totp?secret=SECRET&issuer=A",
            Some("A"),
            "",
            Some(Warning::MissingAccount),
        ),
        (
            "otpauth://totp/?secret=SECRET&issuer=A",
            Some("A"),
            "",
            Some(Warning::MissingAccount),
        ),
        (
            "otpauth://totp/Acme:?secret=SECRET&issuer=Acme",
            Some("Acme"),
            "",
            Some(Warning::MissingAccount),
        ),
        (
            "otpauth://totp/A:%20?secret=SECRET&issuer=A",
            Some("A"),
            "",
            Some(Warning::MissingAccount),
        ),
        (
            "\u{feff}otpauth://totp/A:a?secret=SECRET&issuer=A",
            Some("A"),
            "a",
            None,
        ),
        (
            " otpauth://totp/A:a?secret=SECRET&issuer=A\r\n",
            Some("A"),
            "a",
            None,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET\n&issuer=A\r\n&digits=6\n",
            Some("A"),
            "a",
            None,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&secret=SECRET&issuer=A&Issuer=A",
            Some("A"),
            "a",
            None,
        ),
        (
            "otpauth://totp/A:a?secret=SECRET&issuer=A&issuer=%41",
            Some("A"),
            "a",
            None,
        ),
    ] {
        let filled = text.replace("=SECRET", &format!("={SECRET}"));
        let read = KeyUri::parse(&filled).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(
            (read.uri.issuer(), read.uri.account()),
            (issuer, account),
            "{text:?}"
        );
        assert_eq!(read.uri.secret(), &Secret::from_base32(SECRET).unwrap());
        assert_eq!(read.warnings, Vec::from_iter(warning), "{text:?}");
        let again = KeyUri::parse(&read.uri.expose_uri()).unwrap();
        assert_eq!(again.uri, read.uri, "{text:?}");
        assert_eq!(again.warnings, Vec::from_iter(warning), "{text:?}");
    }
    // Without issuer, too.
    let read = KeyUri::parse(&format!("otpauth://totp?secret={SECRET}")).unwrap();
    assert_eq!((read.uri.issuer(), read.uri.account()), (None, ""));
    let again = KeyUri::parse(&read.uri.expose_uri()).unwrap();
    assert_eq!(again.uri, read.uri);
}
