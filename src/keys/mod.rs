//! Master keys, what is derived from them, and sealing at rest.

mod keyring;
mod seal;
mod tuple;
mod vault;

pub use keyring::{KeyId, KeySource, Keyring, KeyringError, KeyringSourceError, MasterKey};
pub(crate) use seal::{Seal, Sealed};
pub(crate) use tuple::Tuple;
pub(crate) use vault::{Purpose, Vault, scheduled};

/// Why something that was sealed or hashed under a master key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The keyring has no key of this id, which it was sealed under.
    #[error("sealed under the key {0}, which the keyring does not hold")]
    UnknownKey(KeyId),
    /// It does not open: another user's, altered, or sealed for another purpose.
    #[error("sealed data does not open")]
    Undecryptable,
}
