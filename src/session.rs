//! The effect of an operation on sessions.

use crate::epoch::Epoch;

/// The effect on the user's sessions, and the epoch to store with the sessions that continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionChange {
    /// Which sessions end.
    pub effect: SessionEffect,
    /// The account's epoch from here on. A session whose epoch differs has ended.
    pub epoch: Epoch,
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
