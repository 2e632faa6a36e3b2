//! What a record keeps of recovery codes.

use super::*;
use crate::entropy::SystemEntropy;

fn vault() -> Vault {
    let keyring = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse();
    Vault::new(keyring.unwrap(), "tests")
}

fn issue(policy: RecoveryPolicy, owner: Owner<'_>) -> Issued {
    let now = Timestamp::from_unix(0);
    let Ok(issued) = RecoverySet::issue(policy, owner, now, Random(&SystemEntropy)) else {
        panic!("no set was issued");
    };
    issued
}

/// The hash under which a code of this set is stored.
fn keyed(set: &RecoverySet, owner: Owner<'_>, code: &RecoveryCode) -> Zeroizing<[u8; 32]> {
    let Ok(hash) = set.keyed_hash(ISSUED, code.bytes(), owner) else {
        panic!("the set's key does not open");
    };
    hash
}

#[test] // S-18
fn codes_of_112_bits_and_more_are_stored_under_hmac_sha_256() {
    let (user, vault) = (UserId::from(1_u32), vault());
    let owner = Owner {
        user: &user,
        vault: &vault,
    };
    for letters in [24, 32] {
        let Issued { set, codes } = issue(RecoveryPolicy::standard().letters(letters), owner);
        assert!(codes.iter().all(|code| code.bytes().len() * 8 >= 112));
        // What is hashed is no part of the set in any other form.
        let sealed = owner.seal(set.id.as_bytes()).open(&vault, &set.key);
        let key = sealed.unwrap();
        assert_eq!(set.entries.len(), 10 * KEYED);
        for (entry, code) in set.entries.chunks_exact(KEYED).zip(&codes) {
            let mut mac: hmac::Hmac<sha2::Sha256> = hmac::KeyInit::new_from_slice(&key).unwrap();
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
    let (user, vault) = (UserId::from(1_u32), vault());
    let owner = Owner {
        user: &user,
        vault: &vault,
    };
    let Issued { mut set, codes } = issue(RecoveryPolicy::standard(), owner);
    for (number, code) in (1..=10).zip(&codes) {
        let hash = keyed(&set, owner, code);
        assert_eq!(set.find(&hash[..KEYED]), number);
        // One that was used is compared, too.
        set.spend(number, Timestamp::from_unix(0));
        assert_eq!(set.find(&hash[..KEYED]), number);
    }
    // Were the first hit the end of it, the first of two equal entries would be found.
    let second = set.entries[KEYED..2 * KEYED].to_vec();
    set.entries[8 * KEYED..9 * KEYED].copy_from_slice(&second);
    assert_eq!(set.find(&second), 9);
}

#[test]
fn a_code_that_was_used_is_used_however_often_the_record_says_so() {
    let (user, vault) = (UserId::from(1_u32), vault());
    let owner = Owner {
        user: &user,
        vault: &vault,
    };
    let Issued { mut set, codes } = issue(RecoveryPolicy::standard(), owner);
    let lookup = |set: &RecoverySet| set.lookup(&codes[2].clone().into(), owner).ok();
    assert_eq!(lookup(&set), Some(Lookup::Live(3)));
    for _ in 0..3 {
        set.spend(3, Timestamp::from_unix(1));
        assert_eq!(lookup(&set), Some(Lookup::Used(3)));
    }
}

#[test]
fn a_set_that_no_policy_issues_is_not_sound() {
    let (user, vault) = (UserId::from(1_u32), vault());
    let owner = Owner {
        user: &user,
        vault: &vault,
    };
    let Issued { set, .. } = issue(RecoveryPolicy::standard(), owner);
    assert!(set.is_sound());

    let hashes = |bytes| RecoverySet {
        entries: vec![0; bytes],
        ..set.clone()
    };
    for bytes in [0, KEYED - 1, 10 * KEYED + 1, 17 * KEYED, 300 * KEYED] {
        assert!(!hashes(bytes).is_sound(), "{bytes} bytes of hashes");
    }
    assert!(hashes(16 * KEYED).is_sound());
    for letters in [0, 16, 25] {
        let set = RecoverySet {
            letters,
            ..set.clone()
        };
        assert!(!set.is_sound(), "{letters} letters");
    }
}
