//! The master keys of a service.

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use hkdf::Hkdf;
use rand_core::TryCryptoRng;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The master keys of a service: 32 bytes each, by id.
///
/// The first key is current: it seals and signs. The others are *open* (they open records and
/// verify tokens) or *retired* (they only open records of a backup and records to seal again). To
/// rotate, put a new key *behind* the current one on every instance, and then in front on every
/// instance. Run [`Directory::reseal_all`](crate::Directory::reseal_all). Retire the old key once
/// [`Directory::key_usage`](crate::Directory::key_usage) no longer counts it and its tokens have
/// expired. Drop it when no backup needs it. `docs/production.md` describes each step.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use countersign::keys::Keyring;
///
/// // 32 bytes each, for instance from `openssl rand -base64 32`.
/// let keyring: Keyring = "\
///     2026-11:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,\
///     -2025-11:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
///     .parse()?;
/// assert_eq!(keyring.current().as_str(), "2026-11");
/// # Ok(()) }
/// ```
///
/// # Security
///
/// A person with the master keys and the database can compute every user's codes. Keep the two
/// apart: the keys belong in the environment of the process, or in a KMS or HSM that unwraps them
/// at start-up ([`KeySource`]). The process keeps only derived state of the keys in memory.
#[derive(Clone)]
pub struct Keyring {
    pub(super) keys: Vec<MasterKey>,
}

/// One key of a [`Keyring`].
#[derive(Clone)]
pub struct MasterKey {
    pub(super) id: KeyId,
    pub(super) retired: bool,
    /// The state stays at one address and is wiped with its last copy, because a move would leave a
    /// copy behind.
    pub(super) derive: Arc<Hkdf<Sha256>>,
}

/// The id of a master key: 1 to 32 ASCII letters, digits, `_` and `-`, not beginning with `-`.
///
/// The id is stored with everything that the key seals or signs, so never give it to another key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// A source of master keys at start-up, such as a KMS or HSM that unwraps them.
pub trait KeySource: Send + Sync {
    /// The error of the source.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The keys, the current one first.
    fn keys(&self) -> impl Future<Output = Result<Vec<MasterKey>, Self::Error>> + Send;
}

/// Why a keyring cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The keyring has no key.
    #[error("a keyring needs a key")]
    Empty,
    /// The first key is retired, so that no key could seal.
    #[error("the first key of a keyring must not be retired")]
    CurrentRetired,
    /// Two keys have the same id.
    #[error("two keys have the same id")]
    DuplicateId,
    /// An id is not 1 to 32 letters, digits, `_` and `-`.
    #[error("a key id is 1 to 32 ASCII letters, digits, '_' and '-', and does not begin with '-'")]
    InvalidId,
    /// A key is not the base64 of 32 bytes.
    #[error("a key is 32 bytes in base64")]
    InvalidKey,
    /// The keyring to [reload](crate::Mfa::reload_keys) lacks the current key, or retires it.
    #[error("the keyring lacks the key that is current")]
    CurrentMissing,
    /// `COUNTERSIGN_KEYS` is not set, or is not UTF-8.
    #[error("COUNTERSIGN_KEYS is not set")]
    NotSet,
}

impl Keyring {
    /// The environment variable that [`from_env`](Self::from_env) reads.
    pub const VARIABLE: &'static str = "COUNTERSIGN_KEYS";

    /// Makes a keyring. The first key is current.
    ///
    /// # Errors
    ///
    /// [`KeyringError`] if there is no key, the first key is retired, or two keys have the same id.
    pub fn new(keys: impl IntoIterator<Item = MasterKey>) -> Result<Self, KeyringError> {
        let keys: Vec<_> = keys.into_iter().collect();
        let current = keys.first().ok_or(KeyringError::Empty)?;
        if current.retired {
            return Err(KeyringError::CurrentRetired);
        }
        let mut ids: Vec<_> = keys.iter().map(|key| &key.id).collect();
        ids.sort();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(KeyringError::DuplicateId);
        }
        Ok(Self { keys })
    }

    /// Reads `COUNTERSIGN_KEYS`, in the form of [`FromStr`]: `id:base64,-id:base64`.
    ///
    /// # Errors
    ///
    /// [`KeyringError::NotSet`], or the fault of the value.
    pub fn from_env() -> Result<Self, KeyringError> {
        std::env::var(Self::VARIABLE)
            .map_err(|_| KeyringError::NotSet)
            .map(Zeroizing::new)?
            .parse()
    }

    /// Loads the keys of a [`KeySource`], such as a KMS or HSM.
    ///
    /// # Errors
    ///
    /// The error of the source, or the fault of its keys.
    pub async fn from_source<K: KeySource>(
        source: &K,
    ) -> Result<Self, KeyringSourceError<K::Error>> {
        let keys = source.keys().await.map_err(KeyringSourceError::Source)?;
        Self::new(keys).map_err(KeyringSourceError::Keyring)
    }

    /// The key that seals and signs.
    #[must_use]
    pub fn current(&self) -> &KeyId {
        &self.keys[0].id
    }

    /// The ids of all keys, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys.iter().map(|key| &key.id)
    }
}

/// Why a [`KeySource`] gives no keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringSourceError<E> {
    /// The source failed.
    #[error("the source of the keys failed")]
    Source(#[source] E),
    /// The keys of the source make no keyring.
    #[error(transparent)]
    Keyring(KeyringError),
}

impl FromStr for Keyring {
    type Err = KeyringError;

    /// Reads `id:base64,id:base64,-id:base64`. The first key is current, and a `-` marks a retired
    /// key.
    fn from_str(text: &str) -> Result<Self, KeyringError> {
        if text.trim().is_empty() {
            return Err(KeyringError::Empty);
        }
        let keys = text.split(',').map(|entry| {
            let (id, key) = entry
                .trim()
                .split_once(':')
                .ok_or(KeyringError::InvalidKey)?;
            let mut bytes = Zeroizing::new([0; 32]);
            let decoded = Base64::decode(key.as_bytes(), &mut *bytes);
            if decoded.map(<[u8]>::len) != Ok(32) {
                return Err(KeyringError::InvalidKey);
            }
            match id.strip_prefix('-') {
                Some(id) => Ok(MasterKey::new(KeyId::new(id)?, &bytes).retired()),
                None => Ok(MasterKey::new(KeyId::new(id)?, &bytes)),
            }
        });
        Self::new(keys.collect::<Result<Vec<_>, _>>()?)
    }
}

impl MasterKey {
    /// A key from 32 bytes. Only its extracted HKDF state (RFC 5869 §2.2) is kept.
    #[must_use]
    pub fn new(id: KeyId, bytes: &[u8; 32]) -> Self {
        Self {
            id,
            retired: false,
            derive: Arc::new(Hkdf::new(Some(b"countersign master key v1"), bytes)),
        }
    }

    /// Retires the key. It verifies no token. It opens a record only to [seal it
    /// again](crate::Directory::reseal_all) or after a
    /// [restoration](crate::MfaBuilder::restored_at).
    #[must_use]
    pub fn retired(mut self) -> Self {
        self.retired = true;
        self
    }

    /// Generates a key as text, in the form that a [`Keyring`] reads. Store it where the service
    /// finds it again.
    ///
    /// # Errors
    ///
    /// The error of the generator.
    pub fn generate_text<R: TryCryptoRng + ?Sized>(
        id: &KeyId,
        rng: &mut R,
    ) -> Result<Zeroizing<String>, R::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(&mut *bytes)?;
        let encoded = Zeroizing::new(Base64::encode_string(&*bytes));
        let mut text = Zeroizing::new(String::with_capacity(id.0.len() + 1 + encoded.len()));
        text.push_str(&id.0);
        text.push(':');
        text.push_str(&encoded);
        Ok(text)
    }
}

impl KeyId {
    /// The highest length of an id, in bytes.
    pub const MAX_BYTES: usize = 32;

    /// Checks the characters of an id.
    ///
    /// # Errors
    ///
    /// [`KeyringError::InvalidId`].
    pub fn new(id: impl Into<String>) -> Result<Self, KeyringError> {
        let id = id.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if id.is_empty()
            || id.len() > Self::MAX_BYTES
            || id.starts_with('-')
            || !id.bytes().all(allowed)
        {
            return Err(KeyringError::InvalidId);
        }
        Ok(Self(id))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyringError;

    fn try_from(id: String) -> Result<Self, KeyringError> {
        Self::new(id)
    }
}

impl FromStr for KeyId {
    type Err = KeyringError;

    fn from_str(id: &str) -> Result<Self, KeyringError> {
        Self::new(id)
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey")
            .field("id", &self.id)
            .field("retired", &self.retired)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.keys).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const B: &str = "b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    #[test]
    fn the_first_key_is_current_and_a_dash_retires() {
        let keyring: Keyring = format!("{A}, -{B}").parse().unwrap();
        assert_eq!(keyring.current().as_str(), "a");
        assert_eq!(
            keyring.ids().map(KeyId::as_str).collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(
            [keyring.keys[0].retired, keyring.keys[1].retired],
            [false, true]
        );
    }

    #[test]
    fn what_makes_no_keyring_is_refused_by_name() {
        let cases = [
            (String::new(), KeyringError::Empty),
            (format!("-{A}"), KeyringError::CurrentRetired),
            (format!("{A},-{A}"), KeyringError::DuplicateId),
            (A.replace("a:", "a b:"), KeyringError::InvalidId),
            (A.replace("a:", ":"), KeyringError::InvalidId),
            (A.replace("a:", ""), KeyringError::InvalidKey),
            (A.replace("Hh8=", ""), KeyringError::InvalidKey),
            (A.replace("Hh8=", "Hh9="), KeyringError::InvalidKey),
            (format!("{A},"), KeyringError::InvalidKey),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Keyring>().unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn debug_shows_ids_and_no_key() {
        let shown = format!("{:?}", A.parse::<Keyring>().unwrap());
        assert!(
            shown.contains("\"a\"") && !shown.contains("AAEC") && !shown.contains("[0, 1"),
            "{shown}"
        );
    }

    #[test]
    fn a_generated_key_can_be_read_back() {
        let id = KeyId::new("2026-11").unwrap();
        let text = MasterKey::generate_text(&id, &mut getrandom::SysRng).unwrap();
        assert_eq!(text.parse::<Keyring>().unwrap().current(), &id);
    }

    /// A KMS that unwraps these keys, or that cannot be reached.
    struct Kms(Result<Vec<MasterKey>, std::fmt::Error>);

    impl KeySource for Kms {
        type Error = std::fmt::Error;

        async fn keys(&self) -> Result<Vec<MasterKey>, std::fmt::Error> {
            self.0.clone()
        }
    }

    #[test]
    fn a_source_gives_the_keys_or_its_own_error() {
        let key = |id| MasterKey::new(KeyId::new(id).unwrap(), &[7; 32]);
        let ask = |keys| pollster::block_on(Keyring::from_source(&Kms(keys)));

        let keyring = ask(Ok(vec![key("new"), key("old").retired()])).unwrap();
        assert_eq!(keyring.current().as_str(), "new");
        let empty = ask(Ok(Vec::new())).unwrap_err();
        assert_eq!(empty, KeyringSourceError::Keyring(KeyringError::Empty));
        let unreachable = ask(Err(std::fmt::Error)).unwrap_err();
        assert_eq!(unreachable, KeyringSourceError::Source(std::fmt::Error));
    }

    #[test]
    fn the_environment_is_read_where_it_is_set() {
        const NAME: &str = "keys::keyring::tests::the_environment_is_read_where_it_is_set";
        if std::env::var_os(Keyring::VARIABLE).is_some() {
            assert_eq!(Keyring::from_env().unwrap().current().as_str(), "a");
            return;
        }
        assert_eq!(Keyring::from_env().unwrap_err(), KeyringError::NotSet);
        // The test runs in a process of its own, because setting a variable in this one would be
        // unsound.
        let tests = std::env::current_exe().unwrap();
        let child = std::process::Command::new(tests)
            .args(["--exact", NAME])
            .env(Keyring::VARIABLE, A)
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success() && shown.contains("1 passed"),
            "{shown}"
        );
    }
}
