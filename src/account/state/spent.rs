//! Used tokens.

use super::credible::{can_end, has_come};
use crate::id::Nonce;
use crate::limits::{
    CANCELLED_TOKENS, LONGEST_GRANT_LIFETIME, LONGEST_TOKEN_LIFETIME, SPENT_TOKENS,
};
use crate::time::Timestamp;

/// The used tokens that have not expired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Spent {
    pub(crate) tokens: Vec<(Nonce, Timestamp)>,
    /// The latest expiry of a token that was dropped from the list. Tokens that expire no later
    /// count as expired, even if the clock steps back a little.
    pub(crate) watermark: Option<Timestamp>,
}

impl Spent {
    pub(crate) fn contains(&self, nonce: &Nonce) -> bool {
        self.tokens.iter().any(|(spent, _)| spent == nonce)
    }

    /// Whether a token with this expiry has certainly ended. A watermark further ahead than tokens
    /// live is ignored, because a clock that was ahead would otherwise lock all users out. The
    /// token that set the watermark was issued too late to be accepted now. A token that was
    /// dropped earlier works again until it expires.
    pub(crate) fn is_past(&self, expires_at: Timestamp, now: Timestamp) -> bool {
        self.watermark
            .filter(|watermark| can_end(*watermark, LONGEST_TOKEN_LIFETIME, now))
            .is_some_and(|watermark| expires_at <= watermark)
    }

    /// Begins an epoch, in which all used tokens are dead anyway. Moments from a clock that was
    /// ahead are removed.
    pub(crate) fn begin_epoch(&mut self, now: Timestamp) {
        self.watermark = self.watermark.filter(|at| has_come(*at, now));
        self.tokens
            .retain(|(_, expires_at)| can_end(*expires_at, LONGEST_GRANT_LIFETIME, now));
    }

    /// Keeps a used token until it expires. If the list is full, the error is the moment when it
    /// has room.
    pub(crate) fn spend(
        &mut self,
        nonce: Nonce,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let expired = self
            .tokens
            .iter()
            .map(|(_, expires_at)| *expires_at)
            .filter(|expires_at| *expires_at <= now);
        // A watermark from a clock that was far ahead would be ignored, and would replace a valid
        // one.
        let watermark = self
            .watermark
            .filter(|at| can_end(*at, LONGEST_GRANT_LIFETIME, now));
        self.watermark = expired.chain(watermark).max();
        self.tokens.retain(|(_, expires_at)| *expires_at > now);
        if self.tokens.len() >= SPENT_TOKENS {
            // Tokens from a clock that was ahead must not fill the list for longer than tokens
            // live.
            self.tokens
                .retain(|(_, at)| can_end(*at, LONGEST_TOKEN_LIFETIME, now));
        }
        if self.tokens.len() >= SPENT_TOKENS {
            let first = self.tokens.iter().map(|(_, expires_at)| *expires_at).min();
            return Err(first.unwrap_or(now));
        }
        self.tokens.push((nonce, expires_at));
        Ok(())
    }

    /// Whether the list keeps a cancelled token. Expired tokens take no room.
    pub(crate) fn has_room_for_cancelled(&self, now: Timestamp) -> bool {
        let kept = self
            .tokens
            .iter()
            .filter(|(_, at)| *at > now && can_end(*at, LONGEST_TOKEN_LIFETIME, now));
        kept.count() < CANCELLED_TOKENS
    }
}
