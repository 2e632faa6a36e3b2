//! The state of an account.

use crate::policy::Policy;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::authenticator::{Authenticator, Pending};
use super::counters::Counters;
use super::delayed_recovery::DelayedRecovery;
use super::device::Device;
use super::email_codes::EmailCodes;
use super::record::{Record, Summary};
use super::spent::Spent;
use crate::account::status::DeviceStatus;
use crate::denial::{Denial, RecordError};
use crate::epoch::Epoch;
use crate::id::{AuthenticatorId, DeviceId, RequestId};
use crate::limits::{
    DELAYED_RECOVERY_REQUESTS, DELAYED_RECOVERY_REQUESTS_WITHIN, REMEMBERED_VERSIONS,
};
use crate::recovery_codes::RecoverySet;
use crate::time::Timestamp;
use crate::version::Version;

impl Account {
    pub(crate) fn has_proven_authenticator(&self) -> bool {
        self.authenticators
            .iter()
            .any(|authenticator| authenticator.proven)
    }
}

impl Account {
    pub(crate) fn recovery_under_way(&self, now: Timestamp) -> Option<DelayedRecovery> {
        self.counters
            .recovery
            .filter(|recovery| !recovery.is_over(now))
    }

    /// Counts a request, or says when the next is allowed.
    pub(crate) fn count_request(&mut self, now: Timestamp) -> Result<(), Denial> {
        let requests = &mut self.recovery_requests;
        requests.retain(|at| now < *at + DELAYED_RECOVERY_REQUESTS_WITHIN);
        if requests.len() >= DELAYED_RECOVERY_REQUESTS {
            let retry_at = requests[0] + DELAYED_RECOVERY_REQUESTS_WITHIN;
            return Err(Denial::Throttled { retry_at });
        }
        requests.push(now);
        Ok(())
    }
}

/// The schema that this release writes. It reads all before it.
const SCHEMA: u32 = 1;

/// The state of an account. The machine changes a copy of it and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) schema: u32,
    /// The versions that wrote this record, the latest first. Absent until the first commit.
    pub(crate) versions: Vec<Version>,
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
    pub(crate) fn end_epoch(&mut self, now: Timestamp) {
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

    /// Reads a record that a store handed out as of `version`.
    pub(crate) fn read(record: &Record, version: Version) -> Result<Self, RecordError> {
        let account: Self = serde_json::from_slice(record.as_bytes())
            .map_err(|_| newer_or_unreadable(record.as_bytes()))?;
        if account.schema != SCHEMA {
            return Err(newer_or_unreadable(record.as_bytes()));
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
        self.versions.truncate(REMEMBERED_VERSIONS);
        serde_json::to_vec(self)
            .map(Record::from_bytes)
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

impl Account {
    pub(crate) fn device(&mut self, id: DeviceId) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.id == id)
    }

    pub(crate) fn device_statuses(&self, policy: &Policy, now: Timestamp) -> Vec<DeviceStatus> {
        let devices = self.devices.iter();
        let trusted = devices.filter(|device| device.is_trusted(policy, now));
        trusted
            .map(|device| DeviceStatus {
                id: device.id,
                label: device.label.clone(),
                created_at: device.created_at,
                expires_at: device.expires_at,
                last_used_at: device.last_used_at,
            })
            .collect()
    }
}
