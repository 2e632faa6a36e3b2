//! The two-step login.

use super::{Error, Mfa, Openable, trace};
use crate::account::{AnswerChallenge, BeginLogin, CancelLogin, Login, Verified};
use crate::answer::Answer;
use crate::denial::Denial;
use crate::first_factor::FirstFactor;
use crate::token::Challenge;
use crate::user::UserId;

/// Signing in, in two steps.
impl Mfa {
    /// Begins a login, after the first factor was right and never before. There is no session yet.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`Locked`](crate::Denial::Locked), or what broke. A record that
    /// cannot be read never counts as "no second factor". [`Error::Context`] if the request has no
    /// [requirement](crate::RequestContext::requirement) where the policy asks for one, or a
    /// [demand](crate::RequestContext::demand) that the policy does not allow.
    pub async fn begin_login(
        &self,
        user: &UserId,
        first: impl Into<FirstFactor>,
    ) -> Result<Login, Error> {
        self.begin(
            user,
            &BeginLogin {
                first: first.into(),
                known_enrolled: false,
            },
        )
        .await
    }

    /// Begins the login of a user who has a second factor, as the host knows from its own table. A
    /// missing record, or a record without a second factor, is then an error and not
    /// [`Completed`](Login::Completed). Such a host updates its table when it disables the
    /// second factor or erases the user.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] with [`Missing`](crate::account::RecordError::Missing), or another fault.
    pub async fn begin_login_enrolled(
        &self,
        user: &UserId,
        first: impl Into<FirstFactor>,
    ) -> Result<Login, Error> {
        self.begin(
            user,
            &BeginLogin {
                first: first.into(),
                known_enrolled: true,
            },
        )
        .await
    }

    async fn begin(&self, user: &UserId, command: &BeginLogin) -> Result<Login, Error> {
        let login = self.run(user, command).await?;
        if let Login::Challenge(_) = &login {
            trace::challenged(user);
        }
        Ok(login)
    }

    /// Answers a challenge with a code or a recovery code. The shape distinguishes the two.
    ///
    /// Success spends the code and the challenge, on every machine at once. A wrong code spends
    /// neither, and is charged to its factor. The failure that blocks a factor also ends the open
    /// challenges. Begin the login again, at once with another factor, or after `retry_at` with
    /// this one. A text that cannot be a code, an empty text included, is no attempt: ask again.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MalformedCode`](crate::Denial::MalformedCode),
    /// [`InvalidCode`](crate::Denial::InvalidCode), [`Throttled`](crate::Denial::Throttled),
    /// [`FactorExhausted`](crate::Denial::FactorExhausted), or the token's fault.
    pub async fn answer_challenge(
        &self,
        challenge: impl Openable<Challenge>,
        answer: impl TryInto<Answer, Error: Into<Denial>>,
    ) -> Result<Verified, Error> {
        let (claims, answer) = (self.claims(challenge)?, self.read(answer)?);
        let command = AnswerChallenge { claims, answer };
        self.run(&command.claims.user, &command).await
    }

    /// Cancels a login and ends its challenge. If the challenge is over already, nothing happens.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`TokenInvalid`](crate::Denial::TokenInvalid).
    pub async fn cancel_login(&self, challenge: impl Openable<Challenge>) -> Result<(), Error> {
        let claims = self.claims(challenge)?;
        let user = claims.user.clone();
        self.run(&user, &CancelLogin { claims }).await
    }
}
