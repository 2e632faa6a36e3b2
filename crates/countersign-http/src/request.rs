//! A request, as far as the routes look at it.

use std::fmt;
use std::net::IpAddr;

use crate::headers::Headers;
use crate::random::random_hex;

/// The head of a request.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Head {
    /// The headers.
    pub headers: Headers,
    /// The address of the connection, where the server knows it.
    pub address: Option<IpAddr>,
    /// The id of the request, which goes into the audit trail.
    pub id: Option<String>,
}

impl Head {
    /// The head of a request with these headers.
    #[must_use]
    pub fn new(headers: Headers) -> Self {
        Self {
            headers,
            address: None,
            id: None,
        }
    }

    /// Sets the address of the connection.
    #[must_use]
    pub fn address(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// Sets the id of the request.
    #[must_use]
    pub fn id(mut self, id: Option<String>) -> Self {
        self.id = id;
        self
    }
}

/// What was sent behind the head, as far as the server read it.
#[derive(Clone)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a server reads a body or it does not"
)]
pub enum Content {
    /// The body.
    Whole(Vec<u8>),
    /// More than [`MAX_BODY`] bytes.
    TooLarge,
    /// It did not arrive whole.
    CutOff,
}

/// The most bytes of a body: an assertion of a passkey, of which 16 KiB are looked at, with two
/// tokens, a password and a label.
pub const MAX_BODY: usize = 24 * 1024;

/// Without the bytes, which may be a password.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole(…)",
            Self::TooLarge => "TooLarge",
            Self::CutOff => "CutOff",
        })
    }
}

/// A request below the prefix of the routes.
#[derive(Debug)]
#[non_exhaustive]
pub struct Request {
    /// `GET`, `POST` and the like.
    pub method: String,
    /// The path as it was sent, percent-encoded, with the prefix.
    pub path: String,
    /// The query as it was sent, without the question mark.
    pub query: String,
    /// The head.
    pub head: Head,
    /// The body.
    pub content: Content,
}

impl Request {
    /// A request without query and body.
    #[must_use]
    pub fn new(method: impl Into<String>, path: impl Into<String>, head: Head) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            query: String::new(),
            head,
            content: Content::Whole(Vec::new()),
        }
    }

    /// Sets the query.
    #[must_use]
    pub fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }
}

/// The header with a request's id.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// The id of a request: what a proxy in front gave it, if it can stand in a log, else a random one.
pub(crate) fn request_id(headers: &Headers) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match headers.text(REQUEST_ID) {
        Some(id) if (1..=64).contains(&id.len()) && id.bytes().all(allowed) => id.to_owned(),
        // Without entropy the request goes on without an id.
        _ => random_hex().unwrap_or_else(|_| "-".to_owned()),
    }
}
