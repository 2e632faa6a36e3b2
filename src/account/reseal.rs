//! Moving an account's secrets under the current master key.

use super::denial::Halt;
use super::draft::{Command, Draft};
use super::record::Account;
use crate::entropy::RngError;
use crate::keys::{KeyId, Purpose, Seal, Sealed};

/// Seals the account's secrets again that are under an older key.
pub(crate) struct Reseal;

impl Command for Reseal {
    const OPERATION: &'static str = "reseal_all";
    /// How many secrets do not open, and so stay as they are.
    type Outcome = u64;
    const WHEN_LOCKED: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<u64, Halt> {
        Ok(draft.reseal()?)
    }
}

impl Draft<'_> {
    /// Every commit does this on the way. What does not open is left for whoever needs it to report: a changed password
    /// must not fail because of a lost key.
    pub(super) fn reseal(&mut self) -> Result<u64, RngError> {
        let context = self.context;
        let mut unopened = 0;
        for (purpose, subject, sealed) in self.account.seals_mut() {
            if sealed.key() == context.vault.current() {
                continue;
            }
            let seal = Seal {
                purpose,
                user: context.user,
                subject: &subject,
            };
            match seal.open(context.vault, sealed) {
                Ok(secret) => *sealed = seal.seal(context.vault, &secret, context.random)?,
                Err(_) => unopened += 1,
            }
        }
        Ok(unopened)
    }
}

impl Account {
    /// Everything that is sealed, with what it is the secret of.
    fn seals_mut(&mut self) -> impl Iterator<Item = (Purpose, [u8; 12], &mut Sealed)> {
        let authenticators = self
            .authenticators
            .iter_mut()
            .map(|bound| (bound.id, &mut bound.key));
        let pending = self
            .pending
            .iter_mut()
            .map(|pending| (pending.id, &mut pending.key));
        let keys = authenticators
            .chain(pending)
            .map(|(id, key)| (Purpose::Authenticator, *id.as_bytes(), key));
        let sets = self
            .recovery
            .iter_mut()
            .map(|set| (Purpose::RecoverySet, *set.id.as_bytes(), &mut set.key));
        keys.chain(sets)
    }

    /// The master keys that the account's secrets are sealed under.
    pub(crate) fn key_ids(&self) -> impl Iterator<Item = &KeyId> {
        let authenticators = self.authenticators.iter().map(|bound| &bound.key);
        let pending = self.pending.iter().map(|pending| &pending.key);
        let sets = self.recovery.iter().map(|set| &set.key);
        authenticators.chain(pending).chain(sets).map(Sealed::key)
    }
}
