//! The authenticator to enrol.

use std::fmt;

use crate::denial::Denial;
use crate::id::AuthenticatorId;
use crate::keyuri::{KeyUri, Warning};

/// MODIFIER LETTER COLON, which replaces the colon, because a label of a key URI cannot contain a
/// colon.
pub(super) const COLON: &str = "\u{a789}";

/// The authenticator to enrol.
///
/// The authenticator app shows the account name, which is usually the e-mail address. A plain
/// string converts to an authenticator with this account name.
#[derive(Clone)]
pub struct NewAuthenticator {
    pub(super) account_name: String,
    pub(super) issuer: Option<String>,
    pub(super) label: Option<String>,
    pub(super) replaces: Option<AuthenticatorId>,
    /// The key of an authenticator that comes with one, such as a hardware token.
    pub(super) given: Option<KeyUri>,
}

impl NewAuthenticator {
    /// An authenticator for this account name: 1 to 255 bytes without control characters. A colon
    /// (`@alice:example.org`) is replaced by the similar letter U+A789, because apps take a colon
    /// for the end of the issuer.
    #[must_use]
    pub fn new(account_name: impl Into<String>) -> Self {
        Self {
            account_name: account_name.into(),
            issuer: None,
            label: None,
            replaces: None,
            given: None,
        }
    }

    /// An authenticator that comes with its key, such as a hardware token with a key from its
    /// maker. It follows the time or a counter. One of its codes confirms it. Two codes in a row
    /// ([`Answer::resync`](crate::Answer::resync)) find a counter that has run ahead.
    ///
    /// ```
    /// use countersign::NewAuthenticator;
    /// use countersign::keyuri::KeyUri;
    /// use countersign::otp::HotpParams;
    /// use countersign::secret::Secret;
    ///
    /// let key = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
    /// let uri = KeyUri::hotp("Acme", "token 4711", key, &HotpParams::default(), 0)?;
    /// let token = NewAuthenticator::from_key_uri(uri).label("Key fob");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn from_key_uri(key: KeyUri) -> Self {
        Self {
            given: Some(key),
            ..Self::new("")
        }
    }

    /// The name of the service in the authenticator app, in place of the policy's issuer. A
    /// service with several brands or environments keeps its entries apart that way: "Acme
    /// Staging". The rules are those of [`KeyUri::totp`]: 1 to 255 bytes without a colon or control
    /// characters, or the start of the enrolment is refused as
    /// [`InvalidName`](crate::Denial::InvalidName). A key that is given keeps its URI.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The owner's label: 1 to 64 characters. The default is "Authenticator", or "Passkey" for a
    /// passkey. An app shows it behind the account name, as in `alice@example.com (Tablet)`, if the
    /// account has another key already. Without a label it shows a number there.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The authenticator that this one replaces once it is confirmed. A replacement with a recovery
    /// code also reopens an exhausted authenticator factor. An enrolment by a grant replaces none.
    #[must_use]
    pub fn replacing(mut self, id: AuthenticatorId) -> Self {
        self.replaces = Some(id);
        self
    }
}

impl fmt::Debug for NewAuthenticator {
    /// The account name is left out, because it is usually an e-mail address.
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
    /// The account name for a passkey: 1 to 255 bytes without control characters. A passkey makes
    /// its key itself.
    pub(super) fn checked_account_name(&self) -> Result<&str, Denial> {
        let name = self.account_name.as_str();
        if self.given.is_some() {
            return Err(Denial::MethodUnavailable);
        }
        let fits = (1..=KeyUri::MAX_LABEL).contains(&name.len());
        let printable = !name.chars().any(char::is_control);
        (fits && printable)
            .then_some(name)
            .ok_or(Denial::InvalidName)
    }

    pub(super) fn warnings(&self) -> Vec<Warning> {
        let replaced = self.account_name.contains(':');
        replaced
            .then_some(Warning::ColonReplaced)
            .into_iter()
            .collect()
    }
}
