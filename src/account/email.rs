//! Codes sent by e-mail: a fallback for login alone, off by default (NIST SP 800-63B-4 §3.1.3).

use std::fmt::{self, Write};
use std::time::Duration;

use hmac::Mac;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::credible::{can_end, has_come};
use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::{EventKind, Reason};
use super::throttle::Factor;
use crate::id::Nonce;
use crate::keys::{KeyError, KeyId, Purpose, Tuple};
use crate::otp::{Code, Digits};
use crate::time::Timestamp;
use crate::token::{Claims, Round};

/// A code lives no longer than this (ASVS 5.0 6.5.5).
pub(super) const LIFETIME: Duration = Duration::from_secs(600);
/// Wrong answers after which the codes of a challenge are dead.
pub(super) const TRIES: u32 = 5;
/// At most one code is sent in this time,
pub(super) const PAUSE: Duration = Duration::from_secs(60);
/// and at most so many an hour.
pub(super) const SENDS_AN_HOUR: usize = 5;
const HOUR: Duration = Duration::from_secs(3600);
pub(super) const CODE_DIGITS: Digits = Digits::EIGHT;

/// What a record keeps of the codes that were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailCodes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    live: Option<LiveCode>,
    /// When codes were sent lately, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sent: Vec<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LiveCode {
    /// The challenge that asked for it. It answers no other.
    challenge: Nonce,
    /// The master key that the hash is made under.
    key: KeyId,
    #[serde(with = "crate::base64")]
    hash: Vec<u8>,
    expires_at: Timestamp,
}

/// A code to be sent by e-mail: eight digits, good for one login.
///
/// # Security
///
/// There is no `Display`, and `Debug` is redacted; [`expose_digits`](Self::expose_digits) hands the digits out. The library
/// keeps a keyed hash and no code.
#[derive(Clone)]
pub struct EmailCode {
    code: Code,
    issuer: String,
    /// When the code expires.
    expires_at: Timestamp,
    valid_for: Duration,
}

impl EmailCode {
    /// The eight digits.
    #[must_use]
    pub fn expose_digits(&self) -> Zeroizing<String> {
        self.code.expose_digits()
    }

    /// When the code expires.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// A subject line, without the code: subjects are shown on locked screens.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("Your {} sign-in code", self.issuer)
    }

    /// A short text with the code.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        let minutes = self.valid_for.as_secs().div_ceil(60);
        let unit = if minutes == 1 { "minute" } else { "minutes" };
        // Room for all of it, so that no copy stays behind when it grows.
        let mut text = Zeroizing::new(String::with_capacity(512 + 2 * self.issuer.len()));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "Your sign-in code for {} is {}.\n\nIt is good for {minutes} {unit}, for the sign-in that asked for it. \
             Nobody from {} will ever ask you for it.\n\nIf you are not signing in right now, somebody knows your \
             password: change it, and do not pass this code on.\n",
            self.issuer,
            *self.expose_digits(),
            self.issuer,
        );
        text
    }
}

impl fmt::Debug for EmailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailCode")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Draws a code for a challenge, in the place of one that was sent before.
pub(crate) struct SendEmailCode {
    pub(crate) claims: Claims<Round>,
}

impl Command for SendEmailCode {
    const OPERATION: &'static str = "send_email_code";
    type Outcome = EmailCode;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<EmailCode, Halt> {
        draft.demand_email_codes()?;
        draft.check(&self.claims)?;
        draft.admit(Factor::EmailCode)?;
        draft.demand_round(&self.claims)?;
        let (now, mut random) = (draft.context.now, draft.context.random);
        draft.renew_email_tries()?;
        draft.account.email.count_send(now)?;

        let code = Code::random(CODE_DIGITS, &mut random)?;
        let challenge = self.claims.nonce;
        let key = draft.context.vault.current().clone();
        let expires_at = self.claims.expires_at.min(now + LIFETIME);
        draft.account.email.live = Some(LiveCode {
            challenge,
            hash: draft.hash_email_code(&key, challenge, &code)?.to_vec(),
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

impl Draft<'_> {
    pub(super) fn demand_email_codes(&self) -> Result<(), Denial> {
        match self.context.policy.email_codes {
            true => Ok(()),
            false => Err(Denial::MethodUnavailable),
        }
    }

    /// The tries are those of a code and of all that take its place, in whatever login, until the last of them is over.
    fn renew_email_tries(&mut self) -> Result<(), Denial> {
        let now = self.context.now;
        let live = self.account.email.live.as_ref();
        match live.map(|live| live.expires_at).filter(|at| now < *at) {
            Some(retry_at) if self.account.counters.email_failures >= TRIES => {
                return Err(Denial::Throttled { retry_at });
            }
            Some(_) => {}
            None => self.account.counters.email_failures = 0,
        }
        Ok(())
    }

    /// Whether it is the code that was last sent for this challenge.
    pub(super) fn evaluate_email(
        &self,
        code: &Code,
        challenge: Nonce,
    ) -> Result<Result<(), Reason>, KeyError> {
        let live = self.account.email.live.as_ref().filter(|live| {
            live.challenge == challenge
                && self.context.now < live.expires_at
                && self.account.counters.email_failures < TRIES
        });
        let Some(live) = live else {
            return Ok(Err(Reason::WrongCode));
        };
        let hash = self.hash_email_code(&live.key, challenge, code)?;
        let right = bool::from(hash.as_slice().ct_eq(&live.hash));
        Ok(right.then_some(()).ok_or(Reason::WrongCode))
    }

    fn hash_email_code(
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

impl EmailCodes {
    pub(crate) fn is_unused(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn drop_code(&mut self) {
        self.live = None;
    }

    pub(super) fn forget_wrong_clock(&mut self, now: Timestamp) {
        self.live
            .take_if(|live| !can_end(live.expires_at, LIFETIME, now));
        self.sent.retain(|at| has_come(*at, now));
    }

    /// Counts a send, or says when the next is allowed.
    fn count_send(&mut self, now: Timestamp) -> Result<(), Denial> {
        self.sent.retain(|at| now < *at + HOUR);
        let pause = self.sent.last().map(|last| *last + PAUSE);
        let full = self.sent.len() >= SENDS_AN_HOUR;
        let hour = self
            .sent
            .first()
            .filter(|_| full)
            .map(|first| *first + HOUR);
        if let Some(retry_at) = pause.max(hour).filter(|at| now < *at) {
            return Err(Denial::Throttled { retry_at });
        }
        self.sent.push(now);
        Ok(())
    }
}
