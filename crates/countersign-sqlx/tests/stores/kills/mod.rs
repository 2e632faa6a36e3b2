//! Processes and servers that are killed in the middle of their work, again and again. What was
//! answered stands, and nothing stands by half.

mod crowd;
mod inspection;
mod ledger;
mod workload;

use std::fmt::Debug;
use std::process::Child;
use std::str::FromStr;

use countersign::testing::SeededRng;
use countersign::time::Timestamp;
use countersign_sqlx::{MySqlStore, PostgresStore};

use crate::databases::{Database, Served, ServerStore, on_each};
use crate::processes::start;
use crate::servers::Server;
use crate::support::{NOW, Person, enroll};
use inspection::{Doubt, Inspection};
use ledger::{Attempt, Line, Lines, Mark};
use workload::Job;

/// So many processes are killed unless `COUNTERSIGN_TEST_KILLS` says another number.
const KILLS: usize = 50;
const CRASHES: usize = 10;
/// As many sign in at once.
const PEOPLE: usize = 4;
/// A process is killed after at most so many lines and so much more.
const LINES: usize = 40;
const SPINS: usize = 100_000;
/// Nobody is to come near the failures after which a new password is needed.
const BORNE: usize = 120;

on_each!(a_service_that_is_killed_forgets_nothing);

async fn a_service_that_is_killed_forgets_nothing<D: Database>(database: D) {
    let mut campaign = Campaign::begin(database);
    let kills = number("COUNTERSIGN_TEST_KILLS").unwrap_or(KILLS);
    for _ in 0..kills {
        campaign.round(None).await;
    }
    let (written, lost) = campaign.end().await;
    // Kills did hit commits, before and after the moment that counts.
    assert!(written >= kills / 25 && lost >= kills / 25);
}

/// The number in a variable of the environment, if it is set.
fn number<N: FromStr<Err: Debug>>(variable: &str) -> Option<N> {
    let number = std::env::var(variable).ok()?;
    Some(number.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn a_postgres_that_is_killed_forgets_nothing() {
    a_server_that_is_killed_forgets_nothing::<PostgresStore>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs MariaDB"]
async fn a_mariadb_that_is_killed_forgets_nothing() {
    a_server_that_is_killed_forgets_nothing::<MySqlStore>().await;
}

async fn a_server_that_is_killed_forgets_nothing<S: ServerStore>() {
    let mut server = Served::<S>::server();
    let mut campaign = Campaign::begin(Served::<S>::at(&server.url));
    for _ in 0..CRASHES {
        campaign.round(Some(&mut server)).await;
    }
    campaign.end().await;
}

/// Somebody who signs in over and over.
struct Watched {
    person: Person,
    time: Timestamp,
    /// The events that stand since the last inspection.
    settled: Vec<Mark>,
    /// The answers since then.
    attempts: Vec<Attempt>,
    /// Recovery codes that were used.
    used: Vec<String>,
}

struct Campaign<D> {
    database: D,
    random: SeededRng,
    people: Vec<Watched>,
    /// Those whose recovery codes are used up.
    retired: Vec<Watched>,
    /// What was in doubt and turned out to be written, and what did not.
    doubts: (usize, usize),
}

impl<D: Database> Campaign<D> {
    fn begin(database: D) -> Self {
        let seed = number("COUNTERSIGN_TEST_SEED").unwrap_or_else(|| {
            let mut seed = [0; 8];
            getrandom::fill(&mut seed).unwrap();
            u64::from_ne_bytes(seed)
        });
        println!("COUNTERSIGN_TEST_SEED={seed}");
        Self {
            database,
            random: SeededRng::new(seed),
            people: Vec::new(),
            retired: Vec::new(),
            doubts: (0, 0),
        }
    }

    /// Lets a process work, kills it, and looks at what it left. If there is a server to kill, that
    /// comes first, and the process has to get over it.
    async fn round(&mut self, server: Option<&mut Server>) {
        self.invite().await;
        let mut process = self.start();
        let mut lines = Lines::of(process.stdout.take().unwrap());
        assert!(self.follow(&mut lines), "the workload ended by itself");
        if let Some(server) = server {
            server.crash();
            server.come_back();
            // Whoever was in the middle of something gives up.
            self.follow(&mut lines);
        }
        process.kill().unwrap();
        process.wait().unwrap();
        for line in lines {
            self.write_down(line);
        }
        self.inspect().await;
    }

    /// Puts new people in the places of those who retired.
    async fn invite(&mut self) {
        if self.people.len() == PEOPLE {
            return;
        }
        let inspection = Inspection::open(&self.database).await;
        let mfa = inspection.service(NOW);
        while self.people.len() < PEOPLE {
            let number = self.people.len() + self.retired.len();
            let mut watched = Watched {
                person: enroll(&mfa, &number.to_string()).await,
                time: NOW,
                settled: Vec::new(),
                attempts: Vec::new(),
                used: Vec::new(),
            };
            watched.settled = inspection.events(&watched).await;
            self.people.push(watched);
        }
        inspection.close().await;
    }

    fn start(&mut self) -> Child {
        let people = self.people.iter().map(|watched| {
            let person = &watched.person;
            (
                person.user.to_string(),
                person.key.clone(),
                watched.time.as_unix(),
                person.recovery.clone(),
            )
        });
        let job: Job = (
            self.database.address(),
            self.database.prefix().to_string(),
            self.random.number(),
            people.collect(),
        );
        let job = serde_json::to_string(&job).unwrap();
        start("kills::workload::workload", &job)
    }

    /// Reads on to a random moment, if there is one before the end.
    fn follow(&mut self, lines: &mut Lines) -> bool {
        for _ in 0..=self.random.below(LINES) {
            let Some(line) = lines.next() else {
                return false;
            };
            self.write_down(line);
        }
        for _ in 0..self.random.below(SPINS) {
            std::hint::spin_loop();
        }
        true
    }

    fn write_down(&mut self, line: Line) {
        let user = match &line {
            Line::Opening | Line::Opened => return,
            Line::Attempt(user, ..) | Line::End(user, _) => user,
        };
        let mut people = self.people.iter_mut();
        let watched = people.find(|watched| watched.person.user.as_str() == user);
        watched.unwrap().write_down(line);
    }

    async fn inspect(&mut self) {
        let inspection = Inspection::open(&self.database).await;
        for mut watched in std::mem::take(&mut self.people) {
            match inspection.inspect(&mut watched).await {
                Doubt::Written => self.doubts.0 += 1,
                Doubt::Lost => self.doubts.1 += 1,
                Doubt::None => {}
            }
            if watched.person.recovery.is_empty() || watched.settled.len() > BORNE {
                inspection.bid_farewell(&mut watched).await;
                self.retired.push(watched);
            } else {
                self.people.push(watched);
            }
        }
        inspection.close().await;
    }

    /// How many answers were in doubt and written, and how many were in doubt and lost.
    async fn end(self) -> (usize, usize) {
        let inspection = Inspection::open(&self.database).await;
        let mut events = 0;
        for watched in self.people.iter().chain(&self.retired) {
            assert_eq!(inspection.events(watched).await, watched.settled);
            events += watched.settled.len();
        }
        let (written, lost) = self.doubts;
        println!("{events} events; in doubt were {written} that stand and {lost} that do not");
        self.doubts
    }
}

impl Watched {
    fn write_down(&mut self, line: Line) {
        match line {
            Line::Opening | Line::Opened => {}
            Line::Attempt(_, at, way, challenge, code) => {
                if let Some(place) = self.person.recovery.iter().position(|one| *one == code) {
                    self.used.push(self.person.recovery.remove(place));
                }
                self.time = at;
                self.attempts.push(Attempt {
                    at,
                    way,
                    challenge,
                    code,
                    end: None,
                });
            }
            Line::End(_, end) => self.attempts.last_mut().unwrap().end = Some(end),
        }
    }
}
