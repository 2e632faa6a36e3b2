//! What this repository's benches and fuzz targets need and an application must not use.
//!
//! It is no part of the API: the feature `internals` may change or go in any release.

use std::fmt;

use zeroize::Zeroizing;

use crate::account::Account;
use crate::entropy::{Random, SystemEntropy};
use crate::keys::{Keyring, Purpose, Seal, Vault};
use crate::recovery_codes::{Lookup, Owner, RecoveryCode, RecoveryCodePolicy, RecoveryCodeSet};
use crate::store::{Record, Stored};
use crate::time::Timestamp;
use crate::token::{self, Scope, Token};
use crate::user::UserId;
use crate::version::Version;

const RANDOM: Random<'_> = Random(&SystemEntropy);

/// The keys of one service, as [`Mfa`](crate::Mfa) holds them.
pub struct Keys(Vault);

impl Keys {
    /// The keyring, bound to a policy's audience.
    #[must_use]
    pub fn new(keyring: Keyring, audience: &str) -> Self {
        Self(Vault::new(keyring, audience))
    }

    /// Puts the right MAC under anything at all in place of a token's claims.
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

    /// Opens a user's record, as every operation does; `None` if it does not open.
    #[must_use]
    pub fn open_record(&self, user: &UserId, stored: &Stored) -> Option<Zeroizing<Vec<u8>>> {
        let record = stored.record.clone();
        record.open(stored.version, &self.records(user)).ok()
    }

    /// Seals arbitrary bytes in place of a user's account. `None` if the system's generator
    /// fails.
    #[must_use]
    pub fn seal_record(&self, user: &UserId, version: Version, plaintext: &[u8]) -> Option<Stored> {
        let write = |out: &mut Vec<u8>| out.extend_from_slice(plaintext);
        let seal = self.records(user);
        let random = RANDOM.bytes().ok()?;
        let sealed = seal.seal(&version.to_bytes(), plaintext.len(), &random, write);
        let record = Record::from_bytes(sealed);
        Some(Stored { version, record })
    }

    fn records<'a>(&'a self, user: &'a UserId) -> Seal<'a> {
        Seal::new(&self.0, Purpose::Record, user)
    }

    /// Draws the standard set of recovery codes; `None` if the system's generator fails.
    #[must_use]
    pub fn draw_set(&self, user: &UserId) -> Option<(DrawnSet, Vec<RecoveryCode>)> {
        let (policy, now) = (RecoveryCodePolicy::standard(), Timestamp::from_unix(0));
        let issued = RecoveryCodeSet::issue(policy, self.owner(user), now, RANDOM).ok()?;
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
            Lookup::Live(number) => Some(number),
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
            audience: self.0.audience(),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// A set of recovery codes and whose it is.
#[derive(Clone, Debug)]
pub struct DrawnSet {
    user: UserId,
    set: RecoveryCodeSet,
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

/// An account as the machine reads it. As JSON it has the names of its fields, and no keys.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct DecodedRecord(Account);

impl DecodedRecord {
    /// What an operation decides on; `None` if the opened record cannot be read as of this version.
    #[must_use]
    pub fn read(opened: &[u8], version: Version) -> Option<Self> {
        Account::read(opened, version).ok().map(Self)
    }

    /// The opened record again, as of the same commit.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        self.0.to_bytes()
    }
}
