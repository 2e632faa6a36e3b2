//! What an administrator may do.

use super::{Error, Mfa};
use crate::account::{Intervene, Intervention, Measure};
use crate::session::SessionChange;
use crate::store::Lost;
use crate::user::UserId;

/// What an administrator may do.
impl Mfa {
    /// Removes the second factor of a user who lost it. The administrator neither chooses nor sees
    /// a new one.
    ///
    /// All sessions end, and no login succeeds before the user has enrolled again. Enrolling takes
    /// the grant in the notification of the reset
    /// ([`Links::enroll`](crate::notify::Links::enroll)). The notification goes to the confirmed
    /// address, so that a thief of the password cannot bind a phone first. The grant is good once,
    /// for 24 hours. A reset may be repeated, and the newest reset ends the grants of earlier ones.
    /// A lock stays: unlock the account too, or the mailed grant is refused.
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

    /// Unlocks an account as an administrator. Earlier tokens that lock the account are dead. No
    /// session has to end, because a locked account has none.
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

    /// Puts an account that is reset *and* locked in place of a record that is lost, as an
    /// administrator. Its user signs in again once the account is unlocked and they have enrolled
    /// with the grant in the notification, as after
    /// [`admin_reset_account`](Self::admin_reset_account).
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NotLost`](crate::Denial::NotLost) unless the record is lost in just
    /// that way, [`InvalidName`](crate::Denial::InvalidName) or
    /// [`ReasonRequired`](crate::Denial::ReasonRequired).
    ///
    /// # Security
    ///
    /// What the record knew is gone: the second factor, used codes, budgets and a lock. Restore the
    /// row or the key instead if you can, and find out who damaged or deleted it.
    pub async fn dangerous_replace_unreadable(
        &self,
        user: &UserId,
        intervention: Intervention,
        lost: Lost,
    ) -> Result<SessionChange, Error> {
        let measure = Measure::Replace(lost);
        self.intervene(user, measure, intervention).await
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
