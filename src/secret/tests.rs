//! Keys: what is read, what is refused, and what is handed out.

use alloc::format;

use proptest::prelude::*;

use super::*;
use crate::otp::test_rng::{Broken, BrokenError, Draws};

#[test]
fn generated_keys_have_the_length_of_the_hash() {
    // S-3
    let mut rng = Draws::new([0x0403_0201, 0x0807_0605]);
    let secret = Secret::generate(&mut rng).unwrap();
    assert_eq!(secret.expose_bytes().len(), 20);
    assert_eq!(secret.expose_bytes()[..8], [1, 2, 3, 4, 5, 6, 7, 8]);
    for (algorithm, length) in [
        (Algorithm::Sha1, 20),
        (Algorithm::Sha256, 32),
        (Algorithm::Sha512, 64),
    ] {
        let secret = Secret::generate_for(algorithm, &mut rng).unwrap();
        assert_eq!(secret.expose_bytes().len(), length, "{algorithm}");
    }
}

#[test]
fn a_broken_generator_is_an_error() {
    // S-4, S-44
    assert_eq!(Secret::generate(&mut Broken), Err(BrokenError));
    assert_eq!(
        Secret::generate_for(Algorithm::Sha512, &mut Broken),
        Err(BrokenError)
    );
}

#[test]
fn short_keys_need_to_be_asked_for() {
    // S-3
    assert_eq!(Secret::from_bytes(&[7; 15]), Err(SecretError::TooShort));
    assert!(!Secret::from_bytes(&[7; 16]).unwrap().is_weak());
    assert!(
        Secret::dangerous_from_weak_bytes(&[7; 15])
            .unwrap()
            .is_weak()
    );
    assert_eq!(
        Secret::dangerous_from_weak_bytes(&[]),
        Err(SecretError::TooShort)
    );
    assert!(Secret::from_bytes(&[7; 128]).is_ok());
    assert_eq!(Secret::from_bytes(&[7; 129]), Err(SecretError::TooLong));

    assert_eq!(
        Secret::from_base32("JBSWY3DPEHPK3PXP"),
        Err(SecretError::TooShort)
    );
    assert!(
        Secret::dangerous_from_weak_base32("JBSWY3DPEHPK3PXP")
            .unwrap()
            .is_weak()
    );
    assert_eq!(
        Secret::dangerous_from_weak_base32(" -"),
        Err(SecretError::TooShort)
    );
}

#[test]
fn base32_is_forgiven_its_looks() {
    let secret = Secret::from_bytes(b"1234567890123456").unwrap();
    for text in [
        "GEZDGNBVGY3TQOJQGEZDGNBVGY",
        "gezdgnbvgy3tqojqgezdgnbvgy",
        "GEZD-GNBV GY3T-QOJQ gezd-gnbv GY",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY======",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY= ==",
    ] {
        assert_eq!(Secret::from_base32(text).as_ref(), Ok(&secret), "{text}");
    }
}

#[test]
fn base32_is_refused_what_changes_it() {
    // S-55
    for (text, error) in [
        ("1EZDGNBVGY3TQOJQGEZDGNBVGY", SecretError::ForeignCharacter),
        ("8EZDGNBVGY3TQOJQGEZDGNBVGY", SecretError::ForeignCharacter),
        ("0EZDGNBVGY3TQOJQGEZDGNBVGY", SecretError::ForeignCharacter),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGÝ", SecretError::ForeignCharacter),
        (
            "GEZDGNBVGY3TQOJQ\nGEZDGNBVGY",
            SecretError::ForeignCharacter,
        ),
        ("GEZDGNBV=GY3TQOJQGEZDGNBVGY", SecretError::ForeignCharacter),
        (
            "GEZDGNBV======GY3TQOJQGEZDGNBVGY",
            SecretError::ForeignCharacter,
        ),
        (
            "GEZDGNBVGY3TQOJQGEZDGNBVGY=======",
            SecretError::ForeignCharacter,
        ),
        ("======", SecretError::ForeignCharacter),
        ("GEZDGNBVGY3TQOJQGEZDGNBVG", SecretError::Length), // 1 mod 8
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3", SecretError::Length), // 3 mod 8
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQO", SecretError::Length), // 6 mod 8
        ("GEZDGNBVGY3TQOJQGEZDGNBVGZ", SecretError::TrailingBits),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3B", SecretError::TrailingBits),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TR", SecretError::TrailingBits),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ", SecretError::TrailingBits),
    ] {
        assert_eq!(Secret::from_base32(text), Err(error), "{text}");
    }
}

#[test]
fn over_long_texts_are_not_looked_at() {
    let longest = Secret::from_bytes(&[0xff; Secret::MAX_BYTES]).unwrap();
    let text = longest.expose_base32();
    assert_eq!(Secret::from_base32(&text), Ok(longest));
    assert_eq!(
        Secret::from_base32(&format!("{}AAA", *text)),
        Err(SecretError::TooLong)
    );
    let padded = format!("{:MAX_TEXT$}", *text);
    assert!(Secret::from_base32(&padded).is_ok());
    assert_eq!(
        Secret::from_base32(&(padded + " ")),
        Err(SecretError::TooLong)
    );
}

#[test]
fn debug_tells_nothing() {
    // S-42
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    assert_eq!(format!("{secret:?}"), "Secret([redacted])");
}

proptest! {
    #[test]
    fn base32_survives_the_round_trip(bytes in proptest::collection::vec(any::<u8>(), 1..=Secret::MAX_BYTES)) {
        let secret = Secret::dangerous_from_weak_bytes(&bytes).unwrap();
        let text = secret.expose_base32();
        prop_assert_eq!(text.as_str(), base32::encode(ALPHABET, &bytes));
        prop_assert_eq!(Secret::dangerous_from_weak_base32(&text), Ok(secret));
    }

    #[test]
    fn what_is_read_is_what_was_written(text in "[A-Z2-7]{1,40}") {
        if let Ok(secret) = Secret::dangerous_from_weak_base32(&text) {
            prop_assert_eq!(&*secret.expose_base32(), &text);
        }
    }

    #[test]
    fn no_input_panics(text in ".{0,64}") {
        let _ = Secret::dangerous_from_weak_base32(&text);
    }
}
