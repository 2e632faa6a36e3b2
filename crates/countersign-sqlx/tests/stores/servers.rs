//! The servers to test against: those that `COUNTERSIGN_TEST_POSTGRES` and
//! `COUNTERSIGN_TEST_MARIADB` name, or else throwaway ones.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A throwaway server. It ends with the process that started it, since the script's input ends
/// then.
pub(crate) struct Server {
    pub(crate) url: String,
    script: Child,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server by a script beside the tests, such as `postgres.sh`, and its arguments. A
    /// script that starts several has several URLs, with a space between them.
    pub(crate) fn start(script: &str) -> Self {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let mut words = script.split(' ');
        let mut process = Command::new(scripts.join(words.next().unwrap()))
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{script}: {error}"));
        let mut answers = BufReader::new(process.stdout.take().unwrap());
        let mut url = String::new();
        answers.read_line(&mut url).unwrap();
        assert!(!url.is_empty(), "{script} started no server");
        Self {
            url: url.trim().to_owned(),
            script: process,
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

    /// Gives the script an order, and waits until it is done.
    pub(crate) fn say(&mut self, order: &str, right: &str) {
        writeln!(self.script.stdin.as_ref().unwrap(), "{order}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), right);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
