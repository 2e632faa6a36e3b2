//! Enrolling an authenticator: start, confirm and cancel.

mod bind;
mod confirm;
mod grants;
mod new_authenticator;
mod passkey;
mod start;

pub use bind::{Enrolled, EnrollmentOrigin};
pub use new_authenticator::NewAuthenticator;
pub use passkey::PasskeySetup;
pub use start::{EnrollmentProof, Setup};

pub(crate) use confirm::{CancelEnrollment, Confirm, ConfirmedBy};
pub(crate) use passkey::{ConfirmPasskey, StartPasskey};
pub(crate) use start::{Start, StartProof};
