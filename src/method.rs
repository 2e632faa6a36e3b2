//! The methods of the second step.

use serde::{Deserialize, Serialize};

/// A method of the second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// A code of an authenticator that follows the time (RFC 6238).
    Totp,
    /// A code of an authenticator with a counter (RFC 4226).
    Hotp,
    /// A recovery code.
    RecoveryCode,
    /// An e-mail code.
    EmailCode,
}
