//! The second step of a login, and guessing at it.

mod attacker;
mod challenges;
mod codes;
mod malformed;
pub(crate) mod throttle;
