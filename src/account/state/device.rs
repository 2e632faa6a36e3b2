//! Trusted devices in the record.

use crate::policy::Policy;

use crate::id::{DeviceId, Nonce};
use crate::time::Timestamp;
use crate::token::{Claims, DevicePass};

/// A trusted device in the record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) label: String,
    pub(crate) created_at: Timestamp,
    /// The fixed end. Use does not extend it.
    pub(crate) expires_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
    /// The last presented token, or the first token before any was presented.
    pub(crate) current: Nonce,
}

impl Device {
    /// Whether this token of the device is the last one that was presented, or its successor. Any
    /// other one is a copy.
    pub(crate) fn expects(&self, claims: &Claims<DevicePass>) -> bool {
        self.current == claims.nonce || self.current == claims.payload.parent
    }

    /// Whether the device is still trusted, by the policy at its creation and by the current
    /// policy.
    pub(crate) fn is_trusted(&self, policy: &Policy, now: Timestamp) -> bool {
        let allowed = |lifetime| now < self.created_at + lifetime;
        now < self.expires_at && policy.device_lifetime.is_some_and(allowed)
    }
}
