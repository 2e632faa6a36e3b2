//! Master keys, what is derived from them, and sealing at rest.

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

/// Why something that was sealed under a master key cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The keyring has no key of this id, under which it was sealed.
    #[error("sealed under the key {0}, which the keyring does not hold")]
    UnknownKey(KeyId),
    /// The key of this id, under which it was sealed, is retired. What it seals is not trusted any
    /// more, since whoever it leaked to could have sealed it.
    #[error("sealed under the key {0}, which is retired")]
    RetiredKey(KeyId),
    /// It was sealed by a newer release, in a format that this one does not know.
    #[error("sealed in a format that this release does not know")]
    NewerFormat,
    /// It was damaged, or it belongs elsewhere: to another user, service, purpose or version.
    #[error("sealed data does not open")]
    Undecryptable,
}
