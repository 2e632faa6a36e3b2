//! `ErasedHost`: a [`Host`] as a trait object.
//!
//! `Auth` has no type parameter, because it would spread to every handler and extractor of an
//! application. A trait with `async fn` is no trait object, so it has this twin with boxed futures.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use countersign::account::{Administrator, HostNote};
use countersign::policy::{Demand, Requirement};
use countersign::{FirstFactor, SessionChange, UserId};

use crate::host::{Account, Host, Password, Session, SignedIn};
use crate::problem::{Problem, kinds};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

macro_rules! erased_host {
    ($($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        pub(crate) trait ErasedHost: Send + Sync {
            $(fn $method<'a>(&'a self, $($argument: $type),*) -> Boxed<'a, $answer>;)*
            fn client_address(&self, request: &Parts) -> Option<IpAddr>;
            fn login_note(&self, request: &Parts) -> Option<HostNote>;
        }

        impl<H: Host> ErasedHost for H {
            $(fn $method<'a>(&'a self, $($argument: $type),*) -> Boxed<'a, $answer> {
                let answer = Host::$method(self, $($argument),*);
                Box::pin(log_failure(stringify!($method), answer))
            })*

            fn client_address(&self, request: &Parts) -> Option<IpAddr> {
                Host::client_address(self, request)
            }

            fn login_note(&self, request: &Parts) -> Option<HostNote> {
                Host::login_note(self, request)
            }
        }
    };
}

erased_host! {
    session(request: &'a Parts) -> Option<Session>;
    account(user: &'a UserId) -> Option<Account>;
    check_password(user: &'a UserId, password: &'a Password) -> bool;
    fresh_first_factor(request: &'a Parts, user: &'a UserId) -> Option<FirstFactor>;
    begin_session(
        request: &'a Parts,
        user: &'a UserId,
        change: SessionChange
    ) -> HeaderMap;
    change_sessions(request: &'a Parts, user: &'a UserId, change: SessionChange) -> HeaderMap;
    end_session(request: &'a Parts) -> HeaderMap;
    administrator(request: &'a Parts, signed_in: &'a SignedIn) -> Option<Administrator>;
    requirement(request: &'a Parts, user: &'a UserId) -> Option<Requirement>;
    demand(request: &'a Parts, user: &'a UserId) -> Demand;
}

/// Writes the error and its causes to the log. The client learns only that the service is not
/// available.
async fn log_failure<T, E: std::error::Error + 'static>(
    host_method: &'static str,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, Problem> {
    answer.await.map_err(|error| {
        let error: &(dyn std::error::Error + 'static) = &error;
        tracing::error!(target: "countersign", host_method, error, "the application failed");
        kinds::UNAVAILABLE.into()
    })
}
