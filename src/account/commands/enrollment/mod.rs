//! Enrolling an authenticator: start, confirm and cancel.

mod confirm;
mod grants;
mod new_authenticator;
mod start;

pub use confirm::{Enrolled, EnrollmentOrigin};
pub use new_authenticator::NewAuthenticator;
pub use start::{EnrollmentProof, Setup};

pub(crate) use confirm::{CancelEnrollment, Confirm, ConfirmedBy};
pub(crate) use start::{Start, StartProof};
