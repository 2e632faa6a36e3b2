//! The authenticator that is to be enrolled.

use std::fmt;

use crate::id::AuthenticatorId;
use crate::keyuri::{KeyUri, Warning};

/// MODIFIER LETTER COLON, for the colon that a key URI cannot hold.
pub(super) const COLON: &str = "\u{a789}";

/// The authenticator that is to be enrolled.
///
/// The account name is what the authenticator app shows, usually the e-mail address; a plain string is one.
#[derive(Clone)]
pub struct NewAuthenticator {
    pub(super) account_name: String,
    pub(super) label: Option<String>,
    pub(super) replaces: Option<AuthenticatorId>,
    /// The key of one that comes with it, such as a hardware token.
    pub(super) given: Option<KeyUri>,
}

impl NewAuthenticator {
    /// For this account name: 1 to 255 bytes without control characters. A colon (`@alice:example.org`) is written as the
    /// letter U+A789, which looks like one: apps take a colon for the end of the issuer.
    #[must_use]
    pub fn new(account_name: impl Into<String>) -> Self {
        Self {
            account_name: account_name.into(),
            label: None,
            replaces: None,
            given: None,
        }
    }

    /// One that comes with its key, such as a hardware token whose keys its maker delivers: what follows the time, or what
    /// counts. A code of it confirms it like any other; two codes in a row ([`Answer::resync`](crate::Answer::resync)) find a
    /// counter that ran ahead in the box.
    ///
    /// ```
    /// use countersign::NewAuthenticator;
    /// use countersign::keyuri::KeyUri;
    /// use countersign::otp::HotpParams;
    /// use countersign::secret::Secret;
    ///
    /// let key = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
    /// let uri = KeyUri::hotp("Acme", "token 4711", key, &HotpParams::default(), 0)?;
    /// let token = NewAuthenticator::with_key(uri).label("Key fob");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_key(key: KeyUri) -> Self {
        Self {
            given: Some(key),
            ..Self::new("")
        }
    }

    /// What its owner calls it in a list of several: 1 to 64 characters. Without it, "Authenticator".
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The authenticator that it takes the place of once it is confirmed. A replacement that was proved with a recovery
    /// code also brings back an authenticator factor that too many failures disabled.
    #[must_use]
    pub fn replacing(mut self, id: AuthenticatorId) -> Self {
        self.replaces = Some(id);
        self
    }
}

impl fmt::Debug for NewAuthenticator {
    /// Without the account name, which is an address more often than not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAuthenticator")
            .field("label", &self.label)
            .field("replaces", &self.replaces)
            .finish_non_exhaustive()
    }
}

impl From<&str> for NewAuthenticator {
    fn from(account_name: &str) -> Self {
        Self::new(account_name)
    }
}

impl From<String> for NewAuthenticator {
    fn from(account_name: String) -> Self {
        Self::new(account_name)
    }
}

impl From<&String> for NewAuthenticator {
    fn from(account_name: &String) -> Self {
        Self::new(account_name)
    }
}

impl NewAuthenticator {
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let replaced = self.account_name.contains(':');
        replaced
            .then_some(Warning::ColonReplaced)
            .into_iter()
            .collect()
    }
}
