//! Marks which sessions and tokens an account still accepts.

use serde::{Deserialize, Serialize};

use crate::entropy::{Random, RngError};

/// Marks the sessions and tokens of an account that are still good. Those of an earlier epoch are
/// over.
///
/// Store the epoch beside each session, and end a session whose epoch differs from the account's.
/// These start a new epoch: the first confirmed enrolment, disabling, a changed password, the
/// removal or replacement of an authenticator, a lock, a reset, a completed recovery, erasing and a
/// restored backup. An epoch is random, and epochs have no order.
///
/// Each [`SessionChange`](crate::SessionChange) contains the epoch for the sessions that continue.
/// Ask [`Status::honors`](crate::Status::honors) on each request, or whenever you look a session
/// up.
///
/// ```
/// # use countersign::{Error, Mfa, UserId};
/// use countersign::Epoch;
///
/// struct Session {
///     user: UserId,
///     epoch: Epoch,
/// }
///
/// async fn is_alive(mfa: &Mfa, session: &Session) -> Result<bool, Error> {
///     Ok(mfa.status(&session.user).await?.honors(session.epoch))
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch of an account until something ends its sessions for the first time.
    pub const NONE: Self = Self(0);

    pub(crate) fn random(random: Random<'_>) -> Result<Self, RngError> {
        random.positive().map(Self)
    }

    /// The epoch as a number below 2⁶³, for a session's own store.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The epoch that [`as_u64`](Self::as_u64) gave.
    #[must_use]
    pub const fn from_u64(epoch: u64) -> Self {
        Self(epoch)
    }
}
