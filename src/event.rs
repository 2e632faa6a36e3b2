//! The audit trail. A store keeps events beside the records, in the same commit.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};

use crate::channel::Channel;
use crate::factor::Factor;
use crate::first_factor::FirstFactorKind;
use crate::id::{AuthenticatorId, CaseId, DeviceId};
pub use crate::request::Source;
use crate::time::Timestamp;
use crate::user::UserId;

/// Something that happened to an account. An event never contains a code, a key, a URI or a token.
///
/// Events are committed in the same step as the change that they describe.
///
/// Their JSON is stable. `docs/events.schema.json` describes it, and says what a consumer does with
/// names of later releases. Here such a name reads as unknown, or as none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The severity.
    pub severity: Severity,
    /// The user of the account.
    pub user: UserId,
    /// The actor.
    #[serde(deserialize_with = "actor")]
    pub actor: Actor,
    /// When, in UTC.
    pub at: Timestamp,
    /// The origin of the request.
    #[serde(default)]
    pub source: Source,
    /// The outcome: done or refused.
    pub outcome: Outcome,
    /// The reason of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The factor that was tried or changed.
    #[serde(
        default,
        deserialize_with = "known",
        skip_serializing_if = "Option::is_none"
    )]
    pub factor: Option<Factor>,
    /// The channel over which a code was sent.
    #[serde(
        default,
        deserialize_with = "known",
        skip_serializing_if = "Option::is_none"
    )]
    pub channel: Option<Channel>,
    /// The authenticator that was used or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticator: Option<AuthenticatorId>,
    /// The number of the recovery code that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_number: Option<u8>,
    /// The trusted device that was used or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The reset or the delayed recovery to which the event belongs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// When a delayed recovery can be completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Timestamp>,
    /// When the login began that nobody completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Timestamp>,
    /// The first factor of the login that nobody completed.
    #[serde(
        default,
        deserialize_with = "known",
        skip_serializing_if = "Option::is_none"
    )]
    pub first_factor: Option<FirstFactorKind>,
    /// The reason that an administrator gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) notify: bool,
}

/// A name that this release knows, or none.
fn known<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Name<T> {
        Known(T),
        Later(IgnoredAny),
    }
    Name::deserialize(from).map(|name| match name {
        Name::Known(name) => Some(name),
        Name::Later(_) => None,
    })
}

fn actor<'de, D: Deserializer<'de>>(from: D) -> Result<Actor, D::Error> {
    known(from).map(|actor| actor.unwrap_or(Actor::Unknown))
}

/// The kind of an event.
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
    /// An authenticator was imported from another service.
    AuthenticatorImported,
    /// A second step was passed.
    LoginVerified,
    /// A second step was refused after a right password.
    LoginRefused,
    /// A login was cancelled.
    #[serde(rename = "login_abandoned")]
    LoginCancelled,
    /// A first factor was right, and nobody passed the second step in time. If the account noted
    /// as many challenges as it can, one such event stands for all further ones.
    LoginUnanswered,
    /// Several factors of another system replaced the second step.
    UpstreamMfaAccepted,
    /// A trusted device replaced the second step.
    LoginTrusted,
    /// A device was trusted.
    DeviceTrusted,
    /// The trust in a device ended: its owner revoked it, or a copy of its token was detected.
    DeviceRevoked,
    /// A code was sent. The event names the channel.
    CodeSent,
    /// The user voided a code that was sent, by the link in its mail.
    CodeVoided,
    /// A login needs a new password first.
    PasswordChangeDemanded,
    /// A factor was blocked for a while, or exhausted.
    FactorBlocked,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A new set of recovery codes was issued.
    RecoveryCodesIssued,
    /// Recovery codes were imported from another service.
    RecoveryCodesImported,
    /// A recovery code of another service was right, and a grant to enrol was given. The host
    /// verified the code.
    ForeignRecoveryCodeAccepted,
    /// The sheet of recovery codes was downloaded.
    #[serde(rename = "recovery_sheet_downloaded")]
    RecoveryCodeSheetDownloaded,
    /// A delayed recovery was requested.
    #[serde(rename = "recovery_requested")]
    DelayedRecoveryRequested,
    /// The user was reminded of a delayed recovery.
    #[serde(rename = "recovery_reminded")]
    DelayedRecoveryReminded,
    /// The wait of a delayed recovery restarted after a failed second factor.
    #[serde(rename = "recovery_restarted")]
    DelayedRecoveryRestarted,
    /// A delayed recovery can be completed.
    #[serde(rename = "recovery_opened")]
    DelayedRecoveryOpened,
    /// A grant to enrol was given after the wait of a delayed recovery.
    #[serde(rename = "recovery_granted")]
    DelayedRecoveryGranted,
    /// A delayed recovery was completed. The new authenticator is bound, and all earlier ones are
    /// removed.
    #[serde(rename = "recovery_completed")]
    DelayedRecoveryCompleted,
    /// A delayed recovery was cancelled.
    #[serde(rename = "recovery_cancelled")]
    DelayedRecoveryCancelled,
    /// A delayed recovery was not completed in time.
    #[serde(rename = "recovery_expired")]
    DelayedRecoveryExpired,
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
    /// The database was restored from a backup that contained the account. Sessions, tokens and
    /// trusted devices from before are over.
    RestoredFromBackup,
    /// The user was given an empty record.
    Registered,
    /// A record that was lost was replaced by an account that is reset and locked.
    RecordReplaced,
    /// The user's grace to enrol began with a login.
    GraceBegan,
    /// A login was completed without its second step, because the host waived it.
    LoginWaived,
    /// A login needed its second step although the browser is remembered, because the host
    /// insisted.
    LoginInsisted,
    /// The owner said that the recovery codes are kept.
    RecoveryCodesAcknowledged,
    /// What a newer release wrote, and this one does not know.
    #[serde(other)]
    Unknown,
}

/// The severity of an event: how much attention it deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// The event is only for the record.
    Info,
    /// Enrolment, verification, disabling, and every refusal. What a newer release wrote and this
    /// one does not know is taken for this.
    #[serde(other)]
    Warning,
}

/// The actor of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// The user, or somebody who acts as the user.
    User,
    /// An administrator, by name.
    Administrator(String),
    /// The service itself, because of the time or an import.
    System,
    /// An actor that a newer release wrote, and this one does not know.
    Unknown,
}

/// The outcome of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

/// The reason of a refusal. It is more exact than the answer to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The code is not good now.
    WrongCode,
    /// The code was accepted before.
    ReplayedCode,
    /// The recovery code was used before.
    UsedRecoveryCode,
    /// The assertion of the passkey is not good.
    WrongAssertion,
    /// The signature of the passkey is right and its counter is not higher than at the last use:
    /// another device seems to have a copy of its key (WebAuthn L3 §6.1.1).
    CopiedPasskey,
    /// The signature of the passkey is right, and it says for the first time that its key may be
    /// copied, or no longer says so. No authenticator changes that (WebAuthn L3 §6.1.3).
    ChangedPasskey,
    /// The password was wrong.
    WrongPassword,
    /// The step-up token is not good for this action.
    StepUpInvalid,
    /// Failures in a row blocked the factor for a while.
    Blocked,
    /// Failures in a row exhausted the factor.
    #[serde(rename = "disabled")]
    Exhausted,
    /// A copy of a trusted device's token was presented.
    CopiedDevice,
    /// What a newer release wrote, and this one does not know.
    #[serde(other)]
    Unknown,
}

impl Outcome {
    /// The stable name, as in the JSON of events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

impl Reason {
    /// The stable name, as in the JSON of events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WrongCode => "wrong_code",
            Self::ReplayedCode => "replayed_code",
            Self::UsedRecoveryCode => "used_recovery_code",
            Self::WrongAssertion => "wrong_assertion",
            Self::CopiedPasskey => "copied_passkey",
            Self::ChangedPasskey => "changed_passkey",
            Self::WrongPassword => "wrong_password",
            Self::StepUpInvalid => "step_up_invalid",
            Self::Blocked => "blocked",
            Self::Exhausted => "disabled",
            Self::CopiedDevice => "copied_device",
            Self::Unknown => "unknown",
        }
    }
}

impl Severity {
    /// The stable name, as in the JSON of events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
        }
    }
}

impl Event {
    /// Whether the standards require that the user is told of this event (NIST SP 800-63B-4 §4.6,
    /// ASVS 5.0 6.3.5 and 6.3.7).
    ///
    /// They require it for a binding, a removal, a used recovery code, new recovery codes, a block,
    /// a demanded password, disabling, a trusted device and a copied one, each step of a delayed
    /// recovery, a lock, an unlock, a reset and a restored database. The user is told of a wrong
    /// code beside a right password and of a reused code, of each at most once an hour. A first
    /// wrong code is no news if its login is completed: the user is told of it a quarter of an hour
    /// later, as of a login that nobody completed, or with the second wrong code. Under
    /// [`tell_unanswered`](crate::Policy::tell_unanswered) the user is told of each challenge that
    /// nobody answered.
    #[must_use]
    pub fn notify_user(&self) -> bool {
        self.notify
    }

    /// An event of something that was done. [`refused`](Self::refused) makes a refusal of it.
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
            channel: None,
            authenticator: None,
            code_number: None,
            device: None,
            case: None,
            effective_at: None,
            begun_at: None,
            first_factor: None,
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

    /// The channel of a sent code, and the factor that it proves.
    pub(crate) fn channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self.factor(channel.factor())
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

    pub(crate) fn case(mut self, id: CaseId) -> Self {
        self.case = Some(id);
        self
    }

    pub(crate) fn effective_at(mut self, at: Timestamp) -> Self {
        self.effective_at = Some(at);
        self
    }
}

impl EventKind {
    /// The stable name, as in the JSON of events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnrollmentStarted => "enrollment_started",
            Self::EnrollmentRefused => "enrollment_refused",
            Self::EnrollmentDropped => "enrollment_dropped",
            Self::EnrollmentCancelled => "enrollment_cancelled",
            Self::AuthenticatorBound => "authenticator_bound",
            Self::AuthenticatorReplaced => "authenticator_replaced",
            Self::AuthenticatorRenamed => "authenticator_renamed",
            Self::AuthenticatorRemoved => "authenticator_removed",
            Self::AuthenticatorImported => "authenticator_imported",
            Self::LoginVerified => "login_verified",
            Self::LoginRefused => "login_refused",
            Self::LoginCancelled => "login_abandoned",
            Self::LoginUnanswered => "login_unanswered",
            Self::UpstreamMfaAccepted => "upstream_mfa_accepted",
            Self::LoginTrusted => "login_trusted",
            Self::DeviceTrusted => "device_trusted",
            Self::DeviceRevoked => "device_revoked",
            Self::CodeSent => "code_sent",
            Self::CodeVoided => "code_voided",
            Self::PasswordChangeDemanded => "password_change_demanded",
            Self::FactorBlocked => "factor_blocked",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::RecoveryCodesIssued => "recovery_codes_issued",
            Self::RecoveryCodesImported => "recovery_codes_imported",
            Self::ForeignRecoveryCodeAccepted => "foreign_recovery_code_accepted",
            Self::RecoveryCodeSheetDownloaded => "recovery_sheet_downloaded",
            Self::DelayedRecoveryRequested => "recovery_requested",
            Self::DelayedRecoveryReminded => "recovery_reminded",
            Self::DelayedRecoveryRestarted => "recovery_restarted",
            Self::DelayedRecoveryOpened => "recovery_opened",
            Self::DelayedRecoveryGranted => "recovery_granted",
            Self::DelayedRecoveryCompleted => "recovery_completed",
            Self::DelayedRecoveryCancelled => "recovery_cancelled",
            Self::DelayedRecoveryExpired => "recovery_expired",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Reset => "reset",
            Self::StepUpGranted => "step_up_granted",
            Self::StepUpUsed => "step_up_used",
            Self::ReauthenticationRefused => "reauthentication_refused",
            Self::Disabled => "disabled",
            Self::PasswordChanged => "password_changed",
            Self::Erased => "erased",
            Self::RestoredFromBackup => "restored_from_backup",
            Self::Registered => "registered",
            Self::RecordReplaced => "record_replaced",
            Self::GraceBegan => "grace_began",
            Self::LoginWaived => "login_waived",
            Self::LoginInsisted => "login_insisted",
            Self::RecoveryCodesAcknowledged => "recovery_codes_acknowledged",
            Self::Unknown => "unknown",
        }
    }

    const fn severity(self) -> Severity {
        match self {
            Self::EnrollmentCancelled
            | Self::AuthenticatorRenamed
            | Self::LoginCancelled
            | Self::RecoveryCodesImported
            | Self::RecoveryCodesAcknowledged
            | Self::RecoveryCodeSheetDownloaded
            | Self::CodeSent
            | Self::AuthenticatorImported
            | Self::DelayedRecoveryExpired
            | Self::Registered
            | Self::GraceBegan
            | Self::LoginInsisted
            | Self::PasswordChanged => Severity::Info,
            _ => Severity::Warning,
        }
    }

    /// The order in which events of one commit are told. The event that changed most comes first,
    /// and its consequences follow.
    pub(crate) const fn weight(self) -> u8 {
        match self {
            Self::Locked | Self::Reset | Self::DelayedRecoveryCompleted | Self::Disabled => 0,
            Self::AuthenticatorReplaced
            | Self::AuthenticatorRemoved
            | Self::PasswordChangeDemanded
            | Self::RestoredFromBackup => 1,
            Self::DelayedRecoveryCancelled | Self::DelayedRecoveryRestarted => 3,
            _ => 2,
        }
    }

    /// A refused second factor also notifies, at most once an hour. The account decides that.
    const fn notifies(self) -> bool {
        matches!(
            self,
            Self::AuthenticatorBound
                | Self::AuthenticatorReplaced
                | Self::AuthenticatorRemoved
                | Self::RecoveryCodeUsed
                | Self::RecoveryCodesIssued
                | Self::ForeignRecoveryCodeAccepted
                | Self::FactorBlocked
                | Self::LoginUnanswered
                | Self::PasswordChangeDemanded
                | Self::Disabled
                | Self::DeviceTrusted
                | Self::DelayedRecoveryRequested
                | Self::DelayedRecoveryReminded
                | Self::DelayedRecoveryRestarted
                | Self::DelayedRecoveryOpened
                | Self::DelayedRecoveryCompleted
                | Self::DelayedRecoveryCancelled
                | Self::Locked
                | Self::Unlocked
                | Self::Reset
        )
    }
}
