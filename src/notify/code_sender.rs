//! Sending a code by e-mail, to an address that was confirmed.

use std::fmt;
use std::future::Future;

use super::EmailCode;

/// An e-mail address of the user that was confirmed: somebody who reads its mail followed a link or
/// typed a code.
///
/// The host attests it; the library never learns addresses otherwise and keeps none. One that was
/// changed a moment ago is the thief's, so leave it unconfirmed until its owner answered from
/// there, and tell the old one.
///
/// Nothing is sent to an address that nobody attests:
///
/// ```compile_fail,E0308
/// # // S-31
/// # use countersign::{Mfa, token::{Challenge, Token}};
/// # async fn f(mfa: Mfa, challenge: Token<Challenge>) {
/// mfa.send_email_code(&challenge, "alice@example.com").await;
/// # }
/// ```
///
/// ```no_run
/// # use countersign::{Mfa, token::{Challenge, Token}};
/// # use countersign::notify::ConfirmedAddress;
/// # async fn f(mfa: Mfa, challenge: Token<Challenge>) {
/// mfa.send_email_code(&challenge, &ConfirmedAddress::attested("alice@example.com")).await;
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfirmedAddress(String);

impl ConfirmedAddress {
    /// The host vouches that the address was confirmed (NIST SP 800-63B-4 §4.2.1.2).
    #[must_use]
    pub fn attested(address: impl Into<String>) -> Self {
        Self(address.into())
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as a challenge may show it, such as `a•••e@e•••.com`. The user recognizes it,
    /// and a thief of the first factor does not learn it.
    ///
    /// The number of hidden characters is not shown. A name with fewer than five characters shows
    /// only its first, and a single character is hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        let Some((name, domain)) = self.0.rsplit_once('@') else {
            return HIDDEN.to_owned();
        };
        let (host, top) = match domain.rsplit_once('.') {
            Some((host, top)) => (host, Some(top)),
            None => (domain, None),
        };
        let mut masked = String::new();
        masked.extend(first_of(name));
        masked.push_str(HIDDEN);
        masked.extend(name.chars().nth(4).and(name.chars().last()));
        masked.push('@');
        masked.extend(first_of(host));
        masked.push_str(HIDDEN);
        masked.extend(top.into_iter().flat_map(|top| [".", top]));
        masked
    }
}

impl fmt::Debug for ConfirmedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmedAddress(…)")
    }
}

const HIDDEN: &str = "•••";

/// The first character, unless it is the only one.
fn first_of(text: &str) -> Option<char> {
    text.chars().nth(1).and(text.chars().next())
}

/// Sends a code to its owner. An application implements it over its mail service.
pub trait CodeSender: Send + Sync {
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Sends the code to that address, and keeps it nowhere.
    ///
    /// # Errors
    ///
    /// Whatever the mail service says. The user is told that no code was sent, and may ask for
    /// another after a minute.
    fn send(
        &self,
        to: &ConfirmedAddress,
        code: &EmailCode,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_masked_so_that_its_owner_alone_recognizes_it() {
        let cases = [
            ("alice@example.com", "a•••e@e•••.com"),
            ("alice.of.wonderland@mail.example.co.uk", "a•••d@m•••.uk"),
            ("bob@example.com", "b•••@e•••.com"),
            ("x@y.org", "•••@•••.org"),
            ("jörgö@müller.de", "j•••ö@m•••.de"),
            ("root@localhost", "r•••@l•••"),
            ("\"a@b\"@example.com", "\"•••\"@e•••.com"),
            ("nothing at all", "•••"),
            ("", "•••"),
        ];
        for (address, masked) in cases {
            assert_eq!(ConfirmedAddress::attested(address).masked(), masked);
        }
    }
}
