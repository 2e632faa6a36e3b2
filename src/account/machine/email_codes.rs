//! Verifying e-mail codes.

use super::draft::Draft;
use crate::denial::Denial;
use crate::event::Reason;
use crate::id::Nonce;
use crate::limits::EMAIL_CODE_TRIES;
use crate::otp::Code;

impl Draft<'_> {
    pub(crate) fn demand_email_codes(&self) -> Result<(), Denial> {
        match self.context.policy.email_codes {
            true => Ok(()),
            false => Err(Denial::MethodUnavailable),
        }
    }

    /// Whether this is the code that was last sent for this challenge.
    pub(crate) fn evaluate_email(&self, code: &Code, challenge: Nonce) -> Result<(), Reason> {
        let live = self.account.email.live.as_ref().filter(|live| {
            live.challenge == challenge
                && self.context.now < live.expires_at
                && self.account.counters.email_failures < EMAIL_CODE_TRIES
        });
        let right = live.is_some_and(|live| live.is_of(code));
        right.then_some(()).ok_or(Reason::WrongCode)
    }
}
