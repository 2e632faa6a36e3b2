//! The effect of an operation on sessions.

use crate::assurance::Assurance;
use crate::epoch::Epoch;

/// The effect on the user's sessions, and the epoch to store with the sessions that continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionChange {
    /// Which sessions end.
    pub effect: SessionEffect,
    /// The account's epoch from here on. A session whose epoch differs has ended.
    pub epoch: Epoch,
    /// The factors that the session rests on from here on. `None` leaves them as they are. It comes
    /// with a login, an answer, a confirmation and a step-up. A host that keeps it with the session
    /// raises the session.
    pub assurance: Option<Assurance>,
}

impl SessionChange {
    /// The same for a session that rests on these factors.
    pub(crate) fn resting_on(self, assurance: Assurance) -> Self {
        let assurance = Some(assurance);
        Self { assurance, ..self }
    }
}

/// The sessions that end. The acting session takes a new id whenever it continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionEffect {
    /// No session. The acting session takes a new id.
    Rotate,
    /// All sessions except the acting one.
    EndOthers,
    /// All sessions.
    EndAll,
}
