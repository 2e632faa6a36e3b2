//! The audit trail: what a store keeps beside the records, in the same commit.

use serde::{Deserialize, Serialize};

use crate::factor::Factor;
use crate::id::{AuthenticatorId, DeviceId, RequestId};
pub use crate::request::Source;
use crate::time::Timestamp;
use crate::user::UserId;

/// Something that happened to an account. It never holds a code, a key, a URI or a token.
///
/// Events are committed in the same step as the change that they tell of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// How much attention it deserves.
    pub severity: Severity,
    /// Whose account it is.
    pub user: UserId,
    /// Who did it.
    pub actor: Actor,
    /// When, in UTC.
    pub at: Timestamp,
    /// Where the request came from.
    #[serde(default)]
    pub source: Source,
    /// Whether it was done or refused.
    pub outcome: Outcome,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The factor that was tried or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<Factor>,
    /// The authenticator that was used or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticator: Option<AuthenticatorId>,
    /// The number of the recovery code that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_number: Option<u8>,
    /// The trusted device that was used or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The reset or the delayed recovery that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// From when on a delayed recovery can be completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Timestamp>,
    /// The reason that an administrator gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) notify: bool,
}

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// An enrolment was started.
    EnrollmentStarted,
    /// A code for a pending enrolment was refused.
    EnrollmentRefused,
    /// A pending enrolment was dropped after too many wrong codes.
    EnrollmentDropped,
    /// A pending enrolment was cancelled.
    EnrollmentCancelled,
    /// An authenticator was bound.
    AuthenticatorBound,
    /// An authenticator was replaced by the one that was just bound.
    AuthenticatorReplaced,
    /// An authenticator was given another label.
    AuthenticatorRenamed,
    /// An authenticator was removed.
    AuthenticatorRemoved,
    /// An authenticator was taken over from another service.
    AuthenticatorImported,
    /// A second step was passed.
    LoginVerified,
    /// A second step was refused after a right password.
    LoginRefused,
    /// A login was given up.
    LoginAbandoned,
    /// A trusted device stood for the second step.
    LoginTrusted,
    /// A device was trusted.
    DeviceTrusted,
    /// The trust in a device was ended: by its owner, or refused because a copy of its token showed
    /// up.
    DeviceRevoked,
    /// A code was sent by e-mail.
    EmailCodeSent,
    /// A login needs a new password first.
    PasswordChangeDemanded,
    /// A factor was blocked for a while, or disabled.
    FactorBlocked,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A new set of recovery codes was issued.
    RecoveryCodesIssued,
    /// Recovery codes were taken over from another service.
    RecoveryCodesImported,
    /// The sheet of recovery codes was downloaded.
    RecoverySheetDownloaded,
    /// A delayed recovery was requested.
    RecoveryRequested,
    /// The user was reminded of a delayed recovery.
    RecoveryReminded,
    /// The wait of a delayed recovery restarted after a failed second factor.
    RecoveryRestarted,
    /// A delayed recovery can be completed.
    RecoveryOpened,
    /// Leave to enrol was given after the wait of a delayed recovery.
    RecoveryGranted,
    /// A delayed recovery was completed: the new authenticator is bound, and all before it are
    /// gone.
    RecoveryCompleted,
    /// A delayed recovery was cancelled.
    RecoveryCancelled,
    /// A delayed recovery was not completed in time.
    RecoveryExpired,
    /// The account was locked.
    Locked,
    /// The account was unlocked.
    Unlocked,
    /// An administrator removed the second factor.
    Reset,
    /// Password and code were proved for a sensitive action.
    StepUpGranted,
    /// A step-up was used for an action of the application.
    StepUpUsed,
    /// Password or code for a sensitive action was refused.
    ReauthenticationRefused,
    /// The second factor was turned off.
    Disabled,
    /// The password was changed.
    PasswordChanged,
    /// The account's record was erased. The events before this one stay.
    Erased,
    /// The database was restored from a backup that the account was part of: sessions, tokens and
    /// trusted devices of before are over.
    RestoredFromBackup,
    /// The user was given an empty record.
    Registered,
    /// What a newer release wrote, and this one does not know.
    #[serde(other)]
    Unknown,
}

/// How much attention an event deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// For the record.
    Info,
    /// Enrolment, verification, disabling, and every refusal.
    Warning,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The user, or somebody in the user's place.
    User,
    /// An administrator, by name.
    Administrator(String),
    /// The service itself, because it was time or by an import.
    System,
}

/// Whether something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

/// Why something was refused, more exactly than its caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The code is not one that is good now.
    WrongCode,
    /// The code was accepted before.
    ReplayedCode,
    /// The recovery code was used before.
    UsedRecoveryCode,
    /// The password was wrong.
    WrongPassword,
    /// The step-up token is not good for this.
    StepUpInvalid,
    /// Failures in a row blocked the factor for a while.
    Blocked,
    /// Failures in a row disabled the factor.
    Disabled,
    /// A copy of a trusted device's token showed up.
    CopiedDevice,
    /// What a newer release wrote, and this one does not know.
    #[serde(other)]
    Unknown,
}

impl Event {
    /// Whether the standards want the user told of this (NIST SP 800-63B-4 §4.6, ASVS 5.0 6.3.5 and
    /// 6.3.7).
    ///
    /// They want it of a binding, a removal, a recovery code that was used, new recovery codes, a
    /// block, a demanded password, disabling, a trusted device and a copied one, each step of a
    /// delayed recovery, a lock, an unlock, a reset and a database that was restored. Of wrong
    /// codes beside a right password the first in an hour is told, and of reused ones likewise.
    #[must_use]
    pub fn notify_user(&self) -> bool {
        self.notify
    }

    /// An event of something done; refusals are made by [`refused`](Self::refused).
    pub(crate) fn new(
        kind: EventKind,
        user: &UserId,
        actor: Actor,
        at: Timestamp,
        source: &Source,
    ) -> Self {
        Self {
            kind,
            severity: kind.severity(),
            user: user.clone(),
            actor,
            at,
            source: source.clone(),
            outcome: Outcome::Done,
            reason: None,
            factor: None,
            authenticator: None,
            code_number: None,
            device: None,
            request: None,
            effective_at: None,
            note: None,
            notify: kind.notifies(),
        }
    }

    pub(crate) fn refused(mut self, reason: Reason) -> Self {
        self.outcome = Outcome::Refused;
        self.reason = Some(reason);
        self.severity = Severity::Warning;
        self
    }

    pub(crate) fn factor(mut self, factor: Factor) -> Self {
        self.factor = Some(factor);
        self
    }

    pub(crate) fn authenticator(mut self, id: AuthenticatorId) -> Self {
        self.authenticator = Some(id);
        self
    }

    pub(crate) fn code_number(mut self, number: u8) -> Self {
        self.code_number = Some(number);
        self
    }

    pub(crate) fn device(mut self, id: DeviceId) -> Self {
        self.device = Some(id);
        self
    }

    pub(crate) fn request(mut self, id: RequestId) -> Self {
        self.request = Some(id);
        self
    }

    pub(crate) fn effective_at(mut self, at: Timestamp) -> Self {
        self.effective_at = Some(at);
        self
    }
}

impl EventKind {
    const fn severity(self) -> Severity {
        match self {
            Self::EnrollmentCancelled
            | Self::AuthenticatorRenamed
            | Self::LoginAbandoned
            | Self::RecoveryCodesImported
            | Self::RecoverySheetDownloaded
            | Self::EmailCodeSent
            | Self::AuthenticatorImported
            | Self::RecoveryExpired
            | Self::Registered
            | Self::PasswordChanged => Severity::Info,
            _ => Severity::Warning,
        }
    }

    /// What is told first of several that came at once: what changed most stands in front, and what
    /// it brought along behind.
    pub(crate) const fn weight(self) -> u8 {
        match self {
            Self::Locked | Self::Reset | Self::RecoveryCompleted | Self::Disabled => 0,
            Self::AuthenticatorReplaced
            | Self::AuthenticatorRemoved
            | Self::PasswordChangeDemanded
            | Self::RestoredFromBackup => 1,
            Self::RecoveryCancelled | Self::RecoveryRestarted => 3,
            _ => 2,
        }
    }

    /// A refused second factor notifies too, but at most once an hour, which the account decides.
    const fn notifies(self) -> bool {
        matches!(
            self,
            Self::AuthenticatorBound
                | Self::AuthenticatorReplaced
                | Self::AuthenticatorRemoved
                | Self::RecoveryCodeUsed
                | Self::RecoveryCodesIssued
                | Self::FactorBlocked
                | Self::PasswordChangeDemanded
                | Self::Disabled
                | Self::DeviceTrusted
                | Self::RecoveryRequested
                | Self::RecoveryReminded
                | Self::RecoveryRestarted
                | Self::RecoveryOpened
                | Self::RecoveryCompleted
                | Self::RecoveryCancelled
                | Self::Locked
                | Self::Unlocked
                | Self::Reset
        )
    }
}
