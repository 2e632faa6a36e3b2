//! The keyring inside the library, bound to an audience, with one derived key for each purpose.

use std::sync::Arc;

use aes_gcm::Aes256Gcm;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::keyring::{KeyId, Keyring};
use super::tuple::Tuple;
use crate::user::UserId;

/// The purposes of derived keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The MAC of tokens; one key per service.
    Token,
    /// A user's record.
    Record,
    /// The codes inside a sheet ticket.
    RecoveryCodeSheet,
    /// The nonces of sealed data; one key per service.
    Nonce,
}

impl Purpose {
    pub(super) const fn label(self) -> &'static [u8] {
        match self {
            Self::Token => b"token",
            Self::Record => b"record",
            Self::RecoveryCodeSheet => b"recovery sheet",
            Self::Nonce => b"record nonce",
        }
    }
}

/// A [`Keyring`] bound to the audience of the policy. Two services that share keys by accident
/// still cannot use each other's tokens and records.
#[derive(Clone)]
pub(crate) struct Vault {
    keys: Vec<VaultKey>,
    audience: String,
}

#[derive(Clone)]
pub(super) struct VaultKey {
    pub(super) id: KeyId,
    pub(super) retired: bool,
    derive: Arc<Hkdf<Sha256>>,
    /// Derived and scheduled once, because every token needs it.
    token_mac: Hmac<Sha256>,
    /// Derived and scheduled once, because every commit needs it.
    nonce_mac: Hmac<Sha256>,
}

impl Vault {
    pub(crate) fn new(keyring: Keyring, audience: &str) -> Self {
        let keys = keyring.keys.into_iter().map(|key| {
            let mac = |purpose| scheduled(&derive(&key.derive, purpose, audience, b""));
            VaultKey {
                token_mac: mac(Purpose::Token),
                nonce_mac: mac(Purpose::Nonce),
                id: key.id,
                retired: key.retired,
                derive: key.derive,
            }
        });
        Self {
            keys: keys.collect(),
            audience: audience.to_owned(),
        }
    }

    pub(crate) fn audience(&self) -> &str {
        &self.audience
    }

    /// Whether this vault opens everything that the current key of `other` seals.
    pub(crate) fn succeeds(&self, other: &Self) -> bool {
        let current = other.current_key();
        let same = self.key(current.id.as_str().as_bytes());
        // A different key under the same id would open nothing.
        let mac = |key: &VaultKey| key.token_mac.clone().finalize();
        same.is_some_and(|key| !key.retired && mac(key) == mac(current))
    }

    /// The id of the current key, and its MAC for new tokens.
    pub(crate) fn signer(&self) -> (&KeyId, Hmac<Sha256>) {
        (&self.keys[0].id, self.keys[0].token_mac.clone())
    }

    /// The MAC that verifies tokens under `id`. `None` if the key is unknown or retired.
    pub(crate) fn verifier(&self, id: &[u8]) -> Option<Hmac<Sha256>> {
        let key = self.key(id).filter(|key| !key.retired)?;
        Some(key.token_mac.clone())
    }

    pub(super) fn key(&self, id: &[u8]) -> Option<&VaultKey> {
        self.keys
            .iter()
            .find(|key| key.id.as_str().as_bytes() == id)
    }

    pub(super) fn current_key(&self) -> &VaultKey {
        &self.keys[0]
    }
}

impl VaultKey {
    /// The cipher for the data of one user and one purpose.
    pub(super) fn cipher(&self, purpose: Purpose, audience: &str, user: &UserId) -> Box<Aes256Gcm> {
        let key = derive(&self.derive, purpose, audience, user.as_str().as_bytes());
        Box::new(Aes256Gcm::new((&*key).into()))
    }

    pub(super) fn nonce(&self, random: &[u8; 32], subject: &[u8], plaintext: &[u8]) -> [u8; 12] {
        let mac = self.nonce_mac.clone();
        let mac = mac.part(random).part(subject).part(plaintext).finalize();
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&mac.into_bytes()[..12]);
        nonce
    }
}

/// HKDF-Expand (RFC 5869 §2.3) over the tuple that describes the use of the key.
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
    // HKDF-SHA-256 gives up to 8,160 bytes, so 32 bytes cannot fail. After a failure the key would
    // be zeros, which must not be used.
    if hkdf.expand(&info, &mut *key).is_err() {
        unreachable!("HKDF-SHA-256 yields 32 bytes");
    }
    key
}

/// HMAC under a key that is shorter than a block, padded with zeros (RFC 2104 §2).
pub(super) fn scheduled(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    Hmac::new((&*block).into())
}
