//! A host whose type is forgotten, so that handlers are not generic.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use countersign::{Administrator, SessionChange, UserId};

use crate::host::{Account, Host, Password, Session};
use crate::problem::{Problem, kinds};
use crate::signed_in::SignedIn;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// The same methods in a form that can be a trait object. What fails is traced here, and nobody is told more than that.
pub(crate) trait ErasedHost: Send + Sync {
    fn session<'a>(&'a self, request: &'a Parts) -> Boxed<'a, Option<Session>>;
    fn account<'a>(&'a self, user: &'a UserId) -> Boxed<'a, Option<Account>>;
    fn check_password<'a>(&'a self, user: &'a UserId, password: &'a Password) -> Boxed<'a, bool>;
    fn begin_session<'a>(
        &'a self,
        request: &'a Parts,
        user: &'a UserId,
        change: SessionChange,
        methods: &'static [&'static str],
    ) -> Boxed<'a, HeaderMap>;
    fn change_sessions<'a>(
        &'a self,
        request: &'a Parts,
        user: &'a UserId,
        change: SessionChange,
    ) -> Boxed<'a, HeaderMap>;
    fn end_session<'a>(&'a self, request: &'a Parts) -> Boxed<'a, HeaderMap>;
    fn administrator<'a>(
        &'a self,
        request: &'a Parts,
        signed_in: &'a SignedIn,
    ) -> Boxed<'a, Option<Administrator>>;
    fn client_address(&self, request: &Parts) -> Option<IpAddr>;
}

impl<H: Host> ErasedHost for H {
    fn session<'a>(&'a self, request: &'a Parts) -> Boxed<'a, Option<Session>> {
        Box::pin(told("session", Host::session(self, request)))
    }

    fn account<'a>(&'a self, user: &'a UserId) -> Boxed<'a, Option<Account>> {
        Box::pin(told("account", Host::account(self, user)))
    }

    fn check_password<'a>(&'a self, user: &'a UserId, password: &'a Password) -> Boxed<'a, bool> {
        Box::pin(told(
            "check_password",
            Host::check_password(self, user, password),
        ))
    }

    fn begin_session<'a>(
        &'a self,
        request: &'a Parts,
        user: &'a UserId,
        change: SessionChange,
        methods: &'static [&'static str],
    ) -> Boxed<'a, HeaderMap> {
        Box::pin(told(
            "begin_session",
            Host::begin_session(self, request, user, change, methods),
        ))
    }

    fn change_sessions<'a>(
        &'a self,
        request: &'a Parts,
        user: &'a UserId,
        change: SessionChange,
    ) -> Boxed<'a, HeaderMap> {
        let changed = Host::change_sessions(self, request, user, change);
        Box::pin(told("change_sessions", changed))
    }

    fn end_session<'a>(&'a self, request: &'a Parts) -> Boxed<'a, HeaderMap> {
        Box::pin(told("end_session", Host::end_session(self, request)))
    }

    fn administrator<'a>(
        &'a self,
        request: &'a Parts,
        signed_in: &'a SignedIn,
    ) -> Boxed<'a, Option<Administrator>> {
        Box::pin(told(
            "administrator",
            Host::administrator(self, request, signed_in),
        ))
    }

    fn client_address(&self, request: &Parts) -> Option<IpAddr> {
        Host::client_address(self, request)
    }
}

/// The log has the error with its causes, such as a session layer that was forgotten. The client is told that
/// something failed and nothing else.
async fn told<T, E: std::error::Error + 'static>(
    host_method: &'static str,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, Problem> {
    answer.await.map_err(|error| {
        let error: &(dyn std::error::Error + 'static) = &error;
        tracing::error!(target: "countersign", host_method, error, "the application failed");
        kinds::UNAVAILABLE.into()
    })
}
