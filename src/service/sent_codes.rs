//! Codes sent by e-mail, SMS and voice.

use super::{Error, Mfa, Openable};
use crate::account::{SendCode, VoidCode};
use crate::denial::Denial;
use crate::notify::Destination;
use crate::time::Timestamp;
use crate::token::{self, Challenge};
use crate::user::UserId;

/// The answer to the link in the mail of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeVoided {
    /// The user of the code.
    pub user: UserId,
    /// Whether the code was still good. A code that was used, replaced or too old is not.
    pub was_live: bool,
}

/// Codes by e-mail, SMS and voice, where the policy has them.
impl Mfa {
    /// Sends a code of eight digits to the user's confirmed address or phone number, for the login
    /// with this challenge. It is answered with [`Answer::email`](crate::Answer::email),
    /// [`Answer::sms`](crate::Answer::sms) or [`Answer::voice`](crate::Answer::voice): a plain
    /// string is never taken for it, and is charged to the authenticators.
    ///
    /// The code is good until the challenge ends, and for ten minutes at most. A code that is sent
    /// again by the same channel takes its place, and does not renew the five tries. There is a
    /// minute between two sends. There are five sends by e-mail an hour, and ten to a phone in 24
    /// hours. The hash is committed before the code is handed to the
    /// [`CodeSender`](crate::notify::CodeSender). Gives the moment at which the code expires.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](Denial::MethodUnavailable) where the policy
    /// lacks the channel or the login began with an e-mail link,
    /// [`Throttled`](Denial::Throttled), [`FactorExhausted`](Denial::FactorExhausted) or the
    /// token's fault; [`Error::NotSent`] if the sender failed.
    pub async fn send_code(
        &self,
        challenge: impl Openable<Challenge>,
        to: Destination<'_>,
    ) -> Result<Timestamp, Error> {
        let sender = self.shared.sender.as_ref();
        let sender = sender.ok_or(Denial::MethodUnavailable)?;
        let (claims, channel) = (self.claims(challenge)?, to.channel());
        let user = claims.user.clone();
        let code = self.run(&user, &SendCode { claims, channel }).await?;
        let sent = sender.send(to, &code).await;
        sent.map_err(|()| Error::NotSent(channel))?;
        Ok(code.expires_at())
    }

    /// Voids the code of a mail by the [token](crate::notify::SentCode::void_token) in that mail.
    /// It voids no other code. Call it when a button is pressed and not when the link is opened,
    /// because mail scanners open links.
    ///
    /// Whoever presses that button did not ask for the code, so that somebody else knows the
    /// password: advise a new password, whether or not the code was still good.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the token's fault.
    pub async fn void_code(
        &self,
        token: impl Openable<token::VoidCode>,
    ) -> Result<CodeVoided, Error> {
        let claims = self.claims(token)?;
        let user = claims.user.clone();
        let was_live = self.run(&user, &VoidCode { claims }).await?;
        Ok(CodeVoided { user, was_live })
    }
}
