//! A step-up: a fresh proof for one sensitive action.

use super::{Error, Mfa};
use crate::account::{GrantStepUp, RedeemStepUp, StepUpGranted};
use crate::answer::Answer;
use crate::denial::Denial;
use crate::purpose::StepUpPurpose;
use crate::reauthentication::FirstFactorCheck;
use crate::token::{StepUp, Token};
use crate::user::UserId;

/// A fresh proof of first factor and code, for one sensitive action.
impl Mfa {
    /// Proves first factor and code now, for one sensitive action of this purpose within the
    /// lifetime of the token. The [policy](crate::Policy::step_up_lifetime) sets the lifetime, by
    /// default five minutes.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MalformedCode`](crate::Denial::MalformedCode),
    /// [`NotEnrolled`](crate::Denial::NotEnrolled) or the refusal of the proof.
    pub async fn step_up(
        &self,
        user: &UserId,
        first: impl Into<FirstFactorCheck>,
        code: impl TryInto<Answer, Error: Into<Denial>>,
        purpose: StepUpPurpose,
    ) -> Result<StepUpGranted, Error> {
        let answer = self.read(code)?;
        self.run(
            user,
            &GrantStepUp {
                first: first.into(),
                answer,
                purpose,
            },
        )
        .await
    }

    /// Spends a step-up token before an action of the application.
    ///
    /// ```no_run
    /// # use countersign::account::StepUpPurpose;
    /// # use countersign::{FirstFactor, Mfa, UserId};
    /// # type AnyError = Box<dyn std::error::Error>;
    /// # async fn transfer(mfa: Mfa, user: UserId, code: &str) -> Result<(), AnyError> {
    /// let purpose = StepUpPurpose::app("transfer")?;
    /// let first = FirstFactor::password_at(mfa.now()?);
    /// let granted = mfa.step_up(&user, first, code, purpose.clone()).await?;
    /// // In the request that transfers:
    /// mfa.redeem_step_up(&user, &granted.token, purpose).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the token's fault. A token of another user or purpose is
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
}
