//! Turns at a slow hash. A few hashes run at a time, each in memory that is reused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::Block;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns at the hash. Clones share them.
///
/// A turn hands its memory on to the next turn. Without that, the allocator would keep 19 MiB for
/// each of the many threads that ever hashed.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Vec<Block>>>>,
}

/// A turn at the hash. Dropping it lets the next hash run.
pub(crate) struct Turn {
    /// The memory of the hash: empty at first, and later as large as the largest hash that used it.
    pub(crate) memory: Vec<Block>,
    idle: Arc<Mutex<Vec<Vec<Block>>>>,
    /// Fields drop after `Drop::drop`, so that the memory is back before the permit is.
    _permit: OwnedSemaphorePermit,
}

/// The highest number of hashes at a time; fewer cores allow fewer. More would cost memory and gain
/// little, because a user types a password about once a day.
const MOST: usize = 4;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

impl Turns {
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::of(cores.min(MOST))
    }

    fn of(count: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(count)),
            idle: Arc::default(),
        }
    }

    /// Waits for a turn. There is none if too many others wait.
    pub(crate) async fn next(&self) -> Option<Turn> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        // The semaphore is never closed.
        let permit = tokio::time::timeout(PATIENCE, permit).await.ok()?.ok()?;
        let memory = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Turn {
            memory: { memory }.pop().unwrap_or_default(),
            idle: Arc::clone(&self.idle),
            _permit: permit,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(std::mem::take(&mut self.memory));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_goes_from_turn_to_turn() {
        let turns = Turns::of(2);
        let mut turn = turns.next().await.unwrap();
        turn.memory.resize(8, Block::new());
        let place = turn.memory.as_ptr();
        let other = turns.next().await.unwrap();
        assert!(other.memory.is_empty());
        drop(turn);
        assert_eq!(turns.next().await.unwrap().memory.as_ptr(), place);
    }
}
