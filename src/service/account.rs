//! The life of an account that has a second factor.

use super::{Error, Mfa, Openable, trace};
use crate::account::{
    Answer, AuthenticatorStatus, Denial, Disable, Erase, GrantStepUp, PasswordChanged,
    PasswordCheck, Reauthentication, RedeemSheet, RedeemStepUp, Regenerate, Regenerated, Remove,
    Rename, SessionChange, Status, StepUpGranted, StepUpPurpose,
};
use crate::id::AuthenticatorId;
use crate::recovery::Sheet;
use crate::token::{RecoverySheet, StepUp, Token};
use crate::user::UserId;

/// The life of an account that has a second factor, from a session.
impl Mfa {
    /// The state of an account, as the next operation will find it: under [`restored_at`](crate::MfaBuilder::restored_at) what
    /// a backup brought back has ended. It writes nothing and holds no secret.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn status(&self, user: &UserId) -> Result<Status, Error> {
        trace::observed("status", self.state(user).await)
    }

    /// Gives an authenticator another label: 1 to 64 characters.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`UnknownAuthenticator`](crate::Denial::UnknownAuthenticator) or
    /// [`InvalidName`](crate::Denial::InvalidName).
    pub async fn rename_authenticator(
        &self,
        user: &UserId,
        id: AuthenticatorId,
        label: impl Into<String>,
    ) -> Result<AuthenticatorStatus, Error> {
        let label = label.into();
        self.run(user, &Rename { id, label }).await
    }

    /// Removes an authenticator that is not the last, with password and code. It is dead at once, and other sessions end.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`UnknownAuthenticator`](crate::Denial::UnknownAuthenticator),
    /// [`LastAuthenticator`](crate::Denial::LastAuthenticator), or the refusal of the proof.
    pub async fn remove_authenticator(
        &self,
        user: &UserId,
        id: AuthenticatorId,
        proof: Reauthentication,
    ) -> Result<SessionChange, Error> {
        self.run(user, &Remove { id, proof }).await
    }

    /// Replaces the recovery codes, with password and code. The old ones are void at once.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NotEnrolled`](crate::Denial::NotEnrolled) or the refusal of the proof.
    pub async fn regenerate_recovery_codes(
        &self,
        user: &UserId,
        proof: Reauthentication,
    ) -> Result<Regenerated, Error> {
        self.run(user, &Regenerate { proof }).await
    }

    /// Gives the sheet of the recovery codes that were just shown once more, once, within ten minutes.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the ticket's fault; a set that was replaced is [`TokenExpired`](crate::Denial::TokenExpired).
    pub async fn redeem_sheet(&self, ticket: impl Openable<RecoverySheet>) -> Result<Sheet, Error> {
        let claims = self.claims(ticket)?;
        let user = claims.user.clone();
        self.run(&user, &RedeemSheet { claims }).await
    }

    /// Proves password and code now, for one sensitive action of this purpose while the token lives: five minutes
    /// unless the [policy](crate::Policy::step_up_lifetime) says otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MalformedCode`](crate::Denial::MalformedCode), [`NotEnrolled`](crate::Denial::NotEnrolled) or the refusal of the proof.
    pub async fn step_up(
        &self,
        user: &UserId,
        password: PasswordCheck,
        code: impl TryInto<Answer, Error: Into<Denial>>,
        purpose: StepUpPurpose,
    ) -> Result<StepUpGranted, Error> {
        let answer = self.read(code)?;
        self.run(
            user,
            &GrantStepUp {
                password,
                answer,
                purpose,
            },
        )
        .await
    }

    /// Uses up a step-up token before an action of the application's own.
    ///
    /// ```no_run
    /// # use countersign::{Mfa, PasswordCheck, StepUpPurpose, UserId};
    /// # async fn transfer(mfa: Mfa, user: UserId, code: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let purpose = StepUpPurpose::app("transfer")?;
    /// let password = PasswordCheck::passed_at(mfa.now()?);
    /// let granted = mfa.step_up(&user, password, code, purpose.clone()).await?;
    /// // In the request that transfers:
    /// mfa.redeem_step_up(&user, &granted.token, purpose).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the token's fault; one of another user or purpose is
    /// [`TokenInvalid`](crate::Denial::TokenInvalid).
    pub async fn redeem_step_up(
        &self,
        user: &UserId,
        token: &Token<StepUp>,
        purpose: StepUpPurpose,
    ) -> Result<(), Error> {
        let token = token.clone();
        self.run(user, &RedeemStepUp { token, purpose }).await
    }

    /// Turns the second factor off, with password and code. Authenticators and recovery codes are gone at once.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NotEnrolled`](crate::Denial::NotEnrolled) or the refusal of the proof.
    pub async fn disable_mfa(
        &self,
        user: &UserId,
        proof: Reauthentication,
    ) -> Result<SessionChange, Error> {
        self.run(user, &Disable { proof }).await
    }

    /// Notes that the host changed or reset the password. The second factor stays; other sessions and open challenges
    /// end, and blocks that would end by themselves are lifted.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn password_changed(&self, user: &UserId) -> Result<SessionChange, Error> {
        self.run(user, &PasswordChanged).await
    }

    /// Empties the record of a user whose account the host deletes.
    ///
    /// What stays has a new epoch and nothing else, so that nothing of the old account works if the user comes back. The audit
    /// trail stays, too, with the addresses and the user agents in it, until the store prunes it (`prune_events` in
    /// `countersign-sqlx`), and so do messages in an outbox until they are delivered.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn erase_user(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &Erase).await
    }
}
