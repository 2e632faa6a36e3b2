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
}

impl fmt::Debug for ConfirmedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmedAddress(…)")
    }
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
