//! Registering a passkey, which is enrolling an authenticator without a code.

use super::bind::{Bound, Enrolled, bind, take_pending};
use super::new_authenticator::NewAuthenticator;
use super::start::{StartProof, begin};
use crate::account::machine::{Command, Draft, Halt, ceremony, checked_label};
use crate::account::state::Credential;
use crate::denial::Denial;
use crate::id::AuthenticatorId;
use crate::limits::{CEREMONY_LIFETIME, CEREMONY_RESPONSE_BYTES};
use crate::passkey::{CeremonyError, Passkey, PasskeyOwner, UserVerification};
use crate::time::Timestamp;
use crate::token::{Claims, OpenEnrollment, PasskeyRegistration, Token};

/// A started registration of a passkey. Hand the options to the browser, and finish with its
/// response.
#[derive(Debug)]
#[non_exhaustive]
pub struct PasskeySetup {
    /// JSON for `PublicKeyCredential.parseCreationOptionsFromJSON` (WebAuthn L3 §5.1.9).
    pub options: String,
    /// The token that finishes this registration, together with the response.
    pub token: Token<PasskeyRegistration>,
    /// The id of the authenticator once it is registered.
    pub authenticator: AuthenticatorId,
    /// When the registration expires.
    pub expires_at: Timestamp,
}

/// Starts the registration of a passkey, which replaces a pending enrolment.
pub(crate) struct StartPasskey {
    pub(crate) authenticator: NewAuthenticator,
    pub(crate) proof: StartProof,
}

impl Command for StartPasskey {
    const OPERATION: &'static str = "start_passkey_enrollment";
    type Outcome = PasskeySetup;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<PasskeySetup, Halt> {
        let asked = &self.authenticator;
        let label = checked_label(asked.label.as_deref().unwrap_or("Passkey"))?;
        let name = asked.checked_account_name()?;
        let ceremonies = draft.ceremonies()?;
        let lifetime = draft
            .context
            .policy
            .enrollment_lifetime
            .min(CEREMONY_LIFETIME);
        let claims = begin(draft, &self.proof, label, asked.replaces, None, lifetime)?;
        let handle = draft.draw_user_handle()?;
        let ceremony =
            ceremony::<PasskeyRegistration>(claims.nonce, draft.context.policy.user_verification);
        let owner = PasskeyOwner {
            handle: &handle,
            name,
        };
        // What this registration removes may be registered again on the same authenticator.
        let stays = |id| !self.proof.recovers() && asked.replaces != Some(id);
        let known = draft.account.passkeys().filter(|(id, _)| stays(*id));
        let known: Vec<_> = known.map(|(_, known)| known).collect();
        Ok(PasskeySetup {
            options: ceremonies.registration_options(&ceremony, &owner, &known),
            token: draft.sign(&claims),
            authenticator: claims.payload.authenticator,
            expires_at: claims.expires_at,
        })
    }
}

/// Finishes the registration with the response of the browser, which binds the passkey.
pub(crate) struct ConfirmPasskey {
    pub(crate) claims: Claims<OpenEnrollment>,
    /// JSON, as the browser wrote it.
    pub(crate) response: String,
}

impl Command for ConfirmPasskey {
    const OPERATION: &'static str = "confirm_passkey_enrollment";
    type Outcome = Enrolled;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Enrolled, Halt> {
        let pending = take_pending(draft, Some(&self.claims))?;
        let passkey = self.register(draft)?;
        let note = self.claims.payload.note.clone();
        // The response is not signed, so that it proves no possession of the key.
        let bound = Bound {
            credential: Credential::Passkey(passkey),
            confirmed: false,
        };
        bind(draft, pending, bound, note)
    }
}

impl ConfirmPasskey {
    fn register(&self, draft: &Draft<'_>) -> Result<Passkey, Denial> {
        let ceremonies = draft.ceremonies()?;
        if self.response.len() > CEREMONY_RESPONSE_BYTES {
            return Err(Denial::InvalidPasskey);
        }
        let demanded = draft.context.policy.user_verification;
        let ceremony = ceremony::<PasskeyRegistration>(self.claims.nonce, demanded);
        let registered = ceremonies.register(&ceremony, &self.response);
        let passkey = registered.map_err(|error| match error {
            CeremonyError::UserNotVerified => Denial::UserVerificationRequired,
            _ => Denial::InvalidPasskey,
        })?;
        if demanded == UserVerification::Required && !passkey.user_verified {
            return Err(Denial::UserVerificationRequired);
        }
        draft.refuse_passkey(&passkey)?;
        Ok(passkey)
    }
}
