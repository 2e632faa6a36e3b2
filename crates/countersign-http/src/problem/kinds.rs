//! The kinds of problem that the routes answer with. This file alone decides the status of a
//! refusal.

use countersign::notify::Channel;
use countersign::{Denial, Error};

use super::kind::ProblemKind;

macro_rules! kinds {
    ($($(#[$docs:meta])* $name:ident = $status:literal $code:literal $title:literal;)*) => {
        $(
            $(#[$docs])*
            pub const $name: ProblemKind = ProblemKind::new($status, $code, $title);
        )*
    };
}

kinds! {
    /// Nobody is signed in, or the session has ended.
    UNAUTHENTICATED = 401 "unauthenticated" "Sign in first";
    /// The session does not rest on the factors that the action demands, or the user gave them too
    /// long ago (RFC 9470 §3). A step-up raises the session.
    INSUFFICIENT_AUTHENTICATION = 401 "insufficient_user_authentication" "Confirm that it is you";
    /// The request comes from a page of another site.
    FOREIGN_ORIGIN = 403 "foreign_origin" "The request comes from another site";
    /// The user of the session is no administrator.
    FORBIDDEN = 403 "forbidden" "This is for administrators";
    /// The body cannot be read as JSON.
    MALFORMED_BODY = 400 "malformed_body" "The body is not JSON";
    /// The body is too large.
    BODY_TOO_LARGE = 413 "body_too_large" "The body is too large";
    /// The body is not declared to be JSON.
    NOT_JSON = 415 "not_json" "The body has to be application/json";
    /// A field of the body, or of the query, is missing or of the wrong type.
    INVALID_REQUEST = 422 "invalid_request" "A field is missing or wrong";
    /// No route stands at this path.
    NOT_FOUND = 404 "not_found" "There is nothing here";
    /// The route at this path takes another method.
    METHOD_NOT_ALLOWED = 405 "method_not_allowed" "The method is not allowed here";
    /// There is no such user.
    UNKNOWN_USER = 404 "unknown_user" "There is no such user";

    /// The text cannot be a code. No attempt was charged.
    MALFORMED_CODE = 401 "malformed_code" "This is not a code";
    /// The code is wrong, replayed or used.
    INVALID_CODE = 401 "invalid_code" "The code is not right";
    /// Too many attempts; `retryAfter` says when to try again.
    THROTTLED = 429 "throttled" "Too many attempts";
    /// The factor was disabled after too many failures.
    FACTOR_DISABLED = 403 "factor_disabled" "Too many wrong codes: this method is turned off";
    /// The token is malformed, forged, of another purpose, or bound elsewhere.
    INVALID_TOKEN = 401 "invalid_token" "The token is not valid";
    /// The token has expired, or a later event has ended it.
    TOKEN_EXPIRED = 410 "token_expired" "The token has expired";
    /// The token was used.
    TOKEN_SPENT = 410 "token_spent" "The token was already used";
    /// The password, or a code, an assertion or a step-up token beside it, is missing.
    REAUTHENTICATION_REQUIRED = 403 "reauthentication_required" "Password and code are needed";
    /// The password or the code is wrong.
    REAUTHENTICATION_FAILED = 401 "reauthentication_failed" "The password or the code is not right";
    /// A new password is needed first.
    PASSWORD_CHANGE_REQUIRED = 403 "password_change_required" "A new password is needed first";
    /// No code of any authenticator of the account was accepted yet.
    AUTHENTICATOR_UNPROVEN = 403 "authenticator_unproven" "Sign in with a code of the authenticator first";
    /// The account has no second factor.
    NOT_ENROLLED = 409 "not_enrolled" "There is no second factor";
    /// The policy demands a second factor, so it cannot be turned off.
    REQUIRED_BY_POLICY = 403 "required_by_policy" "A second factor is required here";
    /// The account has a second factor already.
    ALREADY_ENROLLED = 409 "already_enrolled" "There is a second factor already";
    /// No enrolment is pending.
    NOTHING_PENDING = 409 "nothing_pending" "No enrolment is pending";
    /// A later enrolment has replaced this one.
    SUPERSEDED = 410 "superseded" "A newer setup has replaced this one";
    /// A code is needed to confirm the enrolment.
    CODE_REQUIRED = 409 "code_required" "A code is needed";
    /// The account has no such authenticator.
    UNKNOWN_AUTHENTICATOR = 404 "unknown_authenticator" "There is no such authenticator";
    /// The last authenticator cannot be removed. Disable the second factor instead.
    LAST_AUTHENTICATOR = 409 "last_authenticator" "The last authenticator cannot be removed";
    /// The account has as many authenticators as the policy allows.
    TOO_MANY_AUTHENTICATORS = 409 "too_many_authenticators" "There are too many authenticators";
    /// The key belongs to an authenticator of the account already.
    KEY_ALREADY_BOUND = 409 "key_already_bound" "This key is bound already";
    /// The response of a passkey is malformed, belongs to another ceremony or passkey, or is not
    /// rightly signed.
    INVALID_PASSKEY = 401 "invalid_passkey" "The passkey could not be verified";
    /// The passkey has to verify its user, by PIN, finger or face.
    USER_VERIFICATION_REQUIRED = 401 "user_verification_required" "The passkey has to verify its user";
    /// A label is empty, too long, or has a character that is not allowed.
    INVALID_NAME = 422 "invalid_name" "The name is empty, too long, or has a character that is not allowed";
    /// The account or the policy has no such method.
    METHOD_UNAVAILABLE = 403 "method_unavailable" "This method is not available";
    /// The account is locked.
    LOCKED = 423 "locked" "The account is locked";
    /// An administrator removed the second factor; the user comes back by the link that was mailed.
    RESET_PENDING = 403 "reset_pending" "The second factor was reset: follow the link in the mail";
    /// The account has no such device.
    UNKNOWN_DEVICE = 404 "unknown_device" "There is no such device";
    /// The account has no such set of recovery codes, or a newer one.
    UNKNOWN_RECOVERY_CODES = 404 "unknown_recovery_codes" "There is no such set of recovery codes";
    /// A delayed recovery is under way.
    RECOVERY_PENDING = 409 "recovery_pending" "A recovery is under way";
    /// The wait of the delayed recovery is not over; `effectiveAt` says when it is.
    RECOVERY_WAITING = 409 "recovery_waiting" "The recovery has to wait";
    /// No delayed recovery is under way.
    NO_RECOVERY = 409 "no_recovery" "No recovery is under way";
    /// An administrator has to give a reason.
    REASON_REQUIRED = 422 "reason_required" "A reason of at most 500 characters is needed";
    /// The policy does not allow this.
    REFUSED = 403 "refused" "This is not allowed";

    /// The account is being changed by too many requests at once.
    CONTENDED = 503 "contended" "Too many requests change this account at once";
    /// The database does not answer. Nothing was done, with one exception: if the application fails
    /// after the library has committed, a code is spent and nobody is signed in.
    UNAVAILABLE = 503 "unavailable" "The service is not available";
    /// The database failed, and the outcome is unknown.
    OUTCOME_UNKNOWN = 503 "outcome_unknown" "Whether it was done is not known: check before you try again";
    /// The text message could not be sent, or the phone could not be called.
    PHONE_UNAVAILABLE = 503 "phone_unavailable" "The phone could not be reached";
    /// The mail could not be sent.
    MAIL_UNAVAILABLE = 503 "mail_unavailable" "The mail could not be sent";
    /// The application has no directory of its users' records.
    NOT_SUPPORTED = 501 "not_supported" "This service does not support this";
    /// Something is broken.
    INTERNAL = 500 "internal" "Something is broken";
}

/// The kind of what the library answers.
pub(super) fn of(error: &Error) -> ProblemKind {
    match error {
        Error::Denied(denial) => of_denial(*denial),
        Error::Contended => CONTENDED,
        Error::Store(_) => UNAVAILABLE,
        Error::Indeterminate(_) => OUTCOME_UNKNOWN,
        Error::NotSent(Channel::Email) => MAIL_UNAVAILABLE,
        Error::NotSent(_) => PHONE_UNAVAILABLE,
        _ => INTERNAL,
    }
}

fn of_denial(denial: Denial) -> ProblemKind {
    match denial {
        Denial::MalformedCode => MALFORMED_CODE,
        Denial::InvalidCode => INVALID_CODE,
        Denial::Throttled { .. } => THROTTLED,
        Denial::FactorExhausted => FACTOR_DISABLED,
        Denial::TokenInvalid => INVALID_TOKEN,
        Denial::TokenExpired => TOKEN_EXPIRED,
        Denial::TokenSpent => TOKEN_SPENT,
        Denial::SessionEnded => UNAUTHENTICATED,
        Denial::ReauthenticationRequired => REAUTHENTICATION_REQUIRED,
        Denial::ReauthenticationFailed => REAUTHENTICATION_FAILED,
        Denial::PasswordChangeRequired => PASSWORD_CHANGE_REQUIRED,
        Denial::AuthenticatorUnproven => AUTHENTICATOR_UNPROVEN,
        Denial::NotEnrolled => NOT_ENROLLED,
        Denial::AlreadyEnrolled => ALREADY_ENROLLED,
        Denial::NothingPending => NOTHING_PENDING,
        Denial::Superseded => SUPERSEDED,
        Denial::RequiredByPolicy => REQUIRED_BY_POLICY,
        Denial::CodeRequired => CODE_REQUIRED,
        Denial::UnknownAuthenticator => UNKNOWN_AUTHENTICATOR,
        Denial::LastAuthenticator => LAST_AUTHENTICATOR,
        Denial::TooManyAuthenticators => TOO_MANY_AUTHENTICATORS,
        Denial::KeyAlreadyBound => KEY_ALREADY_BOUND,
        Denial::InvalidPasskey => INVALID_PASSKEY,
        Denial::UserVerificationRequired => USER_VERIFICATION_REQUIRED,
        Denial::InvalidName => INVALID_NAME,
        Denial::MethodUnavailable => METHOD_UNAVAILABLE,
        Denial::Locked => LOCKED,
        Denial::ResetPending => RESET_PENDING,
        Denial::UnknownDevice => UNKNOWN_DEVICE,
        Denial::UnknownRecoveryCodes => UNKNOWN_RECOVERY_CODES,
        Denial::DelayedRecoveryPending => RECOVERY_PENDING,
        Denial::DelayedRecoveryWaiting { .. } => RECOVERY_WAITING,
        Denial::NoDelayedRecovery => NO_RECOVERY,
        Denial::ReasonRequired => REASON_REQUIRED,
        _ => REFUSED,
    }
}
