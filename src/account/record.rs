//! What is kept of an account, and how it is written down.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::credible::{can_end, has_come};
use super::delayed::DelayedRecovery;
use super::denial::RecordError;
use super::devices::Device;
use super::email::EmailCodes;
use super::mechanism::Mechanism;
use super::start::Grant;
use super::throttle::{Budget, Factor};
use super::version::{Epoch, Version};
use crate::id::{AuthenticatorId, Nonce, RequestId};
use crate::keys::Sealed;
use crate::recovery::RecoverySet;
use crate::time::Timestamp;

/// The schema that this release writes. It reads all before it.
const SCHEMA: u32 = 1;
/// No token whose use is remembered is good for longer, but for the grants that travel by mail, which end with their request
/// anyway.
const LONGEST_TOKEN: Duration = Duration::from_secs(900);
const LONGEST_GRANT: Duration = Duration::from_secs(24 * 3600);
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
    /// Whether the account is locked.
    pub locked: bool,
    /// When [`Directory::run_due`](crate::Directory::run_due) has to look at the user next; none for almost everybody. An index over this
    /// column is what [`UserDirectory::due`](crate::store::UserDirectory::due) wants.
    pub due_at: Option<Timestamp>,
    /// The account's epoch as of the last commit. Judge sessions by [`Status`](crate::Status) instead: after a
    /// restoration the column still shows the epoch of the backup.
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
    /// When it was last committed.
    pub(crate) written_at: Timestamp,
    pub(crate) counters: Counters,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) authenticators: Vec<Authenticator>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pending: Option<Pending>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recovery: Option<RecoverySet>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) devices: Vec<Device>,
    #[serde(default, skip_serializing_if = "EmailCodes::is_unused")]
    pub(crate) email: EmailCodes,
    #[serde(default, skip_serializing_if = "Spent::is_empty")]
    pub(crate) spent: Spent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_verified_at: Option<Timestamp>,
    /// When delayed recoveries were requested lately, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) recovery_requests: Vec<Timestamp>,
    /// The reset after which the user may only come back by a grant that names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reset: Option<RequestId>,
    /// Since when the account is locked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) locked_at: Option<Timestamp>,
    /// Lock tokens from before this moment are dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unlocked_at: Option<Timestamp>,
}

/// All that a failed proof may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counters {
    #[serde(default, skip_serializing_if = "Budget::is_clear")]
    authenticator: Budget,
    #[serde(default, skip_serializing_if = "Budget::is_clear")]
    recovery_code: Budget,
    #[serde(default, skip_serializing_if = "Budget::is_clear")]
    email_code: Budget,
    /// Wrong answers to the e-mail code that was last sent and to those in whose place it was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) email_failures: u32,
    /// The delayed recovery that is under way. A failure restarts its wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) recovery: Option<DelayedRecovery>,
    /// Of all factors, since the password last changed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) failures_since_password: u32,
    /// Whether the user was told that these demand a new password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) password_demanded: bool,
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
    /// How it makes its codes, and which of them are spent.
    pub(crate) mechanism: Mechanism,
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
    pub(crate) mechanism: Mechanism,
    pub(crate) started_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// The authenticator that it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replaces: Option<AuthenticatorId>,
    /// The grant that it was started with, which its confirmation spends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) grant: Option<Grant>,
}

/// The tokens that were used and have not expired.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spent {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tokens: Vec<(Nonce, Timestamp)>,
    /// The latest expiry of a token that was dropped from the list: whatever expires no later is expired, even if the
    /// clock steps back a little.
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
            written_at: Timestamp::from_unix(0),
            counters: Counters::default(),
            authenticators: Vec::new(),
            pending: None,
            recovery: None,
            devices: Vec::new(),
            email: EmailCodes::default(),
            spent: Spent::default(),
            last_verified_at: None,
            recovery_requests: Vec::new(),
            reset: None,
            locked_at: None,
            unlocked_at: None,
        }
    }

    /// An empty account in the place of `erased`, which only remembers its versions, and that no lock token of before is
    /// good for it.
    pub(crate) fn empty_after(erased: &Self, now: Timestamp) -> Self {
        Self {
            versions: erased.versions.clone(),
            unlocked_at: Some(now + Duration::from_secs(1)),
            ..Self::absent()
        }
    }

    /// Drops what is only good among the sessions and tokens of an epoch.
    pub(super) fn end_epoch(&mut self, now: Timestamp) {
        self.pending = None;
        self.spent.begin_epoch(now);
        self.devices.clear();
        self.email.drop_code();
        self.counters.recovery = None;
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
            written_at: Timestamp::from_unix(0),
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
    pub(crate) fn write(
        &mut self,
        version: Version,
        now: Timestamp,
    ) -> Result<Record, RecordError> {
        self.written_at = now;
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

    /// Whether the recovery codes are those of another service.
    pub(crate) fn has_imported_codes(&self) -> bool {
        self.recovery.as_ref().is_some_and(|set| set.imported)
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
            locked: self.locked_at.is_some(),
            due_at: self.counters.recovery.map(|recovery| recovery.due_at()),
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
            Factor::EmailCode => &self.email_code,
        }
    }

    pub(crate) fn budget_mut(&mut self, factor: Factor) -> &mut Budget {
        match factor {
            Factor::Authenticator => &mut self.authenticator,
            Factor::RecoveryCode => &mut self.recovery_code,
            Factor::EmailCode => &mut self.email_code,
        }
    }

    pub(super) fn budgets_mut(&mut self) -> [&mut Budget; 3] {
        [
            &mut self.authenticator,
            &mut self.recovery_code,
            &mut self.email_code,
        ]
    }

    /// What a changed password lifts: blocks that end by themselves, and the count of all failures. Those in a row stay.
    pub(crate) fn password_changed(&mut self) {
        for budget in self.budgets_mut() {
            budget.blocked_until = None;
        }
        self.failures_since_password = 0;
        self.password_demanded = false;
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

    /// Whether a token that expires then is over for good. A watermark that lies further ahead than tokens live is not heeded,
    /// or a clock that was ahead would shut everybody out. The token that left it was issued too late to be taken now; one that
    /// was dropped before that is good again until it expires.
    pub(crate) fn is_past(&self, expires_at: Timestamp, now: Timestamp) -> bool {
        self.watermark
            .filter(|watermark| can_end(*watermark, LONGEST_TOKEN, now))
            .is_some_and(|watermark| expires_at <= watermark)
    }

    /// At a new epoch, in which all that was spent before is dead anyway: what a clock noted that was ahead ends with it.
    pub(super) fn begin_epoch(&mut self, now: Timestamp) {
        self.watermark = self.watermark.filter(|at| has_come(*at, now));
        self.tokens
            .retain(|(_, expires_at)| can_end(*expires_at, LONGEST_GRANT, now));
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
        // One that a clock left which was far ahead would not be heeded for as long, and stand in the way of those of now.
        let watermark = self.watermark.filter(|at| can_end(*at, LONGEST_GRANT, now));
        self.watermark = expired.chain(watermark).max();
        self.tokens.retain(|(_, expires_at)| *expires_at > now);
        if self.tokens.len() >= Self::CAPACITY {
            // A clock that was ahead must not fill the list for longer than tokens live.
            self.tokens
                .retain(|(_, at)| can_end(*at, LONGEST_TOKEN, now));
        }
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
            .filter(|(_, at)| *at > now && can_end(*at, LONGEST_TOKEN, now));
        kept.count() < Self::CANCEL_CAPACITY
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
pub(super) fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_zero_u64(number: &u64) -> bool {
    *number == 0
}
