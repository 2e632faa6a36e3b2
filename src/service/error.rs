//! What an operation answers when it is not done.

use crate::account::Fault;
use crate::answer::MalformedCode;
use crate::channel::Channel;
use crate::denial::{Denial, RecordError};
use crate::entropy::RngError;
use crate::keys::KeyError;
use crate::request::ContextError;
use crate::time::ClockError;

/// Why an operation was not done: it was refused, or something broke. Either way nothing was
/// granted.
///
/// [`denial`](Self::denial) tells the two apart. The store's own error is kept, and can be
/// recognized by its type:
///
/// ```
/// use countersign::Error;
/// use countersign::store::MemoryStoreError;
///
/// fn is_of_the_store(error: &Error) -> bool {
///     match error {
///         Error::Store(cause) | Error::Indeterminate(cause) => cause.is::<MemoryStoreError>(),
///         _ => false,
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It was refused.
    #[error("refused: {0}")]
    Denied(Denial),
    /// The store failed, and nothing was written. The source is the store's own error.
    #[error("the store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store failed in a commit, and whether that was written cannot be found out. The source
    /// is the store's own error.
    #[error("the store failed, and whether it wrote is not known")]
    Indeterminate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Other requests changed the record eight times in a row. Nothing was written or charged; try
    /// again.
    #[error("the account is being changed by too many requests at once")]
    Contended,
    /// Sealed data cannot be opened.
    #[error("the keyring does not fit the data")]
    Keys(#[source] KeyError),
    /// The record cannot be read.
    #[error("the record cannot be used")]
    Record(#[source] RecordError),
    /// The code was drawn, and its sender failed.
    #[error("the code could not be sent")]
    NotSent(Channel),
    /// The random number generator failed.
    #[error(transparent)]
    Rng(RngError),
    /// The clock cannot be read.
    #[error(transparent)]
    Clock(ClockError),
    /// The caller made a mistake.
    #[error("the request's context does not fit the policy")]
    Context(#[source] ContextError),
}

impl Error {
    /// The reason, if this is a refusal; `None` if something broke.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        match self {
            Self::Denied(denial) => Some(*denial),
            _ => None,
        }
    }
}

impl Error {
    /// The stable code of the refusal or the fault, for logs and metrics.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Denied(denial) => denial.as_str(),
            Self::Store(_) => "store_failed",
            Self::Indeterminate(_) => "outcome_unknown",
            Self::Contended => "contended",
            Self::Keys(_) => "keys_do_not_fit",
            Self::Record(_) => "record_unusable",
            Self::NotSent(_) => "code_not_sent",
            Self::Rng(_) => "no_randomness",
            Self::Clock(_) => "no_clock",
            Self::Context(_) => "wrong_context",
        }
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<MalformedCode> for Error {
    fn from(malformed: MalformedCode) -> Self {
        Self::Denied(malformed.into())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Keys(error) => Self::Keys(error),
            Fault::Record(error) => Self::Record(error),
            Fault::Rng(error) => Self::Rng(error),
            Fault::Clock(error) => Self::Clock(error),
            Fault::Context(error) => Self::Context(error),
        }
    }
}

/// What a fault can be made of, an error can, too.
macro_rules! from_faults {
    ($($fault:ty),*) => {$(
        impl From<$fault> for Error {
            fn from(fault: $fault) -> Self {
                Fault::from(fault).into()
            }
        }
    )*};
}

from_faults!(KeyError, RecordError, RngError, ClockError);
