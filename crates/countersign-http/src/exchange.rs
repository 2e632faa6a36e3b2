//! What surrounds every request: an id, a `tracing` span, and the headers that every answer has.

use std::fmt;
use std::time::Instant;

use tracing::Span;

use crate::headers::Headers;
use crate::request::{REQUEST_ID, request_id};

/// A request that has begun and is to be answered.
///
/// ```
/// use countersign_http::{Exchange, Headers};
///
/// let exchange = Exchange::begin("GET", "/balance/{id}", &Headers::new());
/// let id = exchange.id().to_owned();
/// // … within `exchange.span()`
/// let headers = exchange.end(204);
/// assert_eq!(headers.value("x-request-id"), Some(id.as_bytes()));
/// assert_eq!(headers.value("cache-control"), Some(&b"no-store"[..]));
/// ```
pub struct Exchange {
    id: String,
    span: Span,
    begun: Instant,
}

impl Exchange {
    /// Begins. The span names the route and not the path, which may contain an id, and no query.
    #[must_use]
    pub fn begin(method: &str, route: &str, headers: &Headers) -> Self {
        let id = request_id(headers);
        let span = tracing::info_span!(
            target: "countersign",
            "request",
            method = %method,
            route,
            request_id = id,
        );
        Self {
            id,
            span,
            begun: Instant::now(),
        }
    }

    /// The id of the request.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The span within which the request is answered.
    #[must_use]
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Ends. The headers are to replace those of their names in the answer.
    #[must_use]
    pub fn end(self, status: u16) -> Headers {
        let elapsed = self.begun.elapsed();
        self.span.in_scope(|| {
            tracing::info!(target: "countersign", status, ?elapsed, "answered");
        });
        Headers::new()
            .with("cache-control", "no-store")
            .with(REQUEST_ID, self.id)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
