//! The schema of a record: the number of each field.
//!
//! A number is never reused for another field. Later releases read what a release writes. A release
//! that adds a field reads it one release before it writes it.

use std::net::{IpAddr, Ipv6Addr};

use minicbor::encode::{self, Write};
use minicbor::{Decoder, Encoder};

use super::account::{Account, Schema};
use super::authenticator::{Authenticator, Credential, Grant, OtpKey, Pending};
use super::budget::Budget;
use super::cbor::{
    Entries, Unread, Value, Written, bytes, form, is_written, map, read_kind, write_kind,
};
use super::counters::Counters;
use super::delayed_recovery::{DelayedRecovery, Stage};
use super::device::Device;
use super::mechanism::{HotpState, Mechanism, TotpState};
use super::sent_codes::{LiveCode, SentCodes};
use super::spent::Spent;
use super::unanswered::{Begun, NotedChallenge, Unanswered};
use crate::channel::Channel;
use crate::epoch::Epoch;
use crate::first_factor::{FirstFactorKind, GivenFirst};
use crate::grant::GrantedFor;
use crate::id::{AuthenticatorId, CaseId, DeviceId, Nonce, RecoveryCodeSetId};
use crate::otp::{Algorithm, Digits, HotpParams, LookAhead, Period, Skew, TimeStep, TotpParams};
use crate::passkey::{Passkey, Transports};
use crate::recovery_codes::RecoveryCodeSet;
use crate::time::Timestamp;
use crate::version::Version;

map!(Account, None, {
    0: schema, 1: versions, 2: epoch, 3: written_at, 4: counters, 5: authenticators, 6: pending,
    7: recovery_codes, 8: devices, 9: email, 10: spent, 11: last_verified_at, 12: delayed_recovery_requests,
    13: reset, 14: locked_at, 15: unlocked_at, 16: phone,
    17: grace_began, 19: unanswered, 20: passkey_handle,
});

map!(Counters, Some(Self::default()), {
    0: authenticator, 1: recovery_code, 2: email_code, 3: email_failures, 4: delayed_recovery,
    5: failures_since_password, 6: password_demanded, 7: pending_failures, 8: round,
    9: failure_told_at, 10: reuse_told_at, 11: phone_code, 12: phone_failures,
    13: passkey, 14: clone_told_at,
});

map!(Budget, Some(Self::default()), { 0: failures, 1: blocked_until });

map!(Authenticator, None, {
    0: id, 1: label, 2: credential, 4: proven, 5: created_at, 6: last_used_at,
});

map!(OtpKey, None, { 0: secret, 1: mechanism });

map!(Passkey, None, {
    0: credential_id, 1: public_key, 2: sign_count, 3: backup_eligible, 4: backed_up,
    5: user_verified, 6: transports, 7: aaguid,
});

map!(Pending, None, {
    0: id, 1: label, 2: key, 4: started_at, 5: expires_at, 6: replaces, 7: grant, 8: first,
});

map!(GivenFirst, None, { 0: kind, 1: at, 2: multi_factor });

map!(Grant, None, { 0: nonce, 1: expires_at, 2: granted_for });

map!(TotpState, None, { 0: params, 1: last_step, 2: drift });

map!(HotpState, None, { 0: params, 1: next });

map!(TotpParams, Some(Self::default()), { 0: algorithm, 1: digits, 2: period, 3: skew });

map!(HotpParams, Some(Self::default()), { 0: algorithm, 1: digits, 2: look_ahead });

map!(RecoveryCodeSet, None, {
    0: id, 1: key, 2: letters, 3: entries, 4: used, 5: generated_at, 6: stale,
    7: acknowledged,
});

map!(Device, None, {
    0: id, 1: label, 2: created_at, 3: expires_at, 4: last_used_at, 5: current,
});

map!(SentCodes, Some(Self::default()), { 0: live, 1: sent });

map!(LiveCode, None, {
    0: challenge, 1: key, 2: hash, 3: expires_at, 4: channel, 5: voided_by,
});

map!(Unanswered, Some(Self::default()), { 0: noted, 1: further, 2: told_at });

map!(NotedChallenge, None, { 0: nonce, 1: begun, 2: guessed });

map!(Begun, None, { 0: at, 1: first, 2: ip });

map!(Spent, Some(Self::default()), { 0: tokens, 1: watermark });

map!(DelayedRecovery, None, {
    0: id, 1: requested_at, 2: remind_at, 3: effective_at, 4: stage, 5: granted, 6: restarts,
});

bytes! {
    AuthenticatorId, 12: |id| *id.as_bytes(), Self::from_bytes;
    DeviceId, 12: |id| *id.as_bytes(), Self::from_bytes;
    CaseId, 12: |id| *id.as_bytes(), Self::from_bytes;
    RecoveryCodeSetId, 12: |id| *id.as_bytes(), Self::from_bytes;
    Nonce, 16: |nonce| *nonce.as_bytes(), Self::from_bytes;
    Version, 8: |version| version.to_bytes(), Self::from_bytes;
    // Hashes, and the number of steps that a code may be early and late.
    [u8; 32], 32: |hash| *hash, |hash| hash;
    [u8; 16], 16: |hash| *hash, |hash| hash;
    [u8; 2], 2: |steps| *steps, |steps| steps;
    // A used token with its expiry, and a used code with its moment.
    (Nonce, Timestamp), 24: |(nonce, at)| dated(nonce.as_bytes(), *at), |bytes| {
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&bytes[..16]);
        (Nonce::from_bytes(nonce), date(&bytes))
    };
    (u8, Timestamp), 9: |(number, at)| dated(&[*number], *at), |bytes| (bytes[0], date(&bytes));
}

/// Bytes followed by a moment.
fn dated<const N: usize>(bytes: &[u8], at: Timestamp) -> [u8; N] {
    let mut dated = [0; N];
    let (front, back) = dated.split_at_mut(N - 8);
    front.copy_from_slice(bytes);
    back.copy_from_slice(&at.as_unix().to_be_bytes());
    dated
}

fn date<const N: usize>(dated: &[u8; N]) -> Timestamp {
    let mut unix = [0; 8];
    unix.copy_from_slice(&dated[N - 8..]);
    Timestamp::from_unix(u64::from_be_bytes(unix))
}

form! {
    Timestamp, u64: |at| at.as_unix(), |unix| Some(Self::from_unix(unix));
    Epoch, u64: |epoch| epoch.as_u64(), |epoch| Some(Self::from_u64(epoch));
    TimeStep, u64: |step| step.get(), |step| Some(Self::new(step));
    Digits, u8: |digits| digits.get(), |digits| Self::new(digits).ok();
    Period, u64: |period| period.seconds(), |seconds| Self::new(seconds).ok();
    LookAhead, u8: |ahead| ahead.get(), |ahead| Self::new(ahead).ok();
    Skew, [u8; 2]: |skew| [skew.past(), skew.future()], |[past, future]| Self::new(past, future).ok();
    Algorithm, u8: |algorithm| match algorithm {
        Self::Sha1 => 1,
        Self::Sha256 => 2,
        Self::Sha512 => 3,
    }, |number| match number {
        1 => Some(Self::Sha1),
        2 => Some(Self::Sha256),
        3 => Some(Self::Sha512),
        _ => None,
    };
    // An IPv4 address in the form of RFC 4291 §2.5.5.2.
    IpAddr, [u8; 16]: |ip| match ip {
        Self::V4(ip) => ip.to_ipv6_mapped().octets(),
        Self::V6(ip) => ip.octets(),
    }, |octets| Some(Ipv6Addr::from(octets).to_canonical());
    Transports, u8: |transports| transports.bits(), |bits| {
        let known = Self::from_bits(bits);
        (known.bits() == bits).then_some(known)
    };
    FirstFactorKind, u8: |kind| kind.number(), |number| Self::numbered(number);
    Channel, u8: |channel| match channel {
        Self::Email => 1,
        Self::Sms => 2,
        Self::Voice => 3,
    }, |number| match number {
        1 => Some(Self::Email),
        2 => Some(Self::Sms),
        3 => Some(Self::Voice),
        _ => None,
    };
    Stage, u8: |stage| match stage {
        Self::Requested => 1,
        Self::Reminded => 2,
        Self::Opened => 3,
    }, |number| match number {
        1 => Some(Self::Requested),
        2 => Some(Self::Reminded),
        3 => Some(Self::Opened),
        _ => None,
    };
}

impl Value for Mechanism {
    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        match self {
            Self::Totp(state) => write_kind(1, state, to),
            Self::Hotp(state) => write_kind(2, state, to),
        }
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        match read_kind(from)? {
            1 => Value::read(from).map(Self::Totp),
            2 => Value::read(from).map(Self::Hotp),
            _ => Err(Unread::Damaged),
        }
    }
}

impl Value for Credential {
    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        match self {
            Self::Otp(key) => write_kind(1, key, to),
            Self::Passkey(passkey) => write_kind(2, passkey, to),
        }
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        match read_kind(from)? {
            1 => Value::read(from).map(Self::Otp),
            2 => Value::read(from).map(Self::Passkey),
            _ => Err(Unread::Damaged),
        }
    }
}

impl Value for GrantedFor {
    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        match self {
            Self::Login => write_kind(1, &true, to),
            Self::Reset(id) => write_kind(2, id, to),
            Self::DelayedRecovery(id) => write_kind(3, id, to),
            Self::ForeignRecoveryCode => write_kind(4, &true, to),
        }
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        match read_kind(from)? {
            1 if bool::read(from)? => Ok(Self::Login),
            2 => Value::read(from).map(Self::Reset),
            3 => Value::read(from).map(Self::DelayedRecovery),
            4 if bool::read(from)? => Ok(Self::ForeignRecoveryCode),
            _ => Err(Unread::Damaged),
        }
    }
}

/// The first number in a record. A newer number means that the shape of the rest is unknown.
impl Value for Schema {
    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        Self::NUMBER.write(to)
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        match u32::read(from)? {
            Self::NUMBER => Ok(Self),
            newer if newer > Self::NUMBER => Err(Unread::Newer),
            _ => Err(Unread::Damaged),
        }
    }
}

#[cfg(test)]
mod tests;
