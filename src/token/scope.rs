//! What a token is for, in its type.

use super::wire::{Payload, Reader};
use crate::account::{DevicePass, Factor, GrantedFor, GrantedStepUp};
use crate::id::{AuthenticatorId, DeviceId, Nonce, RequestId, SetId};
use crate::keys::{KeyId, Sealed};

/// The purpose of a [`Token`](super::Token). The scopes are this library's own; none can be added from outside.
#[expect(private_bounds, reason = "the supertrait seals it")]
pub trait Scope: Wire + Send + Sync + 'static {}

/// What the wire format has to know of a scope.
pub(crate) trait Wire {
    /// The letter in the token's prefix, also under its MAC.
    const LETTER: char;
    /// Whether a binding that the request brings goes into the MAC.
    const BINDS: bool;
    /// What the scope adds to the claims.
    type Payload: Payload;
}

macro_rules! scopes {
    ($($(#[$docs:meta])* $name:ident($letter:literal, binds: $binds:literal, $payload:ty);)*) => {$(
        $(#[$docs])*
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct $name;
        impl Scope for $name {}
        impl Wire for $name {
            const LETTER: char = $letter;
            const BINDS: bool = $binds;
            type Payload = $payload;
        }
    )*};
}

scopes! {
    /// The second step of one login. It lives 5 minutes and is spent by the answer that succeeds.
    Challenge('c', binds: true, Round);
    /// Leave to start an enrolment without a session: from a login under a policy that demands a second factor, from the mail
    /// about an administrator's reset, or from a delayed recovery. But for the last it is worth nothing once an
    /// authenticator is bound.
    EnrollmentGrant('g', binds: true, GrantedFor);
    /// Leave to confirm the one enrolment that it names. It lives 10 minutes.
    Enrollment('e', binds: true, AuthenticatorId);
    /// A fresh proof of password and code, for one purpose and one use.
    StepUp('s', binds: true, GrantedStepUp);
    /// One download of the recovery codes that were just shown.
    RecoverySheet('r', binds: false, SheetTicket);
    /// A trusted device. It lives as long as the trust, and each use replaces it.
    Device('d', binds: false, DevicePass);
    /// Locks an account. It travels in notifications, lives 7 days, and may be used again.
    LockAccount('l', binds: false, ());
    /// Cancels the one delayed recovery that it names. It travels in notifications.
    CancelRecovery('x', binds: false, RequestId);
}

/// The challenge round that a challenge was issued in. A block ends the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Round(pub(crate) u64);

/// The codes of one set, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetTicket {
    pub(crate) set: SetId,
    pub(crate) codes: Sealed,
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

impl Payload for RequestId {
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
            Self::Recovery(id) => {
                out.push(2);
                id.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        match reader.byte()? {
            0 => Some(Self::Login),
            1 => RequestId::read(reader).map(Self::Reset),
            2 => RequestId::read(reader).map(Self::Recovery),
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
            // None is ever granted for it, and none reads back.
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
        Reader::write_short(out, self.codes.key().as_str().as_bytes());
        out.extend_from_slice(self.codes.body());
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let set = SetId::from_bytes(reader.array()?);
        let key = KeyId::new(std::str::from_utf8(reader.short()?).ok()?).ok()?;
        let codes = Sealed::from_parts(key, reader.rest().to_vec());
        Some(Self { set, codes })
    }
}
