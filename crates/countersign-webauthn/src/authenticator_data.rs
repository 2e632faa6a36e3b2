//! Authenticator data (WebAuthn L3 §6.1), and the attestation object that carries it.

use minicbor::{Decoder, Encoder};

use crate::cbor;

/// What an authenticator says of itself, of its user and of the credential. Everything in it is
/// signed in an assertion, and nothing in a registration without attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    flags: u8,
    sign_count: [u8; 4],
    pub(crate) attested: Option<AttestedCredential<'a>>,
}

/// The credential that a registration brings (WebAuthn L3 §6.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttestedCredential<'a> {
    pub(crate) aaguid: [u8; 16],
    pub(crate) id: &'a [u8],
    pub(crate) public_key: &'a [u8],
}

const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

impl<'a> AuthenticatorData<'a> {
    /// Reads all of `bytes`, or none. Extensions are passed over: none was asked for that an
    /// authenticator answers. A key that may not be copied and was is none (WebAuthn L3 §6.1.3).
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (rp_id_hash, rest) = bytes.split_first_chunk()?;
        let (&[flags], rest) = rest.split_first_chunk()?;
        let (&sign_count, mut rest) = rest.split_first_chunk()?;
        let mut attested = None;
        if flags & ATTESTED != 0 {
            let (credential, after) = AttestedCredential::read(rest)?;
            (attested, rest) = (Some(credential), after);
        }
        if flags & EXTENSIONS != 0 {
            rest = after_extensions(rest)?;
        }
        let data = Self {
            rp_id_hash,
            flags,
            sign_count,
            attested,
        };
        let possible = data.backup_eligible() || !data.backed_up();
        (possible && rest.is_empty()).then_some(data)
    }

    pub(crate) const fn sign_count(&self) -> u32 {
        u32::from_be_bytes(self.sign_count)
    }

    pub(crate) const fn user_verified(&self) -> bool {
        self.flags & USER_VERIFIED != 0
    }

    pub(crate) const fn backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    pub(crate) const fn backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }

    /// An attestation object of the format `none` with the data of a registration, and with this
    /// form of its public key. It has neither statement nor extensions, so that the library never
    /// reads what a client made of them.
    pub(crate) fn attestation_object(&self, public_key: &[u8]) -> Option<Vec<u8>> {
        let attested = self.attested?;
        let mut data = self.rp_id_hash.to_vec();
        data.push(self.flags & !EXTENSIONS);
        data.extend(self.sign_count);
        data.extend(attested.aaguid);
        data.extend(u16::try_from(attested.id.len()).ok()?.to_be_bytes());
        data.extend(attested.id);
        data.extend(public_key);
        let mut object = Vec::with_capacity(data.len() + 32);
        let mut encoder = Encoder::new(&mut object);
        encoder.map(3).ok()?;
        encoder.str("fmt").ok()?.str("none").ok()?;
        encoder.str("attStmt").ok()?.map(0).ok()?;
        encoder.str("authData").ok()?.bytes(&data).ok()?;
        Some(object)
    }
}

impl<'a> AttestedCredential<'a> {
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&aaguid, rest) = bytes.split_first_chunk()?;
        let (&length, rest) = rest.split_first_chunk()?;
        let (id, rest) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
        let (public_key, rest) = split_item(rest)?;
        let credential = Self {
            aaguid,
            id,
            public_key,
        };
        Some((credential, rest))
    }
}

/// The authenticator data of an attestation object (WebAuthn L3 §6.5.4). The statement is passed
/// over whatever its format is: none was asked for, and nothing is decided by one. A client that
/// claims another format gains no more than by claiming `none`.
pub(crate) fn in_attestation_object(object: &[u8]) -> Option<&[u8]> {
    let mut decoder = Decoder::new(object);
    let mut data = None;
    for _ in 0..decoder.map().ok()?? {
        match decoder.str().ok()? {
            "authData" if data.is_none() => data = Some(decoder.bytes().ok()?),
            "authData" => return None,
            _ => cbor::skip(&mut decoder)?,
        }
    }
    data.filter(|_| decoder.position() == object.len())
}

/// What comes after the extensions. The library reads them too and logs what it cannot read, so
/// that only plain ones reach it: text keys, with values or shallow lists of values.
fn after_extensions(bytes: &[u8]) -> Option<&[u8]> {
    let mut decoder = Decoder::new(bytes);
    for _ in 0..decoder.map().ok()?? {
        decoder.str().ok()?;
        skip_plain(&mut decoder, 3)?;
    }
    bytes.get(decoder.position()..)
}

/// Skips a value, or lists of values that are nested no deeper than this.
fn skip_plain(decoder: &mut Decoder<'_>, depth: u8) -> Option<()> {
    use minicbor::data::Type;
    match decoder.datatype().ok()? {
        Type::Bool | Type::Null | Type::Bytes | Type::String => decoder.skip().ok(),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.skip().ok(),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => decoder.skip().ok(),
        Type::Array if depth > 0 => {
            let length = decoder.array().ok()??;
            (0..length).try_for_each(|_| skip_plain(decoder, depth - 1))
        }
        _ => None,
    }
}

/// The first CBOR item, and what comes after it.
fn split_item(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut decoder = Decoder::new(bytes);
    cbor::skip(&mut decoder)?;
    bytes.split_at_checked(decoder.position())
}
