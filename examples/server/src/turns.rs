//! Turns at a slow hash: a few at a time, each in memory that is kept.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::Block;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns at the hash. Cloning gives the same ones.
///
/// Memory is handed out with the turn and goes on to the next one. Allocators keep what a thread
/// frees for that thread, so that each of the many threads that hash once would hold 19 MiB for
/// good.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Vec<Block>>>>,
}

/// A turn. Its end is the beginning of another.
pub(crate) struct Turn {
    /// What a hash works on: empty at first, and of the size of the largest hash so far later.
    pub(crate) memory: Vec<Block>,
    idle: Arc<Mutex<Vec<Vec<Block>>>>,
    /// It is given back last, so that its memory is there for whoever takes it.
    _permit: OwnedSemaphorePermit,
}

/// As many at a time as there are cores. More than four would make the service larger, not faster:
/// most passwords are typed once a day.
const MOST: usize = 4;

/// What a request waits for its turn.
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

    /// The next turn, or none if too many others wait.
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
