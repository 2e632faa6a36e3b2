//! The state of an account, as its owner and the host may see it.

use super::authenticators::AuthenticatorStatus;
use super::delayed::PendingRecovery;
use super::devices::DeviceStatus;
use super::policy::Policy;
use super::record::{Account, Authenticator};
use super::recovery::RecoveryStatus;
use super::version::Epoch;
use crate::time::Timestamp;

/// The state of an account. There is no secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Whether the account has a second factor.
    pub enabled: bool,
    /// Whether the policy demands a second factor, so that it cannot be turned off.
    pub required: bool,
    /// When the first of the present authenticators was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When a second factor was last verified.
    pub last_verified_at: Option<Timestamp>,
    /// The bound authenticators, the oldest first.
    pub authenticators: Vec<AuthenticatorStatus>,
    /// Until when a pending enrolment waits for its confirmation.
    pub pending_until: Option<Timestamp>,
    /// The recovery codes, where there are any.
    pub recovery: Option<RecoveryStatus>,
    /// The trusted devices, the oldest first.
    pub trusted_devices: Vec<DeviceStatus>,
    /// The delayed recovery that is under way.
    pub pending_recovery: Option<PendingRecovery>,
    /// Since when the account is locked.
    pub locked_at: Option<Timestamp>,
    /// Whether an administrator removed the second factor and the user has not come back yet.
    pub reset_pending: bool,
    /// The epoch of the sessions that are good. None if all have ended: the record is of a backup, and nothing was
    /// committed since it was restored.
    pub epoch: Option<Epoch>,
}

impl Status {
    /// Whether a session that keeps this epoch is still good.
    #[must_use]
    pub fn honors(&self, session: Epoch) -> bool {
        self.epoch == Some(session)
    }
}

impl Account {
    /// What the next decision makes of the account, before it looks at its command.
    pub(crate) fn status(
        mut self,
        policy: &Policy,
        now: Timestamp,
        restored_at: Option<Timestamp>,
    ) -> Status {
        self.forget_wrong_clock(now);
        let restored_at = restored_at.filter(|at| self.is_of_a_backup(*at, now));
        if let Some(restored_at) = restored_at {
            self.catch_up(restored_at, policy, now);
        }
        Status {
            enabled: self.is_enabled(),
            required: policy.required,
            confirmed_at: self.confirmed_at(),
            last_verified_at: self.last_verified_at,
            authenticators: self
                .authenticators
                .iter()
                .map(Authenticator::status)
                .collect(),
            pending_until: self.live_pending(now).map(|pending| pending.expires_at),
            recovery: self
                .recovery
                .as_ref()
                .map(|set| set.status(policy.recovery.low)),
            trusted_devices: self.device_statuses(policy, now),
            pending_recovery: self
                .recovery_under_way(now)
                .map(|recovery| recovery.status()),
            locked_at: self.locked_at,
            reset_pending: self.reset.is_some(),
            epoch: restored_at.is_none().then_some(self.epoch),
        }
    }
}
