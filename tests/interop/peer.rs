//! Other implementations in their own processes. They read questions from standard input and answer
//! in order.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// An implementation that `setup.sh` installs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Peer {
    Pyotp,
    Otplib,
}

impl Peer {
    /// The answer to each question; one that was refused has a member `error`.
    pub(crate) fn ask(self, questions: &[Value]) -> Vec<Value> {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{self:?}: {error}; run tests/interop/setup.sh first"));
        let lines: String = questions
            .iter()
            .map(|question| format!("{question}\n"))
            .collect();
        let mut asking = child.stdin.take().unwrap();
        asking.write_all(lines.as_bytes()).unwrap();
        drop(asking);
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{self:?} broke; its error is above"
        );
        let answers = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<Value> = answers
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(answers.len(), questions.len(), "{self:?}");
        answers
    }

    fn command(self) -> Command {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
        let folder = installed();
        match self {
            Self::Pyotp => {
                let mut command = Command::new(folder.join("venv/bin/python"));
                command.arg(scripts.join("peer.py"));
                command
            }
            Self::Otplib => {
                let mut command = Command::new("node");
                command.arg(scripts.join("peer.mjs")).arg(folder);
                command
            }
        }
    }
}

/// Where `setup.sh` installs: beside the `tmp` folder that Cargo gives to tests.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .join("interop")
}
