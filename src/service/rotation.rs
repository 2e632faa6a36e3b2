//! Rotation of master keys.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::{Directory, Error, Mfa, trace};
use crate::account::Reseal;
use crate::keys::{KeyError, KeyId, Keyring, KeyringError, Vault};
use crate::user::UserId;

/// What [`Directory::reseal_all`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResealReport {
    /// Users that were looked at.
    pub users: u64,
    /// Users whose record cannot be opened or read, or is being changed.
    pub failed: Vec<UserId>,
}

/// How many users still need which master key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyUsage {
    /// The number of users whose record is sealed under each key. A key that is missing here can be
    /// retired once its tokens have expired, and dropped once no backup needs it.
    pub users_by_key: BTreeMap<KeyId, u64>,
    /// Users whose record names no key.
    pub unreadable: Vec<UserId>,
}

/// The [`KeyUsage`] of a page of users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyUsagePage {
    /// The use of this page alone.
    pub usage: KeyUsage,
    /// The last user of the page, after whom the next page begins; `None` if the page is empty.
    pub next: Option<UserId>,
}

/// Rotating the master keys.
impl Mfa {
    /// Replaces the keyring, for this `Mfa` and all its clones. Operations that have begun keep
    /// their keyring.
    ///
    /// # Errors
    ///
    /// [`KeyringError::CurrentMissing`] if the new keyring lacks the present current key or has
    /// retired it, because records that were sealed a moment ago have to open.
    pub fn reload_keys(&self, keyring: Keyring) -> Result<(), KeyringError> {
        let vault = Vault::new(keyring, &self.shared.policy.audience);
        let present = self.shared.vault.write();
        let mut present = present.unwrap_or_else(PoisonError::into_inner);
        if !vault.succeeds(&present) {
            return Err(KeyringError::CurrentMissing);
        }
        *present = Arc::new(vault);
        Ok(())
    }

    async fn key_of_record(&self, user: &UserId) -> Result<Option<Result<KeyId, KeyError>>, Error> {
        let stored = self.store.load(user).await.map_err(Error::Store);
        let stored = trace::observed("key_usage", Some(user), stored)?;
        Ok(stored.map(|stored| stored.record.key()))
    }
}

/// Rotating the master keys, over a store that can list its users.
impl Directory {
    /// Commits each record that is not sealed under the current master key, a page of users at a
    /// time. The service keeps running.
    ///
    /// Any commit moves a record to the current key. This call also moves the records of users who
    /// do not sign in. It may be stopped and run again.
    ///
    /// # Errors
    ///
    /// The fault of the store. The report names users whose record cannot be opened.
    ///
    /// # Security
    ///
    /// A record under a *retired* key is accepted and sealed under the current key. Drop a leaked
    /// key from the keyring before you call this: a person who has the key and writes to the
    /// database could have sealed any record under it.
    pub async fn reseal_all(&self) -> Result<ResealReport, Error> {
        let mut report = ResealReport::default();
        let mut page = self.users(None).await?;
        while let Some(last) = page.last().cloned() {
            for user in page {
                report.users += 1;
                match self.mfa.run(&user, &Reseal).await {
                    Ok(()) => {}
                    Err(Error::Contended | Error::Keys(_) | Error::Record(_)) => {
                        report.failed.push(user)
                    }
                    Err(error) => return Err(error),
                }
            }
            page = self.users(Some(&last)).await?;
        }
        Ok(report)
    }

    /// Counts under which master keys records are sealed. No record is opened.
    ///
    /// A call looks at every user. [`key_usage_after`](Self::key_usage_after) counts a page of
    /// users.
    ///
    /// # Errors
    ///
    /// What broke in the store. Users whose record names no key are in the report.
    pub async fn key_usage(&self) -> Result<KeyUsage, Error> {
        let mut usage = KeyUsage::default();
        let mut next = None;
        loop {
            let page = self.key_usage_after(next.as_ref()).await?;
            for (key, users) in page.usage.users_by_key {
                *usage.users_by_key.entry(key).or_default() += users;
            }
            usage.unreadable.extend(page.usage.unreadable);
            next = page.next;
            if next.is_none() {
                return Ok(usage);
            }
        }
    }

    /// The [`key_usage`](Self::key_usage) of the next page of users after `after`, for a count that
    /// goes on over hours and may be interrupted.
    ///
    /// # Errors
    ///
    /// As for [`key_usage`](Self::key_usage).
    pub async fn key_usage_after(&self, after: Option<&UserId>) -> Result<KeyUsagePage, Error> {
        let users = self.users(after).await?;
        let mut page = KeyUsagePage {
            next: users.last().cloned(),
            ..Default::default()
        };
        for user in users {
            match self.mfa.key_of_record(&user).await? {
                Some(Ok(key)) => *page.usage.users_by_key.entry(key).or_default() += 1,
                Some(Err(_)) => page.usage.unreadable.push(user),
                None => {}
            }
        }
        Ok(page)
    }
}
