//! The machine that takes decisions. `impl Draft` occurs in this folder only.
//!
//! The list of modules goes from the ground up: a module depends only on modules above it.

mod context;
mod halt;
mod proof;

mod draft;

mod requirement;
mod tokens;

mod authenticators;
mod delayed_recovery;
mod passkeys;
mod sent_codes;
mod unanswered;

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
pub(crate) use passkeys::ceremony;
