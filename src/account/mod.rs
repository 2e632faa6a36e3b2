//! What operations take and what they answer.
//!
//! Behind them stands a machine, `(state, command, context) → transition`, which is pure and
//! synchronous. A command changes a draft of the account. After a refusal with a charge, only the
//! counters, the note of a challenge and the events of the draft are kept. After a refusal without
//! a charge, or a technical failure, nothing is kept. Therefore a failed proof has no side effect,
//! whatever the order inside a command.

pub(crate) mod commands;
mod machine;
pub(crate) mod state;
pub(crate) mod status;
#[cfg(test)]
mod table_tests;

pub use crate::{
    answer::MalformedCode,
    assurance::Assurance,
    denial::RecordError,
    factor::Factor,
    first_factor::{FirstFactorKind, UpstreamFactor},
    host_note::{HostNote, HostNoteTooLong},
    method::{Method, Methods},
    purpose::{AppPurpose, InvalidPurpose, StepUpPurpose},
    reauthentication::{FirstFactorCheck, Reauthentication},
    session::SessionEffect,
};
pub use commands::{
    Administrator, Completed, CompletedBy, Enrolled, EnrollmentOrigin, EnrollmentProof,
    ForeignRecoveryCode, Import, Imported, Intervention, LoginChallenge, OfferedMethod,
    PasskeyRequest, PasskeySetup, Regenerated, Setup, StepUpGranted, TrustGranted, Verified,
};
pub use machine::TrustedDevice;
pub use state::DelayedRecoveryStatus;
pub use status::{
    AuthenticatorStatus, BlockedFactor, DeviceStatus, PasskeyStatus, RecoveryCodeStatus,
    RecoveryCodesStatus,
};

pub(crate) use commands::*;
pub(crate) use machine::{Command, Context, Fault, Transition, decide};
pub(crate) use state::Account;
pub(crate) use status::Status;
