//! What a request is answered with.

use std::fmt;

use serde::Serialize;

use crate::headers::Headers;

/// An answer: the status, the headers and the body, for the framework to send as they are.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers. Those of one name, such as `Set-Cookie`, are all sent.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Headers::new(),
            body: Vec::new(),
        }
    }

    /// An answer with a body of this type.
    pub(crate) fn of(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            headers: Headers::new().with("content-type", content_type),
            body,
        }
    }

    /// An answer in JSON.
    ///
    /// # Errors
    ///
    /// If the value cannot be written as JSON.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_vec(value)?;
        Ok(Self::of(status, "application/json", body))
    }

    /// Adds headers.
    #[must_use]
    pub fn headers(mut self, headers: Headers) -> Self {
        self.headers.extend(headers);
        self
    }
}

/// Without the body, which may tell a secret.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
