//! Codes sent by e-mail, as the record keeps them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::credible::{can_end, has_come};
use crate::denial::Denial;
use crate::id::Nonce;
use crate::keys::KeyId;
use crate::limits::{EMAIL_CODE_LIFETIME, EMAIL_CODE_PAUSE, EMAIL_CODES_AN_HOUR};
use crate::time::Timestamp;

const HOUR: Duration = Duration::from_secs(3600);

/// What a record keeps of the codes that were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmailCodes {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) live: Option<LiveCode>,
    /// When codes were sent lately, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sent: Vec<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiveCode {
    /// The challenge that asked for it. It answers no other.
    pub(crate) challenge: Nonce,
    /// The master key that the hash is made under.
    pub(crate) key: KeyId,
    #[serde(with = "crate::base64")]
    pub(crate) hash: Vec<u8>,
    pub(crate) expires_at: Timestamp,
}

impl EmailCodes {
    pub(crate) fn is_unused(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn drop_code(&mut self) {
        self.live = None;
    }

    pub(crate) fn forget_wrong_clock(&mut self, now: Timestamp) {
        self.live
            .take_if(|live| !can_end(live.expires_at, EMAIL_CODE_LIFETIME, now));
        self.sent.retain(|at| has_come(*at, now));
    }

    /// Counts a send, or says when the next is allowed.
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
