//! Ceremonies of passkeys, and verifying their assertions.

use sha2::{Digest, Sha256};

use super::draft::Draft;
use super::halt::Halt;
use super::proof::{AnswerUse, Proof, Wrong};
use crate::answer::Assertion;
use crate::denial::Denial;
use crate::entropy::RngError;
use crate::event::Reason;
use crate::first_factor::FirstFactor;
use crate::id::{AuthenticatorId, Nonce};
use crate::limits::{CEREMONY_RESPONSE_BYTES, USER_HANDLE_BYTES};
use crate::passkey::{
    Ceremony, CeremonyError, Passkey, PasskeyCeremonies, Signed, UserVerification,
};
use crate::token::{OpenAssertion, PasskeyAssertion, Wire};

/// Which ceremony a token belongs to. Two ceremonies never have the same challenge, because the
/// nonce of a token is unique.
pub(crate) fn ceremony<S: Wire>(nonce: Nonce, user_verification: UserVerification) -> Ceremony {
    let mut hash = Sha256::new_with_prefix(b"countersign ceremony ");
    hash.update(S::PREFIX);
    hash.update(nonce.as_bytes());
    Ceremony {
        challenge: hash.finalize().into(),
        user_verification,
    }
}

impl<'a> Draft<'a> {
    /// The ceremonies, if the policy allows passkeys.
    pub(crate) fn ceremonies(&self) -> Result<&'a dyn PasskeyCeremonies, Denial> {
        let allowed = self.context.policy.passkeys;
        let ceremonies = self.context.ceremonies.filter(|_| allowed);
        ceremonies.ok_or(Denial::MethodUnavailable)
    }

    /// The passkeys that can pass beside this first factor. The second factor is never the
    /// credential that was the first.
    pub(crate) fn passkeys_beside<'b>(
        &'b self,
        first: Option<&'b FirstFactor>,
    ) -> impl Iterator<Item = (AuthenticatorId, &'b Passkey)> {
        let bound = self.account.passkeys();
        bound.filter(move |(_, passkey)| !passkey.was_first(first))
    }

    /// Whether a sensitive action asks this passkey for a verified user, and a login as the policy
    /// says.
    fn demanded_of(&self, passkey: &Passkey, used_for: OpenAssertion) -> UserVerification {
        match used_for {
            OpenAssertion::Sensitive if passkey.user_verified => UserVerification::Required,
            _ => self.context.policy.user_verification,
        }
    }

    /// What the options of an assertion ask for: what each of the passkeys is asked for.
    pub(crate) fn asked_of(
        &self,
        passkeys: &[&Passkey],
        used_for: OpenAssertion,
    ) -> UserVerification {
        let mut demanded = passkeys.iter().map(|one| self.demanded_of(one, used_for));
        match demanded.all(|one| one == UserVerification::Required) {
            true => UserVerification::Required,
            false => UserVerification::Preferred,
        }
    }

    /// The handle of the user, which is drawn once.
    pub(crate) fn draw_user_handle(&mut self) -> Result<Vec<u8>, RngError> {
        if self.account.passkey_handle.is_empty() {
            let drawn: [u8; USER_HANDLE_BYTES] = self.context.random.bytes()?;
            self.account.passkey_handle = drawn.to_vec();
        }
        Ok(self.account.passkey_handle.clone())
    }

    /// Verifies an assertion against the passkeys as they are now, and spends nothing.
    pub(crate) fn evaluate_assertion(
        &self,
        assertion: &Assertion,
        used_for: AnswerUse<'_>,
    ) -> Result<Result<Proof, Wrong>, Halt> {
        let ceremonies = self.ceremonies()?;
        let claims = self.read(&assertion.token).ok_or(Denial::TokenInvalid)?;
        self.check(&claims)?;
        let (opened_for, first) = match used_for {
            AnswerUse::Login { challenge, first } => (OpenAssertion::Login(challenge), Some(first)),
            AnswerUse::Sensitive { first } => (OpenAssertion::Sensitive, first),
        };
        if claims.payload != opened_for {
            return Err(Denial::TokenInvalid.into());
        }
        let wrong = Ok(Err(Reason::WrongAssertion.into()));
        if assertion.response.len() > CEREMONY_RESPONSE_BYTES {
            return wrong;
        }
        let (ids, passkeys): (Vec<_>, Vec<_>) = self.account.passkeys().unzip();
        // What is demanded depends on the passkey, which only the response names.
        let ceremony =
            ceremony::<PasskeyAssertion>(claims.nonce, self.context.policy.user_verification);
        let handle = &self.account.passkey_handle;
        let signed = ceremonies.verify(&ceremony, handle, &passkeys, &assertion.response);
        let signed = match signed {
            Ok(signed) => signed,
            Err(CeremonyError::UserNotVerified) => {
                return Err(Denial::UserVerificationRequired.into());
            }
            Err(_) => return wrong,
        };
        let found = ids.get(signed.index).zip(passkeys.get(signed.index));
        let Some((id, passkey)) = found else {
            return wrong;
        };
        // This says nothing of the password.
        if passkey.was_first(first) {
            return Err(Denial::MethodUnavailable.into());
        }
        let demanded = self.demanded_of(passkey, opened_for);
        if demanded == UserVerification::Required && !signed.user_verified {
            return Err(Denial::UserVerificationRequired.into());
        }
        // Registrations and imports are not signed. So the first signature says whether the key may
        // be copied.
        let mut authenticators = self.account.authenticators.iter();
        let may_settle = authenticators.any(|one| one.id == *id && one.last_used_at.is_none());
        Ok(match passkey.fault_of(&signed, may_settle) {
            Some(reason) => Err(Wrong {
                reason,
                authenticator: Some(*id),
            }),
            None => Ok(Proof::Passkey {
                id: *id,
                falls_short: passkey.user_verified && !signed.user_verified,
                signed,
                ceremony: (claims.nonce, claims.expires_at),
            }),
        })
    }
}

impl Passkey {
    fn was_first(&self, first: Option<&FirstFactor>) -> bool {
        first.is_some_and(|first| first.is_passkey(&self.credential_id))
    }

    /// What is wrong with a rightly signed response (WebAuthn L3 §6.1.1 and §6.1.3).
    fn fault_of(&self, signed: &Signed, may_settle: bool) -> Option<Reason> {
        let counts = self.sign_count > 0 || signed.sign_count > 0;
        let becomes_eligible = may_settle && signed.backup_eligible;
        if signed.backup_eligible != self.backup_eligible && !becomes_eligible
            || signed.backed_up && !signed.backup_eligible
        {
            Some(Reason::ChangedPasskey)
        } else if counts && signed.sign_count <= self.sign_count {
            Some(Reason::CopiedPasskey)
        } else {
            None
        }
    }
}
