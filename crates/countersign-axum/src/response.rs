//! Answers and headers as axum's.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use countersign_http::Headers;

/// Headers as axum's, for an answer of the application's own. A field that no header can be is left
/// out.
#[must_use]
pub fn header_map(headers: &Headers) -> HeaderMap {
    let fields = headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::from_bytes(value).ok()?))
    });
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(name, value);
    }
    map
}

pub(crate) fn response(answer: countersign_http::Response) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    // Statuses are those of `kinds`, or of an application's own problems.
    *response.status_mut() = answer.status.try_into().unwrap_or_default();
    *response.headers_mut() = header_map(&answer.headers);
    response
}
