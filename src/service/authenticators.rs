//! The authenticators of an account.

use super::{Error, Mfa};
use crate::account::{AuthenticatorStatus, Remove, Rename};
use crate::id::AuthenticatorId;
use crate::reauthentication::Reauthentication;
use crate::session::SessionChange;
use crate::user::UserId;

/// The authenticators that are bound, from a session.
impl Mfa {
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

    /// Removes an authenticator that is not the last, with password and code. It is dead at once,
    /// and other sessions end.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`UnknownAuthenticator`](crate::Denial::UnknownAuthenticator),
    /// [`LastAuthenticator`](crate::Denial::LastAuthenticator),
    /// [`RequiredByPolicy`](crate::Denial::RequiredByPolicy) for the last one of a user whose
    /// second factor is [due](crate::policy::Requirement), or the refusal of the proof.
    pub async fn remove_authenticator(
        &self,
        user: &UserId,
        id: AuthenticatorId,
        proof: Reauthentication,
    ) -> Result<SessionChange, Error> {
        self.run(user, &Remove { id, proof }).await
    }
}
