//! The state that all routes share.

use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, Method};
use countersign::time::Timestamp;
use countersign::words::Words;
use countersign::{Directory, Error, Mfa};

use crate::cookies::Cookies;
use crate::erased::ErasedHost;
use crate::host::Host;
use crate::languages::Languages;
use crate::origin::{InvalidOrigin, Origins};
use crate::problem::Problem;

/// The library and the application, put together. Cloning is cheap.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readme/application.rs"));
/// use axum::Router;
/// use countersign::keys::Keyring;
/// use countersign::store::MemoryStore;
/// use countersign::{Mfa, Policy};
/// use countersign_axum::Auth;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
/// let policy = Policy::new("acme-prod", "Acme");
/// let builder = Mfa::builder(MemoryStore::new()).keys(keyring).policy(policy);
/// let (mfa, directory) = builder.build_with_directory()?;
///
/// let auth = Auth::new(&mfa, &directory, Application, "https://acme.example")?;
/// let app: Router = Router::new().merge(auth.router("/auth"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Auth(Arc<State>);

#[derive(Clone)]
struct State {
    mfa: Mfa,
    directory: Directory,
    host: Arc<dyn ErasedHost>,
    origins: Origins,
    languages: Languages,
}

impl Auth {
    /// State for an application whose pages are at this origin: `https://acme.example`, or
    /// `http://127.0.0.1:3000` during development. Requests of other sites' pages are refused.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] unless it is `https://host[:port]`, or `http://` on this machine.
    pub fn new(
        mfa: &Mfa,
        directory: &Directory,
        host: impl Host,
        origin: &str,
    ) -> Result<Self, InvalidOrigin> {
        Ok(Self(Arc::new(State {
            mfa: mfa.clone(),
            directory: directory.clone(),
            host: Arc::new(host),
            origins: Origins::new(origin)?,
            languages: Languages::default(),
        })))
    }

    /// Allows requests of pages at another origin. The first origin alone decides whether cookies
    /// are `Secure`.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`], like [`new`](Self::new).
    pub fn also_at(mut self, origin: &str) -> Result<Self, InvalidOrigin> {
        let state = Arc::make_mut(&mut self.0);
        state.origins.also(origin)?;
        Ok(self)
    }

    /// Adds a language to English and German, or replaces the one of the same
    /// [tag](Words::tag).
    #[must_use]
    pub fn also_in(mut self, words: impl Words + 'static) -> Self {
        Arc::make_mut(&mut self.0).languages.also(words);
        self
    }

    /// The language that a request asks for with `Accept-Language`. The router's problems say their
    /// `detail` in it.
    #[must_use]
    pub fn words(&self, headers: &HeaderMap) -> &dyn Words {
        self.0.languages.accepted(headers)
    }

    /// Whether a request may change something: no page of another site made it. The router refuses
    /// other requests by itself; this is for what an application does before the router.
    #[must_use]
    pub fn allows(&self, method: &Method, headers: &HeaderMap) -> bool {
        self.0.origins.allow(method, headers)
    }

    /// The library.
    #[must_use]
    pub fn mfa(&self) -> &Mfa {
        &self.0.mfa
    }

    /// The problem to answer with when an operation of the library fails.
    #[must_use]
    pub fn problem(&self, error: &Error) -> Problem {
        match self.mfa().now() {
            Ok(now) => Problem::of(error, now),
            Err(broken) => Problem::of(&broken, Timestamp::from_unix(0)),
        }
    }

    /// The moment of the library's clock, for a [`FirstFactor`](countersign::FirstFactor).
    ///
    /// # Errors
    ///
    /// The problem to answer with, if the clock cannot be read.
    pub fn now(&self) -> Result<Timestamp, Problem> {
        self.mfa().now().map_err(|error| self.problem(&error))
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    pub(crate) fn host(&self) -> &dyn ErasedHost {
        &*self.0.host
    }

    pub(crate) fn cookies(&self) -> Cookies {
        Cookies {
            secure: self.0.origins.are_secure(),
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("mfa", &self.0.mfa)
            .field("origins", &self.0.origins)
            .finish_non_exhaustive()
    }
}
