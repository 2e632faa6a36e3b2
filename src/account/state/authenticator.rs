//! Bound authenticators, and the enrollment that waits.

use super::mechanism::Mechanism;
use crate::grant::GrantedFor;
use crate::id::{AuthenticatorId, Nonce};
use crate::secret::Secret;
use crate::time::Timestamp;

/// A bound authenticator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Authenticator {
    pub(crate) id: AuthenticatorId,
    pub(crate) label: String,
    #[cfg_attr(feature = "internals", serde(skip))]
    pub(crate) key: Secret,
    /// How it makes its codes, and which of them are spent.
    pub(crate) mechanism: Mechanism,
    /// Whether a code of it was ever seen.
    pub(crate) proven: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// An enrolment that waits for its confirmation. It authenticates nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Pending {
    pub(crate) id: AuthenticatorId,
    pub(crate) label: String,
    #[cfg_attr(feature = "internals", serde(skip))]
    pub(crate) key: Secret,
    pub(crate) mechanism: Mechanism,
    pub(crate) started_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    /// The authenticator that it takes the place of.
    pub(crate) replaces: Option<AuthenticatorId>,
    /// The grant that it was started with, which its confirmation spends.
    pub(crate) grant: Option<Grant>,
}

/// The grant that a pending enrolment was started with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Grant {
    pub(crate) nonce: Nonce,
    pub(crate) expires_at: Timestamp,
    pub(crate) granted_for: GrantedFor,
}
