//! What is kept of an account, and how it is written down.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::denial::RecordError;
use super::throttle::{Budget, Factor};
use super::version::{Epoch, Version};
use crate::id::{AuthenticatorId, Nonce};
use crate::keys::Sealed;
use crate::otp::{TimeStep, TotpParams};
use crate::recovery::RecoverySet;
use crate::time::Timestamp;

/// The schema that this release writes. It reads all before it.
const SCHEMA: u32 = 1;
/// How many versions a record remembers, its own included.
const REMEMBERED: usize = 8;

/// A user's record as a store keeps it: opaque bytes, at most a few KiB.
///
/// They are JSON with a schema number, and hold no secret in the clear. A store neither reads nor changes them.
#[derive(Clone, PartialEq, Eq)]
pub struct Record(Vec<u8>);

/// What a store may want as columns of its own, for reports and for finding users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Whether the user has a second factor.
    pub enabled: bool,
    /// When the first of the present authenticators was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When a second factor was last verified.
    pub last_verified_at: Option<Timestamp>,
    /// Recovery codes that are left.
    pub recovery_remaining: u8,
    /// The account's epoch, for a host that checks sessions against a column.
    pub epoch: Epoch,
}

impl Record {
    /// Takes back what [`as_bytes`](Self::as_bytes) gave. Whether it can be read is judged when it is used.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.0.len())
    }
}

/// The state of an account. The machine changes a copy of it and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    schema: u32,
    /// The versions that wrote this record, the latest first. Absent until the first commit.
    versions: Vec<Version>,
    pub(crate) epoch: Epoch,
    pub(crate) counters: Counters,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) authenticators: Vec<Authenticator>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<Pending>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recovery: Option<RecoverySet>,
    #[serde(default, skip_serializing_if = "Spent::is_empty")]
    pub(crate) spent: Spent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_verified_at: Option<Timestamp>,
}

/// All that a failed proof may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counters {
    #[serde(default, skip_serializing_if = "Budget::is_clear")]
    authenticator: Budget,
    #[serde(default, skip_serializing_if = "Budget::is_clear")]
    recovery_code: Budget,
    /// Of all factors, since the password last changed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) failures_since_password: u32,
    /// Wrong codes for the pending enrolment.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) pending_failures: u32,
    /// Challenges of an earlier round are dead.
    #[serde(default, skip_serializing_if = "is_zero_u64")]
    pub(crate) round: u64,
    /// When the user was last told of a failed second step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure_told_at: Option<Timestamp>,
    /// When the user was last told that a code was used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reuse_told_at: Option<Timestamp>,
}

/// A bound authenticator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Authenticator {
    pub(crate) id: AuthenticatorId,
    pub(crate) label: String,
    pub(crate) key: Sealed,
    /// Absent where they are those of every app: SHA-1, 6 digits, 30 s, one step either way.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) totp: TotpParams,
    /// The last accepted time step; absent while no code was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_step: Option<TimeStep>,
    /// How many steps its clock was off when it was last used.
    #[serde(default, skip_serializing_if = "is_no_drift")]
    pub(crate) drift: i8,
    /// Whether a code of it was ever seen.
    pub(crate) proven: bool,
    pub(crate) created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_used_at: Option<Timestamp>,
}

/// An enrolment that waits for its confirmation. It authenticates nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    pub(crate) id: AuthenticatorId,
    pub(crate) label: String,
    pub(crate) key: Sealed,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) totp: TotpParams,
    pub(crate) expires_at: Timestamp,
    /// The authenticator that it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replaces: Option<AuthenticatorId>,
    /// The grant that it was started with, which its confirmation spends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) grant: Option<(Nonce, Timestamp)>,
}

/// The tokens that were used and have not expired.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spent {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<(Nonce, Timestamp)>,
    /// The latest expiry of a token that was dropped from the list: whatever expires no later is expired, even if the
    /// clock steps back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    watermark: Option<Timestamp>,
}

impl Account {
    /// The account of a user for whom there is no record.
    pub(crate) fn absent() -> Self {
        Self {
            schema: SCHEMA,
            versions: Vec::new(),
            epoch: Epoch::NONE,
            counters: Counters::default(),
            authenticators: Vec::new(),
            pending: None,
            recovery: None,
            spent: Spent::default(),
            last_verified_at: None,
        }
    }

    /// An empty account in the place of `erased`, which only remembers its versions.
    pub(crate) fn empty_after(erased: &Self) -> Self {
        Self {
            versions: erased.versions.clone(),
            ..Self::absent()
        }
    }

    /// The same account, with what a failed proof may change.
    pub(crate) fn with_counters(&self, counters: Counters) -> Self {
        Self {
            counters,
            ..self.clone()
        }
    }

    #[cfg(test)]
    pub(super) fn without_versions(&self) -> Self {
        Self {
            versions: Vec::new(),
            ..self.clone()
        }
    }

    /// Whether no record of this user was ever committed.
    pub(crate) fn is_absent(&self) -> bool {
        self.versions.is_empty()
    }

    /// Reads a record that a store handed out as of `version`.
    pub(crate) fn read(record: &Record, version: Version) -> Result<Self, RecordError> {
        let account: Self =
            serde_json::from_slice(&record.0).map_err(|_| newer_or_unreadable(&record.0))?;
        if account.schema != SCHEMA {
            return Err(newer_or_unreadable(&record.0));
        }
        if account.versions.first() != Some(&version) {
            return Err(RecordError::VersionMismatch);
        }
        if !account.recovery.iter().all(RecoverySet::is_sound) {
            return Err(RecordError::Unreadable);
        }
        Ok(account)
    }

    /// Writes the record of the commit `version`.
    pub(crate) fn write(&mut self, version: Version) -> Result<Record, RecordError> {
        self.versions.insert(0, version);
        self.versions.truncate(REMEMBERED);
        serde_json::to_vec(self)
            .map(Record)
            .map_err(|_| RecordError::Unreadable)
    }

    /// Whether that commit is among the last that wrote this record.
    pub(crate) fn was_written_by(&self, version: Version) -> bool {
        self.versions.contains(&version)
    }

    pub(crate) fn is_enabled(&self) -> bool {
        !self.authenticators.is_empty()
    }

    pub(crate) fn authenticator(&mut self, id: AuthenticatorId) -> Option<&mut Authenticator> {
        self.authenticators
            .iter_mut()
            .find(|authenticator| authenticator.id == id)
    }

    pub(crate) fn recovery_remaining(&self) -> u8 {
        self.recovery.as_ref().map_or(0, RecoverySet::remaining)
    }

    pub(crate) fn confirmed_at(&self) -> Option<Timestamp> {
        self.authenticators
            .iter()
            .map(|authenticator| authenticator.created_at)
            .min()
    }

    pub(crate) fn summary(&self) -> Summary {
        Summary {
            enabled: self.is_enabled(),
            confirmed_at: self.confirmed_at(),
            last_verified_at: self.last_verified_at,
            recovery_remaining: self.recovery_remaining(),
            epoch: self.epoch,
        }
    }
}

/// A record that a newer release wrote may look like anything else but its schema number.
fn newer_or_unreadable(bytes: &[u8]) -> RecordError {
    #[derive(Deserialize)]
    struct Schema {
        schema: u32,
    }
    match serde_json::from_slice::<Schema>(bytes) {
        Ok(Schema { schema }) if schema > SCHEMA => RecordError::NewerSchema,
        _ => RecordError::Unreadable,
    }
}

impl Counters {
    pub(crate) fn budget(&self, factor: Factor) -> &Budget {
        match factor {
            Factor::Authenticator => &self.authenticator,
            Factor::RecoveryCode => &self.recovery_code,
        }
    }

    pub(crate) fn budget_mut(&mut self, factor: Factor) -> &mut Budget {
        match factor {
            Factor::Authenticator => &mut self.authenticator,
            Factor::RecoveryCode => &mut self.recovery_code,
        }
    }

    /// What a changed password lifts: blocks that end by themselves, and the count of all failures. Those in a row stay.
    pub(crate) fn password_changed(&mut self) {
        self.authenticator.blocked_until = None;
        self.recovery_code.blocked_until = None;
        self.failures_since_password = 0;
    }
}

impl Budget {
    fn is_clear(&self) -> bool {
        *self == Self::default()
    }
}

impl Spent {
    /// The most that are kept.
    const CAPACITY: usize = 32;
    /// From this many on a cancelled token is no longer kept: its expiry is near, and cancelling must not fill the list.
    const CANCEL_CAPACITY: usize = 16;

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn contains(&self, nonce: &Nonce) -> bool {
        self.tokens.iter().any(|(spent, _)| spent == nonce)
    }

    /// Whether a token that expires then is over for good.
    pub(crate) fn is_past(&self, expires_at: Timestamp) -> bool {
        self.watermark
            .is_some_and(|watermark| expires_at <= watermark)
    }

    /// Keeps a used token until it expires. If the list is full, the moment at which a place is free is the error.
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
        self.watermark = expired.chain(self.watermark).max();
        self.tokens.retain(|(_, expires_at)| *expires_at > now);
        if self.tokens.len() >= Self::CAPACITY {
            let first = self.tokens.iter().map(|(_, expires_at)| *expires_at).min();
            return Err(first.unwrap_or(now));
        }
        self.tokens.push((nonce, expires_at));
        Ok(())
    }

    /// Whether a token that was cancelled, not used, should still be kept. Those that expired take no room.
    pub(crate) fn has_room_for_cancelled(&self, now: Timestamp) -> bool {
        let kept = self
            .tokens
            .iter()
            .filter(|(_, expires_at)| *expires_at > now);
        kept.count() < Self::CANCEL_CAPACITY
    }
}

fn is_default(params: &TotpParams) -> bool {
    *params == TotpParams::default()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_zero_u64(number: &u64) -> bool {
    *number == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_no_drift(drift: &i8) -> bool {
    *drift == 0
}
