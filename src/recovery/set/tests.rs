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

/// The hash under which a code of this set is stored, before whatever makes it slow.
fn keyed(set: &RecoverySet, owner: Owner<'_>, code: &RecoveryCode) -> Zeroizing<[u8; HASH]> {
    let Ok(hash) = set.keyed_hash(code, owner) else {
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
        let stored = serde_json::to_value(&set).unwrap();
        assert_eq!(stored["storage"], "keyed");

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

#[cfg(feature = "argon2")]
#[test] // S-18
fn shorter_codes_are_stored_under_argon2id_with_a_salt_each() {
    use argon2::{Algorithm, Argon2, Params, Version};

    let (user, vault) = (UserId::from(1_u32), vault());
    let owner = Owner {
        user: &user,
        vault: &vault,
    };
    let Issued { set, codes } = issue(RecoveryPolicy::compact().count(3), owner);
    assert!(codes.iter().all(|code| code.bytes().len() * 8 < 112));
    let stored = serde_json::to_value(&set).unwrap();
    assert_eq!(stored["storage"], "argon2id");

    let params = Params::new(19_456, 2, 1, Some(32)).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut salts = Vec::new();
    for (entry, code) in set.entries.chunks_exact(SALT + HASH).zip(&codes) {
        let (salt, hash) = entry.split_at(SALT);
        let mut expected = [0; HASH];
        argon2
            .hash_password_into(&*keyed(&set, owner, code), salt, &mut expected)
            .unwrap();
        assert_eq!(hash, expected);
        salts.push(salt);
    }
    assert_eq!(salts.len(), 3);
    assert!(salts.iter().all(|salt| salt.len() * 8 >= 32));
    salts.sort();
    salts.dedup();
    assert_eq!(salts.len(), 3, "no two codes share a salt");
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
    let lookup = |set: &RecoverySet| set.lookup(&codes[2], owner, None).ok();
    assert_eq!(lookup(&set), Some(Lookup::Live(3)));
    for _ in 0..3 {
        set.spend(3, Timestamp::from_unix(1));
        assert_eq!(lookup(&set), Some(Lookup::Used(3)));
    }
}

#[cfg(feature = "argon2")]
#[test]
fn a_slow_hash_counts_for_the_code_and_the_set_that_it_was_computed_for() {
    let (user, vault) = (UserId::from(1_u32), vault());
    let owner = Owner {
        user: &user,
        vault: &vault,
    };
    let [old, new] = [(); 2].map(|()| issue(RecoveryPolicy::compact().count(2), owner));
    let looked_up = |issued: &Issued, code: usize, digest: Option<&SlowDigest>| match issued
        .set
        .lookup(&issued.codes[code], owner, digest)
    {
        Err(LookupError::Needs(hash)) => Err(hash.compute().unwrap()),
        Err(LookupError::Keys(error)) => panic!("{error}"),
        Ok(found) => Ok(found),
    };
    let first = looked_up(&new, 0, None).unwrap_err();
    let found = looked_up(&new, 0, Some(&first));
    assert_eq!(found.ok(), Some(Lookup::Live(1)));
    assert!(looked_up(&new, 1, Some(&first)).is_err());
    assert!(looked_up(&old, 0, Some(&first)).is_err());
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
