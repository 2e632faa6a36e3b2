//! A key in base32: a text that parses has one canonical form, which is the same key. Every
//! possible key has one.
#![no_main]

use countersign::secret::Secret;
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
