//! The state that all routes share, for requests of axum.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRef};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use countersign::time::Timestamp;
use countersign::words::Words;
use countersign::{Directory, Error, FirstFactor, Mfa, UserId};
use countersign_http::{Head, Headers, Host, InvalidOrigin, Visitor};

use crate::problem::Problem;
use crate::response::{header_map, response};

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
/// let auth = Auth::new(&mfa, Application, "https://acme.example")?.directory(&directory);
/// let app: Router = Router::new().merge(auth.router("/auth"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Auth(pub(crate) countersign_http::Auth<Parts>);

impl Auth {
    /// State for an application whose pages are at this origin: `https://acme.example`, or
    /// `http://127.0.0.1:3000` during development. Requests of other sites' pages are refused.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`] unless it is `https://host[:port]`, or `http://` on this machine, and an
    /// origin of the passkeys, if the policy has them.
    pub fn new(
        mfa: &Mfa,
        host: impl Host<Request = Parts>,
        origin: &str,
    ) -> Result<Self, InvalidOrigin> {
        countersign_http::Auth::new(mfa, host, origin).map(Self)
    }

    /// Adds what looks across users and back in time. Without it the security log and the
    /// administrator's list of users answer 501, and a warning says so when the router is made.
    #[must_use]
    pub fn directory(self, directory: &Directory) -> Self {
        Self(self.0.directory(directory))
    }

    /// Allows requests of pages at another origin. The first origin alone decides whether cookies
    /// are `Secure`.
    ///
    /// # Errors
    ///
    /// [`InvalidOrigin`], like [`new`](Self::new), but passkeys need not be used there.
    pub fn also_at(self, origin: &str) -> Result<Self, InvalidOrigin> {
        self.0.also_at(origin).map(Self)
    }

    /// Adds a language to English and German, or replaces the one of the same
    /// [tag](Words::tag).
    #[must_use]
    pub fn also_in(self, words: impl Words + 'static) -> Self {
        Self(self.0.also_in(words))
    }

    /// The language that a request asks for with `Accept-Language`. The router's problems say their
    /// `detail` in it.
    #[must_use]
    pub fn words(&self, headers: &HeaderMap) -> &dyn Words {
        self.0.words(&Headers::from_iter(headers))
    }

    /// Whether a request may change something: no page of another site made it. The router refuses
    /// other requests by itself; this is for what an application does before the router.
    #[must_use]
    pub fn allows(&self, method: &Method, headers: &HeaderMap) -> bool {
        self.0.allows(method.as_str(), &Headers::from_iter(headers))
    }

    /// The library.
    #[must_use]
    pub fn mfa(&self) -> &Mfa {
        self.0.mfa()
    }

    /// The problem to answer with when an operation of the library fails.
    #[must_use]
    pub fn problem(&self, error: &Error) -> Problem {
        self.0.problem(error).into()
    }

    /// The moment of the library's clock, for a [`FirstFactor`].
    ///
    /// # Errors
    ///
    /// The problem to answer with, if the clock cannot be read.
    pub fn now(&self) -> Result<Timestamp, Problem> {
        Ok(self.0.now()?)
    }

    /// The sender of a request. With it an application's own handlers take the steps of a login, in
    /// JSON, pages or tokens of their own. [`begin_login`](Self::begin_login) is the ready answer.
    ///
    /// ```
    /// use axum::extract::{Form, State};
    /// use axum::http::request::Parts;
    /// use axum::response::{Html, IntoResponse, Response};
    /// use countersign::Answer;
    /// use countersign::token::{Challenge, Token};
    /// use countersign_axum::{Auth, Problem, header_map};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct SecondStep {
    ///     token: Token<Challenge>,
    ///     code: String,
    /// }
    ///
    /// /// The form of a page, whose challenge `begin_login` made. `protect` guards its route.
    /// async fn second_step(
    ///     State(auth): State<Auth>,
    ///     request: Parts,
    ///     Form(step): Form<SecondStep>,
    /// ) -> Result<Response, Problem> {
    ///     let visitor = auth.visitor(&request);
    ///     let answered = visitor.answer_challenge(&step.token, Answer::parse(&step.code)).await?;
    ///     let (verified, mut headers) = (answered.outcome, answered.headers);
    ///     headers.extend(visitor.begin_session(&verified.user, verified.sessions).await?);
    ///     let page = Html(format!("Welcome, {}", verified.user));
    ///     Ok((header_map(&headers), page).into_response())
    /// }
    /// ```
    #[must_use]
    pub fn visitor(&self, request: &Parts) -> Visitor {
        self.0.visitor(head(request), request.clone())
    }

    /// Begins a login for a user whose first factor was right, and never before. The answer is a
    /// session if nothing more is needed. Otherwise it is a challenge, or a grant to enrol an
    /// authenticator.
    ///
    /// The answer carries the cookies that belong to it: a browser's challenge is worth nothing in
    /// another browser, and a trusted browser needs no challenge.
    ///
    /// # Errors
    ///
    /// The problem to answer with: the account is locked or was reset, a new password is needed, or
    /// something broke.
    pub async fn begin_login(
        &self,
        request: &Parts,
        user: &UserId,
        first: impl Into<FirstFactor>,
    ) -> Result<Response, Problem> {
        Ok(response(self.visitor(request).login(user, first).await?))
    }

    /// Notes that the application changed or reset a password, and changes the user's sessions
    /// accordingly: the acting one goes on, unless it has ended meanwhile, and the others end.
    /// Returns the headers of the answer.
    ///
    /// # Errors
    ///
    /// The problem to answer with, if something broke. The password is changed all the same: try
    /// again.
    pub async fn password_changed(
        &self,
        request: &Parts,
        user: &UserId,
    ) -> Result<HeaderMap, Problem> {
        let headers = self.visitor(request).password_changed(user).await?;
        Ok(header_map(&headers))
    }
}

impl<T> FromRef<(Self, T)> for Auth {
    fn from_ref((auth, _): &(Self, T)) -> Self {
        auth.clone()
    }
}

impl<T, U> FromRef<(Self, T, U)> for Auth {
    fn from_ref((auth, ..): &(Self, T, U)) -> Self {
        auth.clone()
    }
}

/// A router's state in which the extractors find [`Auth`]: an `Auth`, a tuple that begins with one,
/// or a type with `impl FromRef<_> for Auth`.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use countersign_axum::{Auth, SignedIn};
///
/// #[derive(Clone)]
/// struct Database;
///
/// async fn me(who: SignedIn) -> String {
///     who.session.user.to_string()
/// }
///
/// fn routes(auth: Auth) -> Router {
///     Router::new().route("/me", get(me)).with_state((auth, Database))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no state in which `Auth` is found",
    label = "the extractor looks for `Auth` in the router's state",
    note = "use `Auth` or a tuple that begins with it, such as `(Auth, App)`, as the state, or write \
            `impl FromRef<{Self}> for Auth`"
)]
pub trait HasAuth: Send + Sync {
    /// The `Auth` in it.
    fn auth(&self) -> Auth;
}

impl<S: Send + Sync> HasAuth for S
where
    Auth: FromRef<S>,
{
    fn auth(&self) -> Auth {
        Auth::from_ref(self)
    }
}

/// The id that the [protection](Auth::protect) gave a request.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

pub(crate) fn head(request: &Parts) -> Head {
    let connection = request.extensions.get::<ConnectInfo<SocketAddr>>();
    let id = request.extensions.get().map(|RequestId(id)| id.clone());
    Head::new(Headers::from_iter(&request.headers))
        .address(connection.map(|ConnectInfo(address)| address.ip()))
        .id(id)
}
