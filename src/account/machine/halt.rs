//! Early ends of a decision.

use crate::denial::{Denial, RecordError};
use crate::entropy::RngError;
use crate::keys::KeyError;
use crate::request::ContextError;
use crate::time::ClockError;

/// A technical failure, in contrast to a refusal. The operation was denied, and nothing was
/// written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Fault {
    /// Sealed data cannot be opened.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The record cannot be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The random number generator failed.
    #[error(transparent)]
    Rng(#[from] RngError),
    /// The clock cannot be read.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The request's context does not fit the policy.
    #[error(transparent)]
    Context(#[from] ContextError),
}

/// An early end of a decision.
pub(crate) enum Halt {
    /// A refusal. Charges are committed.
    Denied(Denial),
    /// A technical failure. Nothing is committed.
    Fault(Fault),
}

impl From<Denial> for Halt {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl<F: Into<Fault>> From<F> for Halt {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}
