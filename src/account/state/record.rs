//! What a store keeps of an account.

use std::fmt;

use zeroize::Zeroizing;

use crate::keys::{KeyError, KeyId, Seal, key_of};
use crate::time::Timestamp;
use crate::version::Version;

/// A user's record as a store keeps it: opaque bytes, at most 16 KiB and mostly less than one.
///
/// The account in it is sealed as a whole under a master key, for this user and this version. A
/// store neither reads nor changes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record(Vec<u8>);

/// What a store may want as columns of its own, for reports and for finding users.
///
/// # Security
///
/// The library reads none of it back, since whoever writes to the database writes to its columns.
/// Judge sessions and accounts by [`Status`](crate::Status).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Whether the user has a second factor.
    pub enabled: bool,
    /// When the first of the present authenticators was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When a second factor was last verified.
    pub last_verified_at: Option<Timestamp>,
    /// Recovery codes that are left.
    pub recovery_codes_remaining: u8,
    /// Whether the account is locked.
    pub locked: bool,
    /// When [`Directory::run_due`](crate::Directory::run_due) has to look at the user next; none for almost everybody. An index over this
    /// column is what [`UserDirectory::due`](crate::store::UserDirectory::due) wants.
    pub due_at: Option<Timestamp>,
}

/// What became of a record that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// The master key of this id, under which it is sealed, is gone for good.
    Key(KeyId),
    /// It is damaged, and stands at this version in the store.
    Damaged(Version),
    /// The store has no row of the user.
    Row,
}

impl Record {
    /// Takes back what [`as_bytes`](Self::as_bytes) gave. Whether it can be read is judged when it is used.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The account in it, to be read as of `version`, and wiped.
    pub(crate) fn open(
        self,
        version: Version,
        seal: &Seal<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        seal.open(&version.to_bytes(), self.0)
    }

    /// The master key that it is sealed under, which takes no key to read.
    pub(crate) fn key(&self) -> Result<KeyId, KeyError> {
        key_of(&self.0)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.0.len())
    }
}
