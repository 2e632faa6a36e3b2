//! What a page sends: the JSON of `PublicKeyCredential.toJSON` (WebAuthn L3 §5.1), and the client
//! data in it.

use std::borrow::Cow;

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::passkey::{Ceremony, CeremonyError, Transports};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, IgnoredAny};

use crate::options::base64url;

/// The longest response that is looked at, in bytes. A response with a credential id of 1,023
/// bytes and an RSA key has under 6 KiB.
const MAX_LENGTH: usize = 16 * 1024;

/// The longest credential id (WebAuthn L3 §4).
pub(crate) const MAX_ID_LENGTH: usize = 1_023;

/// A credential with the response of its authenticator. Members that are not named here are passed
/// over, as the specification asks; one of these that is there twice is refused.
#[derive(Debug, serde::Deserialize)]
struct Credential<R> {
    id: String,
    #[serde(rename = "rawId")]
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: R,
}

/// The response of a registration (WebAuthn L3 §5.2.1).
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Attestation {
    #[serde(rename = "clientDataJSON")]
    pub(crate) client_data: Bytes,
    #[serde(rename = "attestationObject")]
    pub(crate) object: Bytes,
    #[serde(default)]
    transports: Option<Vec<String>>,
}

impl Attestation {
    pub(crate) fn transports(&self) -> Transports {
        self.transports
            .iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }
}

/// The response of an assertion (WebAuthn L3 §5.2.2).
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Assertion {
    #[serde(rename = "clientDataJSON")]
    pub(crate) client_data: Bytes,
    #[serde(rename = "authenticatorData")]
    pub(crate) authenticator_data: Bytes,
    pub(crate) signature: Bytes,
    #[serde(default, rename = "userHandle")]
    user_handle: Option<Bytes>,
}

impl Assertion {
    /// Whether this response names another user. Security keys name none, some clients as an empty
    /// handle.
    pub(crate) fn names_another(&self, handle: &[u8]) -> bool {
        let named = self.user_handle.as_ref().map(|handle| handle.0.as_slice());
        named.is_some_and(|named| !named.is_empty() && named != handle)
    }
}

/// Reads a credential, and returns its id and its response.
pub(crate) fn read<R: DeserializeOwned>(json: &str) -> Result<(Vec<u8>, R), CeremonyError> {
    if json.len() > MAX_LENGTH {
        return Err(CeremonyError::Malformed);
    }
    let credential: Credential<R> =
        serde_json::from_str(json).map_err(|_| CeremonyError::Malformed)?;
    let id = Base64UrlUnpadded::decode_vec(&credential.raw_id)
        .ok()
        .filter(|id| (1..=MAX_ID_LENGTH).contains(&id.len()))
        .ok_or(CeremonyError::Malformed)?;
    if credential.kind != "public-key" || credential.id != credential.raw_id {
        return Err(CeremonyError::Malformed);
    }
    Ok((id, credential.response))
}

/// The kind of a ceremony, as client data say it.
pub(crate) const CREATE: &str = "webauthn.create";
pub(crate) const GET: &str = "webauthn.get";

/// What a browser says of the page that asked (WebAuthn L3 §5.8.1).
#[derive(Debug, serde::Deserialize)]
struct ClientData<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    challenge: Cow<'a, str>,
    #[serde(borrow)]
    origin: Cow<'a, str>,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: Option<bool>,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<IgnoredAny>,
}

/// Checks that client data belong to this ceremony, at one of these origins. A page in a frame of
/// another origin is refused, so that no foreign page leads its user to sign.
pub(crate) fn check_client_data(
    client_data: &[u8],
    kind: &str,
    ceremony: &Ceremony,
    origins: &[String],
) -> Result<(), CeremonyError> {
    let data: ClientData<'_> =
        serde_json::from_slice(client_data).map_err(|_| CeremonyError::Malformed)?;
    let fits = data.kind == kind
        && data.challenge == base64url(&ceremony.challenge)
        && origins.iter().any(|origin| *origin == data.origin)
        && data.cross_origin != Some(true)
        && data.top_origin.is_none();
    fits.then_some(()).ok_or(CeremonyError::Mismatch)
}

/// Bytes that JSON carries as base64url without padding.
#[derive(Debug)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = Base64UrlUnpadded::decode_vec(&text);
        bytes
            .map(Self)
            .map_err(|_| D::Error::custom("no base64url"))
    }
}
