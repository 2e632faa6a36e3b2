//! Many tasks, one job after the other, and how long each took.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The results of some rounds of one case.
#[derive(Default)]
pub(crate) struct Tally {
    elapsed: Duration,
    rounds: Vec<f64>,
    each: Vec<Duration>,
}

impl Tally {
    pub(crate) fn add(&mut self, round: Self) {
        self.rounds.push(round.a_second());
        self.elapsed += round.elapsed;
        self.each.extend(round.each);
    }

    pub(crate) fn count(&self) -> usize {
        self.each.len()
    }

    pub(crate) fn a_second(&self) -> f64 {
        self.each.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// What this did a second of what the other did: the median of the rounds, so that a stall in
    /// one of them does not count.
    pub(crate) fn beside(&self, other: &Self) -> f64 {
        let pairs = self.rounds.iter().zip(&other.rounds);
        let mut ratios: Vec<f64> = pairs.map(|(ours, others)| ours / others).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let middle = ratios.len() / 2;
        if ratios.len() % 2 == 1 {
            ratios[middle]
        } else {
            f64::midpoint(ratios[middle - 1], ratios[middle])
        }
    }

    /// The time that this share of them took at most, in milliseconds.
    pub(crate) fn percentile(&mut self, percent: usize) -> f64 {
        self.each.sort_unstable();
        let place = (self.each.len() * percent).div_ceil(100);
        self.each[place.saturating_sub(1)].as_secs_f64() * 1_000.0
    }
}

/// Runs `jobs` jobs on `tasks` tasks.
pub(crate) async fn all<F, J>(tasks: usize, jobs: usize, job: F) -> Tally
where
    F: Fn(usize) -> J + Clone + Send + 'static,
    J: Future<Output = ()> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let running: Vec<_> = (0..tasks)
        .map(|_| {
            let (next, job) = (Arc::clone(&next), job.clone());
            tokio::spawn(async move {
                let mut each = Vec::new();
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= jobs {
                        return each;
                    }
                    let started = Instant::now();
                    job(place).await;
                    each.push(started.elapsed());
                }
            })
        })
        .collect();
    let mut tally = Tally::default();
    for task in running {
        tally.each.extend(task.await.unwrap());
    }
    tally.elapsed = started.elapsed();
    tally
}
