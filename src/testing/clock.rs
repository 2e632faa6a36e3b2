//! A clock that moves when a test moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::time::{Clock, ClockError, Timestamp};

/// A [`Clock`] that stands still until it is stepped or set. Clones are the same clock.
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

    /// The moment that it shows, even while it is broken.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        Timestamp::from_unix(self.0.seconds.load(Ordering::SeqCst))
    }

    /// Shows another moment, later or earlier.
    pub fn set(&self, moment: Timestamp) {
        self.0.seconds.store(moment.as_unix(), Ordering::SeqCst);
    }

    /// Goes forward by whole seconds.
    pub fn advance(&self, by: Duration) {
        self.set(self.time() + by);
    }

    /// Goes back by whole seconds, as a clock does that was ahead and is corrected.
    pub fn step_back(&self, by: Duration) {
        self.set(self.time() - by);
    }

    /// Cannot be read until it is [repaired](Self::repair): each operation is refused as
    /// [`Error::Clock`](crate::Error::Clock).
    pub fn break_down(&self) {
        self.0.broken.store(true, Ordering::SeqCst);
    }

    /// Can be read again.
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
