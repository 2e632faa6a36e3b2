//! The secrets of an account, sealed.

use super::draft::Draft;
use crate::account::state::Account;
use crate::entropy::RngError;
use crate::id::AuthenticatorId;
use crate::keys::{KeyError, KeyId, Purpose, Seal, Sealed};
use crate::secret::Secret;

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

impl Draft<'_> {
    pub(crate) fn open_secret(
        &self,
        id: AuthenticatorId,
        key: &Sealed,
    ) -> Result<Secret, KeyError> {
        let opened = self.authenticator_seal(&id).open(self.context.vault, key)?;
        Secret::dangerous_from_weak_bytes(&opened).map_err(|_| KeyError::Undecryptable)
    }

    pub(crate) fn authenticator_seal<'s>(&'s self, id: &'s AuthenticatorId) -> Seal<'s> {
        Seal {
            purpose: Purpose::Authenticator,
            user: self.context.user,
            subject: id.as_bytes(),
        }
    }

    /// Every commit does this on the way. What does not open is left for whoever needs it to report: a changed password
    /// must not fail because of a lost key.
    pub(crate) fn reseal(&mut self) -> Result<u64, RngError> {
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

    pub(crate) fn seal_secret(
        &self,
        id: AuthenticatorId,
        secret: &Secret,
    ) -> Result<Sealed, RngError> {
        let (vault, random) = (self.context.vault, self.context.random);
        self.authenticator_seal(&id)
            .seal(vault, secret.expose_bytes(), random)
    }
}
