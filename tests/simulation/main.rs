//! The service over a network that delays, reorders, loses and repeats messages, as a seed decides.
//! Several requests run at once. Each is interrupted at every wait for the database, and some are
//! given up.
//!
//! Afterwards the result must equal that of the requests one after another ([`verdict`]). Each
//! reported change was committed before its answer, once. An answer without a commit was due at
//! some moment. Nothing was used twice, each failure was charged once, and a request with an
//! unknown fate says so.
//!
//! `COUNTERSIGN_SIMULATION_SEEDS=20000 cargo test --release --test simulation -- --nocapture` plays
//! that many seeds and names those that fail. `COUNTERSIGN_SIMULATION_SEED=<seed>` plays one seed
//! and prints each step.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod network;
mod operation;
mod random;
mod scene;
mod schedule;
mod verdict;

use crate::scene::{Scene, Service};
use crate::verdict::{History, Tally};

/// How many there are in an ordinary test.
const SEEDS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    let given = std::env::var(variable).ok()?;
    Some(given.parse().expect("a number"))
}

/// A service over the faulty network, a service over a sound store, and scenes with no failure up
/// to one failure before a block, and of an imported phone.
struct Stage {
    shaken: Service,
    sound: Service,
    scenes: Vec<Scene>,
}

impl Stage {
    fn new() -> Self {
        let sound = Service::new();
        let scenes = [0, 3, 4].map(|failures| pollster::block_on(Scene::set(&sound, failures)));
        let mut scenes = Vec::from(scenes);
        scenes.push(pollster::block_on(Scene::imported(&sound)));
        Self {
            shaken: Service::new(),
            sound,
            scenes,
        }
    }

    fn play(&self, seed: u64, tally: &mut Tally) -> Result<(), String> {
        let scene = &self.scenes[usize::try_from(seed % 4).unwrap()];
        let run = schedule::play(&self.shaken, scene, seed);
        let history = History::of(&self.shaken);
        *tally.entry("commits").or_default() += history.commits();
        verdict::judge(&self.sound, scene, &run, &history, tally).map_err(|what| {
            let trace = self.shaken.store.network().trace.join("\n");
            let requests = run.requests.iter().enumerate();
            let requests: Vec<_> = requests
                .map(|(by, request)| format!("{by}: {:?}", request.operation))
                .collect();
            format!(
                "seed {seed}: {what}\n\n{}\n\n{:?}\n{trace}",
                requests.join("\n"),
                run.weather
            )
        })
    }
}

#[test]
fn it_is_as_if_requests_came_one_after_another() {
    let stage = Stage::new();
    let mut tally = Tally::new();
    let seeds = match number("COUNTERSIGN_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("COUNTERSIGN_SIMULATION_SEEDS").unwrap_or(SEEDS),
    };
    let alone = seeds.end - seeds.start == 1;
    for seed in seeds.clone() {
        if let Err(what) = stage.play(seed, &mut tally) {
            panic!("{what}\n\nAgain: COUNTERSIGN_SIMULATION_SEED={seed}");
        }
    }
    if alone {
        println!("{}", stage.shaken.store.network().trace.join("\n"));
        return;
    }
    println!("{} seeds: {tally:?}", seeds.end);
    // Weather in which nothing happens would prove nothing.
    for seen in [
        "done",
        "charged",
        "refused",
        "load failed",
        "indeterminate",
        "dropped",
        "code of another service",
        "enrolment by its grant",
    ] {
        assert!(tally.contains_key(seen), "{seen} never came up");
    }
}

#[test]
fn a_seed_plays_out_the_same_each_time() {
    let trace = || {
        let stage = Stage::new();
        stage.play(7, &mut Tally::new()).unwrap();
        stage.shaken.store.network().trace.clone()
    };
    assert_eq!(trace(), trace());
}
