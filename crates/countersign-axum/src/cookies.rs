//! The router's own cookies: one that tokens are bound to, and one for each user who trusts this browser.

use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use countersign::time::Timestamp;
use countersign::token::{Device, Token};
use countersign::{TrustedDevice, UserId};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// How cookies are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    /// Everywhere but on this machine: `Secure`, and under a name that begins with `__Host-`, which no other site and no plain
    /// connection can plant.
    pub(crate) secure: bool,
}

const BINDING: &str = "countersign-browser";
const DEVICE: &str = "countersign-device";

impl Cookies {
    /// What this browser's tokens are bound to.
    pub(crate) fn binding(self, request: &Parts) -> Option<String> {
        read(request, &self.name(BINDING))
    }

    /// A new one for a browser that has none.
    pub(crate) fn new_binding(self, value: String) -> HeaderValue {
        self.write(BINDING, value, None)
    }

    /// The token by which this browser is trusted by that user.
    pub(crate) fn device(self, request: &Parts, user: &UserId) -> Option<Token<Device>> {
        read(request, &self.name(&device_name(user))).map(Token::from)
    }

    /// The token that takes the place of the one before.
    pub(crate) fn trusted(self, user: &UserId, device: &TrustedDevice) -> HeaderValue {
        let token = device.token.expose().to_owned();
        self.write(&device_name(user), token, Some(device.expires_at))
    }

    fn name(self, name: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}{name}")
    }

    fn write(self, name: &str, value: String, expires_at: Option<Timestamp>) -> HeaderValue {
        let mut cookie = Cookie::build((self.name(name), value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure);
        let expires_at = expires_at.and_then(|at| i64::try_from(at.as_unix()).ok());
        if let Some(at) = expires_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()) {
            cookie = cookie.expires(at);
        }
        // Names and values are letters, digits, `-` and `_`.
        HeaderValue::from_str(&cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
    }
}

/// People who share a browser have a cookie each.
fn device_name(user: &UserId) -> String {
    let hash = Sha256::digest(user.as_str());
    let hex: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{DEVICE}-{hex}")
}

fn read(request: &Parts, name: &str) -> Option<String> {
    let headers = request.headers.get_all(COOKIE).iter();
    let cookies = headers.filter_map(|header| header.to_str().ok());
    cookies
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// A header that sets a cookie, among others that may.
pub(crate) fn set(headers: &mut HeaderMap, cookie: HeaderValue) {
    headers.append(header::SET_COOKIE, cookie);
}
