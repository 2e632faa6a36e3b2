//! The ceremonies, as an honest page, a dishonest one and the specification lead them.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod account;
mod authenticator;
mod client;
#[path = "../../examples/security_key/device.rs"]
mod device;
mod hostile;
mod options;
mod registering;
mod signing;
mod vectors;
