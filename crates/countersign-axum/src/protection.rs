//! What lies around every route: an id and a span for each request, no storing of answers, no requests of other sites' pages,
//! bodies of limited size, and problems where axum would answer in plain text.

use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use getrandom::SysRng;
use getrandom::rand_core::TryRng;
use tracing::Instrument;

use crate::auth::Auth;
use crate::body::MAX_BODY;
use crate::problem::{Problem, kinds};

/// The id of a request: what a proxy in front gave it, else a random one.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers where there is nothing, below a prefix that is the router's own.
pub(crate) async fn nothing() -> Problem {
    kinds::NOT_FOUND.into()
}

pub(crate) fn around(auth: &Auth, router: Router) -> Router {
    router
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(auth.clone(), refuse_foreign))
        .layer(from_fn(finish))
        .layer(from_fn(observe))
}

async fn refuse_foreign(State(auth): State<Auth>, request: Request, next: Next) -> Response {
    if !auth.origins().allow(request.method(), request.headers()) {
        return Problem::new(kinds::FOREIGN_ORIGIN).into_response();
    }
    next.run(request).await
}

/// Nothing here is for a cache, and a problem is a problem.
async fn finish(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let (parts, _) = response.into_parts();
        let problem = Problem::new(kinds::METHOD_NOT_ALLOWED);
        let mut headers = parts.headers;
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_LENGTH);
        response = problem.headers(headers).into_response();
    }
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One span a request. It holds the route and not the path, which may have an id in it, and no query.
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
    request.extensions_mut().insert(RequestId(id));
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
        // An id that cannot be drawn is no reason to refuse.
        _ => random_text().unwrap_or_else(|_| "-".to_owned()),
    }
}

/// 128 random bits in hexadecimal digits.
pub(crate) fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    SysRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
