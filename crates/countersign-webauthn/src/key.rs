//! Public keys, as a record keeps them: COSE keys in their canonical form (RFC 9052 §7, CTAP2).

use countersign::passkey::CeremonyError;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use webauthn_rs_core::proto::{
    COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType, COSERSAKey, ECDSACurve,
};

use crate::cbor;

/// The signature algorithms that are offered, in the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Es256,
    Es384,
    Rs256,
}

impl Algorithm {
    /// Ed25519 and ES512 are missing: the library does not verify them.
    pub(crate) const ALL: [Self; 3] = [Self::Es256, Self::Es384, Self::Rs256];

    /// Its name in the registry of COSE (RFC 9053, RFC 8812).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
        }
    }

    /// Its number in the registry of COSE.
    pub(crate) const fn id(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Rs256 => -257,
            Self::Es384 => -35,
        }
    }
}

/// Labels of a COSE key (RFC 9053 §7).
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const ELLIPTIC: i64 = 2;
const RSA: i64 = 3;

/// The members of a COSE key that these algorithms have. One label means different things for the
/// two types of keys.
#[derive(Default)]
struct Members<'a> {
    key_type: Option<i64>,
    algorithm: Option<i64>,
    curve: Option<i64>,
    /// The members with bytes of the labels -1, -2 and -3.
    bytes: [Option<&'a [u8]>; 3],
}

/// Reads a public key that an authenticator or a record brings. Members that are not needed are
/// passed over.
pub(crate) fn read(cose: &[u8]) -> Result<COSEKey, CeremonyError> {
    let members = members(cose).ok_or(CeremonyError::Malformed)?;
    let algorithm = Algorithm::ALL
        .into_iter()
        .find(|one| Some(one.id()) == members.algorithm);
    let curve = |number, curve: ECDSACurve, length| {
        let [None, Some(x), Some(y)] = members.bytes else {
            return None;
        };
        let fits = members.key_type == Some(ELLIPTIC)
            && members.curve == Some(number)
            && [x.len(), y.len()] == [length; 2];
        fits.then(|| {
            COSEKeyType::EC_EC2(COSEEC2Key {
                curve,
                x: x.to_vec(),
                y: y.to_vec(),
            })
        })
    };
    let (type_, key) = match algorithm {
        Some(Algorithm::Es256) => (COSEAlgorithm::ES256, curve(1, ECDSACurve::SECP256R1, 32)),
        Some(Algorithm::Es384) => (COSEAlgorithm::ES384, curve(2, ECDSACurve::SECP384R1, 48)),
        Some(Algorithm::Rs256) => (COSEAlgorithm::RS256, rsa(&members)),
        None => return Err(CeremonyError::Unsupported),
    };
    let key = key.ok_or(CeremonyError::Unsupported)?;
    Ok(COSEKey { type_, key })
}

/// The library verifies moduli of 2,048 bits and exponents of three bytes.
fn rsa(members: &Members<'_>) -> Option<COSEKeyType> {
    let [Some(n), Some(e), None] = members.bytes else {
        return None;
    };
    let fits = members.key_type == Some(RSA) && n.len() == 256;
    let e = e.try_into().ok().filter(|_| fits)?;
    Some(COSEKeyType::RSA(COSERSAKey { n: n.to_vec(), e }))
}

fn members(cose: &[u8]) -> Option<Members<'_>> {
    let mut decoder = Decoder::new(cose);
    let mut members = Members::default();
    for _ in 0..decoder.map().ok()?? {
        match decoder.i64().ok()? {
            KEY_TYPE => once(&mut members.key_type, decoder.i64().ok()?)?,
            ALGORITHM => once(&mut members.algorithm, decoder.i64().ok()?)?,
            -1 if decoder.datatype().ok()? != Type::Bytes => {
                once(&mut members.curve, decoder.i64().ok()?)?;
            }
            label @ -3..=-1 => {
                let place = members.bytes.get_mut(usize::try_from(-1 - label).ok()?)?;
                once(place, decoder.bytes().ok()?)?;
            }
            _ => cbor::skip(&mut decoder)?,
        }
    }
    (decoder.position() == cose.len()).then_some(members)
}

/// A member that is there twice means nothing.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

/// The canonical form of a key that the library read: members in the order of CTAP2, nothing else.
pub(crate) fn write(key: &COSEKey) -> Option<Vec<u8>> {
    let mut cose = Vec::new();
    let mut encoder = Encoder::new(&mut cose);
    match (&key.type_, &key.key) {
        (COSEAlgorithm::ES256 | COSEAlgorithm::ES384, COSEKeyType::EC_EC2(point)) => {
            let (algorithm, curve) = match point.curve {
                ECDSACurve::SECP256R1 => (Algorithm::Es256, 1),
                ECDSACurve::SECP384R1 => (Algorithm::Es384, 2),
                ECDSACurve::SECP521R1 => return None,
            };
            encoder.map(5).ok()?;
            encoder.i64(KEY_TYPE).ok()?.i64(ELLIPTIC).ok()?;
            encoder.i64(ALGORITHM).ok()?.i64(algorithm.id()).ok()?;
            encoder.i64(-1).ok()?.i64(curve).ok()?;
            encoder.i64(-2).ok()?.bytes(&point.x).ok()?;
            encoder.i64(-3).ok()?.bytes(&point.y).ok()?;
        }
        (COSEAlgorithm::RS256, COSEKeyType::RSA(key)) => {
            encoder.map(4).ok()?;
            encoder.i64(KEY_TYPE).ok()?.i64(RSA).ok()?;
            encoder
                .i64(ALGORITHM)
                .ok()?
                .i64(Algorithm::Rs256.id())
                .ok()?;
            encoder.i64(-1).ok()?.bytes(&key.n).ok()?;
            encoder.i64(-2).ok()?.bytes(&key.e).ok()?;
        }
        _ => return None,
    }
    // What was written is what would be read, so that a key of another form never gets into a
    // record.
    (read(&cose).ok().as_ref() == Some(key)).then_some(cose)
}
