//! The two-step login.

use super::{Error, Mfa, Openable};
use crate::account::{Abandon, AnswerChallenge, BeginLogin, Login, Verified};
use crate::answer::Answer;
use crate::denial::Denial;
use crate::token::Challenge;
use crate::user::UserId;

/// Signing in, in two steps.
impl Mfa {
    /// Begins a login, after the password was right and never before. There is no session yet.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`Locked`](crate::Denial::Locked), or what broke: a record that
    /// cannot be read is never taken for "no second factor".
    pub async fn begin_login(&self, user: &UserId) -> Result<Login, Error> {
        self.run(
            user,
            &BeginLogin {
                known_enrolled: false,
            },
        )
        .await
    }

    /// Begins the login of a user who has a second factor, as the host knows from its own table: a
    /// record that is missing, or knows of none, is then an error, and not
    /// [`NotRequired`](Login::NotRequired). Such a host clears its mark when it disables or erases.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] with [`Missing`](crate::RecordError::Missing), or what else broke.
    pub async fn begin_login_enrolled(&self, user: &UserId) -> Result<Login, Error> {
        self.run(
            user,
            &BeginLogin {
                known_enrolled: true,
            },
        )
        .await
    }

    /// Answers a challenge with a code or a recovery code, told apart by their shape.
    ///
    /// The code and the challenge are spent by success, on every machine at once. A wrong code
    /// spends neither, and is charged to its factor. The failure that blocks a factor also ends the
    /// challenges that are open: begin the login again, at once with another factor or after
    /// `retry_at` with this one. What cannot be a code at all, an empty answer included, is no
    /// attempt: ask again.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MalformedCode`](crate::Denial::MalformedCode),
    /// [`InvalidCode`](crate::Denial::InvalidCode), [`Throttled`](crate::Denial::Throttled),
    /// [`FactorDisabled`](crate::Denial::FactorDisabled), or the token's fault.
    pub async fn answer_challenge(
        &self,
        challenge: impl Openable<Challenge>,
        answer: impl TryInto<Answer, Error: Into<Denial>>,
    ) -> Result<Verified, Error> {
        let (claims, answer) = (self.claims(challenge)?, self.read(answer)?);
        let user = claims.user.clone();
        self.run(&user, &AnswerChallenge { claims, answer }).await
    }

    /// Gives a login up: its challenge is over. One that is over already stays so.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`TokenInvalid`](crate::Denial::TokenInvalid).
    pub async fn cancel_login(&self, challenge: impl Openable<Challenge>) -> Result<(), Error> {
        let claims = self.claims(challenge)?;
        let user = claims.user.clone();
        self.run(&user, &Abandon { claims }).await
    }
}
