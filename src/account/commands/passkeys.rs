//! Starting the assertion of a passkey. The answer that carries it is verified with its challenge
//! or its sensitive action.

use crate::account::machine::{Command, Draft, Halt, ceremony};
use crate::denial::Denial;
use crate::first_factor::FirstFactor;
use crate::limits::CEREMONY_LIFETIME;
use crate::time::Timestamp;
use crate::token::{Claims, OpenAssertion, OpenLogin, PasskeyAssertion, Token};

/// A started assertion. Hand the options to the browser, and make the answer of its response:
/// [`Answer::passkey`](crate::Answer::passkey).
#[derive(Debug)]
#[non_exhaustive]
pub struct PasskeyRequest {
    /// JSON for `PublicKeyCredential.parseRequestOptionsFromJSON` (WebAuthn L3 §5.1.10).
    pub options: String,
    /// The token that belongs to the response.
    pub token: Token<PasskeyAssertion>,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// Starts an assertion for the second step of a login.
pub(crate) struct StartPasskeyLogin {
    pub(crate) claims: Claims<OpenLogin>,
}

impl Command for StartPasskeyLogin {
    const OPERATION: &'static str = "start_passkey_login";
    type Outcome = PasskeyRequest;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<PasskeyRequest, Halt> {
        draft.check(&self.claims)?;
        draft.demand_round(&self.claims)?;
        let login = OpenAssertion::Login(self.claims.nonce);
        let expires_at = self.claims.expires_at;
        request(draft, login, Some(&self.claims.payload.first), expires_at)
    }
}

/// Starts an assertion for a sensitive action of a session.
pub(crate) struct StartPasskeyStepUp;

impl Command for StartPasskeyStepUp {
    const OPERATION: &'static str = "start_passkey_step_up";
    type Outcome = PasskeyRequest;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<PasskeyRequest, Halt> {
        draft.demand_enrolled()?;
        let expires_at = draft.context.now + CEREMONY_LIFETIME;
        request(draft, OpenAssertion::Sensitive, None, expires_at)
    }
}

/// Nothing is kept of it: the token has all that the answer needs.
fn request(
    draft: &Draft<'_>,
    used_for: OpenAssertion,
    first: Option<&FirstFactor>,
    until: Timestamp,
) -> Result<PasskeyRequest, Halt> {
    let ceremonies = draft.ceremonies()?;
    let beside = draft.passkeys_beside(first).map(|(_, passkey)| passkey);
    let passkeys: Vec<_> = beside.collect();
    if passkeys.is_empty() {
        return Err(Denial::MethodUnavailable.into());
    }
    let expires_at = until.min(draft.context.now + CEREMONY_LIFETIME);
    let claims = draft.claims(used_for, expires_at)?;
    let asked = draft.asked_of(&passkeys, used_for);
    let ceremony = ceremony::<PasskeyAssertion>(claims.nonce, asked);
    Ok(PasskeyRequest {
        options: ceremonies.assertion_options(&ceremony, &passkeys),
        token: draft.sign(&claims),
        expires_at: claims.expires_at,
    })
}
