//! The factor that an attempt is charged to.

use serde::{Deserialize, Serialize};

/// The factor that an attempt is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Factor {
    /// All authenticators of the account.
    Authenticator,
    /// The recovery codes.
    RecoveryCode,
    /// The e-mail codes.
    EmailCode,
    /// The codes by SMS and by voice, which go to the same phone.
    PhoneCode,
}

impl Factor {
    /// All factors.
    pub(crate) const ALL: [Self; 4] = [
        Self::Authenticator,
        Self::RecoveryCode,
        Self::EmailCode,
        Self::PhoneCode,
    ];
}
