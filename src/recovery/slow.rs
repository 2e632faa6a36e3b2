//! The slow hash that compact codes need: Argon2id (RFC 9106), off the decision and at most once per attempt.

use zeroize::Zeroizing;

use crate::id::SetId;

/// A slow hash could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the slow hash of a recovery code could not be computed")]
pub struct SlowHashError;

pub(super) const SALT: usize = 16;
pub(super) const HASH: usize = 32;

/// A slow hash that a decision needs before it can go on.
#[derive(Clone)]
pub(crate) struct SlowHash {
    pub(super) set: SetId,
    pub(super) number: u8,
    pub(super) keyed: Zeroizing<[u8; HASH]>,
    pub(super) salt: [u8; SALT],
}

/// A slow hash that was computed, and what of.
#[derive(Clone)]
pub(crate) struct SlowDigest {
    set: SetId,
    number: u8,
    pub(super) hash: Zeroizing<[u8; HASH]>,
}

impl SlowHash {
    pub(crate) fn compute(&self) -> Result<SlowDigest, SlowHashError> {
        Ok(SlowDigest {
            set: self.set,
            number: self.number,
            hash: argon2id(&self.keyed, &self.salt)?,
        })
    }
}

impl SlowDigest {
    /// Whether this is the hash for that code of that set, so that a decision taken again needs no second one.
    pub(super) fn is_for(&self, set: SetId, number: u8) -> bool {
        (self.set, self.number) == (set, number)
    }
}

/// Argon2id with 19 MiB, two passes and one lane, as OWASP's password storage cheat sheet has it.
#[cfg(feature = "argon2")]
pub(super) fn argon2id(
    keyed: &[u8; HASH],
    salt: &[u8; SALT],
) -> Result<Zeroizing<[u8; HASH]>, SlowHashError> {
    use argon2::{Algorithm, Argon2, Params, Version};

    let params = Params::new(19 * 1024, 2, 1, Some(HASH)).map_err(|_| SlowHashError)?;
    let mut hash = Zeroizing::new([0; HASH]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(keyed, salt, &mut *hash)
        .map_err(|_| SlowHashError)?;
    Ok(hash)
}

/// Without the feature `argon2` no such set is issued, and one that another instance issued is refused, not ignored.
#[cfg(not(feature = "argon2"))]
pub(super) fn argon2id(
    _: &[u8; HASH],
    _: &[u8; SALT],
) -> Result<Zeroizing<[u8; HASH]>, SlowHashError> {
    Err(SlowHashError)
}

#[cfg(all(test, feature = "argon2"))]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_argon2id_as_others_compute_it() {
        // argon2-cffi 25.1: `hash_secret_raw(bytes(range(32)), bytes(range(16)), time_cost=2, memory_cost=19456,
        // parallelism=1, hash_len=32, type=Type.ID)`.
        let expected = [
            0x36, 0x42, 0x03, 0x60, 0xb8, 0x63, 0x87, 0x4b, 0xb0, 0xca, 0xba, 0x72, 0xf5, 0x50,
            0xe2, 0xdc, 0x78, 0xce, 0xdd, 0xbf, 0x61, 0xf2, 0xc9, 0x86, 0x04, 0xe5, 0x1a, 0xfc,
            0xaa, 0x0f, 0x38, 0x97,
        ];
        let counted: Vec<u8> = (0..32).collect();
        let (keyed, salt) = (counted.as_slice(), &counted[..16]);
        let hash = argon2id(keyed.try_into().unwrap(), salt.try_into().unwrap());
        assert_eq!(*hash.unwrap(), expected);
    }
}
