//! The state of an account.

use crate::limits::PENDING_TRIES;
use std::time::Duration;

use super::authenticator::{Authenticator, Pending};
use super::cbor::{self, Unread};
use super::counters::Counters;
use super::credible::has_come;
use super::delayed_recovery::DelayedRecovery;
use super::device::Device;
use super::mechanism::Mechanism;
use super::record::{Record, Summary};
use super::sent_codes::SentCodes;
use super::spent::Spent;
use super::unanswered::Unanswered;
use crate::channel::Channel;
use crate::denial::{Denial, RecordError};
use crate::epoch::Epoch;
use crate::id::{AuthenticatorId, CaseId, DeviceId};
use crate::keys::Seal;
use crate::limits::{
    DELAYED_RECOVERY_REQUESTS, DELAYED_RECOVERY_REQUESTS_WITHIN, REMEMBERED_VERSIONS,
};
use crate::method::{Method, Methods};
use crate::passkey::Passkey;
use crate::policy::Policy;
use crate::recovery_codes::RecoveryCodeSet;
use crate::time::Timestamp;
use crate::token::Claims;
use crate::version::Version;

impl Account {
    /// The pending enrolment, unless it expired or too many wrong codes ended it.
    pub(crate) fn live_pending(&self, now: Timestamp) -> Option<&Pending> {
        let live = |pending: &&Pending| {
            now < pending.expires_at && self.counters.pending_failures < PENDING_TRIES
        };
        self.pending.as_ref().filter(live)
    }

    /// Whether there were so many failures that the password has to change first.
    pub(crate) fn needs_new_password(&self, policy: &Policy) -> bool {
        self.counters.failures_since_password >= policy.password_change_after
    }

    /// The authenticators that make codes.
    pub(crate) fn code_authenticators(&self) -> impl Iterator<Item = &Authenticator> {
        let bound = self.authenticators.iter();
        bound.filter(|one| one.credential.otp().is_some())
    }
}

/// Checks of what the MAC of a token does not cover.
impl Account {
    /// Checks the time, the epoch and the use of a token of this account.
    pub(crate) fn check_token<P>(
        &self,
        claims: &Claims<P>,
        now: Timestamp,
        restored_at: Option<Timestamp>,
    ) -> Result<(), Denial> {
        self.check_token_of_any_epoch(claims, now, restored_at)?;
        match claims.epoch == self.epoch {
            true => Ok(()),
            false => Err(Denial::TokenExpired),
        }
    }

    pub(crate) fn check_token_of_any_epoch<P>(
        &self,
        claims: &Claims<P>,
        now: Timestamp,
        restored_at: Option<Timestamp>,
    ) -> Result<(), Denial> {
        if !has_come(claims.issued_at, now) {
            return Err(Denial::TokenInvalid);
        }
        if self.spent.contains(&claims.nonce) {
            return Err(Denial::TokenSpent);
        }
        if now >= claims.expires_at
            || self.spent.is_past(claims.expires_at, now)
            || restored_at.is_some_and(|restored_at| claims.issued_at < restored_at)
        {
            return Err(Denial::TokenExpired);
        }
        Ok(())
    }
}

impl Account {
    pub(crate) fn delayed_recovery_under_way(&self, now: Timestamp) -> Option<DelayedRecovery> {
        self.counters
            .delayed_recovery
            .filter(|recovery| !recovery.is_over(now))
    }

    /// Counts a request, or returns when the next one is allowed.
    pub(crate) fn count_request(&mut self, now: Timestamp) -> Result<(), Denial> {
        let requests = &mut self.delayed_recovery_requests;
        requests.retain(|at| now < *at + DELAYED_RECOVERY_REQUESTS_WITHIN);
        if requests.len() >= DELAYED_RECOVERY_REQUESTS {
            let retry_at = requests[0] + DELAYED_RECOVERY_REQUESTS_WITHIN;
            return Err(Denial::Throttled { retry_at });
        }
        requests.push(now);
        Ok(())
    }
}

/// The schema of a record. It is the first entry of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Schema;

impl Schema {
    /// The number that this release writes. It reads all earlier numbers.
    pub(crate) const NUMBER: u32 = 1;
}

/// The state of an account. Only the machine changes it, on a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Account {
    pub(crate) schema: Schema,
    /// The versions that wrote this record, the latest first. Empty before the first commit.
    pub(crate) versions: Vec<Version>,
    pub(crate) epoch: Epoch,
    /// The moment of the last commit.
    pub(crate) written_at: Timestamp,
    pub(crate) counters: Counters,
    pub(crate) authenticators: Vec<Authenticator>,
    pub(crate) pending: Option<Pending>,
    pub(crate) recovery_codes: Option<RecoveryCodeSet>,
    pub(crate) devices: Vec<Device>,
    /// The codes that were sent by e-mail.
    pub(crate) email: SentCodes,
    pub(crate) spent: Spent,
    pub(crate) last_verified_at: Option<Timestamp>,
    /// The recent requests of delayed recoveries, the oldest first.
    pub(crate) delayed_recovery_requests: Vec<Timestamp>,
    /// The pending reset. Only a grant that names it lets the user enrol again.
    pub(crate) reset: Option<CaseId>,
    /// When the account was locked.
    pub(crate) locked_at: Option<Timestamp>,
    /// Lock tokens from before this moment are dead.
    pub(crate) unlocked_at: Option<Timestamp>,
    /// When the user's grace to enrol began. It never moves to a later moment.
    pub(crate) grace_began: Option<Timestamp>,
    pub(crate) unanswered: Unanswered,
    /// The codes that were sent to a phone.
    pub(crate) phone: SentCodes,
    /// The handle by which authenticators know the user, or empty before the first registration.
    pub(crate) passkey_handle: Vec<u8>,
}

impl Account {
    /// The account of a user without a record.
    pub(crate) fn absent() -> Self {
        Self {
            schema: Schema,
            versions: Vec::new(),
            epoch: Epoch::NONE,
            written_at: Timestamp::from_unix(0),
            counters: Counters::default(),
            authenticators: Vec::new(),
            pending: None,
            recovery_codes: None,
            devices: Vec::new(),
            email: SentCodes::default(),
            spent: Spent::default(),
            last_verified_at: None,
            delayed_recovery_requests: Vec::new(),
            reset: None,
            locked_at: None,
            unlocked_at: None,
            grace_began: None,
            unanswered: Unanswered::default(),
            phone: SentCodes::default(),
            passkey_handle: Vec::new(),
        }
    }

    /// An empty account that replaces `erased`. It keeps the versions and the beginning of the
    /// grace, and earlier lock tokens stay dead.
    pub(crate) fn empty_after(erased: &Self, now: Timestamp) -> Self {
        Self {
            versions: erased.versions.clone(),
            unlocked_at: Some(now + Duration::from_secs(1)),
            grace_began: erased.grace_began,
            ..Self::absent()
        }
    }

    /// Drops the state that belongs to the sessions and tokens of an epoch.
    pub(crate) fn end_epoch(&mut self, now: Timestamp) {
        self.pending = None;
        self.spent.begin_epoch(now);
        self.devices.clear();
        self.email.drop_codes();
        self.phone.drop_codes();
        self.counters.delayed_recovery = None;
    }

    /// The account with what a charged failure leaves in a draft: the counters, and the mark of a
    /// challenge that got a wrong answer.
    pub(crate) fn with_failure(self, draft: Self) -> Self {
        Self {
            counters: draft.counters,
            unanswered: draft.unanswered,
            ..self
        }
    }

    #[cfg(test)]
    pub(crate) fn without_versions(&self) -> Self {
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

    /// Reads an opened record. The store returned the record at `version`.
    pub(crate) fn read(opened: &[u8], version: Version) -> Result<Self, RecordError> {
        let account: Self = cbor::whole(opened)?;
        let is_whole = account.versions.first() == Some(&version)
            && account.recovery_codes.iter().all(RecoveryCodeSet::is_sound);
        is_whole.then_some(account).ok_or(RecordError::Unreadable)
    }

    /// Seals the record for the commit `version`.
    pub(crate) fn seal(
        &mut self,
        version: Version,
        now: Timestamp,
        seal: &Seal<'_>,
        random: &[u8; 32],
    ) -> Record {
        self.written_at = now;
        self.versions.truncate(REMEMBERED_VERSIONS - 1);
        self.versions.insert(0, version);
        let write = |out: &mut Vec<u8>| cbor::append(self, out);
        let sealed = seal.seal(&version.to_bytes(), self.length(), random, write);
        Record::from_bytes(sealed)
    }

    #[cfg(feature = "internals")]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        cbor::append(self, &mut bytes);
        bytes
    }

    /// The length of the record before it is sealed, in bytes.
    pub(crate) fn length(&self) -> usize {
        cbor::length(self)
    }

    /// Whether the commit is among the last that wrote this record.
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

    /// Notes the codes that an authenticator spent.
    pub(crate) fn moved(&mut self, id: AuthenticatorId, to: Mechanism) {
        let key = self
            .authenticator(id)
            .and_then(|one| one.credential.otp_mut());
        if let Some(key) = key {
            key.mechanism = to;
        }
    }

    /// Notes a success of an authenticator.
    pub(crate) fn used(&mut self, id: AuthenticatorId, now: Timestamp) {
        if let Some(authenticator) = self.authenticator(id) {
            authenticator.proven = true;
            authenticator.last_used_at = Some(now);
        }
    }

    /// The codes that were sent to the place that the channel reaches.
    pub(crate) fn sent_codes(&self, channel: Channel) -> &SentCodes {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms | Channel::Voice => &self.phone,
        }
    }

    pub(crate) fn sent_codes_mut(&mut self, channel: Channel) -> &mut SentCodes {
        match channel {
            Channel::Email => &mut self.email,
            Channel::Sms | Channel::Voice => &mut self.phone,
        }
    }

    pub(crate) fn device(&mut self, id: DeviceId) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.id == id)
    }

    /// The passkeys, each with the id of its authenticator.
    pub(crate) fn passkeys(&self) -> impl Iterator<Item = (AuthenticatorId, &Passkey)> {
        let bound = self.authenticators.iter();
        bound.filter_map(|one| Some((one.id, one.credential.passkey()?)))
    }

    /// Whether there is a set of recovery codes that was issued here.
    pub(crate) fn has_own_codes(&self) -> bool {
        self.recovery_codes.is_some() && !self.has_imported_codes()
    }

    /// Whether another service issued the recovery codes.
    pub(crate) fn has_imported_codes(&self) -> bool {
        self.recovery_codes
            .as_ref()
            .is_some_and(RecoveryCodeSet::is_imported)
    }

    pub(crate) fn recovery_codes_remaining(&self) -> u8 {
        self.recovery_codes
            .as_ref()
            .map_or(0, RecoveryCodeSet::remaining)
    }

    pub(crate) fn confirmed_at(&self) -> Option<Timestamp> {
        self.authenticators
            .iter()
            .map(|authenticator| authenticator.created_at)
            .min()
    }

    /// The methods of the account itself.
    fn methods(&self) -> Methods {
        let authenticators = self.authenticators.iter();
        let recovery_code = (self.recovery_codes_remaining() > 0).then_some(Method::RecoveryCode);
        authenticators
            .map(|authenticator| authenticator.credential.method())
            .chain(recovery_code)
            .collect()
    }

    /// When the clock alone calls for the next decision.
    fn due_at(&self, policy: &Policy) -> Option<Timestamp> {
        let recovery = self.counters.delayed_recovery;
        let recovery = recovery.map(|recovery| recovery.due_at());
        let unanswered = self.unanswered.due_at(policy.unanswered_told_after());
        recovery.into_iter().chain(unanswered).min()
    }

    pub(crate) fn summary(&self, policy: &Policy) -> Summary {
        Summary {
            enabled: self.is_enabled(),
            confirmed_at: self.confirmed_at(),
            last_verified_at: self.last_verified_at,
            recovery_codes_remaining: self.recovery_codes_remaining(),
            locked: self.locked_at.is_some(),
            reset_pending: self.reset.is_some(),
            delayed_recovery: self.counters.delayed_recovery.is_some(),
            methods: self.methods(),
            due_at: self.due_at(policy),
        }
    }
}

impl From<Unread> for RecordError {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Newer => Self::NewerSchema,
            Unread::Damaged => Self::Unreadable,
        }
    }
}
