//! The options of a ceremony, as JSON for the page.

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::passkey::{Ceremony, Passkey, PasskeyOwner, UserVerification};
use serde_json::{Value, json};

use crate::key::Algorithm;

/// How long a browser waits, in milliseconds: a minute less than a ceremony is good for, so that
/// the browser gives up before the server refuses.
pub(crate) const TIMEOUT: u32 = 240_000;

/// What `PublicKeyCredential.parseCreationOptionsFromJSON` reads (WebAuthn L3 §5.4).
///
/// - `rp.name` is the RP id, as the specification advises: clients no longer show it.
/// - `residentKey` is preferred. Phones and password managers sync such keys, so that a lost phone
///   costs nothing; a security key without room makes another one all the same.
/// - No attestation is asked for: it would name the model of a device, and nobody decides by that.
pub(crate) fn creation(
    rp_id: &str,
    ceremony: &Ceremony,
    owner: &PasskeyOwner<'_>,
    known: &[&Passkey],
) -> String {
    let parameter = |algorithm: Algorithm| json!({ "type": "public-key", "alg": algorithm.id() });
    json!({
        "rp": { "id": rp_id, "name": rp_id },
        "user": { "id": base64url(owner.handle), "name": owner.name, "displayName": owner.name },
        "challenge": base64url(&ceremony.challenge),
        "pubKeyCredParams": Algorithm::ALL.map(parameter),
        "timeout": TIMEOUT,
        "excludeCredentials": descriptors(known),
        "authenticatorSelection": {
            "residentKey": "preferred",
            "userVerification": verification(ceremony),
        },
        "attestation": "none",
        "extensions": { "credProps": true },
    })
    .to_string()
}

/// What `PublicKeyCredential.parseRequestOptionsFromJSON` reads (WebAuthn L3 §5.5).
pub(crate) fn request(rp_id: &str, ceremony: &Ceremony, passkeys: &[&Passkey]) -> String {
    json!({
        "rpId": rp_id,
        "challenge": base64url(&ceremony.challenge),
        "timeout": TIMEOUT,
        "allowCredentials": descriptors(passkeys),
        "userVerification": verification(ceremony),
    })
    .to_string()
}

fn descriptors(passkeys: &[&Passkey]) -> Vec<Value> {
    let descriptor = |passkey: &&Passkey| {
        let mut descriptor = json!({
            "type": "public-key",
            "id": base64url(&passkey.credential_id),
        });
        // An empty list would say that no way is known to be right, and so does none.
        let transports: Vec<_> = passkey.transports.names().collect();
        if !transports.is_empty() {
            descriptor["transports"] = transports.into();
        }
        descriptor
    };
    passkeys.iter().map(descriptor).collect()
}

const fn verification(ceremony: &Ceremony) -> &'static str {
    match ceremony.user_verification {
        UserVerification::Preferred => "preferred",
        UserVerification::Required => "required",
    }
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
