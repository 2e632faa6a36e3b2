//! Trusted devices: browsers that the user asked to remember, where the policy allows it.
//!
//! A device is known by the last of its tokens that was presented. Each use answers with a successor, and the first use of
//! a successor ends its predecessor and its siblings. So a copied token and the original part ways at their first use, and
//! whichever is presented second gives the theft away. Two tabs that present the same token at once each get a successor,
//! of which their browser keeps one.

use serde::{Deserialize, Serialize};

use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::{Event, EventKind, Reason};
use super::reauthentication::Reauthentication;
use super::request::printable;
use super::step_up::StepUpPurpose;
use crate::entropy::RngError;
use crate::id::{DeviceId, Nonce};
use crate::time::Timestamp;
use crate::token::{self, Token};

/// The most that are remembered; the oldest leaves.
pub(super) const CAPACITY: usize = 10;
const LABEL_CHARACTERS: usize = 64;

/// A trusted device as the record keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Device {
    id: DeviceId,
    label: String,
    created_at: Timestamp,
    /// Absolute: no use extends it.
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
    /// Names the last token that was presented, or the first one while none was.
    current: Nonce,
}

/// What a device token says beside its claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DevicePass {
    pub(crate) device: DeviceId,
    /// The token in whose place this one was issued.
    pub(crate) parent: Nonce,
}

/// A trusted device and its token, to be kept by that browser in the place of any earlier one.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrustedDevice {
    /// Its id.
    pub id: DeviceId,
    /// What the browser presents at its next login, once. Keep it in an `HttpOnly` cookie.
    pub token: Token<token::Device>,
    /// When the trust ends, however often it is used.
    pub expires_at: Timestamp,
}

/// A trusted device as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceStatus {
    /// Its id.
    pub id: DeviceId,
    /// What its owner knows it by.
    pub label: String,
    /// When it was first trusted.
    pub created_at: Timestamp,
    /// When the trust ends.
    pub expires_at: Timestamp,
    /// When a login last passed by it.
    pub last_used_at: Option<Timestamp>,
}

/// Trusts the browser of a session, with password and code.
pub(crate) struct TrustDevice {
    pub(crate) label: String,
    pub(crate) proof: Reauthentication,
}

impl Command for TrustDevice {
    type Outcome = TrustedDevice;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<TrustedDevice, Halt> {
        if draft.context.policy.device_lifetime.is_none() {
            return Err(Denial::MethodUnavailable.into());
        }
        draft.reauthenticate(&self.proof, &StepUpPurpose::Devices)?;
        let trusted = draft.trust_device(&self.label)?;
        Ok(trusted.ok_or(Denial::MethodUnavailable)?)
    }
}

/// Ends the trust in one device. Taking trust away needs no proof.
pub(crate) struct RevokeDevice {
    pub(crate) id: DeviceId,
}

impl Command for RevokeDevice {
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

/// Ends the trust in all devices.
pub(crate) struct RevokeDevices;

impl Command for RevokeDevices {
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        for device in std::mem::take(&mut draft.account.devices) {
            draft.record(draft.event(EventKind::DeviceRevoked).device(device.id));
        }
        Ok(())
    }
}

impl Draft<'_> {
    /// Remembers the browser of this request, unless the policy has no trusted devices.
    pub(super) fn trust_device(&mut self, label: &str) -> Result<Option<TrustedDevice>, RngError> {
        let Some(lifetime) = self.context.policy.device_lifetime else {
            return Ok(None);
        };
        let now = self.context.now;
        let (id, parent) = (
            DeviceId::random(self.context.random)?,
            Nonce::random(self.context.random)?,
        );
        let pass = DevicePass { device: id, parent };
        let claims = self.claims(pass, now + lifetime)?;

        let devices = &mut self.account.devices;
        devices.retain(|device| now < device.expires_at);
        while devices.len() >= CAPACITY {
            devices.remove(0);
        }
        devices.push(Device {
            id,
            label: device_label(label),
            created_at: now,
            expires_at: claims.expires_at,
            last_used_at: None,
            current: claims.nonce,
        });
        self.record(self.event(EventKind::DeviceTrusted).device(id));
        Ok(Some(TrustedDevice {
            id,
            token: self.sign(&claims),
            expires_at: claims.expires_at,
        }))
    }

    /// The device of this request, if it passes, with the token to keep from now on. A copy that shows itself ends the
    /// trust.
    pub(super) fn present_device(&mut self) -> Result<Option<TrustedDevice>, RngError> {
        let allowed = self.context.policy.device_lifetime.is_some();
        // A delayed recovery may be the work of somebody who sits at this very browser.
        let suspended = self.recovery_under_way().is_some();
        let presented = self.context.request.device.as_ref();
        let Some(token) = presented.filter(|_| allowed && !suspended) else {
            return Ok(None);
        };
        let Some(claims) = self.read(token).filter(|claims| self.check(claims).is_ok()) else {
            return Ok(None);
        };
        let (now, DevicePass { device: id, parent }) = (self.context.now, claims.payload);
        let Some(device) = self
            .account
            .device(id)
            .filter(|device| now < device.expires_at)
        else {
            return Ok(None);
        };
        if device.current != claims.nonce && device.current != parent {
            self.forget_device(id);
            let told = Event {
                notify: true,
                ..self
                    .event(EventKind::DeviceRevoked)
                    .refused(Reason::CopiedDevice)
            };
            self.record(told.device(id));
            return Ok(None);
        }
        device.current = claims.nonce;
        device.last_used_at = Some(now);
        let expires_at = device.expires_at;
        let successor = self.claims(
            DevicePass {
                device: id,
                parent: claims.nonce,
            },
            expires_at,
        )?;
        self.record(self.event(EventKind::LoginTrusted).device(id));
        Ok(Some(TrustedDevice {
            id,
            token: self.sign(&successor),
            expires_at,
        }))
    }

    fn forget_device(&mut self, id: DeviceId) {
        self.account.devices.retain(|device| device.id != id);
    }
}

impl super::Account {
    fn device(&mut self, id: DeviceId) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.id == id)
    }

    pub(super) fn device_statuses(&self, now: Timestamp) -> Vec<DeviceStatus> {
        let live = self.devices.iter().filter(|device| now < device.expires_at);
        live.map(|device| DeviceStatus {
            id: device.id,
            label: device.label.clone(),
            created_at: device.created_at,
            expires_at: device.expires_at,
            last_used_at: device.last_used_at,
        })
        .collect()
    }
}

/// A login must not fail for the label of a browser, so what cannot be shown is left out.
fn device_label(label: &str) -> String {
    let label = printable(label.trim(), LABEL_CHARACTERS);
    if label.is_empty() {
        "Browser".to_owned()
    } else {
        label
    }
}
