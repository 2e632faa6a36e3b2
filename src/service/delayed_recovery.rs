//! Delayed recovery.

use super::{Directory, Error, Mfa, Openable, trace};
use crate::account::{
    CancelDelayedRecovery, Command, CompleteDelayedRecovery, DelayedRecoveryStatus,
    RequestDelayedRecovery, Settle,
};
use crate::limits::PAGE;
use crate::time::Timestamp;
use crate::token::{self, Challenge, EnrollmentGrant, Token};
use crate::user::UserId;

/// The result of [`Directory::run_due`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueReport {
    /// Users for whom something was due and was done.
    pub settled: u64,
    /// Users whose record cannot be used, or changes at this moment. They stay due.
    pub failed: Vec<UserId>,
}

/// Delayed recovery, for a user who lost phone and recovery codes, if the policy allows it.
impl Mfa {
    /// Requests a delayed recovery for a user who lost authenticator and recovery codes. The
    /// challenge of a login proves the password, and is spent.
    ///
    /// The user is told now, again before the wait is over, and when it is over. Until then the
    /// recovery is cancelled by a verified authenticator or recovery code, a
    /// [cancellation](Self::cancel_delayed_recovery), a changed password, or anything else that
    /// begins a new epoch. A failed second factor restarts the wait, at most twice. Meanwhile no
    /// trusted device passes.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](crate::Denial::MethodUnavailable) if the policy
    /// has no delayed recovery, [`DelayedRecoveryPending`](crate::Denial::DelayedRecoveryPending),
    /// [`Throttled`](crate::Denial::Throttled) after two requests in 30 days, or the token's fault.
    pub async fn request_delayed_recovery(
        &self,
        challenge: impl Openable<Challenge>,
    ) -> Result<DelayedRecoveryStatus, Error> {
        let claims = self.claims(challenge)?;
        let user = claims.user.clone();
        self.run(&user, &RequestDelayedRecovery { claims }).await
    }

    /// Completes the recovery with the challenge of a new login. The result grants [an
    /// enrolment](Self::start_granted_enrollment) and nothing else. Confirming the new
    /// authenticator removes the old ones. Until then they stay.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`DelayedRecoveryWaiting`](crate::Denial::DelayedRecoveryWaiting),
    /// [`NoDelayedRecovery`](crate::Denial::NoDelayedRecovery) or the token's fault.
    pub async fn complete_delayed_recovery(
        &self,
        challenge: impl Openable<Challenge>,
    ) -> Result<Token<EnrollmentGrant>, Error> {
        let claims = self.claims(challenge)?;
        let user = claims.user.clone();
        self.run(&user, &CompleteDelayedRecovery { claims }).await
    }

    /// Cancels a delayed recovery from a session.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NoDelayedRecovery`](crate::Denial::NoDelayedRecovery).
    pub async fn cancel_delayed_recovery(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &CancelDelayedRecovery::Session).await
    }

    /// Cancels a delayed recovery by the token in the link of its notification. Call it when a
    /// button is pressed and not when the link is opened, because mail scanners open links.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NoDelayedRecovery`](crate::Denial::NoDelayedRecovery) if the case
    /// is over, or with the fault of the token.
    pub async fn cancel_delayed_recovery_by_token(
        &self,
        token: impl Openable<token::CancelDelayedRecovery>,
    ) -> Result<(), Error> {
        let claims = self.claims(token)?;
        let user = claims.user.clone();
        self.run(&user, &CancelDelayedRecovery::Token(claims)).await
    }
}

/// The steps that are due by the clock alone, over a store that can list its users.
impl Directory {
    /// Takes the steps that are due by the clock alone: the reminders of delayed recoveries and
    /// their end, and the messages about logins that nobody completed: those with a wrong code, and
    /// all of them [where the policy says so](crate::Policy::tell_unanswered). Call it from a
    /// scheduler every few minutes.
    ///
    /// `now` is the moment up to which the directory is asked. This service's own clock decides
    /// each step, in a commit of the user's record. Therefore several machines may call it at once,
    /// and nobody is told twice.
    ///
    /// # Errors
    ///
    /// What broke in the store. Users who could not be served are in the report.
    pub async fn run_due(&self, now: Timestamp) -> Result<DueReport, Error> {
        let mut report = DueReport::default();
        let mut after: Option<UserId> = None;
        loop {
            let due = self.store.due(now, after.as_ref(), PAGE).await;
            let due = trace::observed(Settle::OPERATION, None, due.map_err(Error::Store))?;
            let Some(last) = due.last().cloned() else {
                return Ok(report);
            };
            for user in due {
                match self.mfa.run(&user, &Settle).await {
                    Ok(settled) => report.settled += u64::from(settled),
                    Err(Error::Store(error)) => return Err(Error::Store(error)),
                    Err(_) => report.failed.push(user),
                }
            }
            after = Some(last);
        }
    }
}
