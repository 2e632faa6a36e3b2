//! Which noted moments are credible.
//!
//! A clock that is ahead notes moments in the future. Once the clock is right, grants from that
//! time are dead and its refusals no longer hold. The next decision removes them, so that they do
//! not become valid later.

use std::time::Duration;

use crate::limits::{CLOCK_TOLERANCE, LOCK_TOKEN_LIFETIME, STEP_BACK};
use crate::time::Timestamp;

/// Whether an event can have happened at the moment.
pub(crate) fn has_come(at: Timestamp, now: Timestamp) -> bool {
    at <= now + CLOCK_TOLERANCE
}

/// Whether a period of at most `longest` can end at the moment.
pub(crate) fn can_end(until: Timestamp, longest: Duration, now: Timestamp) -> bool {
    until <= now + longest + CLOCK_TOLERANCE
}

/// Whether a record can have been written at the moment.
pub(crate) fn was_written(at: Timestamp, now: Timestamp) -> bool {
    can_end(at, STEP_BACK, now)
}

/// Whether an unlocking or a lock can be noted at the moment. It may be as far ahead as lock tokens
/// live, so that a clock that steps back by less revives no token.
pub(crate) fn can_end_lock_tokens(at: Timestamp, now: Timestamp) -> bool {
    can_end(at, LOCK_TOKEN_LIFETIME, now)
}
