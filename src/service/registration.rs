//! A record for everybody.

use super::{Error, Mfa};
use crate::account::{Denial, Register};
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

/// A record for everybody.
impl Mfa {
    /// Gives a new user an empty record. Call it at sign-up and nowhere else, before the account can be signed in to, with an
    /// id that was never used before. Of two calls at once one registers the user.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`AlreadyRegistered`](Denial::AlreadyRegistered), or what broke.
    ///
    /// # Security
    ///
    /// A call at a login would make of a lost record an empty one, which is what
    /// [`every_user_has_a_record`](crate::Policy::every_user_has_a_record) is against.
    pub async fn register(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &Register).await
    }

    /// [Registers](Self::register) the users there are, one commit each, on the day on which
    /// [`every_user_has_a_record`](crate::Policy::every_user_has_a_record) is turned on, and before it is. Who has a record keeps
    /// it. It may be run again until the policy is on, and no more then.
    ///
    /// # Errors
    ///
    /// What broke. Those before it are registered.
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
}
