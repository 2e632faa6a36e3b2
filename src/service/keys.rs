//! Rotation of master keys.

use std::collections::BTreeMap;

use super::{Error, Mfa, trace};
use crate::account::Reseal;
use crate::keys::KeyId;
use crate::store::UserDirectory;
use crate::user::UserId;

/// Users a page.
const PAGE: usize = 256;

/// What [`Mfa::reseal_all`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResealReport {
    /// Users that were looked at.
    pub users: u64,
    /// Users that still have a secret which does not open, or whose record cannot be used or is being changed.
    pub failed: Vec<UserId>,
}

/// How many users still need which master key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyUsage {
    /// Users that have a secret sealed under each key. A key that is missing here can be retired as soon as the
    /// tokens that it signed are over, and dropped when no backup needs it.
    pub users_by_key: BTreeMap<KeyId, u64>,
    /// Users whose record cannot be read, so that it is not known.
    pub unreadable: Vec<UserId>,
}

/// Rotating the master keys, over a store that can list its users.
impl<S: UserDirectory> Mfa<S> {
    /// Seals everybody's secrets under the current master key, a page of users at a time, while the service runs.
    ///
    /// A record is re-sealed anyway when it is next committed; this reaches those who do not sign in. It may be stopped
    /// and run again.
    ///
    /// # Errors
    ///
    /// What broke in the store. Users whose secrets do not open are in the report.
    pub async fn reseal_all(&self) -> Result<ResealReport, Error<S::Error>> {
        let mut report = ResealReport::default();
        let mut page = self.page(None).await?;
        while let Some(last) = page.last().cloned() {
            for user in page {
                report.users += 1;
                match self.run(&user, &Reseal).await {
                    Ok(0) => {}
                    Ok(_) | Err(Error::Contended | Error::Keys(_) | Error::Record(_)) => {
                        report.failed.push(user)
                    }
                    Err(error) => return Err(error),
                }
            }
            page = self.page(Some(&last)).await?;
        }
        Ok(report)
    }

    /// Counts which master keys are still needed.
    ///
    /// # Errors
    ///
    /// What broke in the store. Users whose record cannot be read are in the report.
    pub async fn key_usage(&self) -> Result<KeyUsage, Error<S::Error>> {
        let mut usage = KeyUsage::default();
        let mut page = self.page(None).await?;
        while let Some(last) = page.last().cloned() {
            for user in page {
                let account = match self.load(&user).await {
                    Ok((account, _)) => account,
                    Err(Error::Record(_)) => {
                        usage.unreadable.push(user);
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                let mut keys: Vec<_> = account.key_ids().cloned().collect();
                keys.sort();
                keys.dedup();
                for key in keys {
                    *usage.users_by_key.entry(key).or_default() += 1;
                }
            }
            page = self.page(Some(&last)).await?;
        }
        Ok(usage)
    }

    async fn page(&self, after: Option<&UserId>) -> Result<Vec<UserId>, Error<S::Error>> {
        let page = self.store.users(after, PAGE).await;
        trace::observed("users", page.map_err(Error::Store))
    }
}
