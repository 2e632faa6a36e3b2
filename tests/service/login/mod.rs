//! The second step of a login, and guessing at it.

mod attacker;
mod challenges;
mod codes;
mod demand;
mod first_factors;
mod malformed;
pub(crate) mod throttle;
mod unanswered;
