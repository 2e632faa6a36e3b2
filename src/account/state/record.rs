//! What a store keeps of an account.

use std::fmt;

use crate::epoch::Epoch;
use crate::time::Timestamp;

/// A user's record as a store keeps it: opaque bytes, at most a few KiB.
///
/// They are JSON with a schema number, and hold no secret in the clear. A store neither reads nor changes them.
#[derive(Clone, PartialEq, Eq)]
pub struct Record(Vec<u8>);

/// What a store may want as columns of its own, for reports and for finding users.
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
    pub recovery_remaining: u8,
    /// Whether the account is locked.
    pub locked: bool,
    /// When [`Directory::run_due`](crate::Directory::run_due) has to look at the user next; none for almost everybody. An index over this
    /// column is what [`UserDirectory::due`](crate::store::UserDirectory::due) wants.
    pub due_at: Option<Timestamp>,
    /// The account's epoch as of the last commit. Judge sessions by [`Status`](crate::Status) instead: after a
    /// restoration the column still shows the epoch of the backup.
    pub epoch: Epoch,
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
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} bytes)", self.0.len())
    }
}
