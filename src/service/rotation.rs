//! Rotation of master keys.

use std::collections::BTreeMap;

use super::{Directory, Error};
use crate::account::Reseal;
use crate::keys::KeyId;
use crate::user::UserId;

/// What [`Directory::reseal_all`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResealReport {
    /// Users that were looked at.
    pub users: u64,
    /// Users that still have a secret which does not open, or whose record cannot be used or is
    /// being changed.
    pub failed: Vec<UserId>,
}

/// How many users still need which master key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyUsage {
    /// Users that have a secret sealed under each key. A key that is missing here can be retired as
    /// soon as the tokens that it signed are over, and dropped when no backup needs it.
    pub users_by_key: BTreeMap<KeyId, u64>,
    /// Users whose record cannot be read, so that it is not known.
    pub unreadable: Vec<UserId>,
}

/// Rotating the master keys, over a store that can list its users.
impl Directory {
    /// Seals everybody's secrets under the current master key, a page of users at a time, while the
    /// service runs.
    ///
    /// A record is re-sealed anyway when it is next committed; this reaches those who do not sign
    /// in. It may be stopped and run again.
    ///
    /// # Errors
    ///
    /// What broke in the store. Users whose secrets do not open are in the report.
    pub async fn reseal_all(&self) -> Result<ResealReport, Error> {
        let mut report = ResealReport::default();
        let mut page = self.users(None).await?;
        while let Some(last) = page.last().cloned() {
            for user in page {
                report.users += 1;
                match self.mfa.run(&user, &Reseal).await {
                    Ok(0) => {}
                    Ok(_) | Err(Error::Contended | Error::Keys(_) | Error::Record(_)) => {
                        report.failed.push(user)
                    }
                    Err(error) => return Err(error),
                }
            }
            page = self.users(Some(&last)).await?;
        }
        Ok(report)
    }

    /// Counts which master keys are still needed.
    ///
    /// # Errors
    ///
    /// What broke in the store. Users whose record cannot be read are in the report.
    pub async fn key_usage(&self) -> Result<KeyUsage, Error> {
        let mut usage = KeyUsage::default();
        let mut page = self.users(None).await?;
        while let Some(last) = page.last().cloned() {
            for user in page {
                let account = match self.mfa.load(&user).await {
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
            page = self.users(Some(&last)).await?;
        }
        Ok(usage)
    }
}
