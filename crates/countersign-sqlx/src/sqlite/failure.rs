//! One error that several commits get.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use sqlx::Error;
use sqlx::error::{DatabaseError, ErrorKind};

/// An error of sqlx, which cannot be cloned, for each of several commits.
pub(super) enum Failure {
    Database(Arc<dyn DatabaseError>),
    Other(Arc<Error>),
}

impl Failure {
    pub(super) fn of(error: Error) -> Self {
        match error {
            Error::Database(error) => Self::Database(error.into()),
            error => Self::Other(Arc::new(error)),
        }
    }

    pub(super) fn error(&self) -> Error {
        match self {
            Self::Database(error) => Error::Database(Box::new(Shared(Arc::clone(error)))),
            Self::Other(error) => match &**error {
                Error::PoolClosed => Error::PoolClosed,
                Error::PoolTimedOut => Error::PoolTimedOut,
                Error::WorkerCrashed => Error::WorkerCrashed,
                _ => Error::Io(io::Error::other(Shared(Arc::clone(error)))),
            },
        }
    }
}

#[derive(Debug)]
struct Shared<E: ?Sized>(Arc<E>);

impl<E: fmt::Display + ?Sized> fmt::Display for Shared<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: StdError + ?Sized> StdError for Shared<E> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl DatabaseError for Shared<dyn DatabaseError> {
    fn message(&self) -> &str {
        self.0.message()
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.0.code()
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self.0.as_error()
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        self.0.kind()
    }
}
