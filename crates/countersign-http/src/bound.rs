//! `BoundHost`: a [`Host`] with one request, as a trait object.
//!
//! Nothing above has a type parameter for the host or the framework's request: it would spread to
//! every handler and extractor of an application. A trait with `async fn` is no trait object, so it
//! has this twin with boxed futures.

use std::error::Error;
use std::future::Future;
use std::iter;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use countersign::account::{Administrator, HostNote};
use countersign::policy::{Demand, Requirement};
use countersign::{FirstFactor, SessionChange, Status, UserId};

use crate::headers::Headers;
use crate::host::{Account, Host, Session};
use crate::password::Password;
use crate::problem::{Problem, kinds};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// What binds a host to the requests of its framework.
pub(crate) trait AnyHost<R>: Send + Sync {
    fn bind(self: Arc<Self>, request: R) -> Arc<dyn BoundHost>;
}

impl<H: Host> AnyHost<H::Request> for H {
    fn bind(self: Arc<Self>, request: H::Request) -> Arc<dyn BoundHost> {
        let host = self;
        Arc::new(Bound { host, request })
    }
}

struct Bound<H: Host> {
    host: Arc<H>,
    request: H::Request,
}

macro_rules! bound_host {
    ($($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        pub(crate) trait BoundHost: Send + Sync {
            fn account<'a>(&'a self, user: &'a UserId) -> Boxed<'a, Option<Account>>;
            fn check_password<'a>(
                &'a self,
                user: &'a UserId,
                password: &'a Password,
            ) -> Boxed<'a, bool>;
            $(fn $method<'a>(&'a self, $($argument: $type),*) -> Boxed<'a, $answer>;)*
            fn client_address(&self, connection: Option<IpAddr>) -> Option<IpAddr>;
            fn login_note(&self) -> Option<HostNote>;
        }

        impl<H: Host> BoundHost for Bound<H> {
            fn account<'a>(&'a self, user: &'a UserId) -> Boxed<'a, Option<Account>> {
                Box::pin(log_failure("account", self.host.account(user)))
            }

            fn check_password<'a>(
                &'a self,
                user: &'a UserId,
                password: &'a Password,
            ) -> Boxed<'a, bool> {
                let checked = self.host.check_password(user, password);
                Box::pin(log_failure("check_password", checked))
            }

            $(fn $method<'a>(&'a self, $($argument: $type),*) -> Boxed<'a, $answer> {
                let answer = self.host.$method(&self.request, $($argument),*);
                Box::pin(log_failure(stringify!($method), answer))
            })*

            fn client_address(&self, connection: Option<IpAddr>) -> Option<IpAddr> {
                self.host.client_address(&self.request, connection)
            }

            fn login_note(&self) -> Option<HostNote> {
                self.host.login_note(&self.request)
            }
        }
    };
}

bound_host! {
    session() -> Option<Session>;
    fresh_first_factor(user: &'a UserId) -> Option<FirstFactor>;
    begin_session(user: &'a UserId, change: SessionChange) -> Headers;
    change_sessions(user: &'a UserId, change: SessionChange) -> Headers;
    end_session() -> Headers;
    administrator(session: &'a Session, status: &'a Status) -> Option<Administrator>;
    requirement(user: &'a UserId) -> Option<Requirement>;
    demand(user: &'a UserId) -> Demand;
}

/// Writes the error and its causes to the log. The client learns only that the service is not
/// available.
async fn log_failure<T, E: Error + 'static>(
    host_method: &'static str,
    answer: impl Future<Output = Result<T, E>>,
) -> Result<T, Problem> {
    answer.await.map_err(|error| {
        let causes = iter::successors(error.source(), |cause| (*cause).source());
        let causes: Vec<_> = causes.map(ToString::to_string).collect();
        let causes = causes.join(": ");
        let error: &(dyn Error + 'static) = &error;
        tracing::error!(target: "countersign", host_method, error, causes, "the application failed");
        kinds::UNAVAILABLE.into()
    })
}
