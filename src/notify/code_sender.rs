//! Sending a code to an address or a phone number that was confirmed.

use std::fmt;
use std::future::Future;

use super::SentCode;
use crate::channel::Channel;

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
/// # use countersign::notify::Destination;
/// # async fn f(mfa: Mfa, challenge: Token<Challenge>) {
/// mfa.send_code(&challenge, Destination::Email("alice@example.com")).await;
/// # }
/// ```
///
/// ```no_run
/// # use countersign::{Mfa, token::{Challenge, Token}};
/// # use countersign::notify::{ConfirmedAddress, Destination};
/// # async fn f(mfa: Mfa, challenge: Token<Challenge>) {
/// let address = ConfirmedAddress::attested("alice@example.com");
/// mfa.send_code(&challenge, Destination::Email(&address)).await;
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfirmedAddress(String);

/// A phone number of the user that was confirmed: somebody who holds the phone typed a code that
/// was sent there.
///
/// The host attests it like a [`ConfirmedAddress`], and the library keeps none.
///
/// # Security
///
/// Whoever takes over the number takes over its codes: a thief with a new SIM card, or the next
/// subscriber. A text message and a call are therefore restricted (NIST SP 800-63B-4 §3.2.9):
/// confirm that the number belongs to a phone and to no voice mailbox or shared line, ask your
/// provider about a changed SIM card or a ported number before you attest it (§3.1.3.3), and tell
/// the user of the risk.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfirmedNumber(String);

/// Where a code goes, and over which channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination<'a> {
    /// By e-mail.
    Email(&'a ConfirmedAddress),
    /// By text message.
    Sms(&'a ConfirmedNumber),
    /// By a call, in which a voice reads the code.
    Voice(&'a ConfirmedNumber),
}

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

impl ConfirmedNumber {
    /// The host vouches that the number was confirmed (NIST SP 800-63B-4 §3.1.3.3).
    #[must_use]
    pub fn attested(number: impl Into<String>) -> Self {
        Self(number.into())
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as a challenge may show it: its last two digits, such as `•••23`. A number of
    /// fewer than six digits is hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        let digits: Vec<_> = self.0.chars().filter(char::is_ascii_digit).collect();
        let shown = match digits.as_slice() {
            [_, _, _, _, .., before, last] => vec![*before, *last],
            _ => Vec::new(),
        };
        HIDDEN.chars().chain(shown).collect()
    }
}

impl<'a> Destination<'a> {
    /// The channel.
    #[must_use]
    pub const fn channel(self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Sms(_) => Channel::Sms,
            Self::Voice(_) => Channel::Voice,
        }
    }

    /// The address or the number.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        match self {
            Self::Email(address) => address.as_str(),
            Self::Sms(number) | Self::Voice(number) => number.as_str(),
        }
    }
}

impl fmt::Debug for ConfirmedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmedAddress(…)")
    }
}

impl fmt::Debug for ConfirmedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmedNumber(…)")
    }
}

const HIDDEN: &str = "•••";

/// The first character, unless it is the only one.
fn first_of(text: &str) -> Option<char> {
    text.chars().nth(1).and(text.chars().next())
}

/// Sends a code to its owner. An application implements it over its services for mail, text
/// messages and calls.
///
/// ```
/// use countersign::notify::{CodeSender, Destination, SentCode};
/// use countersign::words::English;
///
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("not sent")]
/// # struct NotSent;
/// # struct Office;
/// # impl Office {
/// #     async fn mail(&self, _: &str, _: String, _: &str) -> Result<(), NotSent> { Ok(()) }
/// #     async fn text(&self, _: &str, _: &str) -> Result<(), NotSent> { Ok(()) }
/// # }
/// impl CodeSender for Office {
///     type Error = NotSent;
///
///     async fn send(&self, to: Destination<'_>, code: &SentCode) -> Result<(), NotSent> {
///         match to {
///             Destination::Email(address) => {
///                 let text = code.expose_mail(&English, Some("https://acme.example/void"));
///                 self.mail(address.as_str(), code.subject(&English), &text).await
///             }
///             Destination::Sms(number) => {
///                 let text = code.expose_sms(&English, Some("acme.example"));
///                 self.text(number.as_str(), &text).await
///             }
///             _ => Err(NotSent),
///         }
///     }
/// }
/// ```
pub trait CodeSender: Send + Sync {
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Sends the code there, and keeps it nowhere.
    ///
    /// # Errors
    ///
    /// Whatever the service says. The user is told that no code was sent, and may ask for another
    /// after a minute.
    ///
    /// # Security
    ///
    /// Let a call ask for a key before it reads the code: a voice mailbox presses none.
    fn send(
        &self,
        to: Destination<'_>,
        code: &SentCode,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_masked_to_its_last_two_digits() {
        let cases = [
            ("+1 202 555 0123", "•••23"),
            ("+442079460958", "•••58"),
            ("123456", "•••56"),
            ("12345", "•••"),
            ("", "•••"),
        ];
        for (number, masked) in cases {
            assert_eq!(ConfirmedNumber::attested(number).masked(), masked);
        }
    }

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
