//! What operations take and what they answer.
//!
//! Behind it stands a machine, `(state, command, context) → transition`, which is pure and
//! synchronous. A command changes a draft of the account. If it is refused and charged, nothing of
//! the draft is kept but its counters and events. If it is refused without a charge, or something
//! breaks, nothing at all is kept. Therefore a failed proof cannot have a side effect, whatever
//! order a command does things in.

pub(crate) mod commands;
mod machine;
pub(crate) mod state;
pub(crate) mod status;
#[cfg(test)]
mod table_tests;

pub use crate::{
    answer::MalformedCode,
    denial::RecordError,
    factor::Factor,
    method::Method,
    purpose::{AppPurpose, InvalidPurpose, StepUpPurpose},
    reauthentication::Reauthentication,
    session::SessionEffect,
};
pub use commands::{
    Administrator, Enrolled, EnrollmentOrigin, EnrollmentProof, Import, Imported, Intervention,
    LoginChallenge, Regenerated, Setup, StepUpGranted, TrustGranted, TrustedLogin, Verified,
};
pub use machine::TrustedDevice;
pub use state::DelayedRecoveryStatus;
pub use status::{AuthenticatorStatus, DeviceStatus, RecoveryCodeStatus, RecoveryCodesStatus};

pub(crate) use commands::*;
pub(crate) use machine::{Command, Context, Fault, Transition, decide};
pub(crate) use state::{Account, Record, Summary};
pub(crate) use status::Status;
