//! The routes' own cookies: one for each token that is bound to a browser, and one for each user
//! who trusts the browser.

use std::collections::BTreeMap;
use std::fmt;

use cookie::{Cookie, SameSite};
use countersign::UserId;
use countersign::account::TrustedDevice;
use countersign::time::Timestamp;
use countersign::token::{Device, Scope, Token};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::headers::Headers;
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
    pub(crate) fn binding<S: Scope>(self, request: &Headers, token: &Token<S>) -> Option<Binding> {
        let name = self.name(&binding_name(token));
        let mut values = values(request, &name);
        values.find_map(|value| Binding::parse(value).map(|(_, binding)| binding))
    }

    /// Has the browser keep the binding of a token, and drop all but the newest few.
    pub(crate) fn bind<S: Scope>(
        self,
        headers: &mut Headers,
        request: &Headers,
        token: &Token<S>,
        binding: &Binding,
        now: Timestamp,
    ) {
        let family = self.name(&format!("{BINDING}-"));
        let mut given: BTreeMap<&str, Option<u64>> = BTreeMap::new();
        for (name, value) in pairs(request) {
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
            headers.append(SET_COOKIE, self.removal(name));
        }
        let value = format!("{}.{}", now.as_unix(), binding.as_str());
        headers.append(SET_COOKIE, self.write(&binding_name(token), value, None));
    }

    /// The token by which this browser is trusted by that user.
    pub(crate) fn device(self, request: &Headers, user: &UserId) -> Option<Token<Device>> {
        cookie(request, &self.name(&device_name(user))).map(Token::from)
    }

    /// Has the browser keep the newest token by which this user trusts it.
    pub(crate) fn trusted(self, user: &UserId, device: &TrustedDevice) -> String {
        let token = device.token.expose().to_owned();
        self.write(&device_name(user), token, Some(device.expires_at))
    }

    /// Has the browser drop the token by which this user trusts it.
    pub(crate) fn forgotten(self, user: &UserId) -> String {
        self.removal(&self.name(&device_name(user)))
    }

    fn name(self, name: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}{name}")
    }

    fn write(self, name: &str, value: String, expires_at: Option<Timestamp>) -> String {
        let mut cookie = self.attributed(self.name(name), value);
        let expires_at = expires_at.and_then(|at| i64::try_from(at.as_unix()).ok());
        if let Some(at) = expires_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()) {
            cookie.set_expires(at);
        }
        cookie.to_string()
    }

    /// Takes back a cookie of this whole name.
    fn removal(self, name: &str) -> String {
        let mut cookie = self.attributed(name.to_owned(), String::new());
        cookie.set_max_age(time::Duration::ZERO);
        cookie.to_string()
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

/// The value of the first cookie of this name, such as the application's session cookie. The
/// headers are a framework's own, or [`Headers`](crate::Headers).
///
/// Each cookie is read by itself, so that malformed cookies of others do not matter: pages that
/// share the host may set cookies of any bytes. Names are compared without decoding. Otherwise
/// `__%48ost-session`, which any page may set, would pass for `__Host-session`, which browsers
/// guard.
#[must_use]
pub fn cookie<'a, N, V>(
    headers: impl IntoIterator<Item = (N, &'a V)>,
    name: &str,
) -> Option<&'a str>
where
    N: AsRef<str>,
    V: AsRef<[u8]> + ?Sized + 'a,
{
    values(headers, name).next()
}

fn values<'a, N, V>(
    headers: impl IntoIterator<Item = (N, &'a V)>,
    name: &str,
) -> impl Iterator<Item = &'a str>
where
    N: AsRef<str>,
    V: AsRef<[u8]> + ?Sized + 'a,
{
    let named = pairs(headers).filter(move |(given, _)| *given == name.as_bytes());
    named.filter_map(|(_, value)| str::from_utf8(value).ok())
}

/// Names and values. A value cannot hold a semicolon, not even in quotes (RFC 6265 §4.1.1).
fn pairs<'a, N, V>(
    headers: impl IntoIterator<Item = (N, &'a V)>,
) -> impl Iterator<Item = (&'a [u8], &'a [u8])>
where
    N: AsRef<str>,
    V: AsRef<[u8]> + ?Sized + 'a,
{
    let headers = headers.into_iter();
    let headers = headers.filter(|(name, _)| name.as_ref().eq_ignore_ascii_case("cookie"));
    let cookies = headers.flat_map(|(_, value)| value.as_ref().split(|byte| *byte == b';'));
    cookies.filter_map(|cookie| {
        let name_ends = cookie.iter().position(|byte| *byte == b'=')?;
        let (name, value) = cookie.split_at(name_ends);
        Some((name.trim_ascii(), value[1..].trim_ascii()))
    })
}

/// The header that sets a cookie.
pub(crate) const SET_COOKIE: &str = "set-cookie";
