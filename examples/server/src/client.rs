//! Where requests come from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};

/// How the client's address is found.
#[derive(Clone, Debug)]
pub(crate) struct ClientAddresses {
    /// The header of a proxy, which nobody else may set. Without a proxy anybody could.
    pub(crate) header: Option<HeaderName>,
}

impl ClientAddresses {
    pub(crate) fn of(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let Some(header) = &self.header else {
            let connection = extensions.get::<ConnectInfo<SocketAddr>>();
            return connection.map(|ConnectInfo(address)| address.ip());
        };
        // The last entry is the proxy's own; those before it came with the request.
        let told = headers.get_all(header).iter().next_back()?.to_str().ok()?;
        told.rsplit(',').next()?.trim().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_proxys_header_the_last_entry_counts() {
        let addresses = ClientAddresses {
            header: Some(HeaderName::from_static("x-forwarded-for")),
        };
        let mut headers = HeaderMap::new();
        let of = |headers: &HeaderMap| addresses.of(headers, &Extensions::new());
        assert_eq!(of(&headers), None);
        headers.append(
            "x-forwarded-for",
            "198.51.100.1, 192.0.2.7".parse().unwrap(),
        );
        assert_eq!(of(&headers), Some([192, 0, 2, 7].into()));
        headers.append("x-forwarded-for", "2001:db8::1".parse().unwrap());
        assert_eq!(of(&headers), Some("2001:db8::1".parse().unwrap()));
        headers.append("x-forwarded-for", "unknown".parse().unwrap());
        assert_eq!(of(&headers), None);
    }
}
