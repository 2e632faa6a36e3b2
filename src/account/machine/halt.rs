//! What ends a decision early.

use crate::denial::{Denial, RecordError};
use crate::entropy::RngError;
use crate::keys::KeyError;
use crate::time::ClockError;

/// What broke, as opposed to what was refused. The operation was denied, and nothing was written.
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
}

/// What ends a decision before its outcome.
pub(crate) enum Halt {
    /// Refused. What was charged is committed.
    Denied(Denial),
    /// Broken. Nothing is committed.
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
