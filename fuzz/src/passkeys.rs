//! Responses of passkeys, from the test vectors of WebAuthn Level 3.

use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use ciborium::Value as Item;
use countersign::passkey::{Ceremony, Passkey, PasskeyCeremonies, UserVerification};
use countersign_webauthn::RelyingParty;
use serde_json::json;

use crate::cbor;

/// One registration and one assertion of the same key.
pub struct Vector {
    pub name: &'static str,
    pub id: Vec<u8>,
    pub create: Vec<u8>,
    pub create_data: Vec<u8>,
    pub object: Vec<u8>,
    pub get: Vec<u8>,
    pub data: Vec<u8>,
    pub get_data: Vec<u8>,
    pub signature: Vec<u8>,
}

/// The vectors. The first has no attestation, and its challenges are those of [`create`] and
/// [`get`].
pub static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
    let file = include_str!("../../crates/countersign-webauthn/tests/vectors/webauthn-level-3.csv");
    let lines = file.lines().filter(|line| !line.starts_with('#')).skip(1);
    let vector = |line: &'static str| {
        let mut fields = line.split(',');
        let name = fields.next().expect("a name");
        let bytes: Vec<_> = fields.map(bytes).collect();
        let [
            _,
            id,
            create,
            create_data,
            object,
            get,
            data,
            get_data,
            signature,
        ] = bytes.try_into().expect("nine fields of bytes");
        Vector {
            name,
            id,
            create,
            create_data,
            object,
            get,
            data,
            get_data,
            signature,
        }
    };
    lines.map(vector).collect()
});

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair).expect("ASCII");
        u8::from_str_radix(digits, 16).expect("hexadecimal digits")
    };
    hexadecimal.as_bytes().chunks(2).map(byte).collect()
}

pub static PARTY: LazyLock<RelyingParty> =
    LazyLock::new(|| RelyingParty::at("https://example.org").expect("it is an origin"));

/// The passkey of the first vector. Nobody here has its private key.
pub static PASSKEY: LazyLock<Passkey> = LazyLock::new(|| {
    let first = &VECTORS[0];
    let response = registration(&first.id, &first.create_data, &first.object);
    PARTY
        .register(&create(), &response)
        .expect("the vector is right")
});

pub fn create() -> Ceremony {
    ceremony(&VECTORS[0].create)
}

pub fn get() -> Ceremony {
    ceremony(&VECTORS[0].get)
}

fn ceremony(challenge: &[u8]) -> Ceremony {
    Ceremony {
        challenge: challenge.try_into().expect("32 bytes"),
        user_verification: UserVerification::Preferred,
    }
}

/// A registration as a page sends it.
pub fn registration(id: &[u8], client_data: &[u8], object: &[u8]) -> String {
    json!({
        "id": base64url(id),
        "rawId": base64url(id),
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": { "credProps": { "rk": true } },
        "response": {
            "clientDataJSON": base64url(client_data),
            "attestationObject": base64url(object),
            "transports": ["hybrid", "internal"],
        },
    })
    .to_string()
}

/// An assertion of the first vector's key as a page sends it.
pub fn assertion(client_data: &[u8], data: &[u8], signature: &[u8]) -> String {
    let id = base64url(&VECTORS[0].id);
    json!({
        "id": id,
        "rawId": id,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64url(client_data),
            "authenticatorData": base64url(data),
            "signature": base64url(signature),
            "userHandle": null,
        },
    })
    .to_string()
}

fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The attestation object of the first vector with this statement, one more member of the key, and
/// extensions, unless they are empty. Each is CBOR, or should be.
pub fn object(statement: &[u8], member: &[u8], extensions: &[u8]) -> Vec<u8> {
    let object = cbor::whole(&VECTORS[0].object).expect("the vector is right");
    let data = cbor::get(&object, &"authData".into()).and_then(Item::as_bytes);
    let mut data = data.expect("the vector is right").clone();
    if !member.is_empty() {
        // A map of five members.
        let key = data
            .windows(5)
            .position(|window| window == b"\xa5\x01\x02\x03\x26");
        data[key.expect("the vector has a key")] += 1;
        data.extend(member);
    }
    if !extensions.is_empty() {
        data[32] |= 0x80;
        data.extend(extensions);
    }
    let mut object = b"\xa3\x63fmt\x64none\x67attStmt".to_vec();
    object.extend(statement);
    object.extend(b"\x68authData");
    object.extend(cbor::written(&Item::Bytes(data)));
    object
}

/// What another reader of CBOR finds in a registration.
#[derive(Debug)]
pub struct Attested {
    pub flags: u8,
    pub sign_count: u32,
    pub aaguid: [u8; 16],
    pub id: Vec<u8>,
    /// The COSE key.
    pub key: Item,
}

/// Reads an attestation object. `None` if any of it is malformed: its statement, which the library
/// passes over, as well.
pub fn attested(object: &[u8]) -> Option<Attested> {
    let object = cbor::whole(object)?;
    let data = cbor::get(&object, &"authData".into())?.as_bytes()?;
    let (_, rest) = data.split_first_chunk::<32>()?;
    let (&[flags], rest) = rest.split_first_chunk()?;
    let (&sign_count, rest) = rest.split_first_chunk()?;
    let (&aaguid, rest) = rest.split_first_chunk()?;
    let (&length, rest) = rest.split_first_chunk()?;
    let (id, rest) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
    let (key, mut rest) = cbor::first(rest)?;
    if flags & 0x80 != 0 {
        rest = cbor::first(rest).filter(|(item, _)| item.is_map())?.1;
    }
    rest.is_empty().then(|| Attested {
        flags,
        sign_count: u32::from_be_bytes(sign_count),
        aaguid,
        id: id.to_vec(),
        key,
    })
}
