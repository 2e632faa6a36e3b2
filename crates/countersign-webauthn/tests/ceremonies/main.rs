//! The ceremonies, as an honest page, a dishonest one and the specification lead them.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod authenticator;
mod client;
mod hostile;
mod options;
mod registering;
mod signing;
mod vectors;
