//! Addresses of clients.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Once};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName, header};

/// Finds the address of a client. Clones share one warning.
#[derive(Clone, Debug)]
pub(crate) struct ClientAddresses {
    /// The header that a proxy sets. Without a proxy in front, a client could set the header
    /// itself.
    header: Option<HeaderName>,
    /// Whether the warning about a header without an address was logged.
    said: Arc<Once>,
}

impl ClientAddresses {
    pub(crate) fn new(header: Option<HeaderName>) -> Self {
        Self {
            header,
            said: Arc::new(Once::new()),
        }
    }

    pub(crate) fn of(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let Some(header) = &self.header else {
            let connection = extensions.get::<ConnectInfo<SocketAddr>>();
            return connection.map(|ConnectInfo(address)| address.ip());
        };
        let address = told(header, headers);
        if address.is_none() {
            self.said.call_once(|| {
                tracing::warn!(
                    %header,
                    "this header told no client's address: is the proxy set to? All such requests \
                     share the limits of one address, and this is not logged again"
                );
            });
        }
        address
    }
}

/// The address in the last entry of the header, which the proxy wrote. The client may have written
/// earlier entries.
fn told(header: &HeaderName, headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all(header).iter().next_back()?;
    // The search begins at the end, so that a quote in an earlier entry cannot reach the last
    // entry.
    let entry = pieces_from_the_end(line.as_bytes(), b',').next()?;
    if *header == header::FORWARDED {
        let pairs = pieces_from_the_end(entry, b';');
        let mut nodes = pairs.filter_map(|pair| {
            let (name, node) = str::from_utf8(pair).ok()?.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then_some(node)
        });
        let node = nodes.next()?;
        // A name occurs once in an entry (RFC 7239 §4).
        return nodes.next().is_none().then(|| address(node))?;
    }
    address(str::from_utf8(entry).ok()?)
}

/// Splits a text at separators outside of quotes, from the end.
fn pieces_from_the_end(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    text.rsplit(move |byte| {
        quoted ^= *byte == b'"';
        *byte == separator && !quoted
    })
}

/// Reads an address with or without a port, in quotes or without (RFC 7239 §6). An IPv6 address
/// with a port is in brackets.
fn address(node: &str) -> Option<IpAddr> {
    let node = node.trim();
    let quoted = node.strip_prefix('"');
    let node = quoted.map_or(Some(node), |quoted| quoted.strip_suffix('"'))?;
    if let Ok(bare) = node.parse() {
        return Some(bare);
    }
    let (address, port) = match node.strip_prefix('[') {
        Some(bracketed) => {
            let (address, port) = bracketed.split_once(']')?;
            (IpAddr::V6(address.parse::<Ipv6Addr>().ok()?), port)
        }
        None => {
            let (address, port) = node.split_at(node.find(':')?);
            (IpAddr::V4(address.parse::<Ipv4Addr>().ok()?), port)
        }
    };
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then_some(address)
}

/// Whether this is a port number, or an obfuscated port such as `_port` (RFC 7239 §6.3).
fn is_port(port: &str) -> bool {
    let is_word = |word: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !word.is_empty() && word.bytes().all(allowed)
    };
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    is_number || port.strip_prefix('_').is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &'static str, lines: &[&[u8]]) -> Option<IpAddr> {
        let header = HeaderName::from_static(header);
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(&header, line.to_vec().try_into().unwrap());
        }
        ClientAddresses::new(Some(header)).of(&headers, &Extensions::new())
    }

    #[test]
    fn an_address_is_read_as_proxies_write_it() {
        let cases = [
            ("x-forwarded-for", "203.0.113.7", Some("203.0.113.7")),
            ("x-forwarded-for", "203.0.113.7:51234", Some("203.0.113.7")),
            ("x-forwarded-for", " 203.0.113.7 ", Some("203.0.113.7")),
            ("x-forwarded-for", "2001:db8::1", Some("2001:db8::1")),
            ("x-forwarded-for", "[2001:db8::1]", Some("2001:db8::1")),
            ("x-forwarded-for", "[2001:db8::1]:443", Some("2001:db8::1")),
            (
                "x-forwarded-for",
                "\"[2001:db8::1]:443\"",
                Some("2001:db8::1"),
            ),
            (
                "x-forwarded-for",
                "\"203.0.113.7:443\"",
                Some("203.0.113.7"),
            ),
            (
                "x-forwarded-for",
                "::ffff:203.0.113.7",
                Some("::ffff:203.0.113.7"),
            ),
            ("x-real-ip", "203.0.113.7", Some("203.0.113.7")),
            // RFC 7239 §4, §6 and §7.1.
            (
                "forwarded",
                "for=192.0.2.60;proto=http;by=203.0.113.43",
                Some("192.0.2.60"),
            ),
            (
                "forwarded",
                "For=\"[2001:db8:cafe::17]:4711\"",
                Some("2001:db8:cafe::17"),
            ),
            ("forwarded", "for=\"192.0.2.43:47011\"", Some("192.0.2.43")),
            (
                "forwarded",
                "for=192.0.2.43, for=198.51.100.17",
                Some("198.51.100.17"),
            ),
            (
                "forwarded",
                "by=\"a;b,c\"; FOR = \"[2001:db8::1]\"",
                Some("2001:db8::1"),
            ),
            ("forwarded", "for=\"192.0.2.43:_port\"", Some("192.0.2.43")),
            // Values without an address.
            ("x-forwarded-for", "", None),
            ("x-forwarded-for", "unknown", None),
            ("x-forwarded-for", "client.example", None),
            ("x-forwarded-for", "203.0.113.7:", None),
            ("x-forwarded-for", "203.0.113.7:65536", None),
            ("x-forwarded-for", "203.0.113.7:+80", None),
            ("x-forwarded-for", "203.0.113.7:80:80", None),
            ("x-forwarded-for", "203.0.113.07", None),
            ("x-forwarded-for", "203.0.113.256", None),
            ("x-forwarded-for", "[203.0.113.7]:80", None),
            ("x-forwarded-for", "[2001:db8::1]80", None),
            ("x-forwarded-for", "[2001:db8::1", None),
            ("x-forwarded-for", "\"203.0.113.7", None),
            ("x-forwarded-for", "203.0.113.7 198.51.100.1", None),
            ("x-forwarded-for", "for=203.0.113.7", None),
            ("forwarded", "203.0.113.7", None),
            ("forwarded", "for=unknown", None),
            ("forwarded", "for=\"_gazonk\"", None),
            ("forwarded", "proto=http;by=203.0.113.43", None),
            ("forwarded", "for=192.0.2.43;for=198.51.100.17", None),
        ];
        for (header, line, expected) in cases {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(of(header, &[line.as_bytes()]), expected, "{header}: {line}");
        }
    }

    /// Entries before the last come from the client, which may write them to mislead.
    #[test]
    fn the_last_entry_counts_whatever_precedes_it() {
        let proxys = Some("192.0.2.7".parse().unwrap());
        let plain: [&[&[u8]]; 6] = [
            &[b"198.51.100.1, 192.0.2.7"],
            &[b"198.51.100.1", b"192.0.2.7:80"],
            &[b"192.0.2.7, 198.51.100.1", b"192.0.2.7"],
            &[b"\xff\xfe, 192.0.2.7"],
            &[b"\"198.51.100.1, 192.0.2.7"],
            &[b",,,192.0.2.7"],
        ];
        for lines in plain {
            assert_eq!(of("x-forwarded-for", lines), proxys, "{lines:?}");
        }
        let forwarded: [&[&[u8]]; 5] = [
            &[b"for=198.51.100.1, for=192.0.2.7"],
            &[b"for=198.51.100.1", b"proto=https;for=\"192.0.2.7:80\""],
            &[b"for=198.51.100.1;by=\", for=192.0.2.7"],
            &[b"for=198.51.100.1;by=\"\\, for=\"192.0.2.7:80\";by=\"a,b\""],
            &[b"\xff, for=192.0.2.7"],
        ];
        for lines in forwarded {
            assert_eq!(of("forwarded", lines), proxys, "{lines:?}");
        }
        for lines in [&[b"192.0.2.7, ".as_slice()], &[b"192.0.2.7, unknown"]] {
            assert_eq!(of("x-forwarded-for", lines), None, "{lines:?}");
        }
        assert_eq!(of("x-forwarded-for", &[b"192.0.2.7", b"unknown"]), None);
        assert_eq!(of("x-forwarded-for", &[]), None);
    }
}
