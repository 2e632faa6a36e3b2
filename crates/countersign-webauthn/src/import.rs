//! Passkeys that `webauthn-rs` registered.

use countersign::passkey::{Passkey, Transports};
use serde::Deserialize;
use webauthn_rs_core::proto::{AttestationMetadata, Credential};

use crate::key;
use crate::response::MAX_ID_LENGTH;

/// Why a stored credential was not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is no JSON of a credential of `webauthn-rs` 0.5 or 0.6.
    #[error("no credential of webauthn-rs")]
    NotACredential,
    /// The algorithm of its key is none of ES256, ES384 and RS256.
    #[error("a key of an algorithm that is not supported")]
    UnsupportedKey,
}

/// What `webauthn-rs` stores: its `Passkey`, `SecurityKey` and `AttestedPasskey` wrap a credential.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Wrapped { cred: Credential },
    Bare(Credential),
}

/// Reads a passkey from the JSON that `webauthn-rs` stored: a `Passkey`, `SecurityKey` or
/// `AttestedPasskey`, or a `Credential` of `webauthn-rs-core`.
///
/// The passkey works on only under the RP id at which it was registered, and with the user handle
/// that was given then: the UUID of the user, as its 16 bytes.
///
/// # Errors
///
/// [`ImportError`].
pub fn from_webauthn_rs(json: &str) -> Result<Passkey, ImportError> {
    let stored = serde_json::from_str(json).map_err(|_| ImportError::NotACredential)?;
    let (Stored::Wrapped { cred: credential } | Stored::Bare(credential)) = stored;
    if !(1..=MAX_ID_LENGTH).contains(&credential.cred_id.len()) {
        return Err(ImportError::NotACredential);
    }
    let public_key = key::write(&credential.cred).ok_or(ImportError::UnsupportedKey)?;
    let aaguid = match credential.attestation.metadata {
        AttestationMetadata::Packed { aaguid } | AttestationMetadata::Tpm { aaguid, .. } => {
            aaguid.into_bytes()
        }
        _ => [0; 16],
    };
    let transports = credential.transports.as_deref().unwrap_or_default();
    Ok(Passkey {
        transports: transports.iter().map(AsRef::as_ref).collect::<Transports>(),
        credential_id: credential.cred_id,
        public_key,
        sign_count: credential.counter,
        backup_eligible: credential.backup_eligible,
        backed_up: credential.backup_state,
        user_verified: credential.user_verified,
        aaguid,
    })
}
