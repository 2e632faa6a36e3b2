//! A clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::time::{Clock, ClockError, Timestamp};

/// A [`Clock`] that stands still until it is stepped or set. Clones share the time.
///
/// ```
/// use std::time::Duration;
///
/// use countersign::testing::SteppedClock;
/// use countersign::time::{Clock, Timestamp};
///
/// let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
/// let service_clock = clock.clone();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(service_clock.now(), Ok(Timestamp::from_unix(1_800_000_030)));
/// ```
#[derive(Clone, Debug)]
pub struct SteppedClock(Arc<State>);

#[derive(Debug)]
struct State {
    seconds: AtomicU64,
    broken: AtomicBool,
}

impl SteppedClock {
    /// A clock that shows this moment.
    #[must_use]
    pub fn at(moment: Timestamp) -> Self {
        Self(Arc::new(State {
            seconds: AtomicU64::new(moment.as_unix()),
            broken: AtomicBool::new(false),
        }))
    }

    /// The moment that the clock shows, even while it is broken.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        Timestamp::from_unix(self.0.seconds.load(Ordering::SeqCst))
    }

    /// Sets the clock to an earlier or later moment.
    pub fn set(&self, moment: Timestamp) {
        self.0.seconds.store(moment.as_unix(), Ordering::SeqCst);
    }

    /// Moves the clock forward by whole seconds.
    pub fn advance(&self, by: Duration) {
        self.set(self.time() + by);
    }

    /// Moves the clock back by whole seconds, like the correction of a clock that was ahead.
    pub fn step_back(&self, by: Duration) {
        self.set(self.time() - by);
    }

    /// Breaks the clock until it is [repaired](Self::repair). Operations are refused with
    /// [`Error::Clock`](crate::Error::Clock).
    pub fn break_down(&self) {
        self.0.broken.store(true, Ordering::SeqCst);
    }

    /// Repairs the clock.
    pub fn repair(&self) {
        self.0.broken.store(false, Ordering::SeqCst);
    }
}

impl Clock for SteppedClock {
    fn now(&self) -> Result<Timestamp, ClockError> {
        match self.0.broken.load(Ordering::SeqCst) {
            true => Err(ClockError),
            false => Ok(self.time()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_move_and_break_together() {
        let clock = SteppedClock::at(Timestamp::from_unix(100));
        let other = clock.clone();
        clock.advance(Duration::from_secs(30));
        assert_eq!(other.now(), Ok(Timestamp::from_unix(130)));
        other.step_back(Duration::from_secs(50));
        assert_eq!(clock.now(), Ok(Timestamp::from_unix(80)));
        clock.break_down();
        assert_eq!(other.now(), Err(ClockError));
        assert_eq!(other.time(), Timestamp::from_unix(80));
        other.repair();
        clock.set(Timestamp::from_unix(7));
        assert_eq!(other.now(), Ok(Timestamp::from_unix(7)));
    }
}
