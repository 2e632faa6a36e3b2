//! Locking an account.

use super::{Error, Mfa, Openable};
use crate::account::Lock;
use crate::session::SessionChange;
use crate::token::LockAccount;
use crate::user::UserId;

/// An account that was locked by the token of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountLocked {
    /// The user of the account.
    pub user: UserId,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

/// Locking a stolen account, by its owner.
impl Mfa {
    /// Locks the account from a session. Until an administrator unlocks it, every operation of its
    /// user is refused with [`Locked`](crate::Denial::Locked), except [`status`](Self::status), a
    /// [changed password](Self::password_changed) and [erasure](Self::erase_user). Locking it again
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn lock_account(&self, user: &UserId) -> Result<SessionChange, Error> {
        self.run(user, &Lock::Session).await
    }

    /// Locks the account by the token of a notification. Call it when a button is pressed and not
    /// when the link is opened, because mail scanners open links.
    ///
    /// The token is good for seven days and any number of uses. The next unlocking ends it.
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
}
