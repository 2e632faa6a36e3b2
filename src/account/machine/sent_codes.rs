//! Verifying codes that were sent.

use super::draft::Draft;
use crate::channel::Channel;
use crate::denial::Denial;
use crate::event::Reason;
use crate::first_factor::FirstFactor;
use crate::id::Nonce;
use crate::limits::SENT_CODE_TRIES;
use crate::otp::Code;

impl Draft<'_> {
    /// Refuses a channel that the policy lacks. The second factor is another thing than the first,
    /// so that a mailbox that was the first is not the second.
    pub(crate) fn demand_channel(
        &self,
        channel: Channel,
        first: &FirstFactor,
    ) -> Result<(), Denial> {
        let is_first = channel == Channel::Email && first.kind().is_mailbox();
        match self.context.policy.sends(channel) && !is_first {
            true => Ok(()),
            false => Err(Denial::MethodUnavailable),
        }
    }

    /// Whether this is the code that the channel last carried for this challenge.
    pub(crate) fn evaluate_sent(
        &self,
        channel: Channel,
        code: &Code,
        challenge: Nonce,
    ) -> Result<(), Reason> {
        let live = self
            .account
            .sent_codes(channel)
            .live(channel, self.context.now);
        let live = live.filter(|live| {
            live.challenge == challenge
                && self.account.counters.sent_code_failures(channel) < SENT_CODE_TRIES
        });
        let right = live.is_some_and(|live| live.is_of(code));
        right.then_some(()).ok_or(Reason::WrongCode)
    }
}
