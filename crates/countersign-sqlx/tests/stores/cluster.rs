//! A PostgreSQL to test against: the one that `COUNTERSIGN_TEST_POSTGRES` names, or else a
//! throwaway one.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh");

/// The URL of the PostgreSQL that all tests of this process share.
pub(crate) fn shared() -> String {
    static THROWAWAY: OnceLock<Cluster> = OnceLock::new();
    std::env::var("COUNTERSIGN_TEST_POSTGRES")
        .unwrap_or_else(|_| THROWAWAY.get_or_init(Cluster::start).url.clone())
}

/// A throwaway PostgreSQL. It ends with the process that started it, since the script's input ends
/// then.
pub(crate) struct Cluster {
    pub(crate) url: String,
    script: Child,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let mut script = Command::new(SCRIPT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{SCRIPT}: {error}"));
        let mut answers = BufReader::new(script.stdout.take().unwrap());
        let mut url = String::new();
        answers.read_line(&mut url).unwrap();
        assert!(!url.is_empty(), "{SCRIPT} started no PostgreSQL");
        Self {
            url: url.trim().to_owned(),
            script,
            answers,
        }
    }

    /// Stops the server as a crash does.
    pub(crate) fn crash(&mut self) {
        self.say("stop", "stopped");
    }

    pub(crate) fn come_back(&mut self) {
        self.say("start", "started");
    }

    /// Dumps the database.
    pub(crate) fn back_up(&mut self) {
        self.say("dump", "dumped");
    }

    /// Restores the dump into a new database of that name. Its URL is the answer.
    pub(crate) fn restore(&mut self, name: &str) -> String {
        self.say(&format!("restore {name}"), "restored");
        let (server, _) = self.url.rsplit_once('/').unwrap();
        format!("{server}/{name}")
    }

    fn say(&mut self, order: &str, right: &str) {
        writeln!(self.script.stdin.as_ref().unwrap(), "{order}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), right);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
