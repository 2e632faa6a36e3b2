//! Passwords: which are taken, and how they are hashed.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use countersign_axum::Password;
use tokio::sync::Semaphore;

use crate::email::Email;

/// Hashes passwords with Argon2id, as many at a time as there are cores: each takes 19 MiB and a core for some 20 ms.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    /// What the password of an unknown address is checked against, so that it costs the same.
    nobodys: Arc<str>,
}

/// Why a password cannot be hashed now.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// Too many others wait.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The hash failed, or what is in the database is none.
    #[error("the password hash failed")]
    Hash(#[source] argon2::password_hash::Error),
    /// The thread that hashed did not come back.
    #[error("the thread that hashed a password did not come back")]
    Thread(#[source] tokio::task::JoinError),
}

/// Why a password is not taken for a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsuitable {
    #[error("a password has at least 8 characters")]
    TooShort,
    #[error("a password has at most 128 characters")]
    TooLong,
    #[error("this is one of the commonest passwords, which are guessed first")]
    Common,
    #[error("a password must not be the e-mail address")]
    Address,
}

/// What a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

impl Passwords {
    pub(crate) async fn new() -> Result<Self, HashError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let turns = Arc::new(Semaphore::new(cores));
        let unset = Self {
            turns: Arc::clone(&turns),
            nobodys: "".into(),
        };
        // Nobody has it: its password is not kept.
        let nobodys = crate::random::token().unwrap_or_default();
        let nobodys = unset.hash(&Password::from(nobodys)).await?;
        Ok(Self {
            turns,
            nobodys: nobodys.into(),
        })
    }

    /// The hash of a new password, with parameters and salt.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, HashError> {
        let password = password.clone();
        let hash = move || argon2().hash_password(password.expose().as_bytes());
        let hash = self.in_turn(hash).await?.map_err(HashError::Hash)?;
        Ok(hash.to_string())
    }

    /// Whether it is the password of this hash. Without one it is not, at the same cost.
    pub(crate) async fn verify(
        &self,
        password: &Password,
        hash: Option<&str>,
    ) -> Result<bool, HashError> {
        let password = password.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobodys).to_owned();
        let verify = move || argon2().verify_password(password.expose().as_bytes(), &*hash);
        match self.in_turn(verify).await? {
            Ok(()) => Ok(known),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(HashError::Hash(error)),
        }
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        // The semaphore is never closed.
        let Ok(Ok(turn)) = turn else {
            return Err(HashError::Busy);
        };
        // The turn goes with the thread: a request that is given up frees no core.
        let work = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        work.await.map_err(HashError::Thread)
    }
}

/// OWASP's and the library's own parameters for Argon2id: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    const PARAMS: Params = match Params::new(19 * 1024, 2, 1, None) {
        Ok(params) => params,
        Err(_) => panic!("19 MiB, two passes and one lane are allowed"),
    };
    Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS)
}

/// Whether a password may be chosen: 8 to 128 characters of any kind, and none of the commonest (NIST SP 800-63B-4 §3.1.1.2).
pub(crate) fn suitable(password: &Password, email: &Email) -> Result<(), Unsuitable> {
    static COMMON: LazyLock<HashSet<&str>> =
        LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());
    let password = password.expose();
    match password.chars().count() {
        ..8 => return Err(Unsuitable::TooShort),
        129.. => return Err(Unsuitable::TooLong),
        _ => {}
    }
    let folded = zeroize::Zeroizing::new(password.trim().to_lowercase());
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

    #[test]
    fn short_long_and_common_passwords_are_refused() {
        let email = "alice.smith@example.com".parse().unwrap();
        let judge = |text: &str| suitable(&password(text), &email);
        assert_eq!(judge("sieben7"), Err(Unsuitable::TooShort));
        assert_eq!(judge("pässwörd"), Ok(()), "eight characters, ten bytes");
        assert_eq!(judge(&"ö".repeat(128)), Ok(()));
        assert_eq!(judge(&"ö".repeat(129)), Err(Unsuitable::TooLong));
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
