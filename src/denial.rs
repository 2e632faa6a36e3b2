//! Refusals, and records that cannot be used.

use crate::recovery_codes::UnusableCodes;
use crate::time::Timestamp;

/// The reason why an operation was refused. It contains nothing that the caller sent.
///
/// A wrong, a replayed and a used code look alike. The [`Event`](crate::event::Event) distinguishes
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denial {
    /// The code is wrong, replayed or used.
    #[error("the code is not right")]
    InvalidCode,
    /// The typed text cannot be a code. It was judged by the text alone, after the token's MAC and
    /// before the account was looked at. Nobody was charged, and nothing was written.
    #[error("this is not a code")]
    MalformedCode,
    /// There were too many failures of this factor. Nothing was evaluated or charged, and
    /// challenges that were open when it was blocked are over. Or there were too many e-mail codes,
    /// recoveries or used tokens recently.
    #[error("too many attempts")]
    Throttled {
        /// When the next attempt is allowed.
        retry_at: Timestamp,
    },
    /// So many failures in a row that the factor is exhausted. It comes back by a replacement or
    /// new codes that are proved with another factor, by an administrator's reset, or by a
    /// completed recovery.
    #[error("this factor is exhausted after too many failures")]
    FactorExhausted,
    /// The token is malformed or forged, has another purpose or service, or is bound to another
    /// client.
    #[error("the token is not valid")]
    TokenInvalid,
    /// The token expired, or a later change of the account ended it.
    #[error("the token has expired")]
    TokenExpired,
    /// The token was used.
    #[error("the token was already used")]
    TokenSpent,
    /// A fresh password, or a code beside it, is missing.
    #[error("a fresh password, and a code beside it, are needed")]
    ReauthenticationRequired,
    /// The password, the code or the step-up token was wrong. The answer does not say which.
    #[error("the password or the code is not right")]
    ReauthenticationFailed,
    /// There were so many failures since the password last changed that the password has to change
    /// first.
    #[error("a new password is needed first")]
    PasswordChangeRequired,
    /// No authenticator of the account has shown a code yet, so that none can prove a sensitive
    /// action. Sign in with a code first.
    #[error("no authenticator of this account has shown a code yet")]
    AuthenticatorUnproven,
    /// The account has no second factor.
    #[error("the account has no second factor")]
    NotEnrolled,
    /// The account has a second factor.
    #[error("the account has a second factor already")]
    AlreadyEnrolled,
    /// The user has a record.
    #[error("the user is registered already")]
    AlreadyRegistered,
    /// No enrolment is pending: it expired, was cancelled, or too many wrong codes dropped it.
    #[error("no enrolment is pending")]
    NothingPending,
    /// A later enrolment replaced this one.
    #[error("another enrolment took the place of this one")]
    Superseded,
    /// The policy does not allow to confirm an enrolment without a code.
    #[error("a code is needed to confirm the enrolment")]
    CodeRequired,
    /// The account has no authenticator of this id.
    #[error("the account has no such authenticator")]
    UnknownAuthenticator,
    /// The last authenticator cannot be removed. Disable the second factor instead.
    #[error("the last authenticator cannot be removed")]
    LastAuthenticator,
    /// The account has as many authenticators as the policy allows, or as its record has room for.
    #[error("the account has too many authenticators")]
    TooManyAuthenticators,
    /// The response of the passkey is malformed, belongs to another ceremony or credential, or its
    /// signature or counter is wrong.
    #[error("the response of the passkey is not right")]
    InvalidPasskey,
    /// The passkey has to verify its user, by PIN, finger or face.
    #[error("the passkey has to verify its user")]
    UserVerificationRequired,
    /// This key is bound to the account already.
    #[error("this key is bound to the account already")]
    KeyAlreadyBound,
    /// A label, an account name or an administrator's name is empty, is too long, or contains a
    /// control character.
    #[error("the name is empty, too long, or has a character that is not allowed")]
    InvalidName,
    /// This account or policy does not have this kind of answer.
    #[error("this method is not available")]
    MethodUnavailable,
    /// The account is locked. An administrator unlocks it.
    #[error("the account is locked")]
    Locked,
    /// The acting [session](crate::RequestContext::session) belongs to an epoch that is over. Sign
    /// it out.
    #[error("the session has ended")]
    SessionEnded,
    /// An administrator removed the second factor. The user comes back only with the mailed grant.
    #[error("the second factor was reset, and comes back by the grant that was mailed")]
    ResetPending,
    /// The account has no trusted device of this id.
    #[error("the account has no such device")]
    UnknownDevice,
    /// A delayed recovery is under way.
    #[error("a delayed recovery is under way")]
    DelayedRecoveryPending,
    /// The wait of the delayed recovery is not over.
    #[error("the wait of the delayed recovery is not over")]
    DelayedRecoveryWaiting {
        /// When it can be completed.
        effective_at: Timestamp,
    },
    /// No delayed recovery is under way: it was cancelled, completed, or not completed in time.
    #[error("no delayed recovery is under way")]
    NoDelayedRecovery,
    /// An administrator has to give a reason of 1 to 500 printable characters.
    #[error("a reason of at most 500 characters is needed")]
    ReasonRequired,
    /// The codes of the key live longer than the strict preset allows.
    #[error("the period of the key is too long")]
    PeriodTooLong,
    /// The recovery codes cannot be imported. Nothing was bound.
    #[error("the recovery codes to import cannot be used: {cause}")]
    UnusableRecoveryCodes {
        /// Why not. It says nothing of the codes themselves.
        cause: UnusableCodes,
    },
    /// The account has no such set of recovery codes: newer ones replaced it, or there are none.
    /// The [status](crate::account::RecoveryCodesStatus::id) names the present set.
    #[error("the account has no such recovery codes")]
    UnknownRecoveryCodes,
    /// The policy demands a second factor, so that it cannot be turned off. Replace the
    /// authenticator instead.
    #[error("the policy demands a second factor")]
    RequiredByPolicy,
    /// The record is not lost, or not as was said: [`Lost`](crate::store::Lost).
    #[error("the record is not lost as was said")]
    NotLost,
    /// The key is shorter than 16 bytes, which is accepted only by name.
    #[error("the key is shorter than 16 bytes")]
    WeakKey,
}

impl Denial {
    /// The stable code of the refusal, for logs and metrics. `countersign-axum` answers with the
    /// same code, unless one code of HTTP stands for several refusals.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidCode => "invalid_code",
            Self::MalformedCode => "malformed_code",
            Self::Throttled { .. } => "throttled",
            Self::FactorExhausted => "factor_disabled",
            Self::TokenInvalid => "invalid_token",
            Self::TokenExpired => "token_expired",
            Self::TokenSpent => "token_spent",
            Self::ReauthenticationRequired => "reauthentication_required",
            Self::ReauthenticationFailed => "reauthentication_failed",
            Self::PasswordChangeRequired => "password_change_required",
            Self::AuthenticatorUnproven => "authenticator_unproven",
            Self::NotEnrolled => "not_enrolled",
            Self::AlreadyEnrolled => "already_enrolled",
            Self::AlreadyRegistered => "already_registered",
            Self::NothingPending => "nothing_pending",
            Self::Superseded => "superseded",
            Self::CodeRequired => "code_required",
            Self::UnknownAuthenticator => "unknown_authenticator",
            Self::LastAuthenticator => "last_authenticator",
            Self::TooManyAuthenticators => "too_many_authenticators",
            Self::InvalidPasskey => "invalid_passkey",
            Self::UserVerificationRequired => "user_verification_required",
            Self::KeyAlreadyBound => "key_already_bound",
            Self::InvalidName => "invalid_name",
            Self::MethodUnavailable => "method_unavailable",
            Self::Locked => "locked",
            Self::SessionEnded => "session_ended",
            Self::ResetPending => "reset_pending",
            Self::UnknownDevice => "unknown_device",
            Self::DelayedRecoveryPending => "recovery_pending",
            Self::DelayedRecoveryWaiting { .. } => "recovery_waiting",
            Self::NoDelayedRecovery => "no_recovery",
            Self::ReasonRequired => "reason_required",
            Self::PeriodTooLong => "period_too_long",
            Self::UnusableRecoveryCodes { .. } => "unusable_recovery_codes",
            Self::UnknownRecoveryCodes => "unknown_recovery_codes",
            Self::RequiredByPolicy => "required_by_policy",
            Self::NotLost => "not_lost",
            Self::WeakKey => "weak_key",
        }
    }
}

/// The reason why a record cannot be used. Such a record never counts as "not enrolled".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It was opened, and is not what this library writes.
    #[error("the record cannot be read")]
    Unreadable,
    /// A newer release wrote the record. This release does not know its rules.
    #[error("the record was written by a newer release")]
    NewerSchema,
    /// The store has no record of a user who must have one, by the
    /// [policy](crate::Policy::every_user_has_a_record) or because the application knows of a
    /// second factor.
    #[error("the record of a user who must have one is missing")]
    Missing,
}
