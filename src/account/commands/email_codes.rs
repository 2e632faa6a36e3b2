//! E-mail codes, a fallback for login alone that is off by default (NIST SP 800-63B-4 §3.1.3).

use crate::account::machine::{Command, Draft, Halt};
use crate::account::state::LiveCode;
use crate::denial::Denial;
use crate::event::EventKind;
use crate::factor::Factor;
use crate::keys::HashKey;
use crate::limits::{EMAIL_CODE_DIGITS, EMAIL_CODE_LIFETIME, EMAIL_CODE_TRIES};
use crate::notify::EmailCode;
use crate::otp::Code;
use crate::token::{Claims, OpenLogin};

/// Draws a code for a challenge. It replaces the code that was sent before.
pub(crate) struct SendEmailCode {
    pub(crate) claims: Claims<OpenLogin>,
}

impl Command for SendEmailCode {
    const OPERATION: &'static str = "send_email_code";
    type Outcome = EmailCode;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<EmailCode, Halt> {
        draft.demand_email_codes(&self.claims.payload.first)?;
        draft.check(&self.claims)?;
        draft.admit(Factor::EmailCode)?;
        draft.demand_round(&self.claims)?;
        let (now, mut random) = (draft.context.now, draft.context.random);
        renew_email_tries(draft)?;
        draft.account.email.count_send(now)?;

        let code = Code::random(EMAIL_CODE_DIGITS, &mut random)?;
        let challenge = self.claims.nonce;
        let key = HashKey::random(random)?;
        let expires_at = self.claims.expires_at.min(now + EMAIL_CODE_LIFETIME);
        draft.account.email.live = Some(LiveCode {
            challenge,
            hash: LiveCode::hash(&key, challenge, &code),
            key,
            expires_at,
        });
        draft.record(
            draft
                .event(EventKind::EmailCodeSent)
                .factor(Factor::EmailCode),
        );
        Ok(EmailCode {
            code,
            issuer: draft.context.policy.issuer.clone(),
            expires_at,
            valid_for: expires_at.since(now),
        })
    }
}

/// Five attempts are shared by all e-mail codes that overlap, whatever login they are for.
/// Resending does not reset them.
fn renew_email_tries(draft: &mut Draft<'_>) -> Result<(), Denial> {
    let now = draft.context.now;
    let live = draft.account.email.live.as_ref();
    match live.map(|live| live.expires_at).filter(|at| now < *at) {
        Some(retry_at) if draft.account.counters.email_failures >= EMAIL_CODE_TRIES => {
            return Err(Denial::Throttled { retry_at });
        }
        Some(_) => {}
        None => draft.account.counters.email_failures = 0,
    }
    Ok(())
}
