//! Where requests may come from.

use crate::headers::Headers;

/// The origins of the application's own pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origins(Vec<String>);

/// Why the pages of an application cannot be at an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOrigin {
    /// Cookies are not safe there, or it is no origin: that is `https://host[:port]`, or `http://`
    /// on this machine, without the default port.
    #[error("an origin is https://host[:port], or http:// on this machine")]
    Malformed,
    /// The policy has passkeys, and their [ceremonies](countersign::MfaBuilder::passkeys) are for
    /// other origins.
    #[error("the relying party of the passkeys has another origin: name this one there, too")]
    NoPasskeys,
}

impl Origins {
    pub(crate) fn new(origin: &str) -> Result<Self, InvalidOrigin> {
        checked(origin).map(|origin| Self(vec![origin]))
    }

    pub(crate) fn also(&mut self, origin: &str) -> Result<(), InvalidOrigin> {
        self.0.push(checked(origin)?);
        Ok(())
    }

    /// The origin that was named first.
    pub(crate) fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Whether cookies travel encrypted: everywhere but on this machine. The first origin decides.
    pub(crate) fn are_secure(&self) -> bool {
        self.first().starts_with("https://")
    }

    /// Whether a request may change something: it is not from another site's page, and with cookies
    /// it is from a page of our own.
    ///
    /// A browser says in `Sec-Fetch-Site` and `Origin` where a request comes from, and no page can
    /// forge that. An `Origin` has to be ours whatever `Sec-Fetch-Site` says: a page of a foreign
    /// name that resolves to this server is of the `same-origin`. A request without cookies carries
    /// nothing that another site's page could abuse, so a program need not send either header.
    pub(crate) fn allow(&self, method: &str, headers: &Headers) -> bool {
        if matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE") {
            return true;
        }
        if headers.contains("origin") {
            return headers.values("origin").all(|origin| self.is_ours(origin));
        }
        match headers.value("sec-fetch-site") {
            Some(site) => matches!(site, b"same-origin" | b"none"),
            None => !headers.contains("cookie"),
        }
    }

    fn is_ours(&self, origin: &[u8]) -> bool {
        let mut ours = self.0.iter();
        ours.any(|one| one.as_bytes().eq_ignore_ascii_case(origin))
    }
}

fn checked(origin: &str) -> Result<String, InvalidOrigin> {
    let origin = origin
        .strip_suffix('/')
        .unwrap_or(origin)
        .to_ascii_lowercase();
    let (scheme, authority) = origin.split_once("://").ok_or(InvalidOrigin::Malformed)?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_here = host == "localhost" || is_loopback(host);
    // A browser leaves the default port out.
    let default_port = match scheme {
        "https" => "443",
        "http" if is_here => "80",
        _ => return Err(InvalidOrigin::Malformed),
    };
    let names_port = |port: &str| {
        port.parse()
            .is_ok_and(|number: u16| number.to_string() == port)
    };
    let is_port = port.is_none_or(|port| names_port(port) && port != default_port);
    match is_host(host) && is_port {
        true => Ok(origin),
        false => Err(InvalidOrigin::Malformed),
    }
}

/// A name in ASCII, as a browser sends it, or an address.
fn is_host(host: &str) -> bool {
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(in_name),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address: Result<std::net::IpAddr, _> = host.parse();
    address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "https://",
            "https://:8443",
            "https://acme.example:",
            "https://acme.example:08443",
            "https://acme.example:65536",
            "https://acme example",
            "https://*.acme.example",
            "https://bücher.example",
            "https://[::g]",
            "https://acme.example//",
            "https://acme.example/path",
            "https://acme.example?q",
            "https://acme.example/#f",
            "https://user@acme.example",
            "https://acme.example:443",
            "http://localhost:80",
            "ftp://acme.example",
        ] {
            assert_eq!(Origins::new(bad), Err(InvalidOrigin::Malformed), "{bad}");
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
                ours.allow("POST", &Headers::from_iter(pairs.iter().copied())),
                allowed,
                "{pairs:?}"
            );
        }
        let foreign = Headers::new().with("origin", "https://evil.example");
        assert!(ours.allow("GET", &foreign));
    }
}
