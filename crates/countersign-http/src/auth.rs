//! The library and the application, put together.

use std::fmt;
use std::sync::Arc;

use countersign::time::Timestamp;
use countersign::words::Words;
use countersign::{Directory, Error, Mfa};

use crate::bound::AnyHost;
use crate::headers::Headers;
use crate::host::Host;
use crate::languages::Languages;
use crate::origin::{InvalidOrigin, Origins};
use crate::problem::Problem;
use crate::request::Head;
use crate::state::State;
use crate::visitor::Visitor;

/// The library and the application, put together, for requests of the type `R`. Cloning is cheap.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readme/application.rs"));
/// use countersign::keys::Keyring;
/// use countersign::store::MemoryStore;
/// use countersign::{Mfa, Policy};
/// use countersign_http::{Auth, Headers, Router};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
/// let policy = Policy::new("acme-prod", "Acme");
/// let builder = Mfa::builder(MemoryStore::new()).keys(keyring).policy(policy);
/// let (mfa, directory) = builder.build_with_directory()?;
///
/// let auth = Auth::new(&mfa, Application, "https://acme.example")?.directory(&directory);
/// let router: Router<Headers> = auth.router("/auth");
/// # Ok(()) }
/// ```
pub struct Auth<R> {
    state: Arc<State>,
    host: Arc<dyn AnyHost<R>>,
}

impl<R> Auth<R> {
    /// For an application whose pages are at this origin: `https://acme.example`, or
    /// `http://127.0.0.1:3000` during development. Requests of other sites' pages are refused.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] unless it is `https://host[:port]`, or `http://` on this machine, and an
    /// origin of the passkeys, if the policy has them.
    pub fn new(
        mfa: &Mfa,
        host: impl Host<Request = R>,
        origin: &str,
    ) -> Result<Self, InvalidOrigin> {
        let origins = Origins::new(origin)?;
        if mfa.lacks_passkeys_at(origins.first()) {
            return Err(InvalidOrigin::NoPasskeys);
        }
        Ok(Self {
            state: Arc::new(State {
                mfa: mfa.clone(),
                directory: None,
                origins,
                languages: Arc::new(Languages::default()),
            }),
            host: Arc::new(host),
        })
    }

    /// Adds what looks across users and back in time. Without it the security log and the
    /// administrator's list of users answer 501, and a warning says so when the
    /// [router](Self::router) is made.
    #[must_use]
    pub fn directory(mut self, directory: &Directory) -> Self {
        Arc::make_mut(&mut self.state).directory = Some(directory.clone());
        self
    }

    /// Allows requests of pages at another origin. The first origin alone decides whether cookies
    /// are `Secure`.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`], like [`new`](Self::new), but passkeys need not be used there.
    pub fn also_at(mut self, origin: &str) -> Result<Self, InvalidOrigin> {
        Arc::make_mut(&mut self.state).origins.also(origin)?;
        Ok(self)
    }

    /// Adds a language to English and German, or replaces the one of the same
    /// [tag](Words::tag).
    #[must_use]
    pub fn also_in(mut self, words: impl Words + 'static) -> Self {
        let state = Arc::make_mut(&mut self.state);
        Arc::make_mut(&mut state.languages).also(words);
        self
    }

    /// The sender of a request. With it an application's own handlers take the steps of a login.
    #[must_use]
    pub fn visitor(&self, head: Head, request: R) -> Visitor {
        Visitor {
            state: Arc::clone(&self.state),
            host: Arc::clone(&self.host).bind(request),
            head: Arc::new(head),
        }
    }

    /// The language that a request asks for with `Accept-Language`.
    #[must_use]
    pub fn words(&self, headers: &Headers) -> &dyn Words {
        self.state.languages.accepted(headers)
    }

    /// Whether a request may change something: no page of another site made it. The routes refuse
    /// other requests by themselves; this is for what an application does before them.
    #[must_use]
    pub fn allows(&self, method: &str, headers: &Headers) -> bool {
        self.state.origins.allow(method, headers)
    }

    /// The library.
    #[must_use]
    pub fn mfa(&self) -> &Mfa {
        &self.state.mfa
    }

    /// Whether there is a [directory](Self::directory).
    pub(crate) fn has_directory(&self) -> bool {
        self.state.directory.is_some()
    }

    /// The problem to answer with when an operation of the library fails.
    #[must_use]
    pub fn problem(&self, error: &Error) -> Problem {
        self.state.problem(error)
    }

    /// The moment of the library's clock, for a [`FirstFactor`](countersign::FirstFactor).
    ///
    /// # Errors
    ///
    /// The problem to answer with, if the clock cannot be read.
    pub fn now(&self) -> Result<Timestamp, Problem> {
        self.state.now()
    }
}

impl<R> Clone for Auth<R> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            host: Arc::clone(&self.host),
        }
    }
}

impl<R> fmt::Debug for Auth<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("mfa", &self.state.mfa)
            .field("origins", &self.state.origins)
            .finish_non_exhaustive()
    }
}
