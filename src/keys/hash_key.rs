//! Keys of the hashes of codes.

use std::fmt;

use hmac::Hmac;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::vault::scheduled;
use crate::entropy::{Random, RngError};

/// 32 random bytes. The record keeps them beside the hashes.
///
/// The bytes stay at one address and are wiped on drop, because a move would leave a copy behind.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HashKey(Box<Zeroizing<[u8; 32]>>);

impl HashKey {
    pub(crate) fn random(random: Random<'_>) -> Result<Self, RngError> {
        let mut key = Self::from_bytes(&[0; 32]);
        random.0.fill(&mut **key.0)?;
        Ok(key)
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Box::new(Zeroizing::new(*bytes)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn mac(&self) -> Hmac<Sha256> {
        scheduled(&self.0)
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey([redacted])")
    }
}
