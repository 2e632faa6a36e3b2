//! One-time passwords: HOTP (RFC 4226) and TOTP (RFC 6238).
//!
//! [`Totp`] and [`Hotp`] are a key with its parameters, ready to make and to check a [`Code`]. They hold no state: what
//! was accepted before is an argument ([`Replay`], or the next counter) and what to remember is in the answer
//! ([`Match`], [`HotpMatch`]). Keeping it, in the same atomic step that grants access, is what makes a code single-use.

mod algorithm;
mod bounds;
mod code;
mod counters;
mod hash;
mod hotp;
mod mac;
mod params;
#[cfg(test)]
pub(crate) mod test_rng;
mod totp;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use bounds::{Digits, ParamsError, Period, Skew};
pub use code::Code;
pub use counters::{LookAhead, ResyncWindow};
pub use hotp::{Hotp, HotpMatch};
pub use params::{HotpParams, TotpParams};
#[cfg(feature = "service")]
pub(crate) use totp::MAX_DRIFT;
pub use totp::{Match, Replay, TimeStep, Totp};

pub use crate::typed::CodeError;

/// Why a code was not accepted.
///
/// The two look alike to the person who typed it; they are told apart for the audit trail, where a replay is worth more
/// attention than a slip of the finger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// No time step or counter of the window has this code.
    #[error("the code is wrong")]
    Wrong,
    /// The code is right only for a time step or counter that is spent, or cannot be told from one that is.
    #[error("the code was used before")]
    Replayed,
}
