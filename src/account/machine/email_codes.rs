//! Verifying e-mail codes.

use super::draft::Draft;
use crate::denial::Denial;
use crate::event::Reason;
use crate::first_factor::{FirstFactor, FirstFactorKind};
use crate::id::Nonce;
use crate::limits::EMAIL_CODE_TRIES;
use crate::otp::Code;

impl Draft<'_> {
    /// The second factor is another thing than the first, so that a mailbox that was the first is
    /// not the second.
    pub(crate) fn demand_email_codes(&self, first: &FirstFactor) -> Result<(), Denial> {
        match self.context.policy.email_codes && first.kind() != FirstFactorKind::EmailLink {
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
