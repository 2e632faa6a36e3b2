//! Trusted devices, as the record keeps them.

use crate::policy::Policy;

use crate::id::{DeviceId, Nonce};
use crate::time::Timestamp;

/// A trusted device as the record keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) label: String,
    pub(crate) created_at: Timestamp,
    /// Absolute: no use extends it.
    pub(crate) expires_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
    /// Names the last token that was presented, or the first one while none was.
    pub(crate) current: Nonce,
}

impl Device {
    /// Whether its time is not over, by what the policy was then and by what it is now.
    pub(crate) fn is_trusted(&self, policy: &Policy, now: Timestamp) -> bool {
        let allowed = |lifetime| now < self.created_at + lifetime;
        now < self.expires_at && policy.device_lifetime.is_some_and(allowed)
    }
}
