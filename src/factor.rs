//! The factor that an attempt is charged to.

use serde::{Deserialize, Serialize};

/// The factor that an attempt is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Factor {
    /// All authenticators of the account that make codes.
    Authenticator,
    /// The passkeys. A signature cannot be guessed: this factor is charged for the password beside
    /// it alone, and a login with a passkey is never blocked.
    Passkey,
    /// The recovery codes.
    RecoveryCode,
    /// The e-mail codes.
    EmailCode,
    /// The codes by SMS and by voice, which go to the same phone.
    PhoneCode,
}

impl Factor {
    /// The stable name, as in the JSON of events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authenticator => "authenticator",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
            Self::EmailCode => "email_code",
            Self::PhoneCode => "phone_code",
        }
    }

    /// All factors.
    pub(crate) const ALL: [Self; 5] = [
        Self::Authenticator,
        Self::Passkey,
        Self::RecoveryCode,
        Self::EmailCode,
        Self::PhoneCode,
    ];
}
