//! The part of the claims that each scope adds.

use super::reader::Reader;
use crate::factor::Factor;
use crate::grant::GrantedFor;
use crate::id::{AuthenticatorId, CaseId, DeviceId, Nonce, SetId};
use crate::purpose::StepUpPurpose;

/// The part of the claims that a scope adds.
pub(crate) trait Payload: Sized + Send + Sync {
    fn write(&self, out: &mut Vec<u8>);
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
}

/// The payload of a device token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DevicePass {
    pub(crate) device: DeviceId,
    /// The token that this one replaces.
    pub(crate) parent: Nonce,
}

/// The payload of a step-up token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GrantedStepUp {
    pub(crate) purpose: StepUpPurpose,
    /// The factor that proved it.
    pub(crate) factor: Factor,
}

/// The challenge round that a challenge was issued in. A block ends the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Round(pub(crate) u64);

/// The codes of one set, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetTicket {
    pub(crate) set: SetId,
    pub(crate) codes: Vec<u8>,
}

impl Payload for () {
    fn write(&self, _: &mut Vec<u8>) {}

    fn read(_: &mut Reader<'_>) -> Option<Self> {
        Some(())
    }
}

impl Payload for Round {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.u64().map(Self)
    }
}

impl Payload for AuthenticatorId {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.array().map(Self::from_bytes)
    }
}

impl Payload for CaseId {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.array().map(Self::from_bytes)
    }
}

impl Payload for GrantedFor {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Login => out.push(0),
            Self::Reset(id) => {
                out.push(1);
                id.write(out);
            }
            Self::DelayedRecovery(id) => {
                out.push(2);
                id.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.byte()? {
            0 => Some(Self::Login),
            1 => CaseId::read(reader).map(Self::Reset),
            2 => CaseId::read(reader).map(Self::DelayedRecovery),
            _ => None,
        }
    }
}

impl Payload for DevicePass {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.device.as_bytes());
        out.extend_from_slice(self.parent.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            device: DeviceId::from_bytes(reader.array()?),
            parent: Nonce::from_bytes(reader.array()?),
        })
    }
}

impl Payload for GrantedStepUp {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(match self.factor {
            Factor::Authenticator => 0,
            Factor::RecoveryCode => 1,
            // No step-up is granted for this factor, and the value does not read back.
            Factor::EmailCode => u8::MAX,
        });
        Reader::write_short(out, self.purpose.to_string().as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let factor = match reader.byte()? {
            0 => Factor::Authenticator,
            1 => Factor::RecoveryCode,
            _ => return None,
        };
        let purpose = std::str::from_utf8(reader.short()?).ok()?.parse().ok()?;
        Some(Self { purpose, factor })
    }
}

impl Payload for SheetTicket {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.set.as_bytes());
        out.extend_from_slice(&self.codes);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let set = SetId::from_bytes(reader.array()?);
        let codes = reader.rest().to_vec();
        Some(Self { set, codes })
    }
}
