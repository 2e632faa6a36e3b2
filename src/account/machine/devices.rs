//! Trusted devices: browsers that the user asked to remember, where the policy allows it.
//!
//! A device is known by the last of its tokens that was presented. Each use answers with a successor, and the first use of
//! a successor ends its predecessor and its siblings. So two tabs that present the same token at once, and a browser that
//! never got its answer, are no theft; but the successors that a thief and an owner get for one token are not the same, and
//! the second of them to be presented gives the theft away.

use super::draft::Draft;
use crate::account::state::Device;
use crate::entropy::RngError;
use crate::event::{Event, EventKind, Reason};
use crate::id::{DeviceId, Nonce};
use crate::limits::{LABEL_CHARACTERS, TRUSTED_DEVICES};
use crate::request::printable;
use crate::time::Timestamp;
use crate::token::{self, Claims, DevicePass, Token};

/// A trusted device and its token, to be kept by that browser in the place of any earlier one.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrustedDevice {
    /// Its id.
    pub id: DeviceId,
    /// What the browser presents at its next login ([`RequestContext::device`](crate::RequestContext::device)). Keep it in a
    /// cookie that is `HttpOnly`, `Secure` and `SameSite=Lax`, until `expires_at`; where people share a browser, in one for each
    /// of them.
    pub token: Token<token::Device>,
    /// When the trust ends, however often it is used.
    pub expires_at: Timestamp,
}

/// A login must not fail for the label of a browser, so what cannot be shown is left out.
fn device_label(label: &str) -> String {
    let label = printable(label, usize::MAX);
    let label: String = label.trim().chars().take(LABEL_CHARACTERS).collect();
    match label.trim_end() {
        "" => "Browser".to_owned(),
        label => label.to_owned(),
    }
}

impl Draft<'_> {
    pub(crate) fn revoke_devices(&mut self) {
        for device in std::mem::take(&mut self.account.devices) {
            self.record(self.event(EventKind::DeviceRevoked).device(device.id));
        }
    }

    /// Remembers the browser of this request, unless the policy has no trusted devices.
    pub(crate) fn trust_device(&mut self, label: &str) -> Result<Option<TrustedDevice>, RngError> {
        let (policy, now) = (self.context.policy, self.context.now);
        let Some(lifetime) = policy.device_lifetime else {
            return Ok(None);
        };
        let (id, parent) = (
            DeviceId::random(self.context.random)?,
            Nonce::random(self.context.random)?,
        );
        let pass = DevicePass { device: id, parent };
        let claims = self.claims(pass, now + lifetime)?;

        // The same browser is not remembered twice.
        if let Some(known) = self.presented_device() {
            self.forget_device(known.payload.device);
        }
        let devices = &mut self.account.devices;
        devices.retain(|device| device.is_trusted(policy, now));
        let one_more = devices.len() + 1;
        let oldest: Vec<_> = devices
            .drain(..one_more.saturating_sub(TRUSTED_DEVICES))
            .collect();
        for device in oldest {
            self.record(self.event(EventKind::DeviceRevoked).device(device.id));
        }
        self.account.devices.push(Device {
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
    pub(crate) fn present_device(&mut self) -> Result<Option<TrustedDevice>, RngError> {
        // A delayed recovery may be the work of somebody who sits at this very browser.
        let suspended = self.delayed_recovery_under_way().is_some();
        let Some(claims) = self.presented_device().filter(|_| !suspended) else {
            return Ok(None);
        };
        let (policy, now) = (self.context.policy, self.context.now);
        let DevicePass { device: id, parent } = claims.payload;
        let known = self.account.device(id);
        let Some(device) = known.filter(|device| device.is_trusted(policy, now)) else {
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

    /// What this browser presents, if it is a token of this account and its time is not over.
    pub(crate) fn presented_device(&self) -> Option<Claims<DevicePass>> {
        let claims = self.read(self.context.request.device.as_ref()?)?;
        self.check(&claims).is_ok().then_some(claims)
    }

    pub(crate) fn forget_device(&mut self, id: DeviceId) {
        self.account.devices.retain(|device| device.id != id);
    }
}
