//! The layers of every route. Each request gets an id and a `tracing` span. A request of another
//! site's page is refused, a body is limited in size, no answer is stored by caches, and a method
//! that a route lacks is a problem and no plain text. Refusals are in the language of the request.

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use countersign_http::{Exchange, Headers, MAX_BODY};
use tracing::Instrument;

use crate::auth::{Auth, RequestId};
use crate::problem::{Problem, kinds};
use crate::response::header_map;

/// Puts routes under the protection.
pub(crate) fn protected(auth: &Auth, router: Router) -> Router {
    router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(auth.clone(), protect))
}

async fn protect(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    let (method, headers) = (
        request.method().clone(),
        Headers::from_iter(request.headers()),
    );
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("-", MatchedPath::as_str);
    let exchange = Exchange::begin(method.as_str(), route, &headers);
    let id = RequestId(exchange.id().to_owned());
    request.extensions_mut().insert(id);
    let answered = async {
        match auth.0.allows(method.as_str(), &headers) {
            true => next.run(request).await,
            false => Problem::new(kinds::FOREIGN_ORIGIN).into_response(),
        }
    };
    let mut response = answered.instrument(exchange.span().clone()).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = in_json(response);
    }
    Problem::translate(&mut response, auth.0.words(&headers));
    let ended = exchange.end(response.status().as_u16());
    response.headers_mut().extend(header_map(&ended));
    response
}

/// axum's own answer to a wrong method, as a problem.
fn in_json(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    let problem = Problem::new(kinds::METHOD_NOT_ALLOWED);
    problem
        .headers(Headers::from_iter(&parts.headers))
        .into_response()
}
