//! The router's own cookies: one for each token that is bound to a browser, and one for each user
//! who trusts the browser.

use std::collections::BTreeMap;
use std::fmt;

use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use countersign::UserId;
use countersign::account::TrustedDevice;
use countersign::time::Timestamp;
use countersign::token::{Device, Scope, Token};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::random::random_hex;

/// How cookies are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cookies {
    /// Whether cookies are `Secure` and their names begin with `__Host-`: everywhere but on this
    /// machine. Neither another site nor a plain connection can set a cookie of such a name.
    pub(crate) secure: bool,
}

const BINDING: &str = "countersign-binding";
const DEVICE: &str = "countersign-device";

/// Tokens that are bound to one browser at a time: a fifth one takes the place of the oldest.
const MOST_BINDINGS: usize = 4;

/// A secret that belongs to a token, which is worth nothing without it. The browser keeps the
/// secret in a cookie that no page can read.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Binding(String);

impl Binding {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        random_hex().map(Self)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// A cookie's value as [`Cookies::bind`] writes it: when it was given, and the secret.
    fn parse(value: &str) -> Option<(u64, Self)> {
        let (given_at, secret) = value.split_once('.')?;
        is_hex(secret, 32).then_some((given_at.parse().ok()?, Self(secret.to_owned())))
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Binding(…)")
    }
}

impl Cookies {
    /// The binding of this token, if the request comes from the browser that got the token.
    pub(crate) fn binding<S: Scope>(self, request: &Parts, token: &Token<S>) -> Option<Binding> {
        let name = self.name(&binding_name(token));
        let mut values = values(&request.headers, &name);
        values.find_map(|value| Binding::parse(value).map(|(_, binding)| binding))
    }

    /// Has the browser keep the binding of a token, and drop all but the newest few.
    pub(crate) fn bind<S: Scope>(
        self,
        headers: &mut HeaderMap,
        request: &Parts,
        token: &Token<S>,
        binding: &Binding,
        now: Timestamp,
    ) {
        let family = self.name(&format!("{BINDING}-"));
        let mut given: BTreeMap<&str, Option<u64>> = BTreeMap::new();
        for (name, value) in pairs(&request.headers) {
            let Some(name) = str::from_utf8(name)
                .ok()
                .filter(|name| is_of(&family, name))
            else {
                continue;
            };
            let binding = str::from_utf8(value).ok().and_then(Binding::parse);
            let given_at = given.entry(name).or_default();
            *given_at = binding.map(|(at, _)| at).max(*given_at);
        }
        // A value that cannot be read is the first to go.
        let mut oldest_first: Vec<_> = given.into_iter().map(|(name, at)| (at, name)).collect();
        oldest_first.sort_unstable();
        for (_, name) in oldest_first.iter().rev().skip(MOST_BINDINGS - 1) {
            set(headers, self.removal(name));
        }
        let value = format!("{}.{}", now.as_unix(), binding.as_str());
        set(headers, self.write(&binding_name(token), value, None));
    }

    /// The token by which this browser is trusted by that user.
    pub(crate) fn device(self, request: &Parts, user: &UserId) -> Option<Token<Device>> {
        cookie(&request.headers, &self.name(&device_name(user))).map(Token::from)
    }

    /// Has the browser keep the newest token by which this user trusts it.
    pub(crate) fn trusted(self, user: &UserId, device: &TrustedDevice) -> HeaderValue {
        let token = device.token.expose().to_owned();
        self.write(&device_name(user), token, Some(device.expires_at))
    }

    /// Has the browser drop the token by which this user trusts it.
    pub(crate) fn forgotten(self, user: &UserId) -> HeaderValue {
        self.removal(&self.name(&device_name(user)))
    }

    fn name(self, name: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}{name}")
    }

    fn write(self, name: &str, value: String, expires_at: Option<Timestamp>) -> HeaderValue {
        let mut cookie = self.attributed(self.name(name), value);
        let expires_at = expires_at.and_then(|at| i64::try_from(at.as_unix()).ok());
        if let Some(at) = expires_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()) {
            cookie.set_expires(at);
        }
        header_value(&cookie)
    }

    /// Takes back a cookie of this whole name.
    fn removal(self, name: &str) -> HeaderValue {
        let mut cookie = self.attributed(name.to_owned(), String::new());
        cookie.set_max_age(time::Duration::ZERO);
        header_value(&cookie)
    }

    fn attributed(self, name: String, value: String) -> Cookie<'static> {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .build()
    }
}

fn header_value(cookie: &Cookie<'_>) -> HeaderValue {
    // Names and values are letters, digits, `-`, `_` and `.`.
    HeaderValue::from_str(&cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// Each token has a cookie of its own, so that logins at the same time do not replace each other's
/// cookies. The name is a hash of the token.
fn binding_name<S: Scope>(token: &Token<S>) -> String {
    format!("{BINDING}-{}", short_hash(token.expose()))
}

/// People who share a browser have a cookie each.
fn device_name(user: &UserId) -> String {
    format!("{DEVICE}-{}", short_hash(user.as_str()))
}

/// Whether a name is the family's prefix and a [`short_hash`].
fn is_of(family: &str, name: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|hash| is_hex(hash, 16))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn short_hash(text: &str) -> String {
    let hash = Sha256::digest(text);
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The value of the first cookie of this name, such as the application's session cookie.
///
/// Each cookie is read by itself, so that malformed cookies of others do not matter: pages that
/// share the host may set cookies of any bytes. Names are compared without decoding. Otherwise
/// `__%48ost-session`, which any page may set, would pass for `__Host-session`, which browsers
/// guard.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    values(headers, name).next()
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let named = pairs(headers).filter(move |(given, _)| *given == name.as_bytes());
    named.filter_map(|(_, value)| str::from_utf8(value).ok())
}

/// Names and values. A value cannot hold a semicolon, not even in quotes (RFC 6265 §4.1.1).
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let headers = headers.get_all(COOKIE).iter();
    let cookies = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    cookies.filter_map(|cookie| {
        let name_ends = cookie.iter().position(|byte| *byte == b'=')?;
        let (name, value) = cookie.split_at(name_ends);
        Some((name.trim_ascii(), value[1..].trim_ascii()))
    })
}

/// Adds headers to those that are there. `extend` would replace a header of the same name, such as
/// one that sets another cookie.
pub(crate) fn append(headers: &mut HeaderMap, more: HeaderMap) {
    let mut name = None;
    for (next, value) in more {
        name = next.or(name);
        if let Some(name) = &name {
            headers.append(name.clone(), value);
        }
    }
}

/// Adds a header that sets a cookie.
pub(crate) fn set(headers: &mut HeaderMap, cookie: HeaderValue) {
    headers.append(header::SET_COOKIE, cookie);
}
