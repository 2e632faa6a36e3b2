//! Bound authenticators, and the pending enrolment.

use super::mechanism::Mechanism;
use crate::first_factor::GivenFirst;
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
    /// The way in which it makes codes, and its spent codes.
    pub(crate) mechanism: Mechanism,
    /// Whether one of its codes ever succeeded.
    pub(crate) proven: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// A pending enrolment, which authenticates nothing.
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
