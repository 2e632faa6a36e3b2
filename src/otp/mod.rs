//! One-time passwords: HOTP (RFC 4226) and TOTP (RFC 6238).
//!
//! [`Totp`] and [`Hotp`] are a key with its parameters, ready to make and check a [`Code`]. They
//! hold no state. The caller passes in the last accepted step ([`Replay`]) or the next counter, and
//! gets back the new one ([`Match`], [`HotpMatch`]). A code is single-use only if the caller stores
//! the new value in the same atomic step that grants access.

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
/// The person who typed the code must not see the difference. The audit trail shows it, because a
/// replay deserves more attention than a typing error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// No time step or counter of the window has this code.
    #[error("the code is wrong")]
    Wrong,
    /// The code belongs to a time step or counter that is spent, or that cannot be distinguished
    /// from a spent one.
    #[error("the code was used before")]
    Replayed,
}
