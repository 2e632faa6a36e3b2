//! What an operation answers when it is not done.

use crate::account::{Denial, Fault, MalformedCode, RecordError};
use crate::entropy::RngError;
use crate::keys::KeyError;
use crate::store::AnyStoreError;
use crate::time::ClockError;

/// Why an operation was not done: it was refused, or something broke. Either way nothing was granted.
///
/// [`denial`](Self::denial) tells the two apart. `E` is the store's own error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error<E = AnyStoreError>
where
    E: std::error::Error + 'static,
{
    /// It was refused.
    #[error("refused: {0}")]
    Denied(Denial),
    /// The store failed, and nothing was written.
    #[error("the store failed")]
    Store(#[source] E),
    /// The store failed in a commit, and whether that was written cannot be found out.
    #[error("the store failed, and whether it wrote is not known")]
    Indeterminate(#[source] E),
    /// The record was changed by others again and again. Nothing was written or charged; try again.
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
    NotSent,
    /// The random number generator failed.
    #[error(transparent)]
    Rng(RngError),
    /// The clock cannot be read.
    #[error(transparent)]
    Clock(ClockError),
}

impl<E: std::error::Error + 'static> Error<E> {
    /// The reason, if this is a refusal; `None` if something broke.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        match self {
            Self::Denied(denial) => Some(*denial),
            _ => None,
        }
    }
}

impl<E: std::error::Error + 'static> From<Denial> for Error<E> {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl<E: std::error::Error + 'static> From<MalformedCode> for Error<E> {
    fn from(malformed: MalformedCode) -> Self {
        Self::Denied(malformed.into())
    }
}

impl<E: std::error::Error + 'static> From<Fault> for Error<E> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Keys(error) => Self::Keys(error),
            Fault::Record(error) => Self::Record(error),
            Fault::Rng(error) => Self::Rng(error),
            Fault::Clock(error) => Self::Clock(error),
        }
    }
}

/// What a fault can be made of, an error can, too.
macro_rules! from_faults {
    ($($fault:ty),*) => {$(
        impl<E: std::error::Error + 'static> From<$fault> for Error<E> {
            fn from(fault: $fault) -> Self {
                Fault::from(fault).into()
            }
        }
    )*};
}

from_faults!(KeyError, RecordError, RngError, ClockError);
