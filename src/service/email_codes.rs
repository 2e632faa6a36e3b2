//! Codes sent by e-mail.

use super::{Error, Mfa, Openable};
use crate::account::SendEmailCode;
use crate::notify::ConfirmedAddress;
use crate::time::Timestamp;
use crate::token::Challenge;

/// Codes by e-mail, where the policy has them.
impl Mfa {
    /// Sends a code of eight digits to the user's confirmed address, for the login with this
    /// challenge. It is answered with [`Answer::email`](crate::Answer::email): a plain string is
    /// never taken for it, and is charged to the authenticators.
    ///
    /// It is good until the challenge ends, and for ten minutes at most. A code that is sent again
    /// takes its place, and does not renew the five tries. There is a minute between two sends, and
    /// there are five sends an hour. The hash is committed before the code is handed to the
    /// [`CodeSender`](crate::notify::CodeSender). Gives the moment at which the code expires.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](crate::Denial::MethodUnavailable) where the
    /// policy has no e-mail codes, [`Throttled`](crate::Denial::Throttled),
    /// [`FactorExhausted`](crate::Denial::FactorExhausted) or the token's fault; [`Error::NotSent`]
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
