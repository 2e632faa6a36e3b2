//! The library and the application, put together.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use countersign::{Denial, Directory, Error, Login, Mfa, UserId};
use utoipa_axum::router::OpenApiRouter;

use crate::cookies::{self, Cookies};
use crate::erased::ErasedHost;
use crate::host::{Host, Session};
use crate::json::{LoginBody, User};
use crate::origin::{InvalidOrigin, Origins};
use crate::problem::{Problem, append, kinds};
use crate::visitor::{self, with_headers};
use crate::{document, protection, routes};

/// The library and the application, put together. Cloning is cheap.
///
/// ```
/// # use std::convert::Infallible;
/// # use axum::http::{HeaderMap, request::Parts};
/// # use countersign::{SessionChange, UserId};
/// # use countersign_axum::{Account, Host, Password, Session};
/// # struct Application;
/// # impl Host for Application {
/// #     type Error = Infallible;
/// #     async fn session(&self, _: &Parts) -> Result<Option<Session>, Infallible> { Ok(None) }
/// #     async fn account(&self, _: &UserId) -> Result<Option<Account>, Infallible> { Ok(None) }
/// #     async fn check_password(&self, _: &UserId, _: &Password) -> Result<bool, Infallible> { Ok(false) }
/// #     async fn begin_session(&self, _: &Parts, _: &UserId, _: SessionChange, _: &'static [&'static str]) -> Result<HeaderMap, Infallible> { Ok(HeaderMap::new()) }
/// #     async fn change_sessions(&self, _: &Parts, _: &UserId, _: SessionChange) -> Result<HeaderMap, Infallible> { Ok(HeaderMap::new()) }
/// #     async fn end_session(&self, _: &Parts) -> Result<HeaderMap, Infallible> { Ok(HeaderMap::new()) }
/// # }
/// use axum::Router;
/// use countersign::keys::Keyring;
/// use countersign::store::MemoryStore;
/// use countersign::{Mfa, Policy};
/// use countersign_axum::Auth;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
/// let builder = Mfa::builder(MemoryStore::new()).keys(keyring).policy(Policy::new("acme-prod", "Acme"));
/// let (mfa, directory) = builder.build_with_directory()?;
///
/// let auth = Auth::new(&mfa, &directory, Application, "https://acme.example")?;
/// let app: Router = Router::new().merge(auth.router("/auth"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    mfa: Mfa,
    directory: Directory,
    host: Arc<dyn ErasedHost>,
    origins: Origins,
}

impl Auth {
    /// For an application whose pages are at this origin: `https://acme.example`, or `http://127.0.0.1:3000` while it is
    /// developed. Requests of other sites' pages are refused.
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
        Ok(Self(Arc::new(Inner {
            mfa: mfa.clone(),
            directory: directory.clone(),
            host: Arc::new(host),
            origins: Origins::new(origin)?,
        })))
    }

    /// Pages at another origin may make requests, too. Whether cookies are `Secure` is decided by the first.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`], like [`new`](Self::new).
    pub fn also_at(mut self, origin: &str) -> Result<Self, InvalidOrigin> {
        let inner = Arc::make_mut(&mut self.0);
        inner.origins.also(origin)?;
        Ok(self)
    }

    /// Everything, below a prefix such as `/auth`: the routes, and their OpenAPI document at `/auth/openapi.json`.
    pub fn router<T: Clone + Send + Sync + 'static>(&self, prefix: &str) -> Router<T> {
        self.router_with(prefix, OpenApiRouter::default())
    }

    /// The same, with routes of the application's own below the same prefix, such as the one that checks the password. They
    /// stand under the same protection and in the same document.
    pub fn router_with<T: Clone + Send + Sync + 'static>(
        &self,
        prefix: &str,
        own: OpenApiRouter,
    ) -> Router<T> {
        let routes = routes::all().with_state(self.clone()).merge(own);
        document::served(self, prefix, routes).with_state(())
    }

    /// Puts other routes of the application under the same protection: requests of other sites' pages are refused, bodies are
    /// limited to 16 KiB, answers are not stored, and each request has an id and a `tracing` span of that id.
    pub fn protect(&self, router: Router) -> Router {
        protection::around(self, router)
    }

    /// Begins a login for a user whose password was right, and never before: a session where nothing more is needed, else a
    /// challenge, or the leave to enrol.
    ///
    /// It brings the cookies along: a browser's challenge is worth nothing elsewhere, and a browser that is trusted needs none.
    ///
    /// # Errors
    ///
    /// The problem to answer with: the account is locked or was reset, a new password is needed, or something broke.
    pub async fn begin_login(&self, request: &Parts, user: &UserId) -> Result<Response, Problem> {
        let account = self.host().account(user).await?;
        let account = account.ok_or(kinds::UNAUTHENTICATED)?;
        let mut headers = HeaderMap::new();
        let binding = self.new_binding(request)?;
        let mut context = visitor::bound(self.context(request), binding.as_ref());
        if let Some(device) = self.cookies().device(request, user) {
            context = context.device(device);
        }
        let login = self.mfa().with(context).begin_login(user).await;
        let login = login.map_err(|error| self.problem(&error))?;
        let (sessions, methods, enabled) = match login {
            Login::NotRequired(sessions) => (sessions, PASSWORD, false),
            Login::Trusted(trusted) => {
                let cookie = self.cookies().trusted(user, &trusted.device);
                cookies::set(&mut headers, cookie);
                (trusted.sessions, trusted.amr(), true)
            }
            Login::Challenge(challenge) => {
                self.bind(&mut headers, request, &challenge.token, binding.as_ref())?;
                let body = LoginBody::challenge(&challenge, &account);
                return Ok(with_headers(
                    (StatusCode::ACCEPTED, axum::Json(body)),
                    headers,
                ));
            }
            Login::EnrollmentRequired(grant) => {
                self.bind(&mut headers, request, &grant, binding.as_ref())?;
                let body = LoginBody::enrollment(&grant);
                return Ok(with_headers(
                    (StatusCode::ACCEPTED, axum::Json(body)),
                    headers,
                ));
            }
            Login::PasswordChangeRequired => {
                return Err(kinds::PASSWORD_CHANGE_REQUIRED.into());
            }
            Login::ResetPending => return Err(kinds::RESET_PENDING.into()),
            _ => return Err(kinds::REFUSED.into()),
        };
        let host = self.host();
        let begun = host.begin_session(request, user, sessions, methods).await?;
        append(&mut headers, begun);
        let body = LoginBody::signed_in(User::new(user, &account, enabled));
        Ok(with_headers(axum::Json(body), headers))
    }

    /// Notes that the application changed or reset a password, and carries out what that means for sessions: the acting one
    /// goes on, unless it has ended meanwhile, and the others end. Gives the headers of the answer.
    ///
    /// # Errors
    ///
    /// The problem to answer with, if something broke. The password is changed all the same: try again.
    pub async fn password_changed(
        &self,
        request: &Parts,
        user: &UserId,
    ) -> Result<HeaderMap, Problem> {
        let context = self.context(request);
        let mut headers = HeaderMap::new();
        let session = self.host().session(request).await?;
        if let Some(session) = session.filter(|session| session.user == *user) {
            // In its own epoch: one that has ended meanwhile is not begun anew.
            let mfa = self.mfa().with(context.clone().session(session.epoch));
            match mfa.password_changed(user).await {
                Ok(changed) => return self.host().change_sessions(request, user, changed).await,
                Err(error) if error.denial() == Some(Denial::SessionEnded) => {
                    headers = self.host().end_session(request).await?;
                }
                Err(error) => return Err(self.problem(&error)),
            }
        }
        let changed = self.mfa().with(context).password_changed(user).await;
        let changed = changed.map_err(|error| self.problem(&error))?;
        let host = self.host();
        append(
            &mut headers,
            host.change_sessions(request, user, changed).await?,
        );
        Ok(headers)
    }

    /// Whether a request may change something: no page of another site made it. The routes of the router refuse those that
    /// did; this is for what an application does before.
    #[must_use]
    pub fn allows(&self, method: &Method, headers: &HeaderMap) -> bool {
        self.origins().allow(method, headers)
    }

    /// The library.
    #[must_use]
    pub fn mfa(&self) -> &Mfa {
        &self.0.mfa
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// What the library did not do, as an answer.
    #[must_use]
    pub fn problem(&self, error: &Error) -> Problem {
        match self.mfa().now() {
            Ok(now) => Problem::of(error, now),
            Err(broken) => Problem::of(&broken, countersign::time::Timestamp::from_unix(0)),
        }
    }

    pub(crate) fn host(&self) -> &dyn ErasedHost {
        &*self.0.host
    }

    pub(crate) fn origins(&self) -> &Origins {
        &self.0.origins
    }

    pub(crate) fn cookies(&self) -> Cookies {
        Cookies {
            secure: self.0.origins.are_secure(),
        }
    }

    /// The state of the account whose session this is, if the session is still good.
    pub(crate) async fn status_of(
        &self,
        request: &Parts,
        session: &Session,
    ) -> Result<countersign::Status, Problem> {
        let status = self.mfa().status(&session.user).await;
        let status = status.map_err(|error| self.problem(&error))?;
        match status.honors(session.epoch) {
            true => Ok(status),
            false => Err(visitor::signed_out(self, request).await),
        }
    }
}

/// The `amr` of a login without a second step.
pub(crate) const PASSWORD: &[&str] = &["pwd"];

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("mfa", &self.0.mfa)
            .field("origins", &self.0.origins)
            .finish_non_exhaustive()
    }
}
