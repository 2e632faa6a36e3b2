//! Sets of recovery codes.

use super::*;
use crate::entropy::SystemEntropy;

fn owner(user: &UserId) -> Owner<'_> {
    Owner {
        user,
        audience: "tests",
    }
}

fn issue(policy: RecoveryCodePolicy, owner: Owner<'_>) -> Issued {
    let now = Timestamp::from_unix(0);
    let Ok(issued) = RecoveryCodeSet::issue(policy, owner, now, Random(&SystemEntropy)) else {
        panic!("no set was issued");
    };
    issued
}

/// The stored hash of a code in this set.
fn keyed(set: &RecoveryCodeSet, owner: Owner<'_>, code: &RecoveryCode) -> [u8; KEYED] {
    keyed_hash(&set.key, ISSUED, owner, set.id, code.bytes())
}

#[test] // S-18
fn codes_of_112_bits_and_more_are_stored_under_hmac_sha_256() {
    let user = UserId::from(1_u32);
    let owner = owner(&user);
    for letters in [24, 32] {
        let Issued { set, codes } = issue(RecoveryCodePolicy::standard().letters(letters), owner);
        assert!(codes.iter().all(|code| code.bytes().len() * 8 >= 112));
        // The hashed codes occur in the set in no other form.
        let key = set.key.as_bytes();
        assert_eq!(set.entries.len(), 10);
        for (entry, code) in set.entries.iter().zip(&codes) {
            let mut mac: hmac::Hmac<sha2::Sha256> = hmac::KeyInit::new_from_slice(key).unwrap();
            for part in [
                b"countersign recovery code v1",
                "tests".as_bytes(),
                user.as_str().as_bytes(),
                set.id.as_bytes(),
                code.bytes(),
            ] {
                mac.update(&(part.len() as u64).to_be_bytes());
                mac.update(part);
            }
            assert_eq!(*entry, mac.finalize().into_bytes()[..KEYED]);
        }
    }
}

#[test] // S-43
fn every_entry_is_compared() {
    let user = UserId::from(1_u32);
    let owner = owner(&user);
    let Issued { mut set, codes } = issue(RecoveryCodePolicy::standard(), owner);
    for (number, code) in (1..=10).zip(&codes) {
        let hash = keyed(&set, owner, code);
        assert_eq!(set.find(&hash), number);
        // A used entry is compared as well.
        set.spend(number, Timestamp::from_unix(0));
        assert_eq!(set.find(&hash), number);
    }
    // If the search stopped at the first match, it would find the first of two equal entries.
    let second = set.entries[1];
    set.entries[8] = second;
    assert_eq!(set.find(&second), 9);
}

#[test]
fn a_code_that_was_used_is_used_however_often_the_record_says_so() {
    let user = UserId::from(1_u32);
    let owner = owner(&user);
    let Issued { mut set, codes } = issue(RecoveryCodePolicy::standard(), owner);
    let lookup = |set: &RecoveryCodeSet| set.lookup(&codes[2].clone().into(), owner);
    assert_eq!(lookup(&set), Lookup::Live(3));
    for _ in 0..3 {
        set.spend(3, Timestamp::from_unix(1));
        assert_eq!(lookup(&set), Lookup::Used(3));
    }
}

#[test]
fn a_set_that_no_policy_issues_is_not_sound() {
    let user = UserId::from(1_u32);
    let owner = owner(&user);
    let Issued { set, .. } = issue(RecoveryCodePolicy::standard(), owner);
    assert!(set.is_sound());

    let hashes = |count| RecoveryCodeSet {
        entries: vec![[0; KEYED]; count],
        ..set.clone()
    };
    for count in [0, 17, 300] {
        assert!(!hashes(count).is_sound(), "{count} hashes");
    }
    assert!(hashes(16).is_sound());
    for letters in [16, 25] {
        let set = RecoveryCodeSet {
            letters,
            ..set.clone()
        };
        assert!(!set.is_sound(), "{letters} letters");
    }
    // A set without letters is imported, and may have a single code.
    for (count, sound) in [(0, false), (1, true), (16, true), (17, false)] {
        let imported = RecoveryCodeSet {
            letters: 0,
            ..hashes(count)
        };
        assert_eq!(imported.is_sound(), sound, "{count} imported hashes");
    }
}
