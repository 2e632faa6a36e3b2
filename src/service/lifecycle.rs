//! The life of an account: its state, its record, and its end.

use super::{Error, Mfa, trace};
use crate::account::{Disable, Erase, PasswordChanged, Register, Status};
use crate::denial::Denial;
use crate::reauthentication::Reauthentication;
use crate::session::SessionChange;
use crate::user::UserId;

/// What [`Mfa::register_all`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistrationReport {
    /// Users who have an empty record now.
    pub registered: u64,
    /// Users who had a record before, and keep it.
    pub already_registered: u64,
    /// What was refused for another reason, and why.
    pub refused: Vec<(UserId, Denial)>,
}

/// The life of an account, from its sign-up to its end.
impl Mfa {
    /// Gives a new user an empty record. Call it at sign-up and nowhere else, before the account
    /// can be signed in to, with an id that was never used before. Of two calls at once one
    /// registers the user.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`AlreadyRegistered`](Denial::AlreadyRegistered), or what broke.
    ///
    /// # Security
    ///
    /// A call at a login would replace a lost record with an empty one, which
    /// [`every_user_has_a_record`](crate::Policy::every_user_has_a_record) is there to prevent.
    pub async fn register(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &Register).await
    }

    /// [Registers](Self::register) the existing users, one commit each, before
    /// [`every_user_has_a_record`](crate::Policy::every_user_has_a_record) is turned on. A user who
    /// has a record keeps it. It may be run again until the policy is on, and not after that,
    /// because it would replace a lost record with an empty one.
    ///
    /// # Errors
    ///
    /// What broke. The users before it are registered.
    pub async fn register_all<I>(&self, users: I) -> Result<RegistrationReport, Error>
    where
        I: IntoIterator<Item = UserId, IntoIter: Send>,
    {
        let mut report = RegistrationReport::default();
        for user in users {
            match self.register(&user).await {
                Ok(()) => report.registered += 1,
                Err(Error::Denied(Denial::AlreadyRegistered)) => report.already_registered += 1,
                Err(Error::Denied(denial)) => report.refused.push((user, denial)),
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    /// The state of an account, as the next operation will find it: under
    /// [`restored_at`](crate::MfaBuilder::restored_at) what a backup brought back has ended. It
    /// writes nothing and holds no secret.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn status(&self, user: &UserId) -> Result<Status, Error> {
        trace::observed("status", Some(user), self.state(user).await)
    }

    /// Turns the second factor off, with password and code. Authenticators and recovery codes are
    /// gone at once.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NotEnrolled`](crate::Denial::NotEnrolled),
    /// [`RequiredByPolicy`](crate::Denial::RequiredByPolicy) if a second factor is
    /// [due](crate::policy::Requirement), or the refusal of the proof. [`Error::Context`] if the
    /// policy asks each request for a requirement and this one has none.
    pub async fn disable_mfa(
        &self,
        user: &UserId,
        proof: Reauthentication,
    ) -> Result<SessionChange, Error> {
        self.run(user, &Disable { proof }).await
    }

    /// Notes that the host changed or reset the password. The second factor stays; other sessions
    /// and open challenges end, and blocks that would end by themselves are lifted.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn password_changed(&self, user: &UserId) -> Result<SessionChange, Error> {
        self.run(user, &PasswordChanged).await
    }

    /// Empties the record of a user whose account the host deletes.
    ///
    /// What stays has a new epoch, so that nothing of the old account works if the user comes back,
    /// and the moment at which the user's [grace](crate::policy::Requirement::Within) began, if it
    /// did. The audit trail stays, too, with the addresses and the user agents in it, until the
    /// store [prunes](crate::store::EventRetention) it, and so do messages in an outbox until they
    /// are delivered.
    ///
    /// # Errors
    ///
    /// Only what broke.
    pub async fn erase_user(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &Erase).await
    }
}
