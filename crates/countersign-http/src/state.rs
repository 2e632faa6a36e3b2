//! What all requests share.

use std::sync::Arc;

use countersign::time::Timestamp;
use countersign::{Directory, Error, Mfa};

use crate::cookies::Cookies;
use crate::languages::Languages;
use crate::origin::Origins;
use crate::problem::{Problem, kinds};

/// The library and the settings. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) mfa: Mfa,
    pub(crate) directory: Option<Directory>,
    pub(crate) origins: Origins,
    pub(crate) languages: Arc<Languages>,
}

impl State {
    /// The problem to answer with when an operation of the library fails.
    pub(crate) fn problem(&self, error: &Error) -> Problem {
        match self.mfa.now() {
            Ok(now) => Problem::of(error, now),
            Err(broken) => Problem::of(&broken, Timestamp::from_unix(0)),
        }
    }

    /// The moment of the library's clock.
    pub(crate) fn now(&self) -> Result<Timestamp, Problem> {
        self.mfa.now().map_err(|error| self.problem(&error))
    }

    pub(crate) fn directory(&self) -> Result<&Directory, Problem> {
        let directory = self.directory.as_ref();
        directory.ok_or_else(|| kinds::NOT_SUPPORTED.into())
    }

    pub(crate) fn cookies(&self) -> Cookies {
        Cookies {
            secure: self.origins.are_secure(),
        }
    }
}
