//! Rules for new passwords, and the hashing of passwords.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{self, try_generate_salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use countersign_axum::Password;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::email::Email;
use crate::turns::Turns;

/// Hashes passwords with Argon2id, a few at a time: a hash takes 19 MiB, and a core for some 20 ms.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    turns: Turns,
    /// The hash that the password for an unknown address is checked against, so that the cost is
    /// equal.
    nobodys: Arc<str>,
}

/// Why a password cannot be hashed or checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Too many other hashes are waiting.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The hash failed, or the database holds no valid hash.
    #[error("the password hash failed")]
    Hash(#[source] password_hash::Error),
    /// The thread of the hash ended without a result.
    #[error("the thread that hashed a password did not come back")]
    Thread(#[source] tokio::task::JoinError),
}

/// Why a new password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsuitable {
    TooShort,
    TooLong,
    Common,
    Address,
    Same,
}

impl Unsuitable {
    /// The key of the phrase that says so.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::TooShort => "password-too-short",
            Self::TooLong => "password-too-long",
            Self::Common => "password-too-common",
            Self::Address => "password-is-address",
            Self::Same => "password-is-same",
        }
    }
}

impl Passwords {
    pub(crate) async fn new() -> Result<Self, HashError> {
        let turns = Turns::new();
        let unset = Self {
            turns: turns.clone(),
            nobodys: "".into(),
        };
        // The password is random and not kept, so that nobody can type it.
        let nobodys = crate::random::token().unwrap_or_default();
        let nobodys = unset.hash(&Password::from(nobodys)).await?;
        Ok(Self {
            turns,
            nobodys: nobodys.into(),
        })
    }

    /// Hashes a new password. The text contains the parameters and the salt.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, HashError> {
        let password = normalized(password);
        let hash = self.in_turn(move |memory| {
            let salt = try_generate_salt().map_err(|_| password_hash::Error::RngFailure)?;
            hash(&password, Salt::new(&salt)?, OWN, memory)
        });
        Ok(hash.await?.to_string())
    }

    /// Whether the password belongs to the hash. Without a hash the answer is no, at equal cost.
    pub(crate) async fn verify(
        &self,
        password: &Password,
        hash: Option<&str>,
    ) -> Result<bool, HashError> {
        let password = normalized(password);
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobodys).to_owned();
        let verify = self.in_turn(move |memory| verify(&password, &hash, memory));
        Ok(verify.await? && known)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> password_hash::Result<T> + Send + 'static,
    ) -> Result<T, HashError> {
        let mut turn = self.turns.next().await.ok_or(HashError::Busy)?;
        // The thread keeps the turn, because a hash goes on after its request was dropped.
        let work = tokio::task::spawn_blocking(move || work(&mut turn.memory));
        work.await
            .map_err(HashError::Thread)?
            .map_err(HashError::Hash)
    }
}

/// OWASP's parameters for Argon2id: 19 MiB, two passes, one lane.
const OWN: Params = match Params::new(19 * 1024, 2, 1, None) {
    Ok(params) => params,
    Err(_) => panic!("19 MiB, two passes and one lane are allowed"),
};

/// Hashes with Argon2id version 19, which is the only kind that is written and read.
fn hash(
    password: &str,
    salt: Salt,
    params: Params,
    memory: &mut Vec<Block>,
) -> password_hash::Result<PasswordHash> {
    let described = ParamsString::try_from(&params)?;
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    // An earlier hash may have left content, which this hash overwrites. A larger hash needs more
    // blocks.
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::new());
    }
    let mut output = [0; Output::MAX_LENGTH];
    let output = output.get_mut(..length);
    let output = output.ok_or(password_hash::Error::OutputSize)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        password.as_bytes(),
        &salt,
        output,
        memory,
    )?;
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: described,
        salt: Some(salt),
        hash: Some(Output::new(output)?),
    })
}

fn verify(password: &str, known: &str, memory: &mut Vec<Block>) -> password_hash::Result<bool> {
    let known = PasswordHash::new(known)?;
    let salt = known.salt.ok_or(password_hash::Error::SaltInvalid)?;
    let typed = hash(password, salt, Params::try_from(&known)?, memory)?;
    // Outputs are compared in constant time.
    let is_of_our_kind = (typed.algorithm, typed.version) == (known.algorithm, known.version);
    Ok(is_of_our_kind && typed.hash == known.hash)
}

/// Normalizes a password, because keyboards compose letters differently: an ö may be one character
/// or two (RFC 8265 §4.2.2).
fn normalized(password: &Password) -> Zeroizing<String> {
    let typed = password.expose();
    // NFC grows a text to at most three times its bytes. With that capacity, no reallocation leaves
    // a copy behind.
    let mut normal = Zeroizing::new(String::with_capacity(3 * typed.len()));
    normal.extend(typed.chars().map(plain_space).nfc());
    normal
}

/// Replaces each Unicode space (category Zs) by the ASCII space.
fn plain_space(letter: char) -> char {
    match letter {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        letter => letter,
    }
}

/// Checks a new password: 8 to 128 characters of any kind, not the address, and not a common
/// password (NIST SP 800-63B-4 §3.1.1.2).
pub(crate) fn suitable(password: &Password, email: &Email) -> Result<(), Unsuitable> {
    static COMMON: LazyLock<HashSet<&str>> =
        LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());
    let password = normalized(password);
    match password.chars().count() {
        ..8 => return Err(Unsuitable::TooShort),
        129.. => return Err(Unsuitable::TooLong),
        _ => {}
    }
    let folded = Zeroizing::new(password.trim().to_lowercase());
    if *folded == email.as_str() {
        return Err(Unsuitable::Address);
    }
    if COMMON.contains(&**folded) {
        return Err(Unsuitable::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::from(text.to_owned())
    }

    #[tokio::test]
    async fn a_hash_is_of_its_password_alone() {
        let passwords = Passwords::new().await.unwrap();
        let hash = passwords.hash(&password("correct horse")).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .verify(&password("correct horse"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(&password("Correct horse"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(&password("correct horse"), None)
                .await
                .unwrap()
        );
        assert!(
            passwords
                .verify(&password("correct horse"), Some("no hash"))
                .await
                .is_err()
        );
    }

    #[tokio::test] // S-63
    async fn a_password_is_the_same_in_every_composition() {
        let passwords = Passwords::new().await.unwrap();
        // Composed and decomposed letters, and spaces of another width. U+212B and U+00C5 are the
        // same letter; U+FB01 and `fi` are not (UAX #15, RFC 8265 §4.2.2).
        let same = [
            ["Gr\u{fc}\u{df}e \u{c5}sa", "Gru\u{308}\u{df}e A\u{30a}sa"],
            [
                "Gr\u{fc}\u{df}e \u{c5}sa",
                "Gr\u{fc}\u{df}e\u{3000}\u{212b}sa",
            ],
            [
                "\u{1ec7}\u{d55c} five six",
                "e\u{302}\u{323}\u{1112}\u{1161}\u{11ab} five\u{a0}six",
            ],
        ];
        for pair in same {
            for [chosen, typed] in [pair, [pair[1], pair[0]]] {
                let hash = passwords.hash(&password(chosen)).await.unwrap();
                let verified = passwords.verify(&password(typed), Some(&hash)).await;
                assert!(verified.unwrap(), "{chosen:?} {typed:?}");
            }
        }
        let hash = passwords
            .hash(&password("\u{fb01}sh and chips"))
            .await
            .unwrap();
        for other in [
            "fish and chips",
            "\u{fb01}sh  and chips",
            "\u{fb01}shand chips",
        ] {
            let verified = passwords.verify(&password(other), Some(&hash)).await;
            assert!(!verified.unwrap(), "{other:?}");
        }
    }

    #[tokio::test]
    async fn another_implementations_hash_is_read_if_it_is_of_our_kind() {
        let passwords = Passwords::new().await.unwrap();
        // A test vector of the reference implementation (phc-winner-argon2 20190702, src/test.c).
        let vector = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$\
                      CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let right = passwords.verify(&password("password"), Some(vector)).await;
        assert!(right.unwrap(), "it takes more memory than ours");
        let wrong = passwords.verify(&password("Password"), Some(vector)).await;
        assert!(!wrong.unwrap());
        let other = vector.replace("argon2id", "argon2i");
        let other = passwords.verify(&password("password"), Some(&other)).await;
        assert!(!other.unwrap());
    }

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        let email = "alice.smith@example.com".parse().unwrap();
        let judge = |text: &str| suitable(&password(text), &email);
        assert_eq!(judge("sieben7"), Err(Unsuitable::TooShort));
        assert_eq!(judge("pässwörd"), Ok(()), "eight characters, ten bytes");
        assert_eq!(judge(&"ö".repeat(128)), Ok(()));
        assert_eq!(judge(&"ö".repeat(129)), Err(Unsuitable::TooLong));
        // A letter counts once in every composition.
        assert_eq!(judge(&"o\u{308}".repeat(7)), Err(Unsuitable::TooShort));
        assert_eq!(judge(&"o\u{308}".repeat(128)), Ok(()));
        assert_eq!(judge("Password123"), Err(Unsuitable::Common));
        assert_eq!(judge("qwertyuiop"), Err(Unsuitable::Common));
        assert_eq!(judge("Alice.Smith@example.com"), Err(Unsuitable::Address));
        assert_eq!(judge("correct horse battery staple"), Ok(()));
    }

    #[test]
    fn the_list_can_match() {
        for line in include_str!("common_passwords.txt").lines() {
            assert!(
                line.len() >= 8 && line == line.trim().to_lowercase(),
                "{line}"
            );
        }
    }
}
