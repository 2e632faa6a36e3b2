//! Trusted devices.

use super::{Error, Mfa};
use crate::account::{RevokeDevice, RevokeDevices, TrustDevice, TrustGranted};
use crate::id::DeviceId;
use crate::reauthentication::Reauthentication;
use crate::user::UserId;

/// Browsers that are trusted.
impl Mfa {
    /// Trusts the browser of a session, with password and code. At a login it is
    /// [`Answer::trust_device`](crate::Answer::trust_device) that asks for it.
    ///
    /// An account has at most ten trusted devices, and the oldest leaves. All are gone once the
    /// factors or the password change.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](crate::Denial::MethodUnavailable) where the
    /// policy has no trusted devices, [`NotEnrolled`](crate::Denial::NotEnrolled), or the refusal
    /// of the proof.
    pub async fn trust_device(
        &self,
        user: &UserId,
        label: impl Into<String>,
        proof: Reauthentication,
    ) -> Result<TrustGranted, Error> {
        let label = label.into();
        self.run(user, &TrustDevice { label, proof }).await
    }

    /// Ends the trust in one device. Taking trust away needs no proof.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`UnknownDevice`](crate::Denial::UnknownDevice).
    pub async fn revoke_device(&self, user: &UserId, id: DeviceId) -> Result<(), Error> {
        self.run(user, &RevokeDevice { id }).await
    }

    /// Ends the trust in all devices.
    ///
    /// # Errors
    ///
    /// Only what broke, or [`Locked`](crate::Denial::Locked): then there are none anyway.
    pub async fn revoke_devices(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &RevokeDevices).await
    }
}
