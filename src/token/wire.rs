//! The wire format of tokens: `cs1<letter>_`, and base64url of a binary body and its MAC.

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Token;
use super::payload::Payload;
use super::reader::Reader;
use super::scope::Scope;
use crate::epoch::Epoch;
use crate::id::Nonce;
use crate::keys::{Tuple, Vault};
use crate::limits::TOKEN_CHARACTERS;
use crate::time::Timestamp;
use crate::user::UserId;

const TAG: usize = 32;
/// The flag of a body whose MAC covers a binding.
const BOUND: u8 = 1;

/// The claims of a token. They come from a token with a right MAC, or from this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims<P> {
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) epoch: Epoch,
    pub(crate) nonce: Nonce,
    pub(crate) user: UserId,
    pub(crate) payload: P,
}

/// Signs the claims. If the scope takes a binding and there is one, the MAC covers it, and a reader
/// needs it.
pub(crate) fn write<S: Scope>(
    claims: &Claims<S::Payload>,
    vault: &Vault,
    binding: Option<&[u8]>,
) -> Token<S> {
    sign(vault, binding, |body| {
        for number in [
            claims.issued_at.as_unix(),
            claims.expires_at.as_unix(),
            claims.epoch.as_u64(),
        ] {
            body.extend_from_slice(&number.to_be_bytes());
        }
        body.extend_from_slice(claims.nonce.as_bytes());
        Reader::write_short(body, claims.user.as_str().as_bytes());
        claims.payload.write(body);
    })
}

/// Signs a body with the claims that `claims` appends.
pub(crate) fn sign<S: Scope>(
    vault: &Vault,
    binding: Option<&[u8]>,
    claims: impl FnOnce(&mut Vec<u8>),
) -> Token<S> {
    let binding = binding.filter(|_| S::BINDS);
    let (key, mac) = vault.signer();
    let mut body = Vec::with_capacity(128);
    Reader::write_short(&mut body, key.as_str().as_bytes());
    body.push(if binding.is_some() { BOUND } else { 0 });
    claims(&mut body);
    let tag = authenticated::<S>(mac, vault, binding, &body)
        .finalize()
        .into_bytes();

    // The tag makes a token of the body, which is no secret without it.
    let whole = Zeroizing::new([body.as_slice(), tag.as_slice()].concat());
    let encoded = Zeroizing::new(Base64UrlUnpadded::encode_string(&whole));
    Token::from([S::PREFIX, encoded.as_str()].concat())
}

/// The claims of a token with a right shape, scope, binding and MAC. The account decides about
/// expiry, epoch and use.
pub(crate) fn read<S: Scope>(
    token: &Token<S>,
    vault: &Vault,
    binding: Option<&[u8]>,
) -> Option<Claims<S::Payload>> {
    let text = token.expose();
    if text.len() > TOKEN_CHARACTERS {
        return None;
    }
    let encoded = text.strip_prefix(S::PREFIX)?;
    let bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(encoded).ok()?);
    let (body, tag) = bytes.split_last_chunk::<TAG>()?;

    // The id of the key and the flag tell how to verify. Nothing else is read before the MAC is
    // verified.
    let mut reader = Reader(body);
    let mac = vault.verifier(reader.short()?)?;
    let bound_to = match reader.byte()? {
        0 => None,
        BOUND => Some(binding?),
        _ => return None,
    };
    authenticated::<S>(mac, vault, bound_to, body)
        .verify_slice(tag)
        .ok()?;

    let claims = Claims {
        issued_at: Timestamp::from_unix(reader.u64()?),
        expires_at: Timestamp::from_unix(reader.u64()?),
        epoch: Epoch::from_u64(reader.u64()?),
        nonce: Nonce::from_bytes(reader.array()?),
        user: UserId::new(std::str::from_utf8(reader.short()?).ok()?).ok()?,
        payload: S::Payload::read(&mut reader)?,
    };
    // A client that has a binding takes no token that was issued without one: a stranger may have
    // got that token, for an account of the stranger.
    let is_foreign =
        S::BINDS && binding.is_some() && bound_to.is_none() && !claims.payload.is_mailed();
    (reader.rest().is_empty() && !is_foreign).then_some(claims)
}

/// An absent and an empty binding differ in the flag, which the MAC covers.
fn authenticated<S: Scope>(
    mac: Hmac<Sha256>,
    vault: &Vault,
    binding: Option<&[u8]>,
    body: &[u8],
) -> Hmac<Sha256> {
    mac.part(b"countersign token v1")
        .part(&[S::LETTER as u8])
        .part(vault.audience().as_bytes())
        .part(binding.unwrap_or_default())
        .part(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecoveryCodeSetId;
    use crate::token::{RecoveryCodeSheet, SheetTicket};

    #[test]
    fn a_token_of_more_than_1024_characters_is_refused_though_its_mac_is_right() {
        let keyring = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse();
        let vault = Vault::new(keyring.unwrap(), "tests");
        // All parts but the sealed codes: key, flag, three numbers, nonce, user, set, and the tag.
        let rest = 2 + 1 + 3 * 8 + 16 + 2 + 12 + TAG;
        let filled = |bytes: usize| Claims {
            issued_at: Timestamp::from_unix(1),
            expires_at: Timestamp::from_unix(2),
            epoch: Epoch::NONE,
            nonce: Nonce::from_bytes([3; 16]),
            user: UserId::from(4_u32),
            payload: SheetTicket {
                set: RecoveryCodeSetId::from_bytes([5; 12]),
                codes: vec![6; bytes - rest],
            },
        };
        // 1,024 characters are the prefix and the base64 of 764 bytes.
        for (bytes, length, accepted) in
            [(764, 1_024, true), (765, 1_025, false), (768, 1_029, false)]
        {
            let claims = filled(bytes);
            let token: Token<RecoveryCodeSheet> = write(&claims, &vault, None);
            assert_eq!(token.expose().len(), length);
            assert_eq!(read(&token, &vault, None), accepted.then_some(claims));
        }
    }
}
