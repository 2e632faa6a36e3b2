//! Codes sent by e-mail.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::{Error, Mfa, Openable};
use crate::account::SendEmailCode;
use crate::notify::EmailCode;
use crate::time::Timestamp;
use crate::token::Challenge;

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

/// A sender whose type is forgotten.
pub(super) trait ErasedSender: Send + Sync {
    fn send<'a>(
        &'a self,
        to: &'a ConfirmedAddress,
        code: &'a EmailCode,
    ) -> Pin<Box<dyn Future<Output = Result<(), ()>> + Send + 'a>>;
}

impl<C: CodeSender> ErasedSender for C {
    fn send<'a>(
        &'a self,
        to: &'a ConfirmedAddress,
        code: &'a EmailCode,
    ) -> Pin<Box<dyn Future<Output = Result<(), ()>> + Send + 'a>> {
        Box::pin(async move { CodeSender::send(self, to, code).await.map_err(drop) })
    }
}

/// Codes by e-mail, where the policy has them.
impl Mfa {
    /// Sends a code of eight digits to the user's confirmed address, for the login with this
    /// challenge. It is answered with [`Answer::email`](crate::Answer::email): a plain string is
    /// never taken for it, and is charged to the authenticators.
    ///
    /// It is good until the challenge ends, and for ten minutes at most. A code that is sent again
    /// takes its place, and does not renew the five tries. There is a minute between two sends, and
    /// there are five sends an hour. The hash is committed before the code is handed to the
    /// [`CodeSender`]. Gives the moment at which the code expires.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](crate::Denial::MethodUnavailable) where the
    /// policy has no e-mail codes, [`Throttled`](crate::Denial::Throttled),
    /// [`FactorDisabled`](crate::Denial::FactorDisabled) or the token's fault; [`Error::NotSent`]
    /// if the sender failed.
    pub async fn send_email_code(
        &self,
        challenge: impl Openable<Challenge>,
        to: &ConfirmedAddress,
    ) -> Result<Timestamp, Error> {
        let sender = self.shared.sender.as_ref();
        let sender = sender.ok_or(crate::Denial::MethodUnavailable)?;
        let claims = self.claims(challenge)?;
        let user = claims.user.clone();
        let code = self.run(&user, &SendEmailCode { claims }).await?;
        let sent = sender.send(to, &code).await;
        sent.map_err(|()| Error::NotSent)?;
        Ok(code.expires_at())
    }
}
