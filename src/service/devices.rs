//! Trusted devices.

use super::{Error, Mfa};
use crate::account::{RevokeCurrentDevice, RevokeDevice, RevokeDevices, TrustDevice, TrustGranted};
use crate::id::DeviceId;
use crate::reauthentication::Reauthentication;
use crate::user::UserId;

/// Trusted browsers.
impl Mfa {
    /// Trusts the browser of a session, with password and code. At a login, use
    /// [`Answer::trust_device`](crate::Answer::trust_device).
    ///
    /// An account has at most ten trusted devices. A further one replaces the oldest. A change of
    /// the factors or of the password ends them all.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](crate::Denial::MethodUnavailable) if the policy
    /// has no trusted devices, [`NotEnrolled`](crate::Denial::NotEnrolled), or the refusal of the
    /// proof.
    pub async fn trust_device(
        &self,
        user: &UserId,
        label: impl Into<String>,
        proof: Reauthentication,
    ) -> Result<TrustGranted, Error> {
        let label = label.into();
        self.run(user, &TrustDevice { label, proof }).await
    }

    /// Ends the trust in one device. This needs no proof.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`UnknownDevice`](crate::Denial::UnknownDevice).
    pub async fn revoke_device(&self, user: &UserId, id: DeviceId) -> Result<(), Error> {
        self.run(user, &RevokeDevice { id }).await
    }

    /// Ends the trust in the browser of this request. It is found by its
    /// [device token](crate::RequestContext::device), so that a page needs no list. A session is
    /// enough. Have the browser drop the token afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`UnknownDevice`](crate::Denial::UnknownDevice) if the request brings
    /// no token of a trusted device of this user.
    pub async fn revoke_current_device(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &RevokeCurrentDevice).await
    }

    /// Ends the trust in all devices.
    ///
    /// # Errors
    ///
    /// Only what broke, or [`Locked`](crate::Denial::Locked). A locked account has no trusted
    /// devices.
    pub async fn revoke_devices(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &RevokeDevices).await
    }
}
