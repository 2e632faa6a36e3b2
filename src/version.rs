//! Names the commit that wrote a record.

use serde::{Deserialize, Serialize};

/// Names the commit that wrote a record: a random number from 1 to 2⁶³ − 1.
///
/// The service draws the version. A store only keeps and compares it. A version does not repeat,
/// not even when a user is erased and comes back, so that a stale writer never passes for a current
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u64);

impl Version {
    /// As a signed 64-bit column keeps it.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0.cast_signed()
    }

    /// From a signed 64-bit column.
    #[must_use]
    pub const fn from_i64(version: i64) -> Self {
        Self(version.cast_unsigned())
    }

    /// As it is authenticated.
    pub(crate) const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    pub(crate) const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// From the first of these random bytes.
    pub(crate) fn drawn(random: &[u8; 32]) -> Self {
        let mut number = [0; 8];
        number.copy_from_slice(&random[..8]);
        Self((u64::from_be_bytes(number) >> 1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_survives_a_signed_column() {
        for number in [1, 2, i64::MAX] {
            assert_eq!(Version::from_i64(number).as_i64(), number);
        }
    }
}
