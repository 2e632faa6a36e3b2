//! Sealing at rest: AES-256-GCM under a key for one purpose and one user.
//!
//! Sealed data is `format (1) · key id (1 + n) · nonce (12) · ciphertext · tag (16)`.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, Nonce};
use zeroize::Zeroizing;

use super::tuple::Tuple;
use super::vault::{Purpose, Vault};
use super::{KeyError, KeyId};
use crate::user::UserId;

const FORMAT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Seals and opens the data of one user and one purpose.
///
/// The cipher of the current master key is set up once for an operation.
pub(crate) struct Seal<'a> {
    vault: &'a Vault,
    purpose: Purpose,
    user: &'a UserId,
    /// The cipher stays at one address and is wiped on drop, because a move would leave a copy
    /// behind.
    current: Box<Aes256Gcm>,
    opens_retired: bool,
}

impl<'a> Seal<'a> {
    pub(crate) fn new(vault: &'a Vault, purpose: Purpose, user: &'a UserId) -> Self {
        Self {
            current: vault.current_key().cipher(purpose, vault.audience(), user),
            vault,
            purpose,
            user,
            opens_retired: false,
        }
    }

    /// Allows or forbids opening what a retired key sealed.
    pub(crate) fn opening_retired(self, opens_retired: bool) -> Self {
        Self {
            opens_retired,
            ..self
        }
    }

    /// Seals the `length` bytes that `write` appends, for this subject.
    ///
    /// The nonce is an HMAC of random bytes, the subject and the plaintext. So a generator that
    /// repeats, as in a copied virtual machine, repeats no nonce for another plaintext. Each key
    /// seals the data of one user, so that 96 bits do not collide (NIST SP 800-38D §8.3 allows
    /// 2³² nonces).
    pub(crate) fn seal(
        &self,
        subject: &[u8],
        length: usize,
        random: &[u8; 32],
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Vec<u8> {
        let key = self.vault.current_key();
        let id = key.id.as_str().as_bytes();
        let header = 2 + id.len();
        let start = header + NONCE;
        // The capacity is exact, so that no reallocation leaves a copy of the plaintext behind.
        let mut sealed = Zeroizing::new(Vec::with_capacity(start + length + TAG));
        sealed.push(FORMAT);
        sealed.push(u8::try_from(id.len()).unwrap_or(u8::MAX));
        sealed.extend_from_slice(id);
        sealed.extend_from_slice(&[0; NONCE]);
        write(&mut sealed);
        debug_assert_eq!(sealed.len(), start + length, "the length that was said");

        let nonce = key.nonce(random, subject, &sealed[start..]);
        sealed[header..start].copy_from_slice(&nonce);
        let tag = self.current.encrypt_inout_detached(
            &Nonce::from(nonce),
            &self.aad(id, subject),
            (&mut sealed[start..]).into(),
        );
        let Ok(tag) = tag else {
            unreachable!("what is sealed is shorter than AES-GCM's 64 GiB");
        };
        sealed.extend_from_slice(&tag);
        // The buffer now holds ciphertext, which needs no wiping.
        std::mem::take(&mut *sealed)
    }

    /// Opens data that was sealed for this subject.
    pub(crate) fn open(
        &self,
        subject: &[u8],
        sealed: Vec<u8>,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (id, rest) = split(&sealed)?;
        let Some(key) = self.vault.key(id) else {
            return Err(KeyError::UnknownKey(key_of(&sealed)?));
        };
        if key.retired && !self.opens_retired {
            return Err(KeyError::RetiredKey(key.id.clone()));
        }
        let nonce = rest.first_chunk::<NONCE>();
        let nonce = Nonce::from(*nonce.ok_or(KeyError::Undecryptable)?);
        let aad = self.aad(id, subject);
        let start = sealed.len() - rest.len() + NONCE;

        let mut opened = Zeroizing::new(sealed);
        opened.drain(..start);
        let decrypted = match key.id == self.vault.current_key().id {
            true => self.current.decrypt_in_place(&nonce, &aad, &mut *opened),
            false => key
                .cipher(self.purpose, self.vault.audience(), self.user)
                .decrypt_in_place(&nonce, &aad, &mut *opened),
        };
        decrypted.map_err(|_| KeyError::Undecryptable)?;
        Ok(opened)
    }

    /// Whether the data is sealed under the current key.
    pub(crate) fn is_current(&self, sealed: &[u8]) -> bool {
        let current = self.vault.current_key().id.as_str().as_bytes();
        split(sealed).is_ok_and(|(id, _)| id == current)
    }

    fn aad(&self, key: &[u8], subject: &[u8]) -> Vec<u8> {
        Vec::with_capacity(160)
            .part(&[FORMAT])
            .part(key)
            .part(self.vault.audience().as_bytes())
            .part(self.user.as_str().as_bytes())
            .part(subject)
    }
}

/// The id of the master key that sealed the data. This needs no key.
pub(crate) fn key_of(sealed: &[u8]) -> Result<KeyId, KeyError> {
    let (id, _) = split(sealed)?;
    let id = str::from_utf8(id).map_err(|_| KeyError::Undecryptable)?;
    KeyId::new(id).map_err(|_| KeyError::Undecryptable)
}

/// Splits the id of the master key from the rest.
fn split(sealed: &[u8]) -> Result<(&[u8], &[u8]), KeyError> {
    match sealed {
        [FORMAT, length, rest @ ..] => rest
            .split_at_checked(usize::from(*length))
            .ok_or(KeyError::Undecryptable),
        [0, ..] | [] | [FORMAT] => Err(KeyError::Undecryptable),
        _ => Err(KeyError::NewerFormat),
    }
}

#[cfg(test)]
mod tests {
    use aes_gcm::KeyInit;

    use super::*;
    use crate::keys::Keyring;

    const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const B: &str = "b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    const RANDOM: &[u8; 32] = &[3; 32];

    fn vault(keys: &str) -> Vault {
        Vault::new(keys.parse::<Keyring>().unwrap(), "tests")
    }

    fn alice() -> UserId {
        UserId::from(1_u32)
    }

    fn record<'a>(vault: &'a Vault, user: &'a UserId) -> Seal<'a> {
        Seal::new(vault, Purpose::Record, user)
    }

    fn sealed(seal: &Seal<'_>, subject: &[u8], plaintext: &[u8], random: &[u8; 32]) -> Vec<u8> {
        let write = |out: &mut Vec<u8>| out.extend_from_slice(plaintext);
        seal.seal(subject, plaintext.len(), random, write)
    }

    #[test] // S-41
    fn what_was_sealed_opens_only_where_it_belongs() {
        let (alice, bob, vault) = (alice(), UserId::from(2_u32), vault(A));
        let seal = record(&vault, &alice);
        let row = sealed(&seal, b"7", b"the account", RANDOM);
        assert_eq!(**seal.open(b"7", row.clone()).unwrap(), *b"the account");

        let moved = seal.open(b"8", row.clone());
        assert_eq!(moved.unwrap_err(), KeyError::Undecryptable);
        let elsewhere = Vault::new(A.parse::<Keyring>().unwrap(), "other");
        for seal in [
            record(&vault, &bob),
            record(&elsewhere, &alice),
            Seal::new(&vault, Purpose::RecoveryCodeSheet, &alice),
        ] {
            let opened = seal.open(b"7", row.clone());
            assert_eq!(opened.unwrap_err(), KeyError::Undecryptable);
        }
    }

    #[test] // S-41
    fn no_bit_can_be_flipped_and_no_byte_cut_or_added() {
        let (alice, vault) = (alice(), vault(A));
        let seal = record(&vault, &alice);
        let row = sealed(&seal, b"7", b"the account", RANDOM);
        for bit in 0..row.len() * 8 {
            let mut altered = row.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(seal.open(b"7", altered).is_err(), "bit {bit}");
        }
        for length in 0..row.len() {
            let cut = row[..length].to_vec();
            assert!(seal.open(b"7", cut).is_err(), "length {length}");
        }
        for byte in 0..=u8::MAX {
            let longer = [row.as_slice(), &[byte]].concat();
            assert!(seal.open(b"7", longer).is_err(), "byte {byte}");
        }
    }

    /// Encodes a tuple: each part after its length in eight bytes.
    fn tuple(parts: &[&[u8]]) -> Vec<u8> {
        let part = |part: &&[u8]| [&(part.len() as u64).to_be_bytes(), *part].concat();
        parts.iter().flat_map(part).collect()
    }

    #[test] // S-41
    fn a_record_is_what_its_description_says() {
        let (alice, vault) = (alice(), vault(A));
        let (version, plaintext) = (b"7", b"the account");
        let row = sealed(&record(&vault, &alice), version, plaintext, &[7; 32]);

        let master: Vec<u8> = (0..32).collect();
        let hkdf = hkdf::Hkdf::<sha2::Sha256>::new(Some(b"countersign master key v1"), &master);
        let derived = |purpose: &[u8], user: &[u8]| {
            let mut key = [0; 32];
            let info = tuple(&[b"countersign key v1", purpose, b"tests", user]);
            hkdf.expand(&info, &mut key).unwrap();
            key
        };
        let mut mac: hmac::Hmac<sha2::Sha256> =
            KeyInit::new_from_slice(&derived(b"record nonce", b"")).unwrap();
        hmac::Mac::update(&mut mac, &tuple(&[&[7; 32], version, plaintext]));
        let nonce = hmac::Mac::finalize(mac).into_bytes()[..12].to_vec();
        let user = alice.as_str().as_bytes();
        let mut expected = plaintext.to_vec();
        Aes256Gcm::new_from_slice(&derived(b"record", user))
            .unwrap()
            .encrypt_in_place(
                nonce.as_slice().try_into().unwrap(),
                &tuple(&[&[1], b"a", b"tests", user, version]),
                &mut expected,
            )
            .unwrap();
        assert_eq!(row, [b"\x01\x01a", nonce.as_slice(), &expected].concat());
    }

    #[test] // S-41
    fn a_generator_that_repeats_repeats_no_nonce_under_another_plaintext() {
        let (alice, vault) = (alice(), vault(A));
        let seal = record(&vault, &alice);
        // The format, the length of the id and the id take three bytes.
        let nonce = |subject: &[u8], plaintext: &[u8], random| {
            sealed(&seal, subject, plaintext, random)[3..3 + NONCE].to_vec()
        };
        let first = nonce(b"7", b"one failure", &[7; 32]);
        assert_eq!(nonce(b"7", b"one failure", &[7; 32]), first, "it is stuck");
        for (subject, plaintext) in [(b"7", "two failure"), (b"8", "one failure"), (b"7", "one")] {
            assert_ne!(
                nonce(subject, plaintext.as_bytes(), &[7; 32]),
                first,
                "{plaintext}"
            );
        }
        assert_ne!(nonce(b"7", b"one failure", &[8; 32]), first);
    }

    #[test] // S-41
    fn what_cannot_be_opened_says_which_key_is_missing() {
        let alice = alice();
        let (a, b) = (vault(A), vault(B));
        let row = sealed(&record(&a, &alice), b"7", b"the account", RANDOM);
        let id = KeyId::new("a").unwrap();
        assert_eq!(key_of(&row).unwrap(), id);
        let lost = record(&b, &alice).open(b"7", row.clone());
        assert_eq!(lost.unwrap_err(), KeyError::UnknownKey(id.clone()));

        let behind = vault(&format!("{B},{A}"));
        assert!(record(&behind, &alice).open(b"7", row.clone()).is_ok());
        let retired = vault(&format!("{B},-{A}"));
        let refused = record(&retired, &alice).open(b"7", row.clone());
        assert_eq!(refused.unwrap_err(), KeyError::RetiredKey(id));
        let seal = record(&retired, &alice).opening_retired(true);
        assert_eq!(**seal.open(b"7", row.clone()).unwrap(), *b"the account");

        let newer = [&[2], &row[1..]].concat();
        assert_eq!(key_of(&newer).unwrap_err(), KeyError::NewerFormat);
    }
}
