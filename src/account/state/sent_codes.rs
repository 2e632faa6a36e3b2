//! The codes that were sent, in the record.

use hmac::Mac;
use subtle::ConstantTimeEq;

use super::credible::{can_end, has_come};
use crate::channel::Channel;
use crate::denial::Denial;
use crate::id::Nonce;
use crate::keys::{HashKey, Tuple};
use crate::limits::{SENT_CODE_LIFETIME, Sending};
use crate::otp::Code;
use crate::time::Timestamp;

/// The codes that were sent to one place: to the mailbox, or to the phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct SentCodes {
    /// The last code of each channel.
    pub(crate) live: Vec<LiveCode>,
    /// When codes were sent recently, the oldest first.
    pub(crate) sent: Vec<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct LiveCode {
    pub(crate) channel: Channel,
    /// The challenge that the code was sent for. The code answers no other challenge.
    pub(crate) challenge: Nonce,
    /// The random key of the hash.
    #[cfg_attr(feature = "internals", serde(skip))]
    pub(crate) key: HashKey,
    pub(crate) hash: [u8; 32],
    pub(crate) expires_at: Timestamp,
    /// The token that voids the code.
    pub(crate) voided_by: Option<Nonce>,
}

impl LiveCode {
    /// The hash of a code, which the record keeps in its place.
    pub(crate) fn hash(key: &HashKey, challenge: Nonce, code: &Code) -> [u8; 32] {
        let mac = key
            .mac()
            .part(b"countersign sent code v1")
            .part(challenge.as_bytes())
            .part(code.expose_digits().as_bytes());
        mac.finalize().into_bytes().into()
    }

    pub(crate) fn is_of(&self, code: &Code) -> bool {
        let hash = Self::hash(&self.key, self.challenge, code);
        hash.ct_eq(&self.hash).into()
    }
}

impl SentCodes {
    /// The last code of a channel, unless it expired.
    pub(crate) fn live(&self, channel: Channel, now: Timestamp) -> Option<&LiveCode> {
        let live = |live: &&LiveCode| live.channel == channel && now < live.expires_at;
        self.live.iter().find(live)
    }

    /// When the last live code expires, if there is one.
    pub(crate) fn live_until(&self, now: Timestamp) -> Option<Timestamp> {
        let ends = self.live.iter().map(|live| live.expires_at);
        ends.max().filter(|at| now < *at)
    }

    /// Notes a code, which replaces the last one of its channel.
    pub(crate) fn replace(&mut self, code: LiveCode) {
        self.drop_channel(code.channel);
        self.live.push(code);
    }

    pub(crate) fn drop_channel(&mut self, channel: Channel) {
        self.live.retain(|live| live.channel != channel);
    }

    pub(crate) fn drop_codes(&mut self) {
        self.live.clear();
    }

    /// Drops the live code that the token voids, and returns its channel.
    pub(crate) fn void(&mut self, token: Nonce, now: Timestamp) -> Option<Channel> {
        let voided = |live: &LiveCode| live.voided_by == Some(token) && now < live.expires_at;
        let place = self.live.iter().position(voided)?;
        Some(self.live.remove(place).channel)
    }

    pub(crate) fn forget_wrong_clock(&mut self, now: Timestamp) {
        self.live
            .retain(|live| can_end(live.expires_at, SENT_CODE_LIFETIME, now));
        self.sent.retain(|at| has_come(*at, now));
    }

    /// Counts a sent code, or returns when the next one is allowed.
    pub(crate) fn count_send(&mut self, limits: Sending, now: Timestamp) -> Result<(), Denial> {
        let Sending {
            pause,
            most,
            within,
        } = limits;
        self.sent.retain(|at| now < *at + within);
        let pause = self.sent.last().map(|last| *last + pause);
        let full = self.sent.len() >= most;
        let room = self
            .sent
            .first()
            .filter(|_| full)
            .map(|first| *first + within);
        if let Some(retry_at) = pause.max(room).filter(|at| now < *at) {
            return Err(Denial::Throttled { retry_at });
        }
        self.sent.push(now);
        Ok(())
    }
}
