//! What an administrator may do.

use super::{Error, Mfa};
use crate::account::{Intervene, Intervention, Measure};
use crate::session::SessionChange;
use crate::user::UserId;

/// What an administrator may do.
impl Mfa {
    /// Removes the second factor of somebody who lost it, as an administrator, who neither chooses
    /// nor sees a new one.
    ///
    /// All sessions end, and no login succeeds before the user has enrolled anew: with the grant in
    /// the notification of the reset ([`Links::enroll`](crate::notify::Links::enroll)), which goes
    /// to the confirmed address, so that a stolen password does not bind the thief's phone first.
    /// It is good for 24 hours, once. A reset may be repeated; the newest ends the grants of those
    /// before it. A lock stays: unlock the account, too, or the mailed grant is refused.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NotEnrolled`](crate::Denial::NotEnrolled),
    /// [`InvalidName`](crate::Denial::InvalidName) or
    /// [`ReasonRequired`](crate::Denial::ReasonRequired).
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

    /// Unlocks an account as an administrator. Tokens that lock it and were issued before are dead.
    /// No session has to end: there is none.
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
