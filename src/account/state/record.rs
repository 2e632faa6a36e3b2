//! Records as stores keep them.

use std::fmt;

use zeroize::Zeroizing;

use crate::keys::{KeyError, KeyId, Seal, key_of};
use crate::method::Methods;
use crate::time::Timestamp;
use crate::version::Version;

/// The record of a user, as a store keeps it: opaque bytes, at most 16 KiB and mostly less than 1
/// KiB.
///
/// The account is sealed as a whole under a master key, for this user and this version. A store
/// neither reads nor changes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record(Vec<u8>);

/// Values that a store may keep in columns, for reports and for finding users.
///
/// # Security
///
/// The library lists users by them and decides nothing by them, because a person who writes to the
/// database can change them. Decide about sessions and accounts by [`Status`](crate::Status).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Whether the user has a second factor.
    pub enabled: bool,
    /// When the first of the present authenticators was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When a second factor was last verified.
    pub last_verified_at: Option<Timestamp>,
    /// The number of unused recovery codes.
    pub recovery_codes_remaining: u8,
    /// Whether the account is locked.
    pub locked: bool,
    /// Whether an administrator removed the second factor and the user has not come back yet.
    pub reset_pending: bool,
    /// Whether a delayed recovery is under way. One that ends by the clock alone counts until
    /// [`Directory::run_due`](crate::Directory::run_due) or a login notes its end.
    pub delayed_recovery: bool,
    /// The methods with which the user can pass the second step. Codes by e-mail are not among
    /// them, because they depend on the policy and on the host's address of the user.
    pub methods: Methods,
    /// When [`Directory::run_due`](crate::Directory::run_due) has to handle the user next. Most
    /// users have no such moment. An index on this column makes
    /// [`UserDirectory::due`](crate::store::UserDirectory::due) fast.
    pub due_at: Option<Timestamp>,
}

/// How an unreadable record was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// The master key of this id is lost for good. The record is sealed under it.
    Key(KeyId),
    /// The record is damaged. The store has it at this version.
    Damaged(Version),
    /// The store has no row for the user.
    Row,
}

impl Record {
    /// The record of these bytes, which [`as_bytes`](Self::as_bytes) returned. Operations check
    /// whether it can be read.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Opens the account as of `version`. The bytes are wiped on drop.
    pub(crate) fn open(
        self,
        version: Version,
        seal: &Seal<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        seal.open(&version.to_bytes(), self.0)
    }

    /// The id of the master key that sealed the record. This needs no key.
    pub(crate) fn key(&self) -> Result<KeyId, KeyError> {
        key_of(&self.0)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.0.len())
    }
}
