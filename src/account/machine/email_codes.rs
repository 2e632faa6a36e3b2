//! Judging codes sent by e-mail.

use hmac::Mac;
use subtle::ConstantTimeEq;

use super::draft::Draft;
use crate::denial::Denial;
use crate::event::Reason;
use crate::id::Nonce;
use crate::keys::{KeyError, KeyId, Purpose, Tuple};
use crate::limits::EMAIL_CODE_TRIES;
use crate::otp::Code;

impl Draft<'_> {
    pub(crate) fn demand_email_codes(&self) -> Result<(), Denial> {
        match self.context.policy.email_codes {
            true => Ok(()),
            false => Err(Denial::MethodUnavailable),
        }
    }

    /// Whether it is the code that was last sent for this challenge.
    pub(crate) fn evaluate_email(
        &self,
        code: &Code,
        challenge: Nonce,
    ) -> Result<Result<(), Reason>, KeyError> {
        let live = self.account.email.live.as_ref().filter(|live| {
            live.challenge == challenge
                && self.context.now < live.expires_at
                && self.account.counters.email_failures < EMAIL_CODE_TRIES
        });
        let Some(live) = live else {
            return Ok(Err(Reason::WrongCode));
        };
        let hash = self.hash_email_code(&live.key, challenge, code)?;
        let right = bool::from(hash.as_slice().ct_eq(&live.hash));
        Ok(right.then_some(()).ok_or(Reason::WrongCode))
    }

    pub(crate) fn hash_email_code(
        &self,
        key: &KeyId,
        challenge: Nonce,
        code: &Code,
    ) -> Result<[u8; 32], KeyError> {
        let (user, vault) = (self.context.user, self.context.vault);
        let mac = vault
            .user_mac(key, Purpose::EmailCode, user)?
            .part(b"countersign e-mail code v1")
            .part(challenge.as_bytes())
            .part(code.expose_digits().as_bytes());
        Ok(mac.finalize().into_bytes().into())
    }
}
