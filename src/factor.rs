//! What an attempt is charged to.

use serde::{Deserialize, Serialize};

/// What an attempt is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Factor {
    /// All authenticators of the account.
    Authenticator,
    /// The recovery codes.
    RecoveryCode,
    /// The codes sent by e-mail.
    EmailCode,
}
