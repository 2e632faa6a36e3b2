//! What the targets have in common: a service whose keys, clock and random numbers never change.

use std::convert::Infallible;

use countersign::internals::Keys;
use countersign::keys::Keyring;
use countersign::notify::{CodeSender, ConfirmedAddress, EmailCode};
use countersign::store::UserStore;
use countersign::time::{Clock, ClockError, Timestamp};
use countersign::{Answer, MalformedCode, Mfa, MfaBuilder, PasswordCheck, Policy, UserId};
use rand_core::{TryCryptoRng, TryRng};

pub mod corrupt;
pub mod play;
pub mod records;
pub mod scene;
pub mod tokens;

/// The master key under which the tokens and records of the corpora were made. It protects nothing.
pub const KEYS: &str = "fuzz:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const AUDIENCE: &str = "fuzz";
/// 2027-01-15 08:00 UTC.
pub const NOW: u64 = 1_800_000_000;
/// A recovery code that nobody has.
pub const NO_RECOVERY_CODE: &str = "0000-0000-0000-0000-0000-0000";

pub fn keyring() -> Keyring {
    KEYS.parse().expect("the keys are well formed")
}

pub fn keys() -> Keys {
    Keys::new(keyring(), AUDIENCE)
}

pub fn user() -> UserId {
    UserId::from(1_u32)
}

pub fn now() -> Timestamp {
    Timestamp::from_unix(NOW)
}

/// An answer that is well formed.
pub fn answer(read: Result<Answer, MalformedCode>) -> Answer {
    read.expect("it is well formed")
}

pub fn password() -> PasswordCheck {
    PasswordCheck::passed_at(now())
}

/// A service over `store`, with the random numbers of this seed. No two services share one: what is drawn twice looks spent.
pub fn mfa<S: UserStore>(store: S, policy: Policy, seed: u64) -> Mfa {
    let mfa = builder(store, policy, seed).build();
    mfa.expect("the policy is sound")
}

pub fn builder<S: UserStore>(store: S, policy: Policy, seed: u64) -> MfaBuilder<S> {
    Mfa::builder(store)
        .keys(keyring())
        .policy(policy)
        .clock(Stopped)
        .rng(Repeatable(seed))
        .code_sender(Nobody)
}

/// With everything turned on that a policy may.
pub fn policy() -> Policy {
    Policy::new(AUDIENCE, "Fuzz")
        .trusted_devices(true)
        .email_codes(true)
        .delayed_recovery(true)
}

/// Sends codes to nobody.
struct Nobody;

impl CodeSender for Nobody {
    type Error = Infallible;

    async fn send(&self, _: &ConfirmedAddress, code: &EmailCode) -> Result<(), Infallible> {
        assert!(code.expose_text().contains(code.expose_digits().as_str()));
        assert!(!code.subject().contains(code.expose_digits().as_str()));
        Ok(())
    }
}

/// A clock that stands still.
pub struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Result<Timestamp, ClockError> {
        Ok(now())
    }
}

/// SplitMix64: the same numbers in every run, so that a finding stays one.
#[derive(Default)]
pub struct Repeatable(u64);

impl TryRng for Repeatable {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Repeatable {}
