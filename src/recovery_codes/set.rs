//! A set of recovery codes in the record: keyed hashes, and the used codes.

use hmac::Mac;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::RecoveryCodePolicy;
use super::code::RecoveryCode;
use super::imported::{ImportedCode, TypedRecoveryCode};
use crate::entropy::{Random, RngError};
use crate::id::RecoveryCodeSetId;
use crate::keys::{HashKey, Tuple};
use crate::limits::IMPORTED_CODES;
use crate::time::Timestamp;
use crate::user::UserId;

/// The stored bytes of a keyed hash. HMAC-SHA-256 is truncated to 128 bits (RFC 2104 §5), which is
/// more than the 112 bits that a code needs (NIST SP 800-63B-4 §3.1.2.2).
const KEYED: usize = 16;

/// The labels in the hashes of issued and of imported codes.
const ISSUED: &[u8] = b"countersign recovery code v1";
const IMPORTED: &[u8] = b"countersign imported recovery code v1";

/// The codes of one set. A new set replaces it as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct RecoveryCodeSet {
    pub(crate) id: RecoveryCodeSetId,
    /// The random key of the hashes.
    #[cfg_attr(feature = "internals", serde(skip))]
    pub(crate) key: HashKey,
    /// Letters per code. Zero means that another service issued the codes.
    pub(crate) letters: u8,
    /// The hashes, in the order of the codes' numbers.
    pub(crate) entries: Vec<[u8; KEYED]>,
    /// The numbers of used codes, with the moments of their use.
    pub(crate) used: Vec<(u8, Timestamp)>,
    pub(crate) generated_at: Timestamp,
    /// Whether the database was restored from a backup, so that unmarked codes may have been used.
    pub(crate) stale: bool,
    /// Whether the owner said that the codes are kept.
    pub(crate) acknowledged: bool,
}

/// The owner of a set. Its codes work for no other user.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) audience: &'a str,
}

/// A new set and its codes. The codes exist nowhere else.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) set: RecoveryCodeSet,
    pub(crate) codes: Vec<RecoveryCode>,
}

/// The result of looking a code up in a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// An unused code, by number.
    Live(u8),
    /// A used code, by number.
    Used(u8),
    /// No code of this set.
    Unknown,
}

impl RecoveryCodeSet {
    /// Whether the library can have made the set. A damaged set must not silently lack codes.
    pub(crate) fn is_sound(&self) -> bool {
        if self.is_imported() {
            return (1..=IMPORTED_CODES).contains(&self.entries.len());
        }
        let policy = RecoveryCodePolicy {
            letters: self.letters,
            count: self.total(),
            low: 0,
        };
        policy.is_sound()
    }

    /// Whether the owner may not have kept the codes. The other service showed imported codes, so
    /// their owner has them.
    pub(crate) fn is_unsaved(&self) -> bool {
        !self.acknowledged && !self.is_imported()
    }

    /// Whether another service issued the codes.
    pub(crate) fn is_imported(&self) -> bool {
        self.letters == 0
    }

    /// Draws a set of codes.
    pub(crate) fn issue(
        policy: RecoveryCodePolicy,
        owner: Owner<'_>,
        now: Timestamp,
        random: Random<'_>,
    ) -> Result<Issued, RngError> {
        let codes = (1..=policy.count)
            .map(|_| RecoveryCode::random(policy.letters, random))
            .collect::<Result<Vec<_>, _>>()?;
        let texts = codes.iter().map(RecoveryCode::bytes);
        let mut set = Self::of(texts, ISSUED, owner, now, random)?;
        set.letters = policy.letters;
        Ok(Issued { set, codes })
    }

    /// Makes a set of imported codes.
    pub(crate) fn import(
        codes: &[ImportedCode],
        owner: Owner<'_>,
        now: Timestamp,
        random: Random<'_>,
    ) -> Result<Self, RngError> {
        let texts = codes.iter().map(ImportedCode::bytes);
        Self::of(texts, IMPORTED, owner, now, random)
    }

    fn of<'c>(
        codes: impl Iterator<Item = &'c [u8]>,
        kind: &[u8],
        owner: Owner<'_>,
        now: Timestamp,
        random: Random<'_>,
    ) -> Result<Self, RngError> {
        let id = RecoveryCodeSetId::random(random)?;
        let key = HashKey::random(random)?;
        let entries = codes.map(|code| keyed_hash(&key, kind, owner, id, code));
        Ok(Self {
            id,
            entries: entries.collect(),
            key,
            letters: 0,
            used: Vec::new(),
            generated_at: now,
            stale: false,
            acknowledged: false,
        })
    }

    /// Looks a code up. Every entry is compared, used ones as well.
    pub(crate) fn lookup(&self, code: &TypedRecoveryCode, owner: Owner<'_>) -> Lookup {
        let ours = code.ours.as_ref();
        let ours = ours.filter(|code| code.letters() == usize::from(self.letters));
        let (kind, bytes) = match self.is_imported() {
            true => (IMPORTED, code.imported.as_ref().map(ImportedCode::bytes)),
            false => (ISSUED, ours.map(RecoveryCode::bytes)),
        };
        let Some(bytes) = bytes else {
            return Lookup::Unknown;
        };
        let hash = keyed_hash(&self.key, kind, owner, self.id, bytes);
        self.judge(self.find(&hash))
    }

    /// Classifies entry `number` (0 = no match) without branching on which entries are used.
    fn judge(&self, number: u8) -> Lookup {
        let used = self.used.iter().map(|(used, _)| used.ct_eq(&number));
        let used = used.fold(Choice::from(0), |any, one| any | one);
        match (number, bool::from(used)) {
            (0, _) => Lookup::Unknown,
            (number, true) => Lookup::Used(number),
            (number, false) => Lookup::Live(number),
        }
    }

    /// Marks a code as used.
    pub(crate) fn spend(&mut self, number: u8, now: Timestamp) {
        self.used.push((number, now));
    }

    /// Makes every hash equal to that of the code `number`, except for one bit of this byte.
    #[cfg(feature = "internals")]
    pub(crate) fn make_near_misses(&mut self, number: u8, byte: usize) {
        let mut hash = self.entries[usize::from(number - 1)];
        hash[byte] ^= 1;
        self.entries.fill(hash);
    }

    /// When the code `number` was used.
    pub(crate) fn used_at(&self, number: u8) -> Option<Timestamp> {
        self.used
            .iter()
            .find(|(used, _)| *used == number)
            .map(|(_, at)| *at)
    }

    pub(crate) fn total(&self) -> u8 {
        u8::try_from(self.entries.len()).unwrap_or(u8::MAX)
    }

    pub(crate) fn remaining(&self) -> u8 {
        (1..=self.total())
            .map(|number| u8::from(self.used_at(number).is_none()))
            .sum()
    }

    /// The number of the entry that equals `hash`, or 0.
    fn find(&self, hash: &[u8; KEYED]) -> u8 {
        let mut found = 0_u8;
        for (entry, number) in self.entries.iter().zip(1..=u8::MAX) {
            found.conditional_assign(&number, entry.ct_eq(hash));
        }
        found
    }
}

/// HMAC-SHA-256 over the code and its owner.
fn keyed_hash(
    key: &HashKey,
    kind: &[u8],
    owner: Owner<'_>,
    set: RecoveryCodeSetId,
    code: &[u8],
) -> [u8; KEYED] {
    let mac = key
        .mac()
        .part(kind)
        .part(owner.audience.as_bytes())
        .part(owner.user.as_str().as_bytes())
        .part(set.as_bytes())
        .part(code);
    let mut hash = [0; KEYED];
    hash.copy_from_slice(&mac.finalize().into_bytes()[..KEYED]);
    hash
}

#[cfg(test)]
mod tests;
