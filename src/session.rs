//! What an operation means for sessions.

use crate::epoch::Epoch;

/// What must happen to the user's sessions, and the epoch to keep with those that go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionChange {
    /// Which sessions end.
    pub effect: SessionEffect,
    /// The account's epoch from here on. A session whose epoch differs has ended.
    pub epoch: Epoch,
}

/// Which sessions end. The acting one takes a new id whenever it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionEffect {
    /// None; the acting session takes a new id.
    Rotate,
    /// All but the acting one.
    EndOthers,
    /// All of them.
    EndAll,
}
