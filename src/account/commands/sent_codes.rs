//! Codes by e-mail, SMS and voice: fallbacks for login alone that are off by default (NIST SP
//! 800-63B-4 §3.1.3).

use crate::account::machine::{Command, Draft, Halt};
use crate::account::state::LiveCode;
use crate::channel::Channel;
use crate::denial::Denial;
use crate::event::EventKind;
use crate::keys::HashKey;
use crate::limits::{
    EMAIL_SENDING, PHONE_SENDING, SENT_CODE_DIGITS, SENT_CODE_LIFETIME, SENT_CODE_TRIES, Sending,
    VOID_TOKEN_LIFETIME,
};
use crate::notify::SentCode;
use crate::otp::Code;
use crate::token::{Claims, OpenLogin};

/// Draws a code for a challenge. It replaces the code that the channel carried before.
pub(crate) struct SendCode {
    pub(crate) claims: Claims<OpenLogin>,
    pub(crate) channel: Channel,
}

impl Command for SendCode {
    const OPERATION: &'static str = "send_code";
    type Outcome = SentCode;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SentCode, Halt> {
        let channel = self.channel;
        draft.demand_channel(channel, &self.claims.payload.first)?;
        draft.check(&self.claims)?;
        draft.admit(channel.factor())?;
        draft.demand_round(&self.claims)?;
        let (now, mut random) = (draft.context.now, draft.context.random);
        renew_tries(draft, channel)?;
        let sent = draft.account.sent_codes_mut(channel);
        sent.count_send(sending(channel), now)?;

        let code = Code::random(SENT_CODE_DIGITS, &mut random)?;
        let challenge = self.claims.nonce;
        let key = HashKey::random(random)?;
        let expires_at = self.claims.expires_at.min(now + SENT_CODE_LIFETIME);
        // A text message has no room for a link, and a call cannot carry one.
        let void = match channel {
            Channel::Email => Some(draft.claims((), now + VOID_TOKEN_LIFETIME)?),
            Channel::Sms | Channel::Voice => None,
        };
        draft.account.sent_codes_mut(channel).replace(LiveCode {
            channel,
            challenge,
            hash: LiveCode::hash(&key, challenge, &code),
            key,
            expires_at,
            voided_by: void.as_ref().map(|claims| claims.nonce),
        });
        draft.record(draft.event(EventKind::CodeSent).channel(channel));
        Ok(SentCode {
            code,
            issuer: draft.context.policy.issuer.clone(),
            expires_at,
            valid_for: expires_at.since(now),
            void_token: void.map(|claims| draft.sign(&claims)),
        })
    }
}

fn sending(channel: Channel) -> Sending {
    match channel {
        Channel::Email => EMAIL_SENDING,
        Channel::Sms | Channel::Voice => PHONE_SENDING,
    }
}

/// Five attempts are shared by all codes of a factor that overlap, whatever login and channel they
/// are for. Resending does not reset them.
fn renew_tries(draft: &mut Draft<'_>, channel: Channel) -> Result<(), Denial> {
    let live_until = draft
        .account
        .sent_codes(channel)
        .live_until(draft.context.now);
    let failures = draft.account.counters.sent_code_failures_mut(channel);
    match live_until {
        Some(retry_at) if *failures >= SENT_CODE_TRIES => Err(Denial::Throttled { retry_at }),
        Some(_) => Ok(()),
        None => {
            *failures = 0;
            Ok(())
        }
    }
}

/// Voids one code by the token of its mail. Returns whether the code was still live.
pub(crate) struct VoidCode {
    pub(crate) claims: Claims<()>,
}

impl Command for VoidCode {
    const OPERATION: &'static str = "void_code";
    type Outcome = bool;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<bool, Halt> {
        draft.check_in_any_epoch(&self.claims)?;
        let now = draft.context.now;
        let voided = draft.account.email.void(self.claims.nonce, now);
        if let Some(channel) = voided {
            draft.record(draft.event(EventKind::CodeVoided).channel(channel));
        }
        Ok(voided.is_some())
    }
}
