//! A stolen account: locking it, and what an administrator may do.

use super::{Error, Mfa, Openable};
use crate::account::{Intervene, Intervention, Lock, Measure, SessionChange};
use crate::token::LockAccount;
use crate::user::UserId;

/// An account that was locked by the token of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountLocked {
    /// Whose it is.
    pub user: UserId,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

/// A stolen account, and what an administrator may do.
impl Mfa {
    /// Locks the account from a session. Until an administrator unlocks it, every operation of its user is refused with
    /// [`Locked`](crate::Denial::Locked), but for [`status`](Self::status), a [changed password](Self::password_changed) and
    /// [erasure](Self::erase_user). Locking it again changes nothing.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn lock_account(&self, user: &UserId) -> Result<SessionChange, Error> {
        self.run(user, &Lock::Session).await
    }

    /// Locks the account by the token of a notification. Do it when a button is pressed, not when the link is opened: mail
    /// scanners open links.
    ///
    /// The token is good for seven days, again and again, and dead once the account was unlocked after it was issued.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the token's fault.
    pub async fn lock_account_by_token(
        &self,
        token: impl Openable<LockAccount>,
    ) -> Result<AccountLocked, Error> {
        let claims = self.claims(token)?;
        let user = claims.user.clone();
        let sessions = self.run(&user, &Lock::Token(claims)).await?;
        Ok(AccountLocked { user, sessions })
    }

    /// Removes the second factor of somebody who lost it, as an administrator, who neither chooses nor sees a new one.
    ///
    /// All sessions end, and no login succeeds before the user has enrolled anew: with the grant in the notification of the
    /// reset ([`Links::enroll`](crate::notify::Links::enroll)), which goes to the confirmed address, so that a stolen
    /// password does not bind the thief's phone first. It is good for 24 hours, once. A reset may be repeated; the newest
    /// ends the grants of those before it. A lock stays: unlock the account, too, or the mailed grant is refused.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NotEnrolled`](crate::Denial::NotEnrolled),
    /// [`InvalidName`](crate::Denial::InvalidName) or [`ReasonRequired`](crate::Denial::ReasonRequired).
    pub async fn admin_reset_account(
        &self,
        user: &UserId,
        intervention: Intervention,
    ) -> Result<SessionChange, Error> {
        self.intervene(user, Measure::Reset, intervention).await
    }

    /// Locks an account as an administrator.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`InvalidName`](crate::Denial::InvalidName) or
    /// [`ReasonRequired`](crate::Denial::ReasonRequired).
    pub async fn admin_lock_account(
        &self,
        user: &UserId,
        intervention: Intervention,
    ) -> Result<SessionChange, Error> {
        self.intervene(user, Measure::Lock, intervention).await
    }

    /// Unlocks an account as an administrator. Tokens that lock it and were issued before are dead. No session has to end: there
    /// is none.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`InvalidName`](crate::Denial::InvalidName) or
    /// [`ReasonRequired`](crate::Denial::ReasonRequired).
    pub async fn admin_unlock_account(
        &self,
        user: &UserId,
        intervention: Intervention,
    ) -> Result<SessionChange, Error> {
        self.intervene(user, Measure::Unlock, intervention).await
    }

    async fn intervene(
        &self,
        user: &UserId,
        measure: Measure,
        intervention: Intervention,
    ) -> Result<SessionChange, Error> {
        let command = Intervene {
            measure,
            intervention,
        };
        self.run(user, &command).await
    }
}
