//! Trusting a browser from a session, and revoking the trust in this browser, another or all.

use crate::account::machine::{Command, Draft, Halt, TrustedDevice};
use crate::denial::Denial;
use crate::event::EventKind;
use crate::id::DeviceId;
use crate::purpose::StepUpPurpose;
use crate::reauthentication::Reauthentication;
use crate::session::{SessionChange, SessionEffect};

/// The result of trusting a browser from a session.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrustGranted {
    /// The device, with the token that the browser keeps.
    pub device: TrustedDevice,
    /// The effect on sessions.
    pub sessions: SessionChange,
}

/// Trusts the browser of a session. It needs password and code.
pub(crate) struct TrustDevice {
    pub(crate) label: String,
    pub(crate) proof: Reauthentication,
}

impl Command for TrustDevice {
    const OPERATION: &'static str = "trust_device";
    type Outcome = TrustGranted;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<TrustGranted, Halt> {
        if draft.context.policy.device_lifetime.is_none() {
            return Err(Denial::MethodUnavailable.into());
        }
        draft.reauthenticate(&self.proof, &StepUpPurpose::Devices)?;
        let trusted = draft.trust_device(&self.label)?;
        Ok(TrustGranted {
            device: trusted.ok_or(Denial::MethodUnavailable)?,
            sessions: draft.sessions(SessionEffect::Rotate),
        })
    }
}

/// Revokes the trust in one device. This needs no proof.
pub(crate) struct RevokeDevice {
    pub(crate) id: DeviceId,
}

impl Command for RevokeDevice {
    const OPERATION: &'static str = "revoke_device";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        if draft.account.device(self.id).is_none() {
            return Err(Denial::UnknownDevice.into());
        }
        draft.forget_device(self.id);
        draft.record(draft.event(EventKind::DeviceRevoked).device(self.id));
        Ok(())
    }
}

/// Revokes the trust in the device that presents its token. Any genuine token of the device serves,
/// because trust only ends. A copied token gives the theft away, as at a login.
pub(crate) struct RevokeCurrentDevice;

impl Command for RevokeCurrentDevice {
    const OPERATION: &'static str = "revoke_current_device";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let claims = draft.presented_device().ok_or(Denial::UnknownDevice)?;
        let id = claims.payload.device;
        let device = draft.account.device(id).ok_or(Denial::UnknownDevice)?;
        if !device.expects(&claims) {
            draft.end_copied_device(id);
            return Ok(());
        }
        draft.forget_device(id);
        draft.record(draft.event(EventKind::DeviceRevoked).device(id));
        Ok(())
    }
}

/// Revokes the trust in all devices.
pub(crate) struct RevokeDevices;

impl Command for RevokeDevices {
    const OPERATION: &'static str = "revoke_devices";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        draft.revoke_devices();
        Ok(())
    }
}
