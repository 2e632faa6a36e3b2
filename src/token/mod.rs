//! Typed tokens. The type of a token contains its purpose.

mod payload;
mod reader;
mod scope;
mod wire;

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

pub(crate) use payload::{
    DevicePass, Granted, GrantedStepUp, OpenAssertion, OpenEnrollment, OpenLogin, SheetTicket,
};
pub(crate) use scope::Wire;
pub use scope::{
    CancelDelayedRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount,
    PasskeyAssertion, PasskeyRegistration, RecoveryCodeSheet, Scope, StepUp, VoidCode,
};
#[cfg(feature = "internals")]
pub(crate) use wire::sign;
pub(crate) use wire::{Claims, read, write};

/// A signed token for one purpose, as a client carries it.
///
/// Any string converts to a token. Operations check the shape, the purpose and the MAC, and answer
/// every fault with the same [`Denial::TokenInvalid`](crate::Denial::TokenInvalid). A token has at
/// most 1,024 characters, which need no escape in the fragment of a URL or in a JSON string.
///
/// A token of one purpose is not accepted for another:
///
/// ```compile_fail,E0308
/// # // S-32, S-33
/// use countersign::token::{Challenge, StepUp, Token};
///
/// fn answer(_: &Token<Challenge>) {}
/// answer(&Token::<StepUp>::from(String::new()));
/// ```
///
/// ```
/// use countersign::token::{Challenge, Token};
///
/// fn answer(_: &Token<Challenge>) {}
/// answer(&Token::<Challenge>::from(String::new()));
/// ```
///
/// # Security
///
/// A token is a secret of its user. Keep it out of queries of URLs, logs and error messages.
/// `Debug` shows only its purpose. There is neither `Display` nor `Serialize`; use
/// [`expose`](Self::expose).
pub struct Token<S: Scope> {
    text: Zeroizing<String>,
    scope: PhantomData<fn() -> S>,
}

impl<S: Scope> Token<S> {
    /// The text of the token, for the client.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl<S: Scope> From<String> for Token<S> {
    fn from(text: String) -> Self {
        Self {
            text: Zeroizing::new(text),
            scope: PhantomData,
        }
    }
}

impl<S: Scope> From<&str> for Token<S> {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl<S: Scope> Clone for Token<S> {
    fn clone(&self) -> Self {
        Self::from(self.expose())
    }
}

impl<'de, S: Scope> Deserialize<'de> for Token<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl<S: Scope> fmt::Debug for Token<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", S::LETTER)
    }
}
