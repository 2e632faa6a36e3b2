//! The status of an account, for its owner and the host.

use crate::account::state::{Account, Authenticator, DelayedRecoveryStatus, Standing};
use crate::channel::Channel;
use crate::epoch::Epoch;
use crate::factor::Factor;
use crate::id::{AuthenticatorId, DeviceId, RecoveryCodeSetId};
use crate::method::Method;
use crate::passkey::{Passkey, Transports};
use crate::policy::Policy;
use crate::recovery_codes::RecoveryCodeSet;
use crate::requirement::{Due, Requirement};
use crate::time::Timestamp;
use crate::token::{Claims, DevicePass};

/// An authenticator as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthenticatorStatus {
    /// Its id.
    pub id: AuthenticatorId,
    /// The owner's label.
    pub label: String,
    /// When it was bound.
    pub created_at: Timestamp,
    /// When a code or an assertion of it was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// Whether a code or an assertion of it was ever accepted.
    pub proven: bool,
    /// Whether it follows the time or a counter, or is a passkey.
    pub method: Method,
    /// The drift of its clock at the last use, in time steps. A positive number is ahead.
    pub drift: i8,
    /// What is known of a passkey.
    pub passkey: Option<PasskeyStatus>,
}

/// A passkey as its owner sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasskeyStatus {
    /// Whether its key was copied to other devices of its owner, at its last use.
    pub backed_up: bool,
    /// Whether the authenticator verified the user at the registration. Sensitive actions then ask
    /// for a verified user.
    pub user_verified: bool,
    /// The ways to reach the authenticator.
    pub transports: Transports,
    /// The model of the authenticator, or zeros.
    pub aaguid: [u8; 16],
}

impl Passkey {
    fn status(&self) -> PasskeyStatus {
        PasskeyStatus {
            backed_up: self.backed_up,
            user_verified: self.user_verified,
            transports: self.transports,
            aaguid: self.aaguid,
        }
    }
}

impl Authenticator {
    pub(crate) fn status(&self) -> AuthenticatorStatus {
        AuthenticatorStatus {
            id: self.id,
            label: self.label.clone(),
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            proven: self.proven,
            method: self.credential.method(),
            drift: self.credential.otp().map_or(0, |key| key.mechanism.drift()),
            passkey: self.credential.passkey().map(Passkey::status),
        }
    }
}

/// A trusted device as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceStatus {
    /// Its id.
    pub id: DeviceId,
    /// The label.
    pub label: String,
    /// When it was first trusted.
    pub created_at: Timestamp,
    /// When the trust ends.
    pub expires_at: Timestamp,
    /// When the device last passed a login.
    pub last_used_at: Option<Timestamp>,
    /// Whether the request comes from this device, by its [device
    /// token](crate::RequestContext::device). A token that would not pass a login, such as a copied
    /// one, does not count.
    pub current: bool,
}

/// The state of the recovery codes. It contains no code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryCodesStatus {
    /// The id of the set.
    pub id: RecoveryCodeSetId,
    /// Codes in the set.
    pub total: u8,
    /// Codes that are left.
    pub remaining: u8,
    /// Whether few codes are left, according to the policy.
    pub low: bool,
    /// Whether the set comes from a backup. Codes that were used since the backup may work again:
    /// ask for new ones.
    pub stale: bool,
    /// Whether another service issued the codes. Ask for new ones then.
    pub imported: bool,
    /// Whether the owner has not said yet that the codes are kept
    /// ([`Mfa::acknowledge_recovery_codes`](crate::Mfa::acknowledge_recovery_codes)). Ask: whoever
    /// closed the page too early makes new ones. Imported codes are never unsaved.
    pub unsaved: bool,
    /// When the set was issued, or imported.
    pub generated_at: Timestamp,
    /// Each code of the set.
    pub codes: Vec<RecoveryCodeStatus>,
}

/// One code of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryCodeStatus {
    /// Its number, from 1.
    pub number: u8,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

impl RecoveryCodeSet {
    pub(crate) fn status(&self, low: u8) -> RecoveryCodesStatus {
        let codes = (1..=self.total()).map(|number| RecoveryCodeStatus {
            number,
            used_at: self.used_at(number),
        });
        RecoveryCodesStatus {
            id: self.id,
            total: self.total(),
            remaining: self.remaining(),
            low: self.remaining() <= low,
            stale: self.stale,
            imported: self.is_imported(),
            unsaved: self.is_unsaved(),
            generated_at: self.generated_at,
            codes: codes.collect(),
        }
    }
}

/// A factor whose answers are not looked at, because of wrong answers before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlockedFactor {
    /// The factor. On an account without a second factor it is
    /// [`Authenticator`](Factor::Authenticator), and stands for the password of an enrolment.
    pub factor: Factor,
    /// When it may be tried again. `None` if guessing used it up.
    pub until: Option<Timestamp>,
}

/// The state of an account. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Whether the account has a second factor.
    pub enabled: bool,
    /// Whether a second factor is due, so that it cannot be turned off. Policy and
    /// [request](crate::RequestContext::requirement) say so.
    pub required: bool,
    /// Until when the user may do without a second factor, while the grace runs.
    pub due: Option<Timestamp>,
    /// When the first of the present authenticators was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When a second factor was last verified.
    pub last_verified_at: Option<Timestamp>,
    /// The bound authenticators, the oldest first.
    pub authenticators: Vec<AuthenticatorStatus>,
    /// When a pending enrolment expires.
    pub pending_until: Option<Timestamp>,
    /// The recovery codes. `None` says that there is no set, as after an import without codes. No
    /// login issues one: ask the owner to make one, with password and code
    /// ([`Mfa::regenerate_recovery_codes`](crate::Mfa::regenerate_recovery_codes)).
    pub recovery_codes: Option<RecoveryCodesStatus>,
    /// The channels over which the policy sends codes for a login, unless wrong codes exhausted
    /// their factor.
    pub channels: Vec<Channel>,
    /// The trusted devices, the oldest first.
    pub trusted_devices: Vec<DeviceStatus>,
    /// The delayed recovery that is under way.
    pub delayed_recovery: Option<DelayedRecoveryStatus>,
    /// The factors that are blocked for a while or exhausted.
    pub blocked: Vec<BlockedFactor>,
    /// Whether a login by password asks for a new password first, because of many failures.
    pub password_change_required: bool,
    /// When the account was locked.
    pub locked_at: Option<Timestamp>,
    /// Whether an administrator removed the second factor and the user has not come back yet.
    pub reset_pending: bool,
    /// The epoch of the sessions that are good. It is `None` if all have ended, because the record
    /// comes from a backup and nothing was committed since the restoration.
    pub epoch: Option<Epoch>,
}

impl Status {
    /// Whether a session with this epoch is still good.
    #[must_use]
    pub fn honors(&self, session: Epoch) -> bool {
        self.epoch == Some(session)
    }
}

impl Account {
    /// The device that presents this token, if the token would pass a login.
    fn current_device(
        &self,
        presented: &Claims<DevicePass>,
        now: Timestamp,
        restored_at: Option<Timestamp>,
    ) -> Option<DeviceId> {
        self.check_token(presented, now, restored_at).ok()?;
        let mut devices = self.devices.iter();
        let device = devices.find(|device| device.id == presented.payload.device)?;
        device.expects(presented).then_some(device.id)
    }

    fn device_statuses(
        &self,
        policy: &Policy,
        now: Timestamp,
        current: Option<DeviceId>,
    ) -> Vec<DeviceStatus> {
        let devices = self.devices.iter();
        let trusted = devices.filter(|device| device.is_trusted(policy, now));
        trusted
            .map(|device| DeviceStatus {
                id: device.id,
                label: device.label.clone(),
                created_at: device.created_at,
                expires_at: device.expires_at,
                last_used_at: device.last_used_at,
                current: current == Some(device.id),
            })
            .collect()
    }

    fn blocked(&self, policy: &Policy, now: Timestamp) -> Vec<BlockedFactor> {
        let blocked = Factor::ALL.into_iter().filter_map(|factor| {
            let budget = self.counters.budget(factor);
            // Without a second factor, wrong passwords block and never exhaust.
            let standing = match self.is_enabled() {
                true => budget.standing(&policy.throttle, now),
                false => budget.block(now),
            };
            let until = match standing {
                Standing::Open => return None,
                Standing::Blocked { until } => Some(until),
                Standing::Exhausted => None,
            };
            Some(BlockedFactor { factor, until })
        });
        blocked.collect()
    }

    fn channels(&self, policy: &Policy, now: Timestamp) -> Vec<Channel> {
        let usable = |channel: &Channel| {
            let budget = self.counters.budget(channel.factor());
            budget.standing(&policy.throttle, now) != Standing::Exhausted
        };
        policy.channels().filter(usable).collect()
    }

    /// The account before the command of the next decision. The request presents this token of a
    /// device of the user.
    pub(crate) fn status(
        mut self,
        policy: &Policy,
        requirement: Requirement,
        now: Timestamp,
        restored_at: Option<Timestamp>,
        presented: Option<Claims<DevicePass>>,
    ) -> Status {
        self.forget_wrong_clock(now);
        let restored_at = restored_at.filter(|at| self.is_of_a_backup(*at, now));
        if let Some(restored_at) = restored_at {
            self.catch_up(restored_at, policy, now);
        }
        let due = requirement.due(self.grace_began, now);
        let current =
            presented.and_then(|presented| self.current_device(&presented, now, restored_at));
        Status {
            enabled: self.is_enabled(),
            required: due == Due::Now,
            due: due.at(),
            confirmed_at: self.confirmed_at(),
            last_verified_at: self.last_verified_at,
            authenticators: self
                .authenticators
                .iter()
                .map(Authenticator::status)
                .collect(),
            pending_until: self.live_pending(now).map(|pending| pending.expires_at),
            recovery_codes: self
                .recovery_codes
                .as_ref()
                .map(|set| set.status(policy.recovery_codes.low)),
            channels: self.channels(policy, now),
            trusted_devices: self.device_statuses(policy, now, current),
            delayed_recovery: self
                .delayed_recovery_under_way(now)
                .map(|recovery| recovery.status()),
            blocked: self.blocked(policy, now),
            password_change_required: self.is_enabled() && self.needs_new_password(policy),
            locked_at: self.locked_at,
            reset_pending: self.reset.is_some(),
            epoch: restored_at.is_none().then_some(self.epoch),
        }
    }
}
