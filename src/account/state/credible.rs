//! Which of the moments that are noted are credible.
//!
//! A clock that was ahead notes moments that have not come. What it gave is dead and what it refused is allowed as soon as
//! the clock is right. The first decision after that forgets them, so that none comes alive when its time comes.

use std::time::Duration;

use crate::limits::{CLOCK_TOLERANCE, LOCK_TOKEN_LIFETIME, STEP_BACK};
use crate::time::Timestamp;

/// Whether something can have happened at that moment.
pub(crate) fn has_come(at: Timestamp, now: Timestamp) -> bool {
    at <= now + CLOCK_TOLERANCE
}

/// Whether something can end at that moment which lasts no longer than `longest`.
pub(crate) fn can_end(until: Timestamp, longest: Duration, now: Timestamp) -> bool {
    until <= now + longest + CLOCK_TOLERANCE
}

/// Whether a record can have been written at that moment.
pub(crate) fn was_written(at: Timestamp, now: Timestamp) -> bool {
    can_end(at, STEP_BACK, now)
}

/// The last unlocking, or a lock. It may lie as far ahead as lock tokens live, so that no clock that steps back by less
/// revives one.
pub(crate) fn can_end_lock_tokens(at: Timestamp, now: Timestamp) -> bool {
    can_end(at, LOCK_TOKEN_LIFETIME, now)
}
