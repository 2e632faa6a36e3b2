//! What this repository's benches and fuzz targets need and an application must not use.
//!
//! It is no part of the API: the feature `internals` may change or go in any release.

use std::fmt;

use crate::account::{Account, Record};
use crate::entropy::{Random, SystemEntropy};
use crate::id::AuthenticatorId;
use crate::keys::{Keyring, Purpose, Seal, Sealed, Vault};
use crate::recovery_codes::{Lookup, Owner, RecoveryCode, RecoveryPolicy, RecoverySet};
use crate::secret::Secret;
use crate::store::Stored;
use crate::time::Timestamp;
use crate::token::{self, Scope, Token};
use crate::user::UserId;

const RANDOM: Random<'_> = Random(&SystemEntropy);

/// The keys of one service, as [`Mfa`](crate::Mfa) holds them.
pub struct Keys(Vault);

impl Keys {
    /// The keyring, bound to a policy's audience.
    #[must_use]
    pub fn new(keyring: Keyring, audience: &str) -> Self {
        Self(Vault::new(keyring, audience))
    }

    /// Puts the right MAC under anything at all in the place of a token's claims.
    #[must_use]
    pub fn sign<S: Scope>(&self, claims: &[u8], binding: Option<&[u8]>) -> Token<S> {
        token::sign(&self.0, binding, |body| body.extend_from_slice(claims))
    }

    /// Reads a token and writes its claims again, which gives the same token; `None` if it does not
    /// read.
    #[must_use]
    pub fn rewrite<S: Scope>(&self, token: &Token<S>, binding: Option<&[u8]>) -> Option<Token<S>> {
        let claims = token::read(token, &self.0, binding)?;
        Some(token::write(&claims, &self.0, binding))
    }

    /// Whether a token reads: all that is checked before the account is loaded.
    #[must_use]
    pub fn reads<S: Scope>(&self, token: &Token<S>, binding: Option<&[u8]>) -> bool {
        token::read(token, &self.0, binding).is_some()
    }

    /// Seals a user's OTP key as a record holds it; `None` if the system's generator fails.
    #[must_use]
    pub fn seal_secret(&self, user: &UserId, secret: &Secret) -> Option<SealedSecret> {
        let (user, id) = (user.clone(), AuthenticatorId::random(RANDOM).ok()?);
        let sealed = place(&user, &id).seal(&self.0, secret.expose_bytes(), RANDOM);
        sealed.ok().map(|sealed| SealedSecret { user, id, sealed })
    }

    /// Opens it, as every check of a code does.
    #[must_use]
    pub fn open_secret(&self, secret: &SealedSecret) -> Option<Secret> {
        let opened = place(&secret.user, &secret.id).open(&self.0, &secret.sealed);
        Secret::from_bytes(&opened.ok()?).ok()
    }

    /// Draws the standard set of recovery codes; `None` if the system's generator fails.
    #[must_use]
    pub fn draw_set(&self, user: &UserId) -> Option<(DrawnSet, Vec<RecoveryCode>)> {
        let (policy, now) = (RecoveryPolicy::standard(), Timestamp::from_unix(0));
        let issued = RecoverySet::issue(policy, self.owner(user), now, RANDOM).ok()?;
        let set = DrawnSet {
            user: user.clone(),
            set: issued.set,
        };
        Some((set, issued.codes))
    }

    /// The number of a presented code.
    #[must_use]
    pub fn find(&self, set: &DrawnSet, code: &RecoveryCode) -> Option<u8> {
        match set.set.lookup(&code.clone().into(), self.owner(&set.user)) {
            Ok(Lookup::Live(number)) => Some(number),
            _ => None,
        }
    }

    /// What a presented code is to a set, to be timed and not looked at.
    pub fn look_up(&self, set: &DrawnSet, code: &RecoveryCode) -> impl Sized + use<> {
        set.set.lookup(&code.clone().into(), self.owner(&set.user))
    }

    fn owner<'a>(&'a self, user: &'a UserId) -> Owner<'a> {
        Owner {
            user,
            vault: &self.0,
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// A sealed OTP key and whose it is.
#[derive(Debug)]
pub struct SealedSecret {
    user: UserId,
    id: AuthenticatorId,
    sealed: Sealed,
}

/// A set of recovery codes and whose it is.
#[derive(Clone, Debug)]
pub struct DrawnSet {
    user: UserId,
    set: RecoverySet,
}

impl DrawnSet {
    /// Marks a code as used.
    pub fn spend(&mut self, number: u8) {
        self.set.spend(number, Timestamp::from_unix(0));
    }

    /// Makes every hash that of the code `number`, but for one bit of this byte.
    pub fn make_near_misses(&mut self, number: u8, byte: usize) {
        self.set.make_near_misses(number, byte);
    }
}

/// A record as the account machine reads it.
#[derive(Debug, PartialEq, Eq)]
pub struct DecodedRecord(Account);

impl DecodedRecord {
    /// What an operation decides on; `None` if the record cannot be read.
    #[must_use]
    pub fn read(stored: &Stored) -> Option<Self> {
        Account::read(&stored.record, stored.version).ok().map(Self)
    }

    /// The record again, as of the same commit.
    #[must_use]
    pub fn write(&self) -> Option<Record> {
        serde_json::to_vec(&self.0).ok().map(Record::from_bytes)
    }
}

fn place<'a>(user: &'a UserId, id: &'a AuthenticatorId) -> Seal<'a> {
    Seal {
        purpose: Purpose::Authenticator,
        user,
        subject: id.as_bytes(),
    }
}
