//! A clock that moves when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign::time::{Clock, ClockError, Timestamp};

#[derive(Clone, Debug)]
pub(crate) struct Stepped(Arc<AtomicU64>);

impl Stepped {
    pub(crate) fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds)))
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Stepped {
    fn now(&self) -> Result<Timestamp, ClockError> {
        Ok(self.time())
    }
}
