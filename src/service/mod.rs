//! What the operations of [`Mfa`] answer beside accounts: reports, opened tokens, and why an `Mfa`
//! could not be built or used.

mod completion;
pub(crate) mod error;
pub(crate) mod mfa;
mod outgoing;
mod run;
mod trace;

// The operations, in the order in which the documentation of `Mfa` shows them. The comments keep it
// from being sorted.
pub(crate) mod builder;
// Turning the second factor on.
mod enrollment;
// Signing in.
mod login;
// Other ways to answer.
mod sent_codes;
// Keys that sign.
mod passkeys;
// What its owner does with it.
mod authenticators;
mod recovery_codes;
mod step_up;
// Browsers that are remembered.
mod devices;
// A lost phone.
mod delayed_recovery;
// A stolen account.
mod lock;
// What an administrator may do.
mod administration;
// From sign-up to erasure.
mod lifecycle;
// Moving over from another service.
mod import;
// Telling the user.
mod notifications;
// What a token says before it is used.
mod opened;
// Across users and back in time.
pub(crate) mod directory;
mod rotation;

pub use crate::{entropy::RngError, request::ContextError};
pub use builder::BuildError;
pub use delayed_recovery::DueReport;
pub use import::ImportReport;
pub use lifecycle::RegistrationReport;
pub use lock::AccountLocked;
pub use opened::{Openable, Opened};
pub use rotation::{KeyUsage, KeyUsagePage, ResealReport};
pub use sent_codes::CodeVoided;

pub(crate) use directory::Directory;
pub(crate) use error::Error;
pub(crate) use mfa::Mfa;

use mfa::Shared;
