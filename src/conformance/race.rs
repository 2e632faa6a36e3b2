//! Tasks that start at the same moment, under any executor.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::{Subject, Task};

/// Runs a task to its end on a thread of its own. It is for stores that need no particular runtime.
pub fn on_a_thread(task: Task) {
    thread::spawn(move || {
        struct Unpark(Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut task = pin!(task);
        while task
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
        {
            thread::park();
        }
    });
}

/// Starts all contestants at the same moment and collects their results. A contestant that panics
/// has no result.
pub(super) async fn race<S, T, F>(subject: &S, contestants: Vec<F>) -> Vec<T>
where
    S: Subject,
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Gate::new(contestants.len()));
    let finish = Arc::new(Gate::new(contestants.len()));
    let results = Arc::new(Mutex::new(Vec::new()));
    for contestant in contestants {
        let (start, results) = (Arc::clone(&start), Arc::clone(&results));
        let finished = ArriveOnDrop(Arc::clone(&finish));
        subject.spawn(Box::pin(async move {
            start.arrive();
            start.opened().await;
            let result = contestant.await;
            locked(&results).push(result);
            drop(finished);
        }));
    }
    finish.opened().await;
    std::mem::take(&mut *locked(&results))
}

/// Opens when the expected number has arrived.
struct Gate(Mutex<(usize, Vec<Waker>)>);

impl Gate {
    fn new(expected: usize) -> Self {
        Self(Mutex::new((expected, Vec::new())))
    }

    fn arrive(&self) {
        let (missing, wakers) = &mut *locked(&self.0);
        *missing -= 1;
        if *missing == 0 {
            wakers.drain(..).for_each(Waker::wake);
        }
    }

    async fn opened(&self) {
        poll_fn(|context| {
            let (missing, wakers) = &mut *locked(&self.0);
            if *missing == 0 {
                return Poll::Ready(());
            }
            wakers.push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// A contestant that panics has also finished.
struct ArriveOnDrop(Arc<Gate>);

impl Drop for ArriveOnDrop {
    fn drop(&mut self) {
        self.0.arrive();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
