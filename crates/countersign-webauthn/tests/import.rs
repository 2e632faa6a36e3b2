//! Passkeys that `webauthn-rs` registered and stored go on working.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../examples/security_key/device.rs"]
mod device;

use countersign::passkey::{Ceremony, PasskeyCeremonies, UserVerification};
use countersign_webauthn::{ImportError, RelyingParty, from_webauthn_rs};
use device::Device;
use pollster::block_on;
use url::Url;
use webauthn_rs::WebauthnBuilder;
use webauthn_rs::prelude::Uuid;

const ORIGIN: &str = "https://acme.example";
const USER: Uuid = Uuid::from_u128(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6);

/// A passkey that `webauthn-rs` registered, as it stores it.
fn stored(device: &mut Device) -> String {
    let origin = Url::parse(ORIGIN).unwrap();
    let theirs = WebauthnBuilder::new("acme.example", &origin)
        .unwrap()
        .build()
        .unwrap();
    let (options, state) = theirs
        .start_passkey_registration(USER, "alice", "Alice", None)
        .unwrap();
    let options = serde_json::to_value(&options).unwrap()["publicKey"].to_string();
    let response = block_on(device.create(&options)).unwrap();
    let response = serde_json::from_str(&response).unwrap();
    let passkey = theirs
        .finish_passkey_registration(&response, &state)
        .unwrap();
    serde_json::to_string(&passkey).unwrap()
}

#[test]
fn a_passkey_of_webauthn_rs_signs_under_its_handle() {
    let mut device = Device::at(ORIGIN).unwrap();
    let stored = stored(&mut device);
    let passkey = from_webauthn_rs(&stored).unwrap();
    assert!(passkey.user_verified);

    let party = RelyingParty::at(ORIGIN).unwrap();
    let ceremony = Ceremony {
        challenge: [1; 32],
        user_verification: UserVerification::Required,
    };
    let options = party.assertion_options(&ceremony, &[&passkey]);
    let response = block_on(device.get(&options)).unwrap();
    let signed = party
        .verify(&ceremony, USER.as_bytes(), &[&passkey], &response)
        .unwrap();
    assert!(signed.user_verified && signed.sign_count > passkey.sign_count);
    assert_eq!(signed.backup_eligible, passkey.backup_eligible);
}

#[test]
fn a_credential_of_the_core_reads_like_a_passkey() {
    let stored = stored(&mut Device::at(ORIGIN).unwrap());
    let wrapped: serde_json::Value = serde_json::from_str(&stored).unwrap();
    let bare = wrapped["cred"].to_string();
    assert_eq!(from_webauthn_rs(&bare), from_webauthn_rs(&stored));
}

#[test]
fn what_is_no_credential_or_has_another_key_is_refused() {
    for text in ["", "{}", "[]", "{\"cred\":{}}"] {
        assert_eq!(
            from_webauthn_rs(text),
            Err(ImportError::NotACredential),
            "{text}"
        );
    }
    let stored = stored(&mut Device::at(ORIGIN).unwrap());
    let mut changed: serde_json::Value = serde_json::from_str(&stored).unwrap();
    changed["cred"]["cred"]["type_"] = "ES521".into();
    let refused = from_webauthn_rs(&changed.to_string());
    assert_eq!(refused, Err(ImportError::UnsupportedKey));
    changed["cred"]["cred_id"] = "".into();
    let refused = from_webauthn_rs(&changed.to_string());
    assert_eq!(refused, Err(ImportError::NotACredential));
}
