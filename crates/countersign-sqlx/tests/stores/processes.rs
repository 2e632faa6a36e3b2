//! This test binary as a process of its own, many times at once.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use countersign::store::UserDirectory;
use countersign::token::{Challenge, Token};
use countersign::{Denial, Error, UserId};
use countersign_sqlx::{Prefix, StoreOptions};

use crate::databases::{Database, with_store};
use crate::support::mfa;

const VARIABLE: &str = "COUNTERSIGN_TEST_PROCESS";

/// Where the store is, what its tables begin with, and the answers to give at once, each a
/// challenge and a code.
type Job = (String, String, Vec<Attempt>);
pub(crate) type Attempt = (String, String);

/// What an attempt came to, in one word.
const VERIFIED: &str = "verified";
const CHARGED: &str = "charged";
const REFUSED: &str = "refused";
const OPENED: &str = "opened";

/// What all attempts of all processes came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) opened: usize,
    pub(crate) verified: usize,
    /// Refused and charged.
    pub(crate) charged: usize,
    /// Refused without a charge, or given up in the crowd.
    pub(crate) refused: usize,
    /// Anything else, in words.
    pub(crate) broken: Vec<String>,
}

/// Starts a process for each list of attempts, lets them all go at the same moment, and gathers
/// what came of it. A process without attempts opens the store when it may go; others have it open
/// by then.
pub(crate) fn race<D: Database>(database: &D, attempts: Vec<Vec<Attempt>>) -> Ends {
    let mut processes = Vec::new();
    for attempts in attempts {
        let prefix = database.prefix().as_str().to_owned();
        let job: Job = (database.address(), prefix, attempts);
        let job = serde_json::to_string(&job).unwrap();
        processes.push(start("processes::process", &job));
    }
    let mut outputs = Vec::new();
    for process in &mut processes {
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = lines.any(|line| line.unwrap() == "ready");
        assert!(ready, "a process did not get ready");
        outputs.push(lines);
    }
    for process in &processes {
        writeln!(process.stdin.as_ref().unwrap(), "go").unwrap();
    }
    let mut ends = Ends::default();
    for line in outputs.into_iter().flatten() {
        if let Some(end) = line.unwrap().strip_prefix("end: ") {
            ends.count(end);
        }
    }
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    ends
}

/// Starts a process that runs one test and nothing else, and gives it its job, a line of JSON.
pub(crate) fn start(test: &str, job: &str) -> Child {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--include-ignored"])
        .arg("--nocapture")
        .env(VARIABLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(process.stdin.as_mut().unwrap(), "{job}").unwrap();
    process
}

/// The lines that a process is given, if it is one that [`start`] started.
pub(crate) fn orders() -> Option<impl Iterator<Item = String>> {
    std::env::var_os(VARIABLE)?;
    Some(std::io::stdin().lines().map(Result::unwrap))
}

impl Ends {
    fn count(&mut self, end: &str) {
        match end {
            OPENED => self.opened += 1,
            VERIFIED => self.verified += 1,
            CHARGED => self.charged += 1,
            REFUSED => self.refused += 1,
            broken => self.broken.push(broken.to_owned()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "is started by other tests, as a process of its own"]
async fn process() {
    let Some(mut orders) = orders() else {
        return;
    };
    let (address, prefix, attempts): Job = serde_json::from_str(&orders.next().unwrap()).unwrap();
    let options = StoreOptions::new().prefix(Prefix::new(&prefix).unwrap());
    if attempts.is_empty() {
        println!("\nready");
        orders.next().unwrap();
    }
    with_store!(&address, options, |opened| contend(
        opened, attempts, orders
    ));
}

async fn contend<S>(
    opened: Result<S, S::Error>,
    attempts: Vec<Attempt>,
    mut orders: impl Iterator<Item = String>,
) where
    S: UserDirectory + 'static,
{
    let store = match opened {
        Ok(store) => store,
        Err(error) => return println!("end: not opened: {error}"),
    };
    if attempts.is_empty() {
        match store.load(&UserId::from(1_u64)).await {
            Ok(_) => println!("end: {OPENED}"),
            Err(error) => println!("end: not loaded: {error}"),
        }
        return;
    }
    let mfa = mfa(store);
    println!("\nready");
    orders.next().unwrap();
    let mut contestants = tokio::task::JoinSet::new();
    for (challenge, code) in attempts {
        let mfa = mfa.clone();
        contestants.spawn(async move {
            let challenge: Token<Challenge> = challenge.into();
            match mfa.answer_challenge(&challenge, code.as_str()).await {
                Ok(_) => VERIFIED.to_owned(),
                Err(Error::Denied(Denial::InvalidCode)) => CHARGED.to_owned(),
                Err(Error::Denied(_) | Error::Contended) => REFUSED.to_owned(),
                Err(error) => format!("{error}: {:?}", std::error::Error::source(&error)),
            }
        });
    }
    while let Some(end) = contestants.join_next().await {
        println!("end: {}", end.unwrap());
    }
}
