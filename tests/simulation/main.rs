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

use countersign::Policy;

use crate::scene::{KEYS, OLD_KEYS, Scene, Service};
use crate::verdict::{History, Tally};

/// How many there are in an ordinary test.
const SEEDS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    let given = std::env::var(variable).ok()?;
    Some(given.parse().expect("a number"))
}

/// Services over the faulty network, the same over a sound store, and scenes: with no failure up to
/// one failure before a block, of an imported phone, of a delayed recovery, and of a passkey.
struct Stage {
    pairs: [Pair; 2],
    scenes: Vec<Scene>,
}

struct Pair {
    shaken: Service,
    sound: Service,
}

impl Pair {
    fn new(policy: fn() -> Policy) -> Self {
        Self {
            shaken: Service::new(KEYS, policy()),
            sound: Service::new(KEYS, policy()),
        }
    }
}

impl Stage {
    fn new() -> Self {
        let before = Service::new(OLD_KEYS, scene::telling());
        let scenes = pollster::block_on(async {
            vec![
                Scene::set(&before, 0).await,
                Scene::set(&before, 3).await,
                Scene::set(&before, 4).await,
                Scene::imported(&before).await,
                Scene::recovering(&before).await,
                Scene::with_passkey(&before).await,
            ]
        });
        Self {
            pairs: [Pair::new(scene::policy), Pair::new(scene::telling)],
            scenes,
        }
    }

    fn pair(&self, seed: u64) -> &Pair {
        let turn = usize::try_from(seed).unwrap() / self.scenes.len();
        &self.pairs[turn % self.pairs.len()]
    }

    /// The steps of the seed that was played last.
    fn trace(&self, seed: u64) -> String {
        let network = self.pair(seed).shaken.store.network();
        network.trace.join("\n")
    }

    fn play(&self, seed: u64, tally: &mut Tally) -> Result<(), String> {
        let scenes = self.scenes.len();
        let scene = &self.scenes[usize::try_from(seed).unwrap() % scenes];
        let Pair { shaken, sound } = self.pair(seed);
        let run = schedule::play(shaken, scene, seed);
        let history = History::of(shaken);
        *tally.entry("commits").or_default() += history.commits();
        verdict::judge(sound, scene, &run, &history, tally).map_err(|what| {
            let trace = self.trace(seed);
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
        println!("{}", stage.trace(seeds.start));
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
        "delayed recovery completed",
        "delayed recovery cancelled",
        "signature",
        "what was due",
        "lock by a link",
        "import",
    ] {
        assert!(tally.contains_key(seen), "{seen} never came up");
    }
}

#[test]
fn a_seed_plays_out_the_same_each_time() {
    let trace = || {
        let stage = Stage::new();
        stage.play(7, &mut Tally::new()).unwrap();
        stage.trace(7)
    };
    assert_eq!(trace(), trace());
}
