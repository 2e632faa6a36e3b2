//! E-mail codes in the record.

use std::time::Duration;

use hmac::Mac;
use subtle::ConstantTimeEq;

use super::credible::{can_end, has_come};
use crate::denial::Denial;
use crate::id::Nonce;
use crate::keys::{HashKey, Tuple};
use crate::limits::{EMAIL_CODE_LIFETIME, EMAIL_CODE_PAUSE, EMAIL_CODES_AN_HOUR};
use crate::otp::Code;
use crate::time::Timestamp;

const HOUR: Duration = Duration::from_secs(3600);

/// The e-mail codes in the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct EmailCodes {
    pub(crate) live: Option<LiveCode>,
    /// When codes were sent recently, the oldest first.
    pub(crate) sent: Vec<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct LiveCode {
    /// The challenge that the code was sent for. The code answers no other challenge.
    pub(crate) challenge: Nonce,
    /// The random key of the hash.
    #[cfg_attr(feature = "internals", serde(skip))]
    pub(crate) key: HashKey,
    pub(crate) hash: [u8; 32],
    pub(crate) expires_at: Timestamp,
}

impl LiveCode {
    /// The hash of a code, which the record keeps in its place.
    pub(crate) fn hash(key: &HashKey, challenge: Nonce, code: &Code) -> [u8; 32] {
        let mac = key
            .mac()
            .part(b"countersign e-mail code v1")
            .part(challenge.as_bytes())
            .part(code.expose_digits().as_bytes());
        mac.finalize().into_bytes().into()
    }

    pub(crate) fn is_of(&self, code: &Code) -> bool {
        let hash = Self::hash(&self.key, self.challenge, code);
        hash.ct_eq(&self.hash).into()
    }
}

impl EmailCodes {
    pub(crate) fn drop_code(&mut self) {
        self.live = None;
    }

    pub(crate) fn forget_wrong_clock(&mut self, now: Timestamp) {
        self.live
            .take_if(|live| !can_end(live.expires_at, EMAIL_CODE_LIFETIME, now));
        self.sent.retain(|at| has_come(*at, now));
    }

    /// Counts a sent code, or returns when the next one is allowed.
    pub(crate) fn count_send(&mut self, now: Timestamp) -> Result<(), Denial> {
        self.sent.retain(|at| now < *at + HOUR);
        let pause = self.sent.last().map(|last| *last + EMAIL_CODE_PAUSE);
        let full = self.sent.len() >= EMAIL_CODES_AN_HOUR;
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
