//! Trusted devices: browsers that the user asked to remember, if the policy allows it.
//!
//! The record knows a device by the last token that it presented. Each use issues a successor, and
//! the first use of a successor ends its predecessor and its siblings. Therefore two tabs that
//! present the same token at once are no theft, nor is a browser that lost a response. A thief and
//! an owner who present the same token get different successors. The successor presented second
//! reveals the theft.

use super::draft::Draft;
use crate::account::state::Device;
use crate::entropy::RngError;
use crate::event::{Event, EventKind, Reason};
use crate::id::{DeviceId, Nonce};
use crate::limits::{LABEL_CHARACTERS, TRUSTED_DEVICES};
use crate::request::printable;
use crate::time::Timestamp;
use crate::token::{self, Claims, DevicePass, Token};

/// A trusted device with its token. The browser replaces any earlier token by this one.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrustedDevice {
    /// Its id.
    pub id: DeviceId,
    /// The token that the browser presents at its next login
    /// ([`RequestContext::device`](crate::RequestContext::device)). Keep it in a cookie that is
    /// `HttpOnly`, `Secure` and `SameSite=Lax`, until `expires_at`. If people share a browser, use
    /// a cookie for each of them.
    pub token: Token<token::Device>,
    /// When the trust ends. Use does not extend it.
    pub expires_at: Timestamp,
}

/// Unprintable characters are left out, because a label must not fail a login.
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

    /// Trusts the browser of this request, if the policy allows trusted devices.
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

        // A browser is remembered once.
        if let Some(known) = self.presented_device() {
            let id = known.payload.device;
            let device = self.account.device(id);
            if device.is_some_and(|device| !device.expects(&known)) {
                self.end_copied_device(id);
            }
            self.forget_device(id);
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

    /// Verifies the device of this request. A copied token ends the trust.
    pub(crate) fn recognize_device(&mut self) -> Option<Claims<DevicePass>> {
        // The person who requested the delayed recovery may sit at this browser.
        let suspended = self.delayed_recovery_under_way().is_some();
        let claims = self.presented_device().filter(|_| !suspended)?;
        let (policy, now) = (self.context.policy, self.context.now);
        let id = claims.payload.device;
        let known = self.account.device(id);
        let device = known.filter(|device| device.is_trusted(policy, now))?;
        if !device.expects(&claims) {
            self.end_copied_device(id);
            return None;
        }
        Some(claims)
    }

    /// [Verifies](Self::recognize_device) the device of this request, and issues its next token.
    pub(crate) fn present_device(&mut self) -> Result<Option<TrustedDevice>, RngError> {
        let Some(claims) = self.recognize_device() else {
            return Ok(None);
        };
        let (id, now) = (claims.payload.device, self.context.now);
        let Some(device) = self.account.device(id) else {
            return Ok(None);
        };
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

    /// The claims of the device token in this request, if it belongs to this account and has not
    /// expired.
    pub(crate) fn presented_device(&self) -> Option<Claims<DevicePass>> {
        let claims = self.read(self.context.request.device.as_ref()?)?;
        self.check(&claims).is_ok().then_some(claims)
    }

    /// Ends the trust in a device of which a copied token was presented.
    pub(crate) fn end_copied_device(&mut self, id: DeviceId) {
        self.forget_device(id);
        let told = Event {
            notify: true,
            ..self
                .event(EventKind::DeviceRevoked)
                .refused(Reason::CopiedDevice)
        };
        self.record(told.device(id));
    }

    pub(crate) fn forget_device(&mut self, id: DeviceId) {
        self.account.devices.retain(|device| device.id != id);
    }
}
