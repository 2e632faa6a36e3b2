//! The demo in its own process, under a mixed load and faults: people who sign up, enrol, sign in
//! and mistype, clients that are slow or hang up, and restarts by SIGTERM and SIGKILL.
//!
//! Every answer is compared with what the person knows, and every request is written into a
//! [`Ledger`]. At the end the events in the database are compared with it, one request after
//! another. CONTRIBUTING.md has the command of an hour's run.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod audit;
mod client;
mod ledger;
mod people;
// A part of the module is for benches.
#[allow(dead_code)]
#[path = "../process/mod.rs"]
mod process;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use client::{Client, PATIENCE, connect};
use countersign::testing::SeededRng;
use countersign_demo::Settings;
use ledger::{Act, End, Ledger};
use people::Worker;
use process::Process;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::{JoinSet, block_in_place};

/// The length of a run, unless `COUNTERSIGN_LOAD_SECONDS` says another.
const SECONDS: u64 = 8;
const WORKERS: usize = 6;
/// So many accounts each of them uses at a time.
const PEOPLE: usize = 8;
/// Clients that never finish a request.
const IDLERS: usize = 3;
/// The longest time between two restarts.
const CALM: Duration = Duration::from_secs(6);
/// In MiB, at any time, and from the warmed-up process to its end.
const MOST: u64 = 150;
const GROWTH: u64 = 12;
/// A stop waits for open requests.
const STOPPED: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_load_and_faults_every_answer_stands() {
    let folder = tempfile::tempdir().unwrap();
    let settings = countersign_demo::testing::sqlite(folder.path());
    Run::of(&settings, folder.path()).play().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn under_load_and_faults_every_answer_stands_on_postgres() {
    let folder = tempfile::tempdir().unwrap();
    let settings = countersign_demo::testing::postgres().await;
    Run::of(&settings, folder.path()).play().await;
}

struct Run {
    url: String,
    command: Command,
    log: std::path::PathBuf,
    length: Duration,
    seed: u64,
    random: SeededRng,
}

/// What a run tells of the process.
#[derive(Default)]
struct Watched {
    killed: usize,
    stopped: usize,
    /// Resident memory in MiB: the largest of all, and of the last process when it has warmed up
    /// and at its end.
    most: u64,
    warm: u64,
    last: u64,
}

impl Run {
    fn of(settings: &Settings, folder: &Path) -> Self {
        let seed = number("COUNTERSIGN_TEST_SEED").unwrap_or_else(|| {
            let mut seed = [0; 8];
            getrandom::fill(&mut seed).unwrap();
            u64::from_ne_bytes(seed)
        });
        println!("COUNTERSIGN_TEST_SEED={seed}");
        let url = settings.database_url.expose().to_owned();
        let mut command = Process::command(&url);
        if let Some(keys) = &settings.keys {
            command.env("COUNTERSIGN_KEYS", keys.expose());
        }
        let patience = format!("{}s", PATIENCE.as_secs());
        let log = folder.join("log");
        command
            .env("COUNTERSIGN_HEADER_TIMEOUT", &patience)
            .env("COUNTERSIGN_BODY_TIMEOUT", &patience)
            .stderr(File::create(&log).unwrap());
        Self {
            url,
            command,
            log,
            length: Duration::from_secs(number("COUNTERSIGN_LOAD_SECONDS").unwrap_or(SECONDS)),
            seed,
            random: SeededRng::new(seed),
        }
    }

    async fn play(mut self) {
        let process = Process::start(&mut self.command).unwrap();
        let (published, address) = watch::channel(process.address().to_owned());
        let ledger = Arc::<Ledger>::default();
        let end = Instant::now() + self.length;
        let mut idlers = JoinSet::new();
        for _ in 0..IDLERS {
            idlers.spawn(idle(address.clone(), end));
        }
        let mut working = JoinSet::new();
        for number in 0..WORKERS {
            let client = Client {
                ledger: Arc::clone(&ledger),
                address: address.clone(),
                random: SeededRng::new(self.seed.wrapping_add(1 + number as u64)),
                unruly: true,
            };
            let worker = Worker::new(number, client);
            working.spawn(worker.work(PEOPLE, end));
        }
        let restarts = tokio::spawn(async move {
            let mut watched = Watched::default();
            let process = self.restart(process, &published, &mut watched).await;
            self.watch(&process, end, &mut watched).await;
            (self, process, watched)
        });
        let mut workers = Vec::new();
        while let Some(worker) = working.join_next().await {
            workers.push(worker.unwrap());
        }
        let (run, mut process, watched) = restarts.await.unwrap();
        idlers.join_all().await;
        for worker in &mut workers {
            worker.visit_all().await;
        }
        // The second half of the run has no kills.
        let held = if run.length / 2 > audit::LEASE {
            0
        } else {
            watched.killed
        };
        audit::all_are_told_but(&run.url, held).await;
        assert!(block_in_place(|| process.stop()).unwrap().success());
        let book = ledger.take();
        summary(&book.entries, &watched);
        let kinds = audit::audit(&run.url, &book).await;
        println!("events: {kinds:?}");
        let logged = std::fs::read_to_string(&run.log).unwrap();
        assert_eq!(logged, "", "no fault is logged");
        assert!(watched.most < MOST, "{} MiB", watched.most);
        assert!(watched.last <= watched.warm + GROWTH, "it grows");
    }

    /// Ends the process and starts it again, over and over, in the first half of the run.
    async fn restart(
        &mut self,
        mut process: Process,
        published: &watch::Sender<String>,
        watched: &mut Watched,
    ) -> Process {
        let half = Instant::now() + self.length / 2;
        let longest = CALM.min(self.length / 5);
        while Instant::now() < half {
            let calm = self.random.below(longest.as_millis() as usize);
            // The moment of the restart.
            tokio::time::sleep(Duration::from_millis(calm as u64)).await;
            watched.most = watched.most.max(process.memory().unwrap());
            if self.random.below(3) == 0 {
                let begun = Instant::now();
                let stopped = block_in_place(|| process.stop()).unwrap();
                assert!(stopped.success() && begun.elapsed() < STOPPED, "{stopped}");
                watched.stopped += 1;
            } else {
                process.kill().unwrap();
                watched.killed += 1;
            }
            process = block_in_place(|| Process::start(&mut self.command)).unwrap();
            published.send_replace(process.address().to_owned());
        }
        process
    }

    /// Looks at the memory of the last process.
    async fn watch(&self, process: &Process, end: Instant, watched: &mut Watched) {
        let rest = end.saturating_duration_since(Instant::now());
        tokio::time::sleep(rest / 3).await;
        watched.warm = process.memory().unwrap();
        tokio::time::sleep_until(end.into()).await;
        watched.last = process.memory().unwrap();
        watched.most = watched.most.max(process.peak_memory().unwrap());
    }
}

impl Worker {
    async fn work(mut self, people: usize, end: Instant) -> Self {
        while Instant::now() < end {
            self.step(people).await;
        }
        self
    }
}

/// Sends what never becomes a request, over and over. The service closes each connection in time.
async fn idle(mut address: watch::Receiver<String>, end: Instant) {
    const HEAD: &str = "POST /auth/login HTTP/1.1\r\nHost: localhost\r\n";
    const BODY: &str = "Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    let mut texts = ["", HEAD, &*format!("{HEAD}{BODY}")]
        .map(str::to_owned)
        .into_iter()
        .cycle();
    while Instant::now() < end {
        let now = address.borrow_and_update().clone();
        let Ok(mut stream) = connect(&now).await else {
            let _ = tokio::time::timeout_at(end.into(), address.changed()).await;
            continue;
        };
        let _ = stream.write_all(texts.next().unwrap().as_bytes()).await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let read = tokio::time::timeout(PATIENCE + STOPPED, read).await;
        let _ = read.expect("the connection is closed");
        let answer = String::from_utf8(answer).unwrap();
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
    }
}

/// The number in a variable of the environment, if it is set.
fn number<N: FromStr>(variable: &str) -> Option<N> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().ok().expect("a number"))
}

fn summary(entries: &[ledger::Entry], watched: &Watched) {
    let mut acts: BTreeMap<Act, [usize; 4]> = BTreeMap::new();
    for entry in entries {
        let place = match &entry.end {
            _ if entry.is_done() => 0,
            End::Answered(..) => 1,
            End::Unknown => 2,
            End::NotSent => 3,
        };
        acts.entry(entry.act).or_default()[place] += 1;
    }
    println!(
        "{} requests: done, refused, unknown, not sent",
        entries.len()
    );
    for (act, [done, refused, unknown, not_sent]) in acts {
        println!("{act:?}: {done}, {refused}, {unknown}, {not_sent}");
    }
    let Watched {
        killed,
        stopped,
        most,
        warm,
        last,
    } = watched;
    println!("{killed} kills, {stopped} stops; memory: {warm} MiB, then {last}, at most {most}");
}
