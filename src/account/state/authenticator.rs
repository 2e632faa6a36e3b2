//! Bound authenticators, and the pending enrolment.

use super::mechanism::Mechanism;
use crate::factor::Factor;
use crate::first_factor::GivenFirst;
use crate::grant::GrantedFor;
use crate::id::{AuthenticatorId, Nonce};
use crate::method::Method;
use crate::passkey::Passkey;
use crate::secret::Secret;
use crate::time::Timestamp;

/// A bound authenticator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Authenticator {
    pub(crate) id: AuthenticatorId,
    pub(crate) label: String,
    pub(crate) credential: Credential,
    /// Whether one of its codes or assertions ever succeeded.
    pub(crate) proven: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// What an authenticator proves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
#[cfg_attr(feature = "internals", serde(rename_all = "snake_case"))]
pub(crate) enum Credential {
    /// Codes of a key that both sides have.
    Otp(OtpKey),
    /// Signatures of a key that the authenticator alone has.
    Passkey(Passkey),
}

/// A key that makes codes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct OtpKey {
    #[cfg_attr(feature = "internals", serde(skip))]
    pub(crate) secret: Secret,
    /// The way in which it makes codes, and its spent codes.
    pub(crate) mechanism: Mechanism,
}

impl Credential {
    pub(crate) fn otp(&self) -> Option<&OtpKey> {
        match self {
            Self::Otp(key) => Some(key),
            Self::Passkey(_) => None,
        }
    }

    pub(crate) fn otp_mut(&mut self) -> Option<&mut OtpKey> {
        match self {
            Self::Otp(key) => Some(key),
            Self::Passkey(_) => None,
        }
    }

    pub(crate) fn passkey(&self) -> Option<&Passkey> {
        match self {
            Self::Otp(_) => None,
            Self::Passkey(passkey) => Some(passkey),
        }
    }

    pub(crate) fn passkey_mut(&mut self) -> Option<&mut Passkey> {
        match self {
            Self::Otp(_) => None,
            Self::Passkey(passkey) => Some(passkey),
        }
    }

    pub(crate) fn method(&self) -> Method {
        match self {
            Self::Otp(key) => key.mechanism.method(),
            Self::Passkey(_) => Method::Passkey,
        }
    }

    /// The factor that its failures are charged to.
    pub(crate) fn factor(&self) -> Factor {
        match self {
            Self::Otp(_) => Factor::Authenticator,
            Self::Passkey(_) => Factor::Passkey,
        }
    }
}

/// A pending enrolment, which authenticates nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Pending {
    pub(crate) id: AuthenticatorId,
    pub(crate) label: String,
    /// The key whose code is awaited, or none if a passkey is to be registered.
    pub(crate) key: Option<OtpKey>,
    pub(crate) started_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// The authenticator that it replaces.
    pub(crate) replaces: Option<AuthenticatorId>,
    /// The grant that started it. The confirmation spends the grant.
    pub(crate) grant: Option<Grant>,
    /// The first factor beside which it was started.
    pub(crate) first: Option<GivenFirst>,
}

/// The grant that started a pending enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Grant {
    pub(crate) nonce: Nonce,
    pub(crate) expires_at: Timestamp,
    pub(crate) granted_for: GrantedFor,
}
