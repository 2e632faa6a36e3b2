//! The keyring as the library uses it: bound to an audience, with one derived key per purpose.

use std::sync::Arc;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::KeyError;
use super::keyring::{KeyId, Keyring};
use super::tuple::Tuple;
use crate::user::UserId;

/// What a derived key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The MAC of tokens; one key per service.
    Token,
    /// The key of an authenticator.
    Authenticator,
    /// The key that a set of recovery codes is hashed under.
    RecoverySet,
    /// The codes inside a sheet ticket.
    RecoverySheet,
    /// The hash of a code sent by e-mail.
    EmailCode,
}

impl Purpose {
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Token => b"token",
            Self::Authenticator => b"authenticator",
            Self::RecoverySet => b"recovery set",
            Self::RecoverySheet => b"recovery sheet",
            Self::EmailCode => b"e-mail code",
        }
    }
}

/// A [`Keyring`] bound to the policy's audience, so that two services that share keys by accident still cannot use each
/// other's tokens and records.
#[derive(Clone)]
pub(crate) struct Vault {
    keys: Vec<VaultKey>,
    audience: String,
}

#[derive(Clone)]
pub(super) struct VaultKey {
    pub(super) id: KeyId,
    retired: bool,
    derive: Arc<Hkdf<Sha256>>,
    /// Every token needs it, so it is derived and scheduled once.
    token_mac: Hmac<Sha256>,
}

impl Vault {
    pub(crate) fn new(keyring: Keyring, audience: &str) -> Self {
        let keys = keyring.keys.into_iter().map(|key| VaultKey {
            token_mac: scheduled(&derive(&key.derive, Purpose::Token, audience, b"")),
            id: key.id,
            retired: key.retired,
            derive: key.derive,
        });
        Self {
            keys: keys.collect(),
            audience: audience.to_owned(),
        }
    }

    pub(crate) fn audience(&self) -> &str {
        &self.audience
    }

    pub(crate) fn current(&self) -> &KeyId {
        &self.keys[0].id
    }

    /// The MAC that new tokens are signed with, and its key's id.
    pub(crate) fn signer(&self) -> (&KeyId, Hmac<Sha256>) {
        (&self.keys[0].id, self.keys[0].token_mac.clone())
    }

    /// The MAC that verifies tokens under `id`, unless that key is unknown or retired.
    pub(crate) fn verifier(&self, id: &[u8]) -> Option<Hmac<Sha256>> {
        self.keys
            .iter()
            .find(|key| key.id.as_str().as_bytes() == id && !key.retired)
            .map(|key| key.token_mac.clone())
    }

    /// HMAC under a key derived for one purpose and one user.
    pub(crate) fn user_mac(
        &self,
        key: &KeyId,
        purpose: Purpose,
        user: &UserId,
    ) -> Result<Hmac<Sha256>, KeyError> {
        let key = self.known(key)?;
        Ok(scheduled(&key.user_key(
            purpose,
            &self.audience,
            user.as_str(),
        )))
    }

    pub(super) fn known(&self, id: &KeyId) -> Result<&VaultKey, KeyError> {
        let known = self.keys.iter().find(|key| key.id == *id);
        known.ok_or_else(|| KeyError::UnknownKey(id.clone()))
    }

    pub(super) fn current_key(&self) -> &VaultKey {
        &self.keys[0]
    }
}

impl VaultKey {
    /// The key under which this user's data of one purpose is sealed or hashed.
    pub(super) fn user_key(
        &self,
        purpose: Purpose,
        audience: &str,
        user: &str,
    ) -> Zeroizing<[u8; 32]> {
        derive(&self.derive, purpose, audience, user.as_bytes())
    }
}

/// HKDF-Expand (RFC 5869 §2.3) over the length-prefixed tuple of what the key is for.
fn derive(
    hkdf: &Hkdf<Sha256>,
    purpose: Purpose,
    audience: &str,
    user: &[u8],
) -> Zeroizing<[u8; 32]> {
    let info = Vec::with_capacity(128)
        .part(b"countersign key v1")
        .part(purpose.label())
        .part(audience.as_bytes())
        .part(user);
    let mut key = Zeroizing::new([0; 32]);
    // 32 bytes are far below the 8,160 at which HKDF-SHA-256 ends, so this cannot fail; if it did, the key of zeros
    // must not be used.
    if hkdf.expand(&info, &mut *key).is_err() {
        unreachable!("HKDF-SHA-256 yields 32 bytes");
    }
    key
}

/// HMAC under a key that is shorter than a block, and so is padded with zeros (RFC 2104 §2).
pub(crate) fn scheduled(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    Hmac::new((&*block).into())
}
