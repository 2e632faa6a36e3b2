//! Refusals and faults as RFC 9457 problems.

pub mod kinds;

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::time::Timestamp;
use countersign::{Denial, Error};
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Time;

/// What kind of problem it is: a status of HTTP, and a code that does not change from release to release.
///
/// The router's own are [`kinds`]; an application adds its own beside them.
///
/// ```
/// use axum::http::StatusCode;
/// use countersign_axum::ProblemKind;
///
/// const EMAIL_TAKEN: ProblemKind =
///     ProblemKind::new(StatusCode::CONFLICT, "email_taken", "There is an account with this address");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemKind {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
}

impl ProblemKind {
    /// One with this status, code and title: what a program and what a person tells it from others by.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            status,
            code,
            title,
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The title.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }
}

/// An answer that says why not: `application/problem+json` (RFC 9457) with a stable `code`. It repeats nothing that was sent.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: ProblemKind,
    detail: Option<Cow<'static, str>>,
    retry_after: Option<u64>,
    effective_at: Option<Timestamp>,
    headers: HeaderMap,
}

/// A problem as JSON.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProblemBody {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// What went wrong, for people.
    title: &'static str,
    /// The status of the answer.
    #[schema(example = 401)]
    status: u16,
    /// What went wrong, for programs.
    #[schema(example = "invalid_code")]
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
    /// One of this kind.
    #[must_use]
    pub fn new(kind: ProblemKind) -> Self {
        Self {
            kind,
            detail: None,
            retry_after: None,
            effective_at: None,
            headers: HeaderMap::new(),
        }
    }

    /// Says more. Nothing that was sent belongs here.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// After which time to try again: at least one second, in whole ones.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause.as_secs().max(1));
        self
    }

    /// Headers to send along, such as `Set-Cookie`.
    #[must_use]
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// What the library did not do, and why, at this moment by its clock.
    #[must_use]
    pub fn of(error: &Error, now: Timestamp) -> Self {
        let mut problem = Self::new(kinds::of(error));
        match error {
            Error::Denied(Denial::Throttled { retry_at }) => {
                problem = problem.retry_after(retry_at.since(now));
            }
            Error::Denied(Denial::RecoveryWaiting { effective_at }) => {
                problem.effective_at = Some(*effective_at);
            }
            _ if problem.kind.status == StatusCode::SERVICE_UNAVAILABLE => {
                problem = problem.retry_after(BREATH);
            }
            _ => {}
        }
        problem
    }
}

/// After a fault that may pass.
const BREATH: Duration = Duration::from_secs(2);

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        Self::new(kind)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let ProblemKind {
            status,
            code,
            title,
        } = self.kind;
        let body = ProblemBody {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            code,
            detail: self.detail,
            retry_after: self.retry_after,
            effective_at: self.effective_at.map(Time),
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.extend(self.headers);
        headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
