//! How a decision is taken. `impl Draft` stands in this folder and nowhere else.
//!
//! The files are listed from the ground floor up: what a file calls stands above it in this list.

mod context;
mod halt;
mod proof;

mod draft;

mod tokens;

mod authenticators;
mod delayed_recovery;
mod email_codes;

mod charging;
mod devices;

mod recovery_codes;

mod reactions;

mod lock;
mod proofs;

mod reauthentication;

mod catch_up;

mod command;
mod decide;

pub use devices::TrustedDevice;

pub(crate) use command::{Command, Transition};
pub(crate) use context::Context;
pub(crate) use decide::decide;
pub(crate) use halt::Fault;

pub(crate) use authenticators::checked_label;
pub(crate) use draft::Draft;
pub(crate) use halt::Halt;
