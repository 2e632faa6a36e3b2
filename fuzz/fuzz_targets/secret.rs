//! A key in base32: what parses has one canonical text, which is the same key.
#![no_main]

use countersign::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
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
