//! The three hash functions, block by block. [`super::mac`] builds HMAC from them.

use core::slice;

use sha1::Digest;
use zeroize::Zeroize;

/// A hash function, as the compression of one block into a state.
pub(super) trait Hash {
    /// The hash of whole messages, for a key that is longer than a block.
    type Whole: Digest;
    type State: Copy + Zeroize;
    type Block: AsMut<[u8]> + Copy + Zeroize;

    /// The state before the first block (FIPS 180-4 §5.3).
    const INITIAL: Self::State;
    const EMPTY: Self::Block;
    const OUTPUT_BYTES: usize;

    fn compress(state: &mut Self::State, block: &Self::Block);

    /// Writes the digest of `state`.
    fn store(state: &Self::State, digest: &mut [u8]);

    /// The first 20 bytes of the digest as words, and its last 32 bits.
    fn ends(state: &Self::State) -> ([u32; 5], u32);

    /// Writes an HMAC key into a zeroed block. A key that is longer than the block is hashed first
    /// (RFC 2104 §2).
    fn key_block(key: &[u8], block: &mut [u8]) {
        if key.len() <= block.len() {
            block[..key.len()].copy_from_slice(key);
        } else {
            let mut digest = Self::Whole::digest(key);
            block[..Self::OUTPUT_BYTES].copy_from_slice(&digest);
            digest.as_mut_slice().zeroize();
        }
    }
}

#[derive(Clone)]
pub(super) struct Sha1;

impl Hash for Sha1 {
    type Whole = sha1::Sha1;
    type State = [u32; 5];
    type Block = [u8; 64];

    const INITIAL: Self::State = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    const EMPTY: Self::Block = [0; 64];
    const OUTPUT_BYTES: usize = 20;

    #[inline]
    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha1::block_api::compress(state, slice::from_ref(block));
    }

    #[inline]
    fn store(state: &Self::State, digest: &mut [u8]) {
        store_words(state, digest);
    }

    #[inline]
    fn ends(state: &Self::State) -> ([u32; 5], u32) {
        (*state, state[4])
    }
}

#[derive(Clone)]
pub(super) struct Sha256;

impl Hash for Sha256 {
    type Whole = sha2::Sha256;
    type State = [u32; 8];
    type Block = [u8; 64];

    const INITIAL: Self::State = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    const EMPTY: Self::Block = [0; 64];
    const OUTPUT_BYTES: usize = 32;

    #[inline]
    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha2::block_api::compress256(state, slice::from_ref(block));
    }

    #[inline]
    fn store(state: &Self::State, digest: &mut [u8]) {
        store_words(state, digest);
    }

    #[inline]
    fn ends(state: &Self::State) -> ([u32; 5], u32) {
        let [a, b, c, d, e, .., last] = *state;
        ([a, b, c, d, e], last)
    }
}

#[derive(Clone)]
pub(super) struct Sha512;

impl Hash for Sha512 {
    type Whole = sha2::Sha512;
    type State = [u64; 8];
    type Block = [u8; 128];

    const INITIAL: Self::State = [
        0x6a09_e667_f3bc_c908,
        0xbb67_ae85_84ca_a73b,
        0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1,
        0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
    ];
    const EMPTY: Self::Block = [0; 128];
    const OUTPUT_BYTES: usize = 64;

    #[inline]
    fn compress(state: &mut Self::State, block: &Self::Block) {
        sha2::block_api::compress512(state, slice::from_ref(block));
    }

    #[inline]
    fn store(state: &Self::State, digest: &mut [u8]) {
        for (bytes, word) in digest.chunks_exact_mut(8).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
    }

    #[inline]
    fn ends(state: &Self::State) -> ([u32; 5], u32) {
        let [a, b, c, .., last] = *state;
        ([high(a), low(a), high(b), low(b), high(c)], low(last))
    }
}

#[inline]
fn store_words<const N: usize>(words: &[u32; N], digest: &mut [u8]) {
    for (bytes, word) in digest.chunks_exact_mut(4).zip(words) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
}

const fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is what is asked for"
)]
const fn low(word: u64) -> u32 {
    word as u32
}
