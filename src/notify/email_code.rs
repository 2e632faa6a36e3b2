//! A code to be sent by e-mail.

use std::fmt::{self, Write};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::otp::Code;
use crate::time::Timestamp;

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
    pub fn subject(&self) -> String {
        format!("Your {} sign-in code", self.issuer)
    }

    /// A short text with the code.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        let minutes = self.valid_for.as_secs().div_ceil(60);
        let unit = if minutes == 1 { "minute" } else { "minutes" };
        // The buffer has room for the whole text, so that no copy stays behind when it grows.
        let mut text = Zeroizing::new(String::with_capacity(512 + 2 * self.issuer.len()));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "Your sign-in code for {} is {}.\n\nIt is good for {minutes} {unit}, for the sign-in that asked for it. \
             Nobody from {} will ever ask you for it.\n\nIf you are not signing in right now, somebody knows your \
             password: change it, and do not pass this code on.\n",
            self.issuer,
            *self.expose_digits(),
            self.issuer,
        );
        text
    }
}

impl fmt::Debug for EmailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailCode")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
