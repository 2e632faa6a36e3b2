//! Refusals and faults as RFC 9457 problems.

mod kind;
pub mod kinds;

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::account::MalformedCode;
use countersign::time::Timestamp;
use countersign::{Denial, Error};
use serde::Serialize;

pub use kind::ProblemKind;

use crate::cookies::append;
use crate::time::Time;

/// A refusal or a fault as an answer: `application/problem+json` (RFC 9457) with a stable `code`.
/// It repeats nothing that was sent.
#[derive(Clone, Debug)]
pub struct Problem(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    kind: ProblemKind,
    detail: Option<Cow<'static, str>>,
    retry_after: Option<u64>,
    effective_at: Option<Timestamp>,
    headers: HeaderMap,
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
    /// More about it, for people.
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
            retry_after: None,
            effective_at: None,
            headers: HeaderMap::new(),
        }))
    }

    /// Adds an explanation for people. It must repeat nothing that was sent.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Says when to try again, in whole seconds and at least one. Every 503 says so by default.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause.as_secs().max(1));
        self
    }

    /// Adds headers, such as `Set-Cookie`.
    #[must_use]
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        append(&mut self.0.headers, headers);
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
        kinds::MALFORMED_CODE.into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Details {
            kind,
            detail,
            retry_after,
            effective_at,
            headers: more,
        } = *self.0;
        let status = kind.status();
        let may_pass = status == StatusCode::SERVICE_UNAVAILABLE;
        let retry_after = retry_after.or(may_pass.then_some(RETRY_AFTER_FAULT));
        let body = ProblemBody {
            kind: "about:blank",
            title: kind.title(),
            status: status.as_u16(),
            code: kind.code(),
            detail,
            retry_after,
            effective_at: effective_at.map(Time),
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        append(headers, more);
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
