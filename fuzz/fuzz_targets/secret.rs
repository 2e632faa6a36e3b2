//! A key in base32: a text that parses has one canonical form, which is the same key. Every
//! possible key has one. The lenient reader reads what the strict one reads, and beyond it what is
//! named.
#![no_main]

use countersign::secret::{Secret, SecretError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let bytes = text.as_bytes();
    let key = Secret::dangerous_from_weak_bytes(bytes);
    assert_eq!(key.is_ok(), (1..=Secret::MAX_BYTES).contains(&bytes.len()));
    if let Ok(key) = key {
        assert_eq!(key.expose_bytes(), bytes);
        let written = key.expose_base32();
        assert!(!written.contains('='));
        assert_eq!(Secret::dangerous_from_weak_base32(&written), Ok(key));
    }

    lenient(text);
    let weak = Secret::dangerous_from_weak_base32(text);
    let strong = Secret::from_base32(text);
    let Ok(secret) = weak else {
        assert!(strong.is_err());
        return;
    };
    assert_eq!(strong.is_ok(), !secret.is_weak());
    assert!((1..=Secret::MAX_BYTES).contains(&secret.expose_bytes().len()));

    let canonical = secret.expose_base32();
    let letters: String = text
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '-' | '='))
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    assert_eq!(*canonical, letters, "nothing but its looks is forgiven");
    assert_eq!(Secret::dangerous_from_weak_base32(&canonical), Ok(secret));
});

/// Compares the two readers. The lenient one forgives what copying adds around the text, and bits
/// after the last byte.
fn lenient(text: &str) {
    let strict = Secret::from_base32(text);
    let lenient = Secret::from_base32_lenient(text);
    if let Ok(key) = &strict {
        let read = lenient.as_ref().expect("the strict reader reads it");
        assert!(read.secret == *key && !read.trailing_bits);
    }
    let around = |letter: char| letter.is_whitespace() || letter == '\u{feff}';
    let within = Secret::from_base32(text.trim_matches(around));
    let Ok(read) = lenient else {
        return assert!(within.is_err());
    };
    match read.trailing_bits {
        false => assert!(within == Ok(read.secret.clone())),
        true => assert!(within == Err(SecretError::TrailingBits)),
    }
    let written = read.secret.expose_base32();
    assert_eq!(Secret::from_base32(&written), Ok(read.secret));
}
