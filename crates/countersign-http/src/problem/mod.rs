//! Refusals and faults as RFC 9457 problems.

mod kind;
pub mod kinds;

use std::borrow::Cow;
use std::time::Duration;

use countersign::account::MalformedCode;
use countersign::time::Timestamp;
use countersign::words::Words;
use countersign::{Denial, Error};
use serde::Serialize;

pub use kind::ProblemKind;

use crate::headers::Headers;
use crate::response::Response;
use crate::time::Time;

/// A refusal or a fault as an answer: `application/problem+json` (RFC 9457) with a stable `code`.
/// It repeats nothing that was sent.
#[derive(Clone, Debug)]
pub struct Problem(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    kind: ProblemKind,
    detail: Option<Cow<'static, str>>,
    /// What the library refused, and when.
    denial: Option<(Denial, Timestamp)>,
    retry_after: Option<u64>,
    effective_at: Option<Timestamp>,
    headers: Headers,
}

/// A problem as JSON.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Problem))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemBody {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(example = "about:blank"))]
    kind: &'static str,
    /// What went wrong, for people.
    title: &'static str,
    /// The status of the answer.
    #[cfg_attr(feature = "openapi", schema(example = 401))]
    status: u16,
    /// What went wrong, for programs.
    #[cfg_attr(feature = "openapi", schema(example = "invalid_code"))]
    code: &'static str,
    /// More about it, for people. What the library refuses is in the language of
    /// `Accept-Language`: English, German, or another one of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'static, str>>,
    /// Seconds after which to try again, as in the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// From when on a delayed recovery can be completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<Time>,
}

impl Problem {
    /// A problem of this kind.
    #[must_use]
    pub fn new(kind: ProblemKind) -> Self {
        Self(Box::new(Details {
            kind,
            detail: None,
            denial: None,
            retry_after: None,
            effective_at: None,
            headers: Headers::new(),
        }))
    }

    /// Adds an explanation for people. It must repeat nothing that was sent.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// A request that is not what it has to be, and why.
    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kinds::INVALID_REQUEST).detail(detail)
    }

    /// Says when to try again, in whole seconds and at least one. Every 503 says so by default.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause.as_secs().max(1));
        self
    }

    /// Adds headers, such as `Set-Cookie`.
    #[must_use]
    pub fn headers(mut self, headers: Headers) -> Self {
        self.0.headers.extend(headers);
        self
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// The problem for an error of the library. `now` is the moment by the library's clock, from
    /// which `Retry-After` counts.
    #[must_use]
    pub fn of(error: &Error, now: Timestamp) -> Self {
        let mut problem = Self::new(kinds::of(error));
        problem.0.denial = error.denial().map(|denial| (denial, now));
        match error {
            Error::Denied(Denial::Throttled { retry_at }) => {
                problem = problem.retry_after(retry_at.since(now));
            }
            Error::Denied(Denial::DelayedRecoveryWaiting { effective_at }) => {
                problem.0.effective_at = Some(*effective_at);
            }
            _ => {}
        }
        problem
    }

    /// The problem for a refusal that names no moment.
    pub(crate) fn refused(denial: Denial) -> Self {
        Self::of(&denial.into(), Timestamp::from_unix(0))
    }

    /// The answer. What the library refused it says in these words.
    #[must_use]
    pub fn response(&self, words: &dyn Words) -> Response {
        let status = self.0.kind.status();
        // Strings and numbers can always be written as JSON.
        let body = serde_json::to_vec(&self.body(words)).unwrap_or_default();
        let mut response = Response::of(status, "application/problem+json", body);
        if let Some(seconds) = self.pause() {
            response.headers.append("retry-after", seconds.to_string());
        }
        if self.0.denial.is_some() {
            response.headers.append("content-language", words.tag());
        }
        response.headers(self.0.headers.clone())
    }

    fn body(&self, words: &dyn Words) -> ProblemBody {
        let Details {
            kind,
            detail,
            denial,
            effective_at,
            ..
        } = &*self.0;
        let said = || denial.map(|(denial, now)| Cow::Owned(denial.message(words, now)));
        ProblemBody {
            kind: "about:blank",
            title: kind.title(),
            status: kind.status(),
            code: kind.code(),
            detail: detail.clone().or_else(said),
            retry_after: self.pause(),
            effective_at: effective_at.map(Time),
        }
    }

    /// Seconds after which to try again.
    fn pause(&self) -> Option<u64> {
        let may_pass = self.0.kind.status() == 503;
        self.0.retry_after.or(may_pass.then_some(RETRY_AFTER_FAULT))
    }
}

/// When to try again after a fault of the service, in seconds.
const RETRY_AFTER_FAULT: u64 = 2;

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        Self::new(kind)
    }
}

impl From<MalformedCode> for Problem {
    fn from(_: MalformedCode) -> Self {
        Self::refused(Denial::MalformedCode)
    }
}

impl From<serde_json::Error> for Problem {
    /// An answer of ours cannot be written.
    fn from(_: serde_json::Error) -> Self {
        kinds::INTERNAL.into()
    }
}
