//! The part of the claims that each scope adds.

use super::reader::Reader;
use crate::factor::Factor;
use crate::first_factor::{FirstFactor, FirstFactorKind, FirstSource, GivenFirst};
use crate::grant::GrantedFor;
use crate::host_note::HostNote;
use crate::id::{AuthenticatorId, CaseId, DeviceId, Nonce, RecoveryCodeSetId};
use crate::limits::FIRST_FACTOR_NAME;
use crate::purpose::StepUpPurpose;
use crate::time::Timestamp;

/// The part of the claims that a scope adds.
pub(crate) trait Payload: Sized + Send + Sync {
    fn write(&self, out: &mut Vec<u8>);
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// Whether the token travels in a mail, so that any browser may open it.
    fn is_mailed(&self) -> bool {
        false
    }
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

/// The payload of a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenLogin {
    /// The challenge round that the challenge was issued in. A block ends the round.
    pub(crate) round: u64,
    /// The first factor of the login.
    pub(crate) first: FirstFactor,
    pub(crate) note: Option<HostNote>,
}

/// The payload of a grant to enrol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) granted_for: GrantedFor,
    /// The first factor of the login that demanded the enrolment.
    pub(crate) first: Option<FirstFactor>,
    pub(crate) note: Option<HostNote>,
}

/// The payload of an enrolment token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenEnrollment {
    pub(crate) authenticator: AuthenticatorId,
    pub(crate) note: Option<HostNote>,
}

/// The payload of a passkey's assertion: what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenAssertion {
    /// The second step of the login with this challenge.
    Login(Nonce),
    /// A sensitive action of a session.
    Sensitive,
}

/// The codes of one set, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetTicket {
    pub(crate) set: RecoveryCodeSetId,
    pub(crate) codes: Vec<u8>,
}

impl Payload for () {
    fn write(&self, _: &mut Vec<u8>) {}

    fn read(_: &mut Reader<'_>) -> Option<Self> {
        Some(())
    }
}

impl Payload for OpenLogin {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.round.to_be_bytes());
        self.first.write(out);
        self.note.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            round: reader.u64()?,
            first: FirstFactor::read(reader)?,
            note: Option::read(reader)?,
        })
    }
}

impl Payload for Granted {
    fn write(&self, out: &mut Vec<u8>) {
        self.granted_for.write(out);
        self.first.write(out);
        self.note.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            granted_for: GrantedFor::read(reader)?,
            first: Option::read(reader)?,
            note: Option::read(reader)?,
        })
    }

    fn is_mailed(&self) -> bool {
        matches!(self.granted_for, GrantedFor::Reset(_))
    }
}

impl Payload for OpenEnrollment {
    fn write(&self, out: &mut Vec<u8>) {
        self.authenticator.write(out);
        self.note.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            authenticator: AuthenticatorId::read(reader)?,
            note: Option::read(reader)?,
        })
    }
}

impl Payload for OpenAssertion {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Login(challenge) => {
                out.push(0);
                out.extend_from_slice(challenge.as_bytes());
            }
            Self::Sensitive => out.push(1),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.byte()? {
            0 => reader.array().map(Nonce::from_bytes).map(Self::Login),
            1 => Some(Self::Sensitive),
            _ => None,
        }
    }
}

impl<P: Payload> Payload for Option<P> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(payload) = self {
            payload.write(out);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.byte()? {
            0 => Some(None),
            1 => P::read(reader).map(Some),
            _ => None,
        }
    }
}

impl Payload for FirstFactor {
    fn write(&self, out: &mut Vec<u8>) {
        let FirstSource { name, credential } = &self.source;
        self.given.write(out);
        Reader::write_short(out, name.as_bytes());
        credential.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let given = GivenFirst::read(reader)?;
        let name = std::str::from_utf8(reader.short()?).ok()?.to_owned();
        let credential = Option::read(reader)?;
        (name.len() <= FIRST_FACTOR_NAME).then_some(Self {
            given,
            source: FirstSource { name, credential },
        })
    }
}

impl Payload for GivenFirst {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.kind.number());
        out.extend_from_slice(&self.at.as_unix().to_be_bytes());
        out.push(u8::from(self.multi_factor));
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            kind: FirstFactorKind::numbered(reader.byte()?)?,
            at: Timestamp::from_unix(reader.u64()?),
            multi_factor: match reader.byte()? {
                0 => false,
                1 => true,
                _ => return None,
            },
        })
    }
}

impl Payload for [u8; 32] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        reader.array()
    }
}

impl Payload for HostNote {
    fn write(&self, out: &mut Vec<u8>) {
        Reader::write_long(out, self.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Self::new(reader.long()?).ok()
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
            Self::ForeignRecoveryCode => out.push(3),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.byte()? {
            0 => Some(Self::Login),
            1 => CaseId::read(reader).map(Self::Reset),
            2 => CaseId::read(reader).map(Self::DelayedRecovery),
            3 => Some(Self::ForeignRecoveryCode),
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
            Factor::Passkey => 2,
            // No step-up is granted for these factors, and the value does not read back.
            Factor::EmailCode | Factor::PhoneCode => u8::MAX,
        });
        Reader::write_short(out, self.purpose.to_string().as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let factor = match reader.byte()? {
            0 => Factor::Authenticator,
            1 => Factor::RecoveryCode,
            2 => Factor::Passkey,
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
        let set = RecoveryCodeSetId::from_bytes(reader.array()?);
        let codes = reader.rest().to_vec();
        Some(Self { set, codes })
    }
}
