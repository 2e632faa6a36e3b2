//! Authenticators that are bound: apps and tokens, their parameters, windows and counters.

mod drift;
mod hotp;
mod hotp_mixed;
mod parameters;
