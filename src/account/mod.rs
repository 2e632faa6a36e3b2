//! The account machine: `(state, command, context) → transition`, pure and synchronous.
//!
//! A command changes a draft of the account. If it is refused and charged, nothing of the draft is kept but its
//! [`Counters`](state::Counters) and events; if it is refused without a charge, or something breaks, nothing at all. So
//! a failed proof cannot have a side effect, whatever order a command does things in.

mod commands;
mod machine;
mod state;
mod status;
#[cfg(test)]
mod table_tests;

pub use commands::*;
pub use machine::TrustedDevice;
pub use state::{DelayedRecoveryStatus, Lost, Record, Summary};
pub use status::{
    AuthenticatorStatus, DeviceStatus, RecoveryCodeStatus, RecoveryCodesStatus, Status,
};

pub(crate) use machine::{Command, Context, Fault, Transition, decide};
pub(crate) use state::Account;
