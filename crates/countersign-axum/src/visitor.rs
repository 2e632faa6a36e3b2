//! Who makes a request: a [`Visitor`], whose token is judged by the operation that takes it, or the
//! [`Owner`] of a session.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use countersign::account::{Administrator, FirstFactorCheck};
use countersign::service::Opened;
use countersign::token::{Scope, Token};
use countersign::words::Words;
use countersign::{
    Denial, Error, FailedFirstFactor, FirstFactor, Mfa, RequestContext, SessionChange, Status,
    UserId,
};

use crate::auth::Auth;
use crate::cookies::Binding;
use crate::host::{Account, Password, Session, SignedIn};
use crate::problem::{Problem, kinds};

/// Whoever makes a request.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) auth: Auth,
    pub(crate) request: Arc<Parts>,
}

/// The owner of a session. Each operation checks the session's epoch in its own decision.
pub(crate) struct Owner {
    pub(crate) visitor: Visitor,
    pub(crate) session: Session,
}

/// The id of a request: what a proxy in front gave it, else a random one.
#[derive(Clone, Debug)]
pub(crate) struct CaseId(pub(crate) String);

/// An id in the path. axum would refuse text that is not UTF-8 in plain text; here it is empty, and
/// names nothing.
pub(crate) struct Id(pub(crate) String);

impl FromRequestParts<Auth> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(request: &mut Parts, auth: &Auth) -> Result<Self, Infallible> {
        Ok(Self::new(auth, request))
    }
}

impl FromRequestParts<Auth> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, auth: &Auth) -> Result<Self, Problem> {
        Visitor::new(auth, request).owner().await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Infallible;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let id = Path::from_request_parts(request, state).await;
        Ok(Self(id.map_or_else(|_| String::new(), |Path(id)| id)))
    }
}

impl Visitor {
    pub(crate) fn new(auth: &Auth, request: &Parts) -> Self {
        Self {
            auth: auth.clone(),
            request: Arc::new(request.clone()),
        }
    }

    /// The facts of the request.
    pub(crate) fn context(&self) -> RequestContext {
        let mut context = RequestContext::new();
        if let Some(address) = self.auth.host().client_address(&self.request) {
            context = context.ip(address);
        }
        if let Some(agent) = self.user_agent() {
            context = context.user_agent(agent);
        }
        if let Some(CaseId(id)) = self.request.extensions.get() {
            context = context.request_id(id);
        }
        context
    }

    pub(crate) fn user_agent(&self) -> Option<&str> {
        let agent = self.request.headers.get(header::USER_AGENT)?;
        agent.to_str().ok()
    }

    /// The language of the answer.
    pub(crate) fn words(&self) -> &dyn Words {
        self.auth.words(&self.request.headers)
    }

    /// The library, for an operation without a bound token.
    pub(crate) fn mfa(&self) -> Mfa {
        self.auth.mfa().with_context(self.context())
    }

    /// The library, for an operation that takes this token.
    pub(crate) fn mfa_for<S: Scope>(&self, token: &Token<S>) -> Mfa {
        self.mfa_bound(self.binding_of(token).as_ref())
    }

    /// The library, for an operation whose tokens have this binding.
    pub(crate) fn mfa_bound(&self, binding: Option<&Binding>) -> Mfa {
        self.auth.mfa().with_context(bound(self.context(), binding))
    }

    /// The library, for a login of this user.
    pub(crate) async fn mfa_beginning(
        &self,
        user: &UserId,
        binding: Option<&Binding>,
    ) -> Result<Mfa, Problem> {
        let (host, request) = (self.auth.host(), &self.request);
        let context = self.recognizing(user, binding);
        let mut context = self.requiring(user, context).await?;
        context = context.demand(host.demand(request, user).await?);
        if let Some(note) = host.login_note(request) {
            context = context.note(note);
        }
        Ok(self.auth.mfa().with_context(context))
    }

    /// Adds whether the user needs a second factor.
    async fn requiring(
        &self,
        user: &UserId,
        context: RequestContext,
    ) -> Result<RequestContext, Problem> {
        let requirement = self.auth.host().requirement(&self.request, user).await?;
        Ok(match requirement {
            Some(requirement) => context.requirement(requirement),
            None => context,
        })
    }

    /// The library, for a step of this user's login in a browser that may be trusted.
    pub(crate) fn mfa_recognizing(&self, user: &UserId, binding: Option<&Binding>) -> Mfa {
        self.auth
            .mfa()
            .with_context(self.recognizing(user, binding))
    }

    /// The facts of the request, with the token by which this user trusts the browser.
    fn recognizing(&self, user: &UserId, binding: Option<&Binding>) -> RequestContext {
        let context = bound(self.context(), binding);
        match self.auth.cookies().device(&self.request, user) {
            Some(device) => context.device(device),
            None => context,
        }
    }

    /// A token, opened to find out whose it is.
    pub(crate) fn open<S: Scope>(&self, mfa: &Mfa, token: &Token<S>) -> Result<Opened<S>, Problem> {
        let opened = mfa.open_token(token);
        opened.map_err(|error| self.auth.problem(&error))
    }

    /// The binding of a token that the request brings.
    pub(crate) fn binding_of<S: Scope>(&self, token: &Token<S>) -> Option<Binding> {
        self.auth.cookies().binding(&self.request, token)
    }

    /// The binding for a token that is issued for another one: the same, if that one has one.
    pub(crate) fn binding_after<S: Scope>(
        &self,
        token: Option<&Token<S>>,
    ) -> Result<Option<Binding>, Problem> {
        match token.and_then(|token| self.binding_of(token)) {
            None => self.new_binding(),
            known => Ok(known),
        }
    }

    /// A binding for a token that is issued to a browser. Other programs may keep no cookies, so
    /// their tokens are not bound.
    pub(crate) fn new_binding(&self) -> Result<Option<Binding>, Problem> {
        let headers = &self.request.headers;
        if !headers.contains_key(header::ORIGIN) && !headers.contains_key("sec-fetch-site") {
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
    ) -> Result<HeaderMap, Problem> {
        let mut headers = HeaderMap::new();
        if let Some(binding) = binding {
            let now = self.auth.now()?;
            let cookies = self.auth.cookies();
            cookies.bind(&mut headers, &self.request, token, binding, now);
        }
        Ok(headers)
    }

    /// Runs an operation. A session whose epoch is over is signed out.
    pub(crate) async fn run<T>(
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
            _ => self.auth.problem(error),
        }
    }

    /// The state of somebody's account.
    pub(crate) async fn status_of(&self, user: &UserId) -> Result<Status, Problem> {
        let context = self.requiring(user, RequestContext::new()).await?;
        let mfa = self.auth.mfa().with_context(context);
        self.run(mfa.status(user)).await
    }

    /// Ends a session whose epoch is over.
    async fn sign_out(&self) -> Problem {
        let ended = self.auth.host().end_session(&self.request).await;
        Problem::refused(Denial::SessionEnded).headers(ended.unwrap_or_default())
    }

    /// The owner of the request's session, if it has one.
    pub(crate) async fn owner(&self) -> Result<Owner, Problem> {
        let session = self.auth.host().session(&self.request).await?;
        Ok(Owner {
            session: session.ok_or(kinds::UNAUTHENTICATED)?,
            visitor: self.clone(),
        })
    }

    /// The account of a user whom a valid token names. A deleted user has none.
    pub(crate) async fn account(&self, user: &UserId) -> Result<Account, Problem> {
        let account = self.auth.host().account(user).await?;
        account.ok_or_else(|| Problem::refused(Denial::TokenInvalid))
    }

    pub(crate) async fn begin_session(
        &self,
        user: &UserId,
        change: SessionChange,
    ) -> Result<HeaderMap, Problem> {
        let host = self.auth.host();
        host.begin_session(&self.request, user, change).await
    }

    pub(crate) async fn change_sessions(
        &self,
        user: &UserId,
        change: SessionChange,
    ) -> Result<HeaderMap, Problem> {
        let host = self.auth.host();
        host.change_sessions(&self.request, user, change).await
    }
}

impl Owner {
    pub(crate) fn user(&self) -> &UserId {
        &self.session.user
    }

    /// The library, for an operation in this session.
    pub(crate) fn mfa(&self) -> Mfa {
        self.mfa_bound(None)
    }

    /// The library, for an operation in this session whose tokens have this binding.
    pub(crate) fn mfa_bound(&self, binding: Option<&Binding>) -> Mfa {
        self.visitor.auth.mfa().with_context(self.context(binding))
    }

    /// The library, for an operation in this session that may leave no second factor.
    pub(crate) async fn mfa_requiring(&self, binding: Option<&Binding>) -> Result<Mfa, Problem> {
        let context = self.context(binding);
        let context = self.visitor.requiring(self.user(), context).await?;
        Ok(self.visitor.auth.mfa().with_context(context))
    }

    fn context(&self, binding: Option<&Binding>) -> RequestContext {
        let context = self.visitor.recognizing(self.user(), binding);
        context.session(self.session.epoch)
    }

    /// Runs an operation. If the session's epoch is over, it is signed out.
    pub(crate) async fn run<T>(
        &self,
        operation: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Problem> {
        self.visitor.run(operation).await
    }

    /// The state of the account. If the session's epoch is over, it is signed out.
    pub(crate) async fn status(&self) -> Result<Status, Problem> {
        let mfa = self.mfa_requiring(None).await?;
        let status = self.run(mfa.status(self.user())).await?;
        match status.honors(self.session.epoch) {
            true => Ok(status),
            false => Err(self.visitor.sign_out().await),
        }
    }

    /// The administrator whose session it is. One whose account is locked unlocks nobody.
    pub(crate) async fn administrator(&self) -> Result<Administrator, Problem> {
        let status = self.status().await?;
        if status.locked_at.is_some() {
            return Err(Problem::refused(Denial::Locked));
        }
        let session = self.session.clone();
        let signed_in = SignedIn { session, status };
        let Visitor { auth, request } = &self.visitor;
        let administrator = auth.host().administrator(request, &signed_in).await?;
        let administrator = administrator.ok_or(kinds::FORBIDDEN)?;
        Ok(administrator.in_session(self.user().clone(), self.session.epoch))
    }

    pub(crate) async fn account(&self) -> Result<Account, Problem> {
        let account = self.visitor.auth.host().account(self.user()).await?;
        account.ok_or_else(|| kinds::UNAUTHENTICATED.into())
    }

    /// Checks the password, or takes a fresh first factor of the session. A wrong password is
    /// passed on to the library, which charges it; a missing one is asked for.
    pub(crate) async fn check(
        &self,
        password: Option<&Password>,
    ) -> Result<FirstFactorCheck, Problem> {
        let (Visitor { auth, request }, user) = (&self.visitor, self.user());
        let Some(password) = password else {
            let fresh = auth.host().fresh_first_factor(request, user).await?;
            let fresh = fresh.ok_or_else(|| Problem::refused(Denial::ReauthenticationRequired))?;
            return Ok(fresh.into());
        };
        Ok(match auth.host().check_password(user, password).await? {
            true => FirstFactor::password_at(auth.now()?).into(),
            false => FailedFirstFactor.into(),
        })
    }

    pub(crate) async fn change_sessions(
        &self,
        change: SessionChange,
    ) -> Result<HeaderMap, Problem> {
        self.visitor.change_sessions(self.user(), change).await
    }
}

fn bound(context: RequestContext, binding: Option<&Binding>) -> RequestContext {
    match binding {
        Some(binding) => context.binding(binding.as_str()),
        None => context,
    }
}
