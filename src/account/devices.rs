//! Trusted devices: browsers that the user asked to remember, where the policy allows it.
//!
//! A device is known by the last of its tokens that was presented. Each use answers with a successor, and the first use of
//! a successor ends its predecessor and its siblings. So two tabs that present the same token at once, and a browser that
//! never got its answer, are no theft; but the successors that a thief and an owner get for one token are not the same, and
//! the second of them to be presented gives the theft away.

use serde::{Deserialize, Serialize};

use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::{Actor, Event, EventKind, Reason};
use super::lifecycle::{SessionChange, SessionEffect};
use super::policy::Policy;
use super::reauthentication::Reauthentication;
use super::request::printable;
use super::step_up::StepUpPurpose;
use crate::entropy::RngError;
use crate::id::{DeviceId, Nonce};
use crate::time::Timestamp;
use crate::token::{self, Claims, Token};

/// The most that are remembered; the oldest leaves.
pub(super) const CAPACITY: usize = 10;
const LABEL_CHARACTERS: usize = 64;

/// A trusted device as the record keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Device {
    id: DeviceId,
    label: String,
    pub(super) created_at: Timestamp,
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
    /// What the browser presents at its next login ([`RequestContext::device`](crate::RequestContext::device)). Keep it in a
    /// cookie that is `HttpOnly`, `Secure` and `SameSite=Lax`, until `expires_at`; where people share a browser, in one for each
    /// of them.
    pub token: Token<token::Device>,
    /// When the trust ends, however often it is used.
    pub expires_at: Timestamp,
}

/// A browser that was trusted from a session.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrustGranted {
    /// The device, with the token to keep.
    pub device: TrustedDevice,
    /// What must happen to sessions.
    pub sessions: SessionChange,
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

/// Ends the trust in one device. Taking trust away needs no proof.
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

/// Ends the trust in all devices.
pub(crate) struct RevokeDevices;

impl Command for RevokeDevices {
    const OPERATION: &'static str = "revoke_devices";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        draft.revoke_devices();
        Ok(())
    }
}

impl Draft<'_> {
    /// Drops what a policy that changed no longer has, so that changing it back revives nothing. A delayed recovery is
    /// cancelled where it is [settled](Self::settle).
    pub(super) fn drop_what_the_policy_lacks(&mut self) {
        let policy = self.context.policy;
        if !policy.email_codes {
            self.account.email.drop_code();
        }
        if policy.device_lifetime.is_none() {
            let actor = std::mem::replace(&mut self.actor, Actor::System);
            self.revoke_devices();
            self.actor = actor;
        }
    }

    fn revoke_devices(&mut self) {
        for device in std::mem::take(&mut self.account.devices) {
            self.record(self.event(EventKind::DeviceRevoked).device(device.id));
        }
    }

    /// Remembers the browser of this request, unless the policy has no trusted devices.
    pub(super) fn trust_device(&mut self, label: &str) -> Result<Option<TrustedDevice>, RngError> {
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
        let oldest: Vec<_> = devices.drain(..one_more.saturating_sub(CAPACITY)).collect();
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
    pub(super) fn present_device(&mut self) -> Result<Option<TrustedDevice>, RngError> {
        // A delayed recovery may be the work of somebody who sits at this very browser.
        let suspended = self.recovery_under_way().is_some();
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
    fn presented_device(&self) -> Option<Claims<DevicePass>> {
        let claims = self.read(self.context.request.device.as_ref()?)?;
        self.check(&claims).is_ok().then_some(claims)
    }

    fn forget_device(&mut self, id: DeviceId) {
        self.account.devices.retain(|device| device.id != id);
    }
}

impl Device {
    /// Whether its time is not over, by what the policy was then and by what it is now.
    fn is_trusted(&self, policy: &Policy, now: Timestamp) -> bool {
        let allowed = |lifetime| now < self.created_at + lifetime;
        now < self.expires_at && policy.device_lifetime.is_some_and(allowed)
    }
}

impl super::Account {
    fn device(&mut self, id: DeviceId) -> Option<&mut Device> {
        self.devices.iter_mut().find(|device| device.id == id)
    }

    pub(super) fn device_statuses(&self, policy: &Policy, now: Timestamp) -> Vec<DeviceStatus> {
        let devices = self.devices.iter();
        let trusted = devices.filter(|device| device.is_trusted(policy, now));
        trusted
            .map(|device| DeviceStatus {
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
    let label = printable(label, usize::MAX);
    let label: String = label.trim().chars().take(LABEL_CHARACTERS).collect();
    match label.trim_end() {
        "" => "Browser".to_owned(),
        label => label.to_owned(),
    }
}
