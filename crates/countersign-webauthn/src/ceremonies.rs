//! The ceremonies. What the library does not look at is checked here, before it sees anything.

use countersign::passkey::{
    Ceremony, CeremonyError, Passkey, PasskeyCeremonies, PasskeyOwner, Signed, UserVerification,
};
use serde::de::DeserializeOwned;
use serde_json::json;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AttestationFormat, AttestationMetadata, AuthenticationState, AuthenticatorAssertionResponseRaw,
    AuthenticatorAttestationResponseRaw, Credential, ParsedAttestation, ParsedAttestationData,
    PublicKeyCredential, RegisterPublicKeyCredential, RegisteredExtensions, RegistrationState,
    UserVerificationPolicy,
};

use crate::authenticator_data::{self, AuthenticatorData};
use crate::key::{self, Algorithm};
use crate::options::{self, base64url};
use crate::relying_party::RelyingParty;
use crate::response::{self, Assertion, Attestation};

impl PasskeyCeremonies for RelyingParty {
    fn serves(&self, origin: &str) -> bool {
        self.origins.iter().any(|served| served == origin)
    }

    fn registration_options(
        &self,
        ceremony: &Ceremony,
        owner: &PasskeyOwner<'_>,
        known: &[&Passkey],
    ) -> String {
        options::creation(&self.id, ceremony, owner, known)
    }

    fn register(&self, ceremony: &Ceremony, response: &str) -> Result<Passkey, CeremonyError> {
        let (id, response) = response::read::<Attestation>(response)?;
        let client_data = &response.client_data.0;
        response::check_client_data(client_data, response::CREATE, ceremony, &self.origins)?;
        let data = authenticator_data::in_attestation_object(&response.object.0)
            .and_then(AuthenticatorData::read)
            .ok_or(CeremonyError::Malformed)?;
        let attested = data.attested.ok_or(CeremonyError::Malformed)?;
        if attested.id != id {
            return Err(CeremonyError::Malformed);
        }
        let public_key = key::read(attested.public_key)?;
        let public_key = key::write(&public_key).ok_or(CeremonyError::Unsupported)?;
        let response_of_none = RegisterPublicKeyCredential {
            id: base64url(&id),
            raw_id: id.clone(),
            response: AuthenticatorAttestationResponseRaw {
                attestation_object: data
                    .attestation_object(&public_key)
                    .ok_or(CeremonyError::Malformed)?,
                client_data_json: client_data.clone(),
                transports: None,
            },
            type_: "public-key".to_owned(),
            extensions: Default::default(),
        };
        let state = registration_state(ceremony)?;
        self.library
            .register_credential(&response_of_none, &state, None)
            .map_err(|error| refusal(&error))?;
        Ok(Passkey {
            credential_id: id,
            public_key,
            sign_count: data.sign_count(),
            backup_eligible: data.backup_eligible(),
            backed_up: data.backed_up(),
            user_verified: data.user_verified(),
            transports: response.transports(),
            aaguid: attested.aaguid,
        })
    }

    fn accepts(&self, passkey: &Passkey) -> bool {
        key::read(&passkey.public_key).is_ok()
    }

    fn assertion_options(&self, ceremony: &Ceremony, passkeys: &[&Passkey]) -> String {
        options::request(&self.id, ceremony, passkeys)
    }

    fn verify(
        &self,
        ceremony: &Ceremony,
        handle: &[u8],
        passkeys: &[&Passkey],
        response: &str,
    ) -> Result<Signed, CeremonyError> {
        let (id, response) = response::read::<Assertion>(response)?;
        let index = passkeys
            .iter()
            .position(|passkey| passkey.credential_id == id)
            .ok_or(CeremonyError::UnknownCredential)?;
        if response.names_another(handle) {
            return Err(CeremonyError::Mismatch);
        }
        let client_data = response.client_data.0;
        response::check_client_data(&client_data, response::GET, ceremony, &self.origins)?;
        let authenticator_data = response.authenticator_data.0;
        // An assertion brings no credential (WebAuthn L3 §6.1).
        let data = AuthenticatorData::read(&authenticator_data)
            .filter(|data| data.attested.is_none())
            .ok_or(CeremonyError::Malformed)?;
        let signed = Signed {
            index,
            sign_count: data.sign_count(),
            backup_eligible: data.backup_eligible(),
            backed_up: data.backed_up(),
            user_verified: data.user_verified(),
        };
        let credential = credential(passkeys[index], &signed)?;
        let assertion = PublicKeyCredential {
            id: base64url(&id),
            raw_id: id,
            response: AuthenticatorAssertionResponseRaw {
                authenticator_data,
                client_data_json: client_data,
                signature: response.signature.0,
                user_handle: None,
            },
            extensions: Default::default(),
            type_: "public-key".to_owned(),
        };
        let state = authentication_state(ceremony)?;
        self.library
            .authenticate_single_credential(&assertion, &state, &credential)
            .map_err(|error| refusal(&error))?;
        Ok(signed)
    }
}

/// A passkey for the library, which judges the signature by it. The account judges the counter and
/// the backup flags, so that they are here what the response says. The library takes a user who was
/// verified once for one who always has to be, unless the policy at registration was this one.
fn credential(passkey: &Passkey, signed: &Signed) -> Result<Credential, CeremonyError> {
    Ok(Credential {
        cred_id: passkey.credential_id.clone(),
        cred: key::read(&passkey.public_key)?,
        counter: 0,
        transports: None,
        user_verified: false,
        backup_eligible: signed.backup_eligible,
        backup_state: signed.backed_up,
        registration_policy: UserVerificationPolicy::Discouraged_DO_NOT_USE,
        extensions: RegisteredExtensions::none(),
        attestation: ParsedAttestation {
            data: ParsedAttestationData::None,
            metadata: AttestationMetadata::None,
        },
        attestation_format: AttestationFormat::None,
    })
}

// The fields of the library's states are private. It reads them from JSON.

fn registration_state(ceremony: &Ceremony) -> Result<RegistrationState, CeremonyError> {
    state(json!({
        "policy": policy(ceremony),
        "exclude_credentials": [],
        "challenge": base64url(&ceremony.challenge),
        "credential_algorithms": Algorithm::ALL.map(Algorithm::name),
        "require_resident_key": false,
        "authenticator_attachment": null,
        "extensions": {},
        "allow_synchronised_authenticators": true,
    }))
}

fn authentication_state(ceremony: &Ceremony) -> Result<AuthenticationState, CeremonyError> {
    state(json!({
        "credentials": [],
        "policy": policy(ceremony),
        "challenge": base64url(&ceremony.challenge),
        "appid": null,
        "allow_backup_eligible_upgrade": false,
    }))
}

fn state<S: DeserializeOwned>(json: serde_json::Value) -> Result<S, CeremonyError> {
    serde_json::from_value(json).map_err(|_| CeremonyError::Unsupported)
}

const fn policy(ceremony: &Ceremony) -> &'static str {
    match ceremony.user_verification {
        UserVerification::Preferred => "discouraged",
        UserVerification::Required => "required",
    }
}

fn refusal(error: &WebauthnError) -> CeremonyError {
    match error {
        WebauthnError::InvalidClientDataType
        | WebauthnError::MismatchedChallenge
        | WebauthnError::InvalidRPOrigin
        | WebauthnError::InvalidRPIDHash
        | WebauthnError::CredentialCrossOrigin => CeremonyError::Mismatch,
        WebauthnError::UserNotVerified => CeremonyError::UserNotVerified,
        WebauthnError::CredentialNotFound => CeremonyError::UnknownCredential,
        WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => {
            CeremonyError::BadSignature
        }
        _ => CeremonyError::Malformed,
    }
}
