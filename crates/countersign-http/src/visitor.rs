//! Who makes a request: a [`Visitor`], whose token is judged by the operation that takes it.

use std::fmt;
use std::sync::Arc;

use countersign::service::Opened;
use countersign::token::{Scope, Token};
use countersign::words::Words;
use countersign::{Denial, Error, Mfa, RequestContext, SessionChange, Status, UserId};

use crate::bound::BoundHost;
use crate::cookies::Binding;
use crate::headers::Headers;
use crate::host::Account;
use crate::problem::{Problem, kinds};
use crate::request::Head;
use crate::state::State;

/// The sender of a request: the library and the application, bound to this request.
///
/// An application's own handlers make one by [`Auth::visitor`](crate::Auth::visitor), and take the
/// steps of a login with it. A token that was issued to one browser is worth nothing in another
/// one. The cookie that tells browsers apart reaches the library through a visitor alone.
#[derive(Clone)]
pub struct Visitor {
    pub(crate) state: Arc<State>,
    pub(crate) host: Arc<dyn BoundHost>,
    pub(crate) head: Arc<Head>,
}

/// The outcome of an operation, and the headers that the answer has to carry: the cookies that
/// belong to the outcome.
#[derive(Debug)]
#[must_use]
#[non_exhaustive]
pub struct WithHeaders<T> {
    /// The outcome.
    pub outcome: T,
    /// The headers.
    pub headers: Headers,
}

impl<T> WithHeaders<T> {
    pub(crate) fn new(outcome: T, headers: Headers) -> Self {
        Self { outcome, headers }
    }
}

impl Visitor {
    /// The facts of the request.
    pub(crate) fn context(&self) -> RequestContext {
        let mut context = RequestContext::new();
        if let Some(address) = self.host.client_address(self.head.address) {
            context = context.ip(address);
        }
        if let Some(agent) = self.user_agent() {
            context = context.user_agent(agent);
        }
        if let Some(id) = &self.head.id {
            context = context.request_id(id);
        }
        context
    }

    pub(crate) fn user_agent(&self) -> Option<&str> {
        self.head.headers.text("user-agent")
    }

    /// The language that the request asks for with `Accept-Language`.
    #[must_use]
    pub fn words(&self) -> &dyn Words {
        self.state.languages.accepted(&self.head.headers)
    }

    /// The library, for an operation that takes no bound token. [`run`](Self::run) awaits it.
    #[must_use]
    pub fn mfa(&self) -> Mfa {
        self.mfa_bound(None)
    }

    /// The library, for an operation that takes this token. [`run`](Self::run) awaits it.
    ///
    /// # Errors
    ///
    /// [`INTERNAL`](kinds::INTERNAL) if the random number generator fails.
    pub fn mfa_for<S: Scope>(&self, token: &Token<S>) -> Result<Mfa, Problem> {
        Ok(self.mfa_bound(self.binding_of(token)?.as_ref()))
    }

    /// The library, for an operation whose tokens have this binding.
    pub(crate) fn mfa_bound(&self, binding: Option<&Binding>) -> Mfa {
        self.state.mfa.with_context(bound(self.context(), binding))
    }

    /// The library, for a login of this user.
    pub(crate) async fn mfa_beginning(
        &self,
        user: &UserId,
        binding: Option<&Binding>,
    ) -> Result<Mfa, Problem> {
        let context = self.recognizing(user, binding);
        let mut context = self.requiring(user, context).await?;
        context = context.demand(self.host.demand(user).await?);
        if let Some(note) = self.host.login_note() {
            context = context.note(note);
        }
        Ok(self.state.mfa.with_context(context))
    }

    /// Adds whether the user needs a second factor.
    pub(crate) async fn requiring(
        &self,
        user: &UserId,
        context: RequestContext,
    ) -> Result<RequestContext, Problem> {
        let requirement = self.host.requirement(user).await?;
        Ok(match requirement {
            Some(requirement) => context.requirement(requirement),
            None => context,
        })
    }

    /// The library, for a step of this user's login in a browser that may be trusted.
    pub(crate) fn mfa_recognizing(&self, user: &UserId, binding: Option<&Binding>) -> Mfa {
        self.state.mfa.with_context(self.recognizing(user, binding))
    }

    /// The facts of the request, with the token by which this user trusts the browser.
    pub(crate) fn recognizing(&self, user: &UserId, binding: Option<&Binding>) -> RequestContext {
        let context = bound(self.context(), binding);
        match self.state.cookies().device(&self.head.headers, user) {
            Some(device) => context.device(device),
            None => context,
        }
    }

    /// A token, opened to find out whose it is.
    pub(crate) fn open<S: Scope>(&self, mfa: &Mfa, token: &Token<S>) -> Result<Opened<S>, Problem> {
        let opened = mfa.open_token(token);
        opened.map_err(|error| self.state.problem(&error))
    }

    /// The binding of a token that the request brings, and of the tokens that are issued for it. A
    /// browser that has none gets a new one, with which no earlier token is good.
    pub(crate) fn binding_of<S: Scope>(
        &self,
        token: &Token<S>,
    ) -> Result<Option<Binding>, Problem> {
        match self.state.cookies().binding(&self.head.headers, token) {
            None => self.new_binding(),
            known => Ok(known),
        }
    }

    /// A binding for a token that is issued to a browser. Other programs may keep no cookies, so
    /// their tokens are not bound. An old browser tells only by its cookies what it is, where it
    /// comes back from an identity provider.
    pub(crate) fn new_binding(&self) -> Result<Option<Binding>, Problem> {
        let headers = &self.head.headers;
        let of_browsers = ["origin", "sec-fetch-site", "cookie"];
        if !of_browsers.iter().any(|name| headers.contains(name)) {
            return Ok(None);
        }
        let binding = Binding::random().map_err(|_| kinds::INTERNAL)?;
        Ok(Some(binding))
    }

    /// The headers with which the browser keeps a token's binding.
    pub(crate) fn bind<S: Scope>(
        &self,
        token: &Token<S>,
        binding: Option<&Binding>,
    ) -> Result<Headers, Problem> {
        let mut headers = Headers::new();
        if let Some(binding) = binding {
            let now = self.state.now()?;
            let cookies = self.state.cookies();
            cookies.bind(&mut headers, &self.head.headers, token, binding, now);
        }
        Ok(headers)
    }

    /// Runs an operation. A session whose epoch is over is signed out.
    ///
    /// # Errors
    ///
    /// The problem to answer with.
    pub async fn run<T>(
        &self,
        operation: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Problem> {
        match operation.await {
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(self.refusal(&error).await),
        }
    }

    async fn refusal(&self, error: &Error) -> Problem {
        match error.denial() {
            Some(Denial::SessionEnded) => self.sign_out().await,
            _ => self.state.problem(error),
        }
    }

    /// The state of somebody's account.
    pub(crate) async fn status_of(&self, user: &UserId) -> Result<Status, Problem> {
        let context = self.requiring(user, RequestContext::new()).await?;
        let mfa = self.state.mfa.with_context(context);
        self.run(mfa.status(user)).await
    }

    /// Ends a session whose epoch is over.
    pub(crate) async fn sign_out(&self) -> Problem {
        let ended = self.host.end_session().await;
        Problem::refused(Denial::SessionEnded).headers(ended.unwrap_or_default())
    }

    /// The account of a user whom a valid token names. A deleted user has none.
    pub(crate) async fn account(&self, user: &UserId) -> Result<Account, Problem> {
        let account = self.host.account(user).await?;
        account.ok_or_else(|| Problem::refused(Denial::TokenInvalid))
    }

    /// Has the application begin a session for a user who signed in, and returns the headers.
    ///
    /// # Errors
    ///
    /// The problem to answer with. Nobody is signed in.
    pub async fn begin_session(
        &self,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Problem> {
        self.host.begin_session(user, change).await
    }

    /// Has the application change a user's sessions, and returns the headers.
    ///
    /// # Errors
    ///
    /// The problem to answer with.
    pub async fn change_sessions(
        &self,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Problem> {
        self.host.change_sessions(user, change).await
    }
}

fn bound(context: RequestContext, binding: Option<&Binding>) -> RequestContext {
    match binding {
        Some(binding) => context.binding(binding.as_str()),
        None => context,
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}
