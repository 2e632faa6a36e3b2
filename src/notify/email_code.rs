//! A code to be sent by e-mail.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::otp::Code;
use crate::time::Timestamp;
use crate::words::{CodeFacts, CodeMail, Words};

/// A code to send by e-mail: eight digits that are good for one login.
///
/// # Security
///
/// There is no `Display`, and `Debug` is redacted. [`expose_digits`](Self::expose_digits) hands out
/// the digits. The library keeps a keyed hash and no code.
#[derive(Clone)]
pub struct EmailCode {
    pub(crate) code: Code,
    pub(crate) issuer: String,
    /// When the code expires.
    pub(crate) expires_at: Timestamp,
    pub(crate) valid_for: Duration,
}

impl EmailCode {
    /// The eight digits.
    #[must_use]
    pub fn expose_digits(&self) -> Zeroizing<String> {
        self.code.expose_digits()
    }

    /// When the code expires.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// A subject line without the code, because locked screens show subjects.
    #[must_use]
    pub fn subject(&self, words: &dyn Words) -> String {
        words.email_code(&self.facts()).subject
    }

    /// A short text with the code.
    #[must_use]
    pub fn expose_text(&self, words: &dyn Words) -> Zeroizing<String> {
        let CodeMail { before, after, .. } = words.email_code(&self.facts());
        let digits = self.expose_digits();
        // The buffer has room for the whole text, so that no copy stays behind when it grows.
        let length = before.len() + digits.len() + after.len();
        let mut text = Zeroizing::new(String::with_capacity(length + 8));
        for part in [&before, "\n\n", &*digits, "\n\n", &after, "\n"] {
            text.push_str(part);
        }
        text
    }

    fn facts(&self) -> CodeFacts<'_> {
        CodeFacts {
            issuer: &self.issuer,
            valid_for: self.valid_for,
        }
    }
}

impl fmt::Debug for EmailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailCode")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
