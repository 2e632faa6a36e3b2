//! Random tokens, and their hashes.

use sha2::{Digest, Sha256};

use crate::database::Fault;

/// A token of 32 random bytes in 64 hexadecimal digits.
pub(crate) fn token() -> Result<String, Fault> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Fault::Rng)?;
    Ok(hex(&bytes))
}

/// A random 128-bit number.
pub(crate) fn number() -> Result<u128, Fault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Fault::Rng)?;
    Ok(u128::from_le_bytes(bytes))
}

/// The hash of a token, which a table stores in place of the token. A token is random, so that a
/// fast hash is enough.
pub(crate) fn hash(token: &[u8]) -> String {
    hex(&Sha256::digest(token))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256() {
        // FIPS 180-2 appendix B.1.
        assert_eq!(
            hash(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_ne!(token().unwrap(), token().unwrap());
    }
}
