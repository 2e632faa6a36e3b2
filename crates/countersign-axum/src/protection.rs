//! The layers of every route. Each request gets an id and a `tracing` span. A request of another
//! site's page is refused, a body is limited in size, no answer is stored by caches, and where axum
//! would answer in plain text there is a problem. Refusals are in the language of the request.

use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::auth::Auth;
use crate::body::MAX_BODY;
use crate::problem::{Problem, kinds};
use crate::random::random_hex;
use crate::visitor::CaseId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts routes under the protection.
pub(crate) fn protected(auth: &Auth, router: Router) -> Router {
    router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(auth.clone(), refuse_foreign))
        .layer(from_fn_with_state(auth.clone(), finish))
        .layer(from_fn(observe))
}

async fn refuse_foreign(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    if !auth.allows(request.method(), request.headers()) {
        return Problem::new(kinds::FOREIGN_ORIGIN).into_response();
    }
    next.run(request).await
}

/// Forbids caching, replaces axum's own answer to a wrong method, and says a refusal in the
/// language that the request asks for.
async fn finish(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    let words = auth.words(request.headers());
    let mut response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let (parts, _) = response.into_parts();
        let problem = Problem::new(kinds::METHOD_NOT_ALLOWED);
        let mut headers = parts.headers;
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_LENGTH);
        response = problem.headers(headers).into_response();
    }
    Problem::translate(&mut response, words);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One span a request. It names the route and not the path, which may contain an id, and no query.
async fn observe(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>();
    let span = tracing::info_span!(
        target: "countersign",
        "request",
        method = %request.method(),
        route = route.map_or("-", MatchedPath::as_str),
        request_id = id,
    );
    let header = HeaderValue::from_str(&id);
    request.extensions_mut().insert(CaseId(id));
    async {
        let begun = Instant::now();
        let mut response = next.run(request).await;
        let (status, elapsed) = (response.status().as_u16(), begun.elapsed());
        tracing::info!(target: "countersign", status, ?elapsed, "answered");
        if let Ok(id) = header {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match given {
        Some(id) if (1..=64).contains(&id.len()) && id.bytes().all(allowed) => id.to_owned(),
        // Without entropy the request goes on without an id.
        _ => random_hex().unwrap_or_else(|_| "-".to_owned()),
    }
}
