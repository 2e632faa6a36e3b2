//! Master keys, derived keys, and sealing at rest.

mod hash_key;
mod keyring;
mod seal;
mod tuple;
mod vault;

pub(crate) use hash_key::HashKey;
pub use keyring::{KeyId, KeySource, Keyring, KeyringError, KeyringSourceError, MasterKey};
pub(crate) use seal::{Seal, key_of};
pub(crate) use tuple::Tuple;
pub(crate) use vault::{Purpose, Vault};

/// Why sealed data cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The data is sealed under a key that the keyring lacks.
    #[error("sealed under the key {0}, which the keyring does not hold")]
    UnknownKey(KeyId),
    /// The data is sealed under a retired key. It is no longer trusted, because a person with the
    /// leaked key could have sealed it.
    #[error("sealed under the key {0}, which is retired")]
    RetiredKey(KeyId),
    /// The data has the format of a newer release.
    #[error("sealed in a format that this release does not know")]
    NewerFormat,
    /// The data is damaged, or belongs to another user, service, purpose or version.
    #[error("sealed data does not open")]
    Undecryptable,
}
