//! The relying party: its RP id and the origins of its pages.

use std::time::Duration;

use url::{Host, Url};
use webauthn_rs_core::WebauthnCore;

use crate::options;

/// A relying party of WebAuthn: an RP id, and the origins whose pages may use its passkeys. It
/// carries out the ceremonies of `countersign`.
///
/// # Security
///
/// Browsers show a passkey to the pages of its RP id alone. Therefore a page of a foreign domain
/// gets no answer that this relying party accepts, whatever its user does.
///
/// # Examples
///
/// ```
/// use countersign_webauthn::RelyingParty;
///
/// let one_site = RelyingParty::at("https://acme.example")?;
/// let more = ["https://acme.example", "https://login.acme.example"];
/// let more_sites = RelyingParty::new("acme.example", more)?;
/// let development = RelyingParty::at("http://localhost:3000")?;
/// # Ok::<(), countersign_webauthn::RelyingPartyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RelyingParty {
    pub(crate) id: String,
    /// As browsers write them in the client data.
    pub(crate) origins: Vec<String>,
    pub(crate) library: WebauthnCore,
}

/// Why an RP id or an origin is none. The message says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelyingPartyError {
    /// There is no origin.
    #[error("passkeys need an origin: name one, such as https://acme.example")]
    NoOrigin,
    /// An origin is not scheme, host and port alone.
    #[error(
        "an origin is scheme, host and port, such as https://acme.example: leave out user, path, \
         query and fragment"
    )]
    NotAnOrigin,
    /// An origin has neither `https` nor `http://localhost`.
    #[error(
        "browsers offer passkeys over https, and over http at localhost alone: serve the \
         application over https, or open it at http://localhost while you develop"
    )]
    Insecure,
    /// The host of an origin is an IP address, or the RP id is one.
    #[error(
        "browsers take no IP address for passkeys: use a domain name, or open the application at \
         http://localhost while you develop"
    )]
    IpAddress,
    /// The RP id is no domain name.
    #[error("an RP id is a domain name, such as acme.example: leave out scheme, port and path")]
    InvalidId,
    /// The RP id is a top-level domain.
    #[error("a top-level domain is no RP id: use the application's own domain")]
    TopLevelDomain,
    /// An origin does not lie below the RP id.
    #[error(
        "the host of each origin is the RP id or ends with a dot and the RP id: choose an RP id \
         that all origins share"
    )]
    OutsideId,
}

impl RelyingParty {
    /// A relying party with one origin, whose host becomes the RP id.
    ///
    /// # Errors
    ///
    /// [`RelyingPartyError`], as [`new`](Self::new).
    pub fn at(origin: &str) -> Result<Self, RelyingPartyError> {
        let (host, _) = parse_origin(origin)?;
        Self::new(&host, [origin])
    }

    /// A relying party with several origins, such as subdomains. Each origin is compared with its
    /// port.
    ///
    /// A passkey belongs to its RP id for ever: whoever changes the RP id loses all passkeys.
    /// Choose the domain that all pages will share, such as `acme.example`.
    ///
    /// # Errors
    ///
    /// [`RelyingPartyError`], if browsers would refuse this RP id at one of these origins. A public
    /// suffix of several labels, such as `co.uk`, is not recognized here; browsers refuse it.
    pub fn new<'a>(
        id: &str,
        origins: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, RelyingPartyError> {
        let id = parse_id(id)?;
        let mut urls = Vec::new();
        let mut names_id = false;
        for origin in origins {
            let (host, url) = parse_origin(origin)?;
            let below = host.strip_suffix(&id).map(|labels| labels.ends_with('.'));
            if host != id && below != Some(true) {
                return Err(RelyingPartyError::OutsideId);
            }
            names_id |= host == id;
            urls.push(url);
        }
        if urls.is_empty() {
            return Err(RelyingPartyError::NoOrigin);
        }
        // A name without a dot is a host of its own network, or a top-level domain.
        if !id.contains('.') && !names_id {
            return Err(RelyingPartyError::TopLevelDomain);
        }
        let serialized = |url: &Url| url.origin().ascii_serialization();
        Ok(Self {
            origins: urls.iter().map(serialized).collect(),
            library: WebauthnCore::new_unsafe_experts_only(
                &id,
                &id,
                urls,
                Duration::from_millis(options::TIMEOUT.into()),
                Some(false),
                Some(false),
            ),
            id,
        })
    }

    /// The RP id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

fn parse_id(id: &str) -> Result<String, RelyingPartyError> {
    match Host::parse(id) {
        Ok(Host::Domain(domain)) if domain.split('.').all(|label| !label.is_empty()) => Ok(domain),
        Ok(Host::Domain(_)) | Err(_) => Err(RelyingPartyError::InvalidId),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => Err(RelyingPartyError::IpAddress),
    }
}

/// The host of an origin, and the origin as a URL.
fn parse_origin(origin: &str) -> Result<(String, Url), RelyingPartyError> {
    let url = Url::parse(origin).map_err(|_| RelyingPartyError::NotAnOrigin)?;
    let host = match url.host() {
        Some(Host::Domain(host)) => host.to_owned(),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(RelyingPartyError::IpAddress),
        None => return Err(RelyingPartyError::NotAnOrigin),
    };
    match (url.scheme(), host.as_str()) {
        ("https", _) | ("http", "localhost") => {}
        _ => return Err(RelyingPartyError::Insecure),
    }
    // The URL of an origin ends with its first slash.
    let bare = url.as_str().strip_suffix('/');
    if bare != Some(&url.origin().ascii_serialization()) {
        return Err(RelyingPartyError::NotAnOrigin);
    }
    Ok((host, url))
}

#[cfg(test)]
mod tests {
    use super::{RelyingParty, RelyingPartyError as Error};

    fn refused(id: &str, origins: &[&str]) -> Option<Error> {
        RelyingParty::new(id, origins.iter().copied()).err()
    }

    #[test]
    fn an_origin_is_one_that_browsers_offer_passkeys_at() {
        for (origin, id, written) in [
            (
                "https://acme.example",
                "acme.example",
                "https://acme.example",
            ),
            (
                "https://ACME.example:443/",
                "acme.example",
                "https://acme.example",
            ),
            (
                "https://acme.example:8443",
                "acme.example",
                "https://acme.example:8443",
            ),
            (
                "http://localhost:3000",
                "localhost",
                "http://localhost:3000",
            ),
            ("https://localhost", "localhost", "https://localhost"),
            (
                "https://bücher.example",
                "xn--bcher-kva.example",
                "https://xn--bcher-kva.example",
            ),
            ("https://intranet", "intranet", "https://intranet"),
        ] {
            let party = RelyingParty::at(origin).unwrap();
            assert_eq!(
                (party.id(), party.origins.as_slice()),
                (id, &[written.to_owned()][..])
            );
        }
        for (origin, error) in [
            ("", Error::NotAnOrigin),
            ("acme.example", Error::NotAnOrigin),
            ("https://", Error::NotAnOrigin),
            ("https://acme.example/login", Error::NotAnOrigin),
            ("https://acme.example?", Error::NotAnOrigin),
            ("https://acme.example#top", Error::NotAnOrigin),
            ("https://alice@acme.example", Error::NotAnOrigin),
            ("null", Error::NotAnOrigin),
            ("mailto:alice@acme.example", Error::NotAnOrigin),
            ("http://acme.example", Error::Insecure),
            ("http://app.localhost:3000", Error::Insecure),
            ("wss://acme.example", Error::Insecure),
            ("android://acme.example", Error::Insecure),
            ("http://127.0.0.1:3000", Error::IpAddress),
            ("https://[::1]:3000", Error::IpAddress),
            // Browsers read it as an address too.
            ("https://0x7f000001", Error::IpAddress),
            ("https://acme.example.", Error::InvalidId),
        ] {
            assert_eq!(RelyingParty::at(origin).err(), Some(error), "{origin}");
        }
    }

    #[test]
    fn an_rp_id_is_a_domain_that_all_origins_share() {
        let both = ["https://acme.example", "https://login.acme.example:8443"];
        assert_eq!(refused("acme.example", &both), None);
        assert_eq!(refused("ACME.example", &both), None);
        assert_eq!(refused("acme.example", &both[1..]), None);
        for (id, origins, error) in [
            ("acme.example", &[][..], Error::NoOrigin),
            ("login.acme.example", &both, Error::OutsideId),
            ("me.example", &both, Error::OutsideId),
            ("example", &both, Error::TopLevelDomain),
            ("localhost", &["http://acme.example"], Error::Insecure),
            ("acme.example", &["http://localhost"], Error::OutsideId),
            ("", &both, Error::InvalidId),
            (".example", &both, Error::InvalidId),
            ("acme.example:443", &both, Error::InvalidId),
            ("https://acme.example", &both, Error::InvalidId),
            ("acme.example/", &both, Error::InvalidId),
            ("127.0.0.1", &both, Error::IpAddress),
            ("[::1]", &both, Error::IpAddress),
        ] {
            assert_eq!(refused(id, origins), Some(error), "{id}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let refusal = RelyingParty::at("http://127.0.0.1:3000").unwrap_err();
        assert!(refusal.to_string().contains("http://localhost"));
    }
}
