//! HMAC over several counters, computed phase by phase.
//!
//! HOTP hashes eight bytes under one key for several counters in a row. Beyond the scheduled key,
//! each HMAC is exactly two blocks: an inner block, and an outer block that waits for the inner
//! one. Different counters do not wait for each other. Therefore a run of counters compresses all
//! inner blocks first and all outer blocks after them, and the processor overlaps them. A loop over
//! whole HMACs would compute them one after another. `tests` compares the result with the `hmac`
//! crate.

use subtle::{ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::Algorithm;
use super::hash::{Hash, Sha1, Sha256, Sha512};
use crate::secret::Secret;

/// The number of counters that are computed together: the widest window of a TOTP.
const LANES: usize = 5;

/// An OTP key, scheduled for HMAC under its algorithm. It is wiped on drop.
#[derive(Clone)]
pub(super) enum Mac {
    Sha1(Scheduled<Sha1>),
    Sha256(Scheduled<Sha256>),
    Sha512(Scheduled<Sha512>),
}

impl Mac {
    pub(super) fn new(algorithm: Algorithm, secret: &Secret) -> Self {
        let key = secret.expose_bytes();
        match algorithm {
            Algorithm::Sha1 => Self::Sha1(Scheduled::new(key)),
            Algorithm::Sha256 => Self::Sha256(Scheduled::new(key)),
            Algorithm::Sha512 => Self::Sha512(Scheduled::new(key)),
        }
    }

    /// Visits `count` counters from `first` on. Each visit gets the distance from `first` and the
    /// truncated HMAC of 31 bits (RFC 4226 §5.3). The counters must not pass `u64::MAX`.
    #[inline]
    pub(super) fn each(&self, first: u64, count: u64, visit: impl FnMut(u64, u32)) {
        match self {
            Self::Sha1(key) => key.each(first, count, visit),
            Self::Sha256(key) => key.each(first, count, visit),
            Self::Sha512(key) => key.each(first, count, visit),
        }
    }
}

/// The hash states after HMAC's two key blocks.
#[derive(Clone)]
pub(super) struct Scheduled<H: Hash> {
    inner: H::State,
    outer: H::State,
}

impl<H: Hash> Scheduled<H> {
    fn new(key: &[u8]) -> Self {
        let mut block = Zeroizing::new(H::EMPTY);
        H::key_block(key, block.as_mut());

        let mut scheduled = Self {
            inner: H::INITIAL,
            outer: H::INITIAL,
        };
        block.as_mut().iter_mut().for_each(|byte| *byte ^= 0x36);
        H::compress(&mut scheduled.inner, &block);
        block
            .as_mut()
            .iter_mut()
            .for_each(|byte| *byte ^= 0x36 ^ 0x5c);
        H::compress(&mut scheduled.outer, &block);
        scheduled
    }

    #[inline]
    fn each(&self, first: u64, count: u64, mut visit: impl FnMut(u64, u32)) {
        let mut states = Zeroizing::new([self.inner; LANES]);
        // These are not wiped: a counter is public, and an inner digest reveals nothing without the
        // outer key.
        let mut messages = [H::EMPTY; LANES];
        let mut done = 0;
        while done < count {
            let lanes = LANES.min(usize::try_from(count - done).unwrap_or(LANES));
            let (states, messages) = (&mut states[..lanes], &mut messages[..lanes]);

            messages.fill(padded::<H>(8));
            for (distance, message) in (done..).zip(&mut *messages) {
                let counter = first.wrapping_add(distance);
                message.as_mut()[..8].copy_from_slice(&counter.to_be_bytes());
            }
            compress_all::<H>(states, self.inner, messages);

            messages.fill(padded::<H>(H::OUTPUT_BYTES));
            for (state, message) in states.iter().zip(&mut *messages) {
                H::store(state, &mut message.as_mut()[..H::OUTPUT_BYTES]);
            }
            compress_all::<H>(states, self.outer, messages);

            for (distance, state) in (done..).zip(&*states) {
                visit(distance, truncate::<H>(state));
            }
            done += lanes as u64;
        }
    }
}

/// Compresses each message into a state of its own, which begins as `start`.
///
/// All messages are written before the first compression. A processor that waits for a message
/// would also wait for every compression before it.
#[inline]
fn compress_all<H: Hash>(states: &mut [H::State], start: H::State, messages: &[H::Block]) {
    states.fill(start);
    for (state, message) in states.iter_mut().zip(messages) {
        H::compress(state, message);
    }
}

impl<H: Hash> Drop for Scheduled<H> {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

/// The block of a message of `bytes` bytes that follows a key block. Its padding is in place and
/// its text is still zero.
fn padded<H: Hash>(bytes: usize) -> H::Block {
    let mut block = H::EMPTY;
    let text = block.as_mut();
    let bits = ((text.len() + bytes) * 8) as u64;
    text[bytes] = 0x80;
    let length = text.len() - 8;
    text[length..].copy_from_slice(&bits.to_be_bytes());
    block
}

/// Dynamic truncation (RFC 4226 §5.3): 31 bits from the byte to which the last nibble points.
///
/// The two words that contain these bits are selected without an index that depends on the key.
fn truncate<H: Hash>(state: &H::State) -> u32 {
    let (words, last) = H::ends(state);
    let offset = last & 0xf;
    let mut pair = 0;
    for (index, (high, low)) in (0_u32..).zip(words.iter().zip(&words[1..])) {
        let candidate = u64::from(*high) << 32 | u64::from(*low);
        pair.conditional_assign(&candidate, index.ct_eq(&(offset / 4)));
    }
    let aligned = pair << (8 * (offset % 4));
    (aligned >> 32) as u32 & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use hmac::digest::block_api::EagerHash;
    use hmac::{Hmac, KeyInit, Mac as _};
    use proptest::prelude::*;

    use super::*;

    /// The computation of RFC 4226 §5.3, with the `hmac` crate.
    fn reference<D: EagerHash>(key: &[u8], counter: u64) -> u32 {
        let mut mac = Hmac::<D>::new_from_slice(key).unwrap();
        mac.update(&counter.to_be_bytes());
        let mac = mac.finalize().into_bytes();
        let offset = usize::from(mac[mac.len() - 1] & 0xf);
        let bytes = mac[offset..offset + 4].try_into().unwrap();
        u32::from_be_bytes(bytes) & 0x7fff_ffff
    }

    fn assert_run(key: &[u8], first: u64, count: u64) {
        let secret = Secret::dangerous_from_weak_bytes(key).unwrap();
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
            let one = match algorithm {
                Algorithm::Sha1 => reference::<sha1::Sha1>,
                Algorithm::Sha256 => reference::<sha2::Sha256>,
                Algorithm::Sha512 => reference::<sha2::Sha512>,
            };
            let mut visited = Vec::new();
            Mac::new(algorithm, &secret).each(first, count, |distance, value| {
                assert_eq!(
                    value,
                    one(key, first + distance),
                    "{algorithm} {key:02x?} {first}+{distance}"
                );
                visited.push(distance);
            });
            assert!(visited.into_iter().eq(0..count), "{algorithm}");
        }
    }

    #[test]
    fn every_key_length_equals_the_hmac_crate() {
        let key: Vec<u8> = (1..=128)
            .map(|byte: u8| byte.wrapping_mul(37) ^ 0x5a)
            .collect();
        for length in 1..=key.len() {
            assert_run(&key[..length], length as u64 * 0x0123_4567_89ab, 2);
        }
    }

    #[test]
    fn every_run_length_equals_the_hmac_crate() {
        for count in 0..=2 * LANES as u64 + 1 {
            assert_run(b"12345678901234567890", 1 << 32, count);
        }
        assert_run(b"12345678901234567890", u64::MAX, 1);
        assert_run(b"12345678901234567890", u64::MAX - 6, 7);
    }

    proptest! {
        #[test]
        fn random_keys_and_counters_equal_the_hmac_crate(
            key in proptest::collection::vec(any::<u8>(), 1..=128),
            first in 0..u64::MAX - 5,
        ) {
            assert_run(&key, first, 5);
        }
    }

    #[test]
    #[ignore = "needs a release build: a million cases"]
    fn a_million_random_cases_equal_the_hmac_crate() {
        // SplitMix64 is fast, and the same in every run.
        let mut state = 0_u64;
        let mut random = move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ mixed >> 31
        };
        for _ in 0..1_000_000 {
            let words: [u64; 16] = core::array::from_fn(|_| random());
            let key: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
            let length = 1 + usize::from(key[127] & 0x7f);
            assert_run(&key[..length], random() >> 1, 1);
        }
    }
}
