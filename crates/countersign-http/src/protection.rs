//! The protection of a route, for the routes of the contract and for an application's own.

use std::future::Future;

use tracing::Instrument;

use crate::auth::Auth;
use crate::exchange::Exchange;
use crate::problem::{Problem, kinds};
use crate::request::Head;
use crate::response::Response;

impl<R> Auth<R> {
    /// Answers a request under the protection that the routes of the contract have: it has an id
    /// and a `tracing` span, a page of another site is refused, a refusal is in the language of the
    /// request, and no cache stores the answer. The route goes into the span: a pattern, and not
    /// the path, which may contain an id.
    ///
    /// ```
    /// use countersign_http::{Auth, Head, Headers, Response};
    ///
    /// async fn log_out(auth: &Auth<Headers>, head: Head) -> Response {
    ///     let respond = |head: Head| async move {
    ///         let visitor = auth.visitor(head.clone(), head.headers);
    ///         println!("{} signs out", visitor.owner().await?.user());
    ///         Ok(Response::empty(204))
    ///     };
    ///     auth.protect("POST", "/log-out", head, respond).await
    /// }
    /// ```
    pub async fn protect<F>(
        &self,
        method: &str,
        route: &str,
        head: Head,
        respond: impl FnOnce(Head) -> F,
    ) -> Response
    where
        F: Future<Output = Result<Response, Problem>>,
    {
        let headers = head.headers.clone();
        let exchange = Exchange::begin(method, route, &headers);
        let id = Some(exchange.id().to_owned());
        let responded = async {
            match self.allows(method, &headers) {
                true => respond(head.id(id)).await,
                false => Err(kinds::FOREIGN_ORIGIN.into()),
            }
        };
        let responded = responded.instrument(exchange.span().clone()).await;
        let words = self.words(&headers);
        let mut response = responded.unwrap_or_else(|problem| problem.response(words));
        if method == "HEAD" {
            response.body.clear();
        }
        for (name, value) in exchange.end(response.status) {
            response.headers.set(name, value);
        }
        response
    }
}
