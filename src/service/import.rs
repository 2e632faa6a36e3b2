//! Moving over from another service.

use super::{Error, Mfa};
use crate::account::{Import, ImportAuthenticator, Imported};
use crate::denial::Denial;
use crate::user::UserId;

/// What [`Mfa::import_all`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// Authenticators that were bound.
    pub imported: u64,
    /// Authenticators that were bound before, as when an import is run again.
    pub already_bound: u64,
    /// Users whose key is shorter than 16 bytes: ask them to enrol again.
    pub weak_keys: Vec<UserId>,
    /// What was refused, and why.
    pub refused: Vec<(UserId, Denial)>,
}

/// Moving over from another service.
impl Mfa {
    /// Binds an authenticator that another service enrolled, for which the host vouches. No session
    /// ends, and the user is not told: nothing changed for them.
    ///
    /// Unless it [brings some along](Import::recovery_codes), the account has no recovery codes
    /// then: a login hands out none, since one relayed code would be worth ten. The
    /// [status](Self::status) says that there are none, and
    /// [regenerating](Self::regenerate_recovery_codes) issues the first set.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`KeyAlreadyBound`](Denial::KeyAlreadyBound),
    /// [`WeakKey`](Denial::WeakKey), [`PeriodTooLong`](Denial::PeriodTooLong),
    /// [`TooManyAuthenticators`](Denial::TooManyAuthenticators),
    /// [`InvalidName`](Denial::InvalidName), [`ResetPending`](Denial::ResetPending),
    /// [`UnusableRecoveryCodes`](Denial::UnusableRecoveryCodes) or [`Locked`](Denial::Locked).
    pub async fn import(&self, user: &UserId, import: Import) -> Result<Imported, Error> {
        self.run(user, &ImportAuthenticator { import }).await
    }

    /// [Imports](Self::import) the authenticators of many users, one commit each. The report lists
    /// refused imports, which do not stop the others. It may be run again.
    ///
    /// # Errors
    ///
    /// The first technical failure. Earlier imports are committed.
    pub async fn import_all<I>(&self, imports: I) -> Result<ImportReport, Error>
    where
        I: IntoIterator<Item = (UserId, Import), IntoIter: Send>,
    {
        let mut report = ImportReport::default();
        for (user, import) in imports {
            let weak = import.has_weak_key();
            match self.import(&user, import).await {
                Ok(_) => report.imported += 1,
                Err(Error::Denied(Denial::KeyAlreadyBound)) => report.already_bound += 1,
                Err(Error::Denied(denial)) => {
                    report.refused.push((user, denial));
                    continue;
                }
                Err(error) => return Err(error),
            }
            if weak {
                report.weak_keys.push(user);
            }
        }
        Ok(report)
    }
}
