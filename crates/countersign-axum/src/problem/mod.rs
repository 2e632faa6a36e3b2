//! Refusals and faults as RFC 9457 problems.

pub mod kinds;

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::time::Timestamp;
use countersign::{Denial, Error, MalformedCode};
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
pub struct Problem(Box<Told>);

#[derive(Clone, Debug)]
struct Told {
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
        Self(Box::new(Told {
            kind,
            detail: None,
            retry_after: None,
            effective_at: None,
            headers: HeaderMap::new(),
        }))
    }

    /// Says more. Nothing that was sent belongs here.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// After which time to try again: at least one second, in whole ones. What answers with 503 says so anyway.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.0.retry_after = Some(pause.as_secs().max(1));
        self
    }

    /// Headers to send along, such as `Set-Cookie`.
    #[must_use]
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        append(&mut self.0.headers, headers);
        self
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
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
                problem.0.effective_at = Some(*effective_at);
            }
            _ => {}
        }
        problem
    }
}

/// After a fault that may pass, in seconds.
const BREATH: u64 = 2;

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
        let Told {
            kind,
            detail,
            retry_after,
            effective_at,
            headers: more,
        } = *self.0;
        let ProblemKind {
            status,
            code,
            title,
        } = kind;
        let may_pass = status == StatusCode::SERVICE_UNAVAILABLE;
        let retry_after = retry_after.or(may_pass.then_some(BREATH));
        let body = ProblemBody {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            code,
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

/// Headers beside those there are: `extend` would put cookies in the place of others.
pub(crate) fn append(headers: &mut HeaderMap, more: HeaderMap) {
    let mut name = None;
    for (next, value) in more {
        name = next.or(name);
        if let Some(name) = &name {
            headers.append(name.clone(), value);
        }
    }
}

pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
