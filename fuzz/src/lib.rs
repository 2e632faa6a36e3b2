//! The common parts of the targets: a service with fixed keys, a fixed clock and fixed random
//! numbers.

use std::convert::Infallible;

use countersign::account::MalformedCode;
use countersign::internals::{DecodedRecord, Keys};
use countersign::keys::Keyring;
use countersign::notify::{CodeSender, Destination, SentCode};
use countersign::store::{Stored, UserStore};
use countersign::testing::{SeededRng, SteppedClock};
use countersign::time::Timestamp;
use countersign::words::German;
use countersign::{Answer, FirstFactor, Mfa, MfaBuilder, Policy, UserId};

pub mod cbor;
pub mod corrupt;
pub mod other;
pub mod passkeys;
pub mod play;
pub mod records;
pub mod scene;
pub mod strict_uri;
pub mod tokens;
pub mod typed;

/// The master key of the tokens and records in the corpora. It protects nothing.
pub const KEYS: &str = "fuzz:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const AUDIENCE: &str = "fuzz";
/// 2027-01-15 08:00 UTC.
pub const NOW: u64 = 1_800_000_000;
/// A well-formed recovery code that belongs to no set.
pub const NO_RECOVERY_CODE: &str = "0000-0000-0000-0000-0000-0000";

pub fn keyring() -> Keyring {
    KEYS.parse().expect("the keys are well formed")
}

pub fn keys() -> Keys {
    Keys::new(keyring(), AUDIENCE)
}

/// The account in a record of the user.
pub fn decoded(stored: &Stored) -> Option<DecodedRecord> {
    let opened = keys().open_record(&user(), stored)?;
    DecodedRecord::read(&opened, stored.version)
}

pub fn user() -> UserId {
    UserId::from(1_u32)
}

pub fn now() -> Timestamp {
    Timestamp::from_unix(NOW)
}

/// A well-formed answer.
pub fn answer(read: Result<Answer, MalformedCode>) -> Answer {
    read.expect("it is well formed")
}

pub fn password() -> FirstFactor {
    FirstFactor::password_at(now())
}

/// A service over `store`, with random numbers from `seed`. Each service needs its own seed,
/// because a repeated draw looks spent.
pub fn mfa<S: UserStore>(store: S, policy: Policy, seed: u64) -> Mfa {
    let mfa = builder(store, policy, seed).build();
    mfa.expect("the policy is sound")
}

pub fn builder<S: UserStore>(store: S, policy: Policy, seed: u64) -> MfaBuilder<S> {
    Mfa::builder(store)
        .keys(keyring())
        .policy(policy)
        .clock(SteppedClock::at(now()))
        .rng(SeededRng::new(seed))
        .code_sender(Nobody)
}

/// A policy that allows everything.
pub fn policy() -> Policy {
    Policy::new(AUDIENCE, "Fuzz")
        .trusted_devices(true)
        .email_codes(true)
        .delayed_recovery(true)
}

/// A sender that drops codes.
struct Nobody;

impl CodeSender for Nobody {
    type Error = Infallible;

    async fn send(&self, _: Destination<'_>, code: &SentCode) -> Result<(), Infallible> {
        assert!(
            code.expose_mail(&German, None)
                .contains(code.expose_digits().as_str())
        );
        assert!(
            !code
                .subject(&German)
                .contains(code.expose_digits().as_str())
        );
        Ok(())
    }
}
