//! Who makes a request: somebody with a token, or the owner of a session.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use countersign::token::{Scope, Token};
use countersign::{
    Administrator, Denial, Directory, Error, Mfa, PasswordCheck, RequestContext, SessionChange,
    Status, UserId,
};

use crate::auth::Auth;
use crate::cookies::Binding;
use crate::host::{Account, Password, Session};
use crate::problem::{Problem, append, kinds};
use crate::protection::RequestId;
use crate::signed_in::SignedIn;

/// Somebody who makes a request. What they may do, the token that they bring says.
pub(crate) struct Visitor {
    pub(crate) auth: Auth,
    pub(crate) request: Parts,
}

/// The owner of a session. Whether its epoch is over, each operation decides for itself.
pub(crate) struct Owner {
    visitor: Visitor,
    session: Session,
}

impl FromRequestParts<Auth> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(request: &mut Parts, auth: &Auth) -> Result<Self, Infallible> {
        Ok(Self {
            auth: auth.clone(),
            request: request.clone(),
        })
    }
}

impl FromRequestParts<Auth> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut Parts, auth: &Auth) -> Result<Self, Problem> {
        let session = auth.host().session(request).await?;
        Ok(Self {
            session: session.ok_or(kinds::UNAUTHENTICATED)?,
            visitor: Visitor {
                auth: auth.clone(),
                request: request.clone(),
            },
        })
    }
}

impl Visitor {
    /// The library, with the facts of this request.
    pub(crate) fn mfa(&self) -> Mfa {
        self.auth.mfa().with(self.auth.context(&self.request))
    }

    pub(crate) fn directory(&self) -> &Directory {
        self.auth.directory()
    }

    /// The same for a request that brings a token, with what that is bound to.
    pub(crate) fn mfa_for<S: Scope>(&self, token: &Token<S>) -> Mfa {
        self.mfa_bound(self.binding_of(token).as_ref())
    }

    /// The same for a request that is given a token, with what that will be bound to.
    pub(crate) fn mfa_bound(&self, binding: Option<&Binding>) -> Mfa {
        let context = self.auth.context(&self.request);
        self.auth.mfa().with(bound(context, binding))
    }

    /// What a token is bound to that the request brings.
    pub(crate) fn binding_of<S: Scope>(&self, token: &Token<S>) -> Option<Binding> {
        self.auth.cookies().binding(&self.request, token)
    }

    /// What a token will be bound to that comes of another.
    pub(crate) fn binding_after<S: Scope>(
        &self,
        token: Option<&Token<S>>,
    ) -> Result<Option<Binding>, Problem> {
        match token.and_then(|token| self.binding_of(token)) {
            None => self.auth.new_binding(&self.request),
            known => Ok(known),
        }
    }

    /// The headers with which the browser keeps what a token is bound to.
    pub(crate) fn bind<S: Scope>(
        &self,
        token: &Token<S>,
        binding: Option<&Binding>,
    ) -> Result<HeaderMap, Problem> {
        let mut headers = HeaderMap::new();
        self.auth
            .bind(&mut headers, &self.request, token, binding)?;
        Ok(headers)
    }

    pub(crate) fn problem(&self, error: &Error) -> Problem {
        self.auth.problem(error)
    }

    /// The owner of the request's session, if it has one.
    pub(crate) async fn owner(self) -> Result<Owner, Problem> {
        let session = self.auth.host().session(&self.request).await?;
        Ok(Owner {
            session: session.ok_or(kinds::UNAUTHENTICATED)?,
            visitor: self,
        })
    }

    /// The account of somebody whose token was good. Whoever was deleted since has none.
    pub(crate) async fn account(&self, user: &UserId) -> Result<Account, Problem> {
        let account = self.auth.host().account(user).await?;
        account.ok_or_else(|| kinds::INVALID_TOKEN.into())
    }

    pub(crate) async fn begin_session(
        &self,
        user: &UserId,
        change: SessionChange,
        methods: &'static [&'static str],
    ) -> Result<HeaderMap, Problem> {
        let host = self.auth.host();
        host.begin_session(&self.request, user, change, methods)
            .await
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

    pub(crate) fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    pub(crate) fn into_visitor(self) -> Visitor {
        self.visitor
    }

    /// The library, with the facts of this request and the epoch of its session.
    pub(crate) fn mfa(&self) -> Mfa {
        self.mfa_bound(None)
    }

    /// The same for a request that brings a token or is given one, with what that is bound to.
    pub(crate) fn mfa_bound(&self, binding: Option<&Binding>) -> Mfa {
        let Visitor { auth, request } = &self.visitor;
        let context = auth.context(request).session(self.session.epoch);
        auth.mfa().with(bound(context, binding))
    }

    /// A session whose epoch is over is signed out.
    pub(crate) async fn problem(&self, error: &Error) -> Problem {
        let problem = self.visitor.problem(error);
        match error.denial() {
            Some(Denial::SessionEnded) => {
                let Visitor { auth, request } = &self.visitor;
                signed_out(auth, request).await
            }
            _ => problem,
        }
    }

    /// The state of the account, if the session is still good.
    pub(crate) async fn status(&self) -> Result<Status, Problem> {
        let Visitor { auth, request } = &self.visitor;
        auth.status_of(request, &self.session).await
    }

    /// The administrator whose session it is. One who is locked unlocks nobody, and not themselves either.
    pub(crate) async fn administrator(&self) -> Result<Administrator, Problem> {
        let status = self.status().await?;
        if status.locked_at.is_some() {
            return Err(kinds::LOCKED.into());
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

    /// What the host finds of a password, right or wrong. One that is missing is asked for.
    pub(crate) async fn check(
        &self,
        password: Option<&Password>,
    ) -> Result<PasswordCheck, Problem> {
        let password = password.ok_or(kinds::REAUTHENTICATION_REQUIRED)?;
        let Visitor { auth, .. } = &self.visitor;
        if !auth.host().check_password(self.user(), password).await? {
            return Ok(PasswordCheck::failed());
        }
        let now = auth.mfa().now().map_err(|error| auth.problem(&error))?;
        Ok(PasswordCheck::passed_at(now))
    }

    /// Carries out what has to happen to sessions, and answers.
    pub(crate) async fn done(
        &self,
        change: SessionChange,
        answer: impl IntoResponse,
    ) -> Result<Response, Problem> {
        let headers = self.visitor.change_sessions(self.user(), change).await?;
        Ok(with_headers(answer, headers))
    }

    /// The same for an answer that holds codes which are shown now or never: it is given even if the application fails, whose
    /// sessions end by their epoch then.
    pub(crate) async fn shown(&self, change: SessionChange, answer: impl IntoResponse) -> Response {
        let headers = self.visitor.change_sessions(self.user(), change).await;
        with_headers(answer, headers.unwrap_or_default())
    }
}

/// Signs a session out that has ended.
pub(crate) async fn signed_out(auth: &Auth, request: &Parts) -> Problem {
    let headers = auth.host().end_session(request).await.unwrap_or_default();
    let problem = Problem::new(kinds::UNAUTHENTICATED);
    problem.detail("the session has ended").headers(headers)
}

/// Headers may stand more than once, such as those that set cookies.
pub(crate) fn with_headers(answer: impl IntoResponse, headers: HeaderMap) -> Response {
    let mut response = answer.into_response();
    append(response.headers_mut(), headers);
    response
}

impl Auth {
    /// The facts of a request.
    pub(crate) fn context(&self, request: &Parts) -> RequestContext {
        let mut context = RequestContext::new();
        if let Some(address) = self.host().client_address(request) {
            context = context.ip(address);
        }
        if let Some(agent) = user_agent(request) {
            context = context.user_agent(agent);
        }
        if let Some(RequestId(id)) = request.extensions.get() {
            context = context.request_id(id);
        }
        context
    }

    /// What a token will be bound to that is given to this browser. Other programs may keep no
    /// cookies, and their tokens are bound to nothing.
    pub(crate) fn new_binding(&self, request: &Parts) -> Result<Option<Binding>, Problem> {
        let fetch = HeaderName::from_static("sec-fetch-site");
        let mut told_by_browsers = [header::ORIGIN, fetch].into_iter();
        if !told_by_browsers.any(|name| request.headers.contains_key(name)) {
            return Ok(None);
        }
        let binding = Binding::random().map_err(|_| kinds::INTERNAL)?;
        Ok(Some(binding))
    }

    /// Has the browser keep what a token is bound to.
    pub(crate) fn bind<S: Scope>(
        &self,
        headers: &mut HeaderMap,
        request: &Parts,
        token: &Token<S>,
        binding: Option<&Binding>,
    ) -> Result<(), Problem> {
        if let Some(binding) = binding {
            let now = self.mfa().now().map_err(|error| self.problem(&error))?;
            self.cookies().bind(headers, request, token, binding, now);
        }
        Ok(())
    }
}

/// The facts of a request, and what the token is bound to that it brings or is given.
pub(crate) fn bound(context: RequestContext, binding: Option<&Binding>) -> RequestContext {
    match binding {
        Some(binding) => context.binding(binding.as_str()),
        None => context,
    }
}

pub(crate) fn user_agent(request: &Parts) -> Option<&str> {
    let agent = request.headers.get(header::USER_AGENT)?;
    agent.to_str().ok()
}
