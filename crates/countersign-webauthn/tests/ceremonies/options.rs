//! What a page gets.

use countersign::passkey::{
    Ceremony, PasskeyCeremonies, PasskeyOwner, Transports, UserVerification,
};
use serde_json::{Value, json};

use crate::authenticator::{Credential, acme, base64url, ceremony};

const OWNER: PasskeyOwner<'_> = PasskeyOwner {
    handle: &[7; 32],
    name: "alice \"<script>\" \u{1f511}",
};

#[test]
fn a_registration_asks_for_what_is_verified_and_for_nothing_else() {
    let mut known = Credential::new(3).registered();
    known.transports = ["usb", "nfc"].into_iter().collect();
    let mut without = Credential::new(4).registered();
    without.transports = Transports::default();
    let options = acme().registration_options(&ceremony(1), &OWNER, &[&known, &without]);
    let options: Value = serde_json::from_str(&options).unwrap();
    assert_eq!(
        options,
        json!({
            "rp": { "id": "acme.example", "name": "acme.example" },
            "user": {
                "id": base64url(&[7; 32]),
                "name": "alice \"<script>\" \u{1f511}",
                "displayName": "alice \"<script>\" \u{1f511}",
            },
            "challenge": base64url(&[1; 32]),
            "pubKeyCredParams": [
                { "type": "public-key", "alg": -7 },
                { "type": "public-key", "alg": -35 },
                { "type": "public-key", "alg": -257 },
            ],
            "timeout": 240_000,
            "excludeCredentials": [
                { "type": "public-key", "id": base64url(&[3; 16]), "transports": ["usb", "nfc"] },
                { "type": "public-key", "id": base64url(&[4; 16]) },
            ],
            "authenticatorSelection": {
                "residentKey": "preferred",
                "userVerification": "preferred",
            },
            "attestation": "none",
            "extensions": { "credProps": true },
        })
    );
}

#[test]
fn an_assertion_may_be_made_by_the_users_passkeys_alone() {
    let passkey = Credential::new(3).registered();
    let required = Ceremony {
        user_verification: UserVerification::Required,
        ..ceremony(1)
    };
    let options = acme().assertion_options(&required, &[&passkey]);
    let options: Value = serde_json::from_str(&options).unwrap();
    assert_eq!(
        options,
        json!({
            "rpId": "acme.example",
            "challenge": base64url(&[1; 32]),
            "timeout": 240_000,
            "allowCredentials": [{
                "type": "public-key",
                "id": base64url(&[3; 16]),
                "transports": ["hybrid", "internal"],
            }],
            "userVerification": "required",
        })
    );
}
