//! Sealing at rest: AES-256-GCM under a key derived per user.

use std::fmt;

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::tuple::Tuple;
use super::vault::{Purpose, Vault, VaultKey};
use super::{KeyError, KeyId};
use crate::entropy::{Random, RngError};
use crate::user::UserId;

const NONCE: usize = 12;
const TAG: usize = 16;

/// Something sealed: the id of its master key, a random nonce, and the ciphertext with its tag.
///
/// As text it is `id.base64url`. A 96-bit random nonce is safe here because each key seals one user's handful of
/// secrets (NIST SP 800-38D §8.3 allows 2³²).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Sealed {
    key: KeyId,
    /// Nonce, ciphertext, tag.
    body: Vec<u8>,
}

/// What a sealed thing belongs to. It opens nowhere else.
#[derive(Clone, Copy)]
pub(crate) struct Seal<'a> {
    pub(crate) purpose: Purpose,
    pub(crate) user: &'a UserId,
    /// The authenticator or set that it is the secret of.
    pub(crate) subject: &'a [u8],
}

impl Seal<'_> {
    pub(crate) fn seal(
        self,
        vault: &Vault,
        secret: &[u8],
        random: Random<'_>,
    ) -> Result<Sealed, RngError> {
        let key = vault.current_key();
        let nonce: [u8; NONCE] = random.bytes()?;
        // Sized once, so that no unwiped copy of the secret is left behind by a reallocation.
        let mut buffer = Zeroizing::new(Vec::with_capacity(secret.len() + TAG));
        buffer.extend_from_slice(secret);
        self.cipher(vault, key)
            .encrypt_in_place(&Nonce::from(nonce), &self.aad(vault, &key.id), &mut *buffer)
            .unwrap_or_else(|_| unreachable!("a secret is shorter than AES-GCM's 64 GiB"));
        Ok(Sealed {
            key: key.id.clone(),
            body: [&nonce, &**buffer].concat(),
        })
    }

    pub(crate) fn open(
        self,
        vault: &Vault,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let key = vault.known(&sealed.key)?;
        let (nonce, ciphertext) = sealed
            .body
            .split_first_chunk::<NONCE>()
            .ok_or(KeyError::Undecryptable)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        self.cipher(vault, key)
            .decrypt_in_place(
                &Nonce::from(*nonce),
                &self.aad(vault, &key.id),
                &mut *buffer,
            )
            .map_err(|_| KeyError::Undecryptable)?;
        Ok(buffer)
    }

    fn cipher(self, vault: &Vault, key: &VaultKey) -> Aes256Gcm {
        let key = key.user_key(self.purpose, vault.audience(), self.user.as_str());
        Aes256Gcm::new((&*key).into())
    }

    fn aad(self, vault: &Vault, key: &KeyId) -> Vec<u8> {
        Vec::with_capacity(160)
            .part(b"countersign seal v1")
            .part(key.as_str().as_bytes())
            .part(vault.audience().as_bytes())
            .part(self.user.as_str().as_bytes())
            .part(self.subject)
            .part(self.purpose.label())
    }
}

impl Sealed {
    /// The master key that it is sealed under.
    pub(crate) fn key(&self) -> &KeyId {
        &self.key
    }

    /// As bytes, for inside a token.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(crate) fn from_parts(key: KeyId, body: Vec<u8>) -> Self {
        Self { key, body }
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        format!(
            "{}.{}",
            sealed.key,
            Base64UrlUnpadded::encode_string(&sealed.body)
        )
    }
}

impl TryFrom<String> for Sealed {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        let (key, body) = text.split_once('.').ok_or(KeyError::Undecryptable)?;
        Ok(Self {
            key: KeyId::new(key).map_err(|_| KeyError::Undecryptable)?,
            body: Base64UrlUnpadded::decode_vec(body).map_err(|_| KeyError::Undecryptable)?,
        })
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({})", self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use crate::keys::Keyring;

    const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const B: &str = "b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    const RANDOM: Random<'_> = Random(&SystemEntropy);

    fn vault(keys: &str) -> Vault {
        Vault::new(keys.parse::<Keyring>().unwrap(), "tests")
    }

    fn seal<'a>(user: &'a UserId, subject: &'a [u8]) -> Seal<'a> {
        Seal {
            purpose: Purpose::Authenticator,
            user,
            subject,
        }
    }

    #[test] // S-41
    fn what_was_sealed_opens_only_where_it_belongs() {
        let (alice, bob, vault) = (UserId::from(1_u32), UserId::from(2_u32), vault(A));
        let sealed = seal(&alice, b"phone")
            .seal(&vault, b"the key", RANDOM)
            .unwrap();
        assert_eq!(
            **seal(&alice, b"phone").open(&vault, &sealed).unwrap(),
            *b"the key"
        );

        let elsewhere = [
            seal(&bob, b"phone"),
            seal(&alice, b"tablet"),
            Seal {
                purpose: Purpose::RecoverySet,
                ..seal(&alice, b"phone")
            },
        ];
        for place in elsewhere {
            assert_eq!(
                place.open(&vault, &sealed).unwrap_err(),
                KeyError::Undecryptable
            );
        }
        let other_service = Vault::new(A.parse::<Keyring>().unwrap(), "other");
        assert!(
            seal(&alice, b"phone")
                .open(&other_service, &sealed)
                .is_err()
        );
    }

    #[test] // S-41
    fn no_bit_can_be_flipped_and_no_byte_cut() {
        let (alice, vault) = (UserId::from(1_u32), vault(A));
        let sealed = seal(&alice, b"").seal(&vault, b"the key", RANDOM).unwrap();
        for bit in 0..sealed.body.len() * 8 {
            let mut altered = sealed.clone();
            altered.body[bit / 8] ^= 1 << (bit % 8);
            assert!(
                seal(&alice, b"").open(&vault, &altered).is_err(),
                "bit {bit}"
            );
        }
        for length in 0..sealed.body.len() {
            let cut = Sealed {
                body: sealed.body[..length].to_vec(),
                ..sealed.clone()
            };
            assert!(
                seal(&alice, b"").open(&vault, &cut).is_err(),
                "length {length}"
            );
        }
    }

    #[test] // S-41
    fn a_second_seal_of_the_same_secret_shares_no_nonce() {
        let (alice, vault) = (UserId::from(1_u32), vault(A));
        let once = seal(&alice, b"").seal(&vault, b"the key", RANDOM).unwrap();
        let again = seal(&alice, b"").seal(&vault, b"the key", RANDOM).unwrap();
        assert_ne!(once.body[..NONCE], again.body[..NONCE]);
    }

    #[test]
    fn retired_keys_still_open_and_dropped_ones_are_named_as_missing() {
        let alice = UserId::from(1_u32);
        let sealed = seal(&alice, b"")
            .seal(&vault(A), b"the key", RANDOM)
            .unwrap();
        assert!(
            seal(&alice, b"")
                .open(&vault(&format!("{B},-{A}")), &sealed)
                .is_ok()
        );
        assert_eq!(
            seal(&alice, b"").open(&vault(B), &sealed).unwrap_err(),
            KeyError::UnknownKey(vault(A).current().clone())
        );
    }

    #[test]
    fn the_text_form_reads_back_and_debug_shows_the_key_id_alone() {
        let alice = UserId::from(1_u32);
        let sealed = seal(&alice, b"")
            .seal(&vault(A), b"the key", RANDOM)
            .unwrap();
        assert_eq!(
            Sealed::try_from(String::from(sealed.clone())).unwrap(),
            sealed
        );
        assert_eq!(format!("{sealed:?}"), "Sealed(a)");
    }
}
