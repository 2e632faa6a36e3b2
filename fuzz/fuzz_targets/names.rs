//! The other texts that a service reads: ids, purposes and keyrings. A text that parses is written
//! unchanged.
#![no_main]

use std::fmt::Display;
use std::str::FromStr;

use countersign::UserId;
use countersign::account::StepUpPurpose;
use countersign::id::{AuthenticatorId, CaseId, DeviceId};
use countersign::keys::{KeyId, Keyring};
use countersign::otp::Algorithm;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    same::<AuthenticatorId>(text);
    same::<DeviceId>(text);
    same::<CaseId>(text);
    same::<StepUpPurpose>(text);
    if let Ok(user) = UserId::new(text) {
        assert_eq!(user.as_str(), text);
        assert!(text.len() <= UserId::MAX_BYTES && !text.contains(char::is_control));
    }
    if let Ok(id) = KeyId::new(text) {
        assert_eq!(id.as_str(), text);
        assert!(text.len() <= KeyId::MAX_BYTES && !text.contains([',', ':']));
    }
    if let Ok(algorithm) = text.parse::<Algorithm>() {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
    }
    if let Ok(keyring) = text.parse::<Keyring>() {
        let names = text
            .split(',')
            .filter_map(|entry| entry.trim().split_once(':'));
        let names = names.map(|(name, _)| name.strip_prefix('-').unwrap_or(name));
        let ids: Vec<_> = keyring.ids().map(KeyId::as_str).collect();
        assert_eq!(names.collect::<Vec<_>>(), ids);
        assert_eq!(keyring.current().as_str(), ids[0]);
        assert!(!text.trim().starts_with('-'), "a retired key seals");
    }
});

fn same<T: FromStr + Display>(text: &str) {
    if let Ok(parsed) = text.parse::<T>() {
        assert_eq!(parsed.to_string(), text);
    }
}
