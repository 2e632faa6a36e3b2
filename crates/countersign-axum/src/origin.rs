//! Where requests may come from.

use axum::http::{HeaderMap, Method, Uri, header};

/// The origins of the application's own pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origins(Vec<String>);

/// Text that is not an origin at which cookies are safe. Such an origin is `https://host[:port]`,
/// or `http://` on this machine, without the default port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an origin is https://host[:port], or http:// on this machine")]
pub struct InvalidOrigin;

impl Origins {
    pub(crate) fn new(origin: &str) -> Result<Self, InvalidOrigin> {
        checked(origin).map(|origin| Self(vec![origin]))
    }

    pub(crate) fn also(&mut self, origin: &str) -> Result<(), InvalidOrigin> {
        self.0.push(checked(origin)?);
        Ok(())
    }

    /// Whether cookies travel encrypted: everywhere but on this machine. The first origin decides.
    pub(crate) fn are_secure(&self) -> bool {
        let first = self.0.first();
        first.is_some_and(|origin| origin.starts_with("https://"))
    }

    /// Whether a request may change something: it is not from another site's page, and with cookies
    /// it is from a page of our own.
    ///
    /// A browser says in `Sec-Fetch-Site` and `Origin` where a request comes from, and no page can
    /// forge that. An `Origin` has to be ours whatever `Sec-Fetch-Site` says: a page of a foreign
    /// name that resolves to this server is of the `same-origin`. A request without cookies carries
    /// nothing that another site's page could abuse, so a program need not send either header.
    pub(crate) fn allow(&self, method: &Method, headers: &HeaderMap) -> bool {
        if method.is_safe() {
            return true;
        }
        let mut origins = headers.get_all(header::ORIGIN).iter();
        if headers.contains_key(header::ORIGIN) {
            return origins.all(|origin| self.is_ours(origin.as_bytes()));
        }
        match headers.get("sec-fetch-site").map(|site| site.as_bytes()) {
            Some(site) => matches!(site, b"same-origin" | b"none"),
            None => !headers.contains_key(header::COOKIE),
        }
    }

    fn is_ours(&self, origin: &[u8]) -> bool {
        let mut ours = self.0.iter();
        ours.any(|one| one.as_bytes().eq_ignore_ascii_case(origin))
    }
}

fn checked(origin: &str) -> Result<String, InvalidOrigin> {
    let uri: Uri = origin.parse().map_err(|_| InvalidOrigin)?;
    let host = uri.host().ok_or(InvalidOrigin)?;
    let is_here = host == "localhost" || is_loopback(host);
    let allowed = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_here,
        _ => false,
    };
    let is_bare = uri
        .authority()
        .is_some_and(|authority| !authority.as_str().contains('@'))
        && uri.path() == "/"
        && uri.query().is_none();
    // A browser leaves the default port out.
    let names_default_port = matches!(
        (uri.scheme_str(), uri.port_u16()),
        (Some("https"), Some(443)) | (Some("http"), Some(80))
    );
    if !allowed || !is_bare || names_default_port || origin.contains('#') {
        return Err(InvalidOrigin);
    }
    Ok(origin.trim_end_matches('/').to_ascii_lowercase())
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address: Result<std::net::IpAddr, _> = host.parse();
    address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name = header::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        pairs.collect()
    }

    #[test]
    fn an_origin_is_secure_or_here() {
        for good in [
            "https://acme.example",
            "https://acme.example:8443",
            "http://127.0.0.1:3000",
            "http://localhost:3000",
            "http://[::1]:3000",
        ] {
            assert!(Origins::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "acme.example",
            "http://acme.example",
            "http://localhost.acme.example",
            "http://0.0.0.0:3000",
            "https://acme.example/path",
            "https://acme.example?q",
            "https://acme.example/#f",
            "https://user@acme.example",
            "https://acme.example:443",
            "http://localhost:80",
            "ftp://acme.example",
        ] {
            assert_eq!(Origins::new(bad), Err(InvalidOrigin), "{bad}");
        }
    }

    #[test]
    fn only_pages_of_our_own_change_anything_with_cookies() {
        let mut ours = Origins::new("https://acme.example").unwrap();
        ours.also("https://www.acme.example").unwrap();
        let cases: [(&[(&str, &str)], bool); 16] = [
            (&[], true),
            (&[("cookie", "a=b")], false),
            (
                &[("cookie", "a=b"), ("origin", "https://acme.example")],
                true,
            ),
            (
                &[("cookie", "a=b"), ("origin", "https://WWW.acme.example")],
                true,
            ),
            (
                &[("cookie", "a=b"), ("origin", "http://acme.example")],
                false,
            ),
            (
                &[
                    ("cookie", "a=b"),
                    ("origin", "https://acme.example.evil.example"),
                ],
                false,
            ),
            (&[("cookie", "a=b"), ("origin", "null")], false),
            (&[("origin", "https://evil.example")], false),
            (
                &[("cookie", "a=b"), ("sec-fetch-site", "same-origin")],
                true,
            ),
            (
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "https://evil.example"),
                ],
                false,
            ),
            (&[("sec-fetch-site", "none"), ("origin", "null")], false),
            (
                &[
                    ("origin", "https://acme.example"),
                    ("origin", "https://evil.example"),
                ],
                false,
            ),
            (
                &[
                    ("sec-fetch-site", "same-site"),
                    ("origin", "https://www.acme.example"),
                ],
                true,
            ),
            (&[("cookie", "a=b"), ("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://evil.example"),
                ],
                false,
            ),
        ];
        for (pairs, allowed) in cases {
            assert_eq!(
                ours.allow(&Method::POST, &headers(pairs)),
                allowed,
                "{pairs:?}"
            );
        }
        assert!(ours.allow(
            &Method::GET,
            &headers(&[("origin", "https://evil.example")])
        ));
    }
}
