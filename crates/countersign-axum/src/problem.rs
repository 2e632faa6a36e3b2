//! Refusals and faults as RFC 9457 problems.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::CONTENT_LANGUAGE;
use axum::response::{IntoResponse, Response};
use countersign::Error;
use countersign::time::Timestamp;
use countersign::words::{English, Words};
use countersign_http::Headers;
pub use countersign_http::problem::{ProblemKind, kinds};

use crate::response::{header_map, response};

/// A refusal or a fault as an answer: `application/problem+json` (RFC 9457) with a stable `code`.
/// It repeats nothing that was sent.
#[derive(Clone, Debug)]
pub struct Problem(countersign_http::Problem);

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn new(kind: ProblemKind) -> Self {
        Self(kind.into())
    }

    /// The problem for an error of the library. `now` is the moment by the library's clock, from
    /// which `Retry-After` counts.
    #[must_use]
    pub fn of(error: &Error, now: Timestamp) -> Self {
        Self(countersign_http::Problem::of(error, now))
    }

    /// Adds an explanation for people. It must repeat nothing that was sent.
    #[must_use]
    pub fn detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.detail(detail))
    }

    /// Says when to try again, in whole seconds and at least one. Every 503 says so by default.
    #[must_use]
    pub fn retry_after(self, pause: Duration) -> Self {
        Self(self.0.retry_after(pause))
    }

    /// Adds headers, such as `Set-Cookie`.
    #[must_use]
    pub fn headers(self, headers: Headers) -> Self {
        Self(self.0.headers(headers))
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.0.kind()
    }

    /// Says what the library refused in another language than English.
    pub(crate) fn translate(answered: &mut Response, words: &dyn Words) {
        if let Some(Self(problem)) = answered.extensions_mut().remove() {
            let answer = problem.response(words);
            if let Some(language) = header_map(&answer.headers).remove(CONTENT_LANGUAGE) {
                answered.headers_mut().insert(CONTENT_LANGUAGE, language);
            }
            *answered.body_mut() = answer.body.into();
        }
    }
}

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        Self::new(kind)
    }
}

impl From<countersign_http::Problem> for Problem {
    fn from(problem: countersign_http::Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Problem {
    /// The answer, in English. Under the [protection](crate::Auth::protect) of the router it is in
    /// the language that the request asks for.
    fn into_response(self) -> Response {
        let mut answered = response(self.0.response(&English));
        answered.extensions_mut().insert(self);
        answered
    }
}
