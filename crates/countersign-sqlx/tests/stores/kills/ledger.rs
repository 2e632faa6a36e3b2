//! What a workload wrote down before it was killed.

use std::io::{BufRead, BufReader};
use std::process::ChildStdout;

use countersign::event::EventKind;
use countersign::time::Timestamp;

/// What stands in the events: what happened, and when.
pub(super) type Mark = (Timestamp, EventKind);

/// The kind of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Code,
    RecoveryCode,
    Wrong,
}

/// The result of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Verified,
    Refused,
    /// The store failed, and nothing was written.
    NotWritten,
    /// The store failed, and the result is unknown.
    Unknown,
}

/// A line that a workload writes, in one piece.
#[derive(Debug)]
pub(super) enum Line {
    Opening,
    Opened,
    /// Who, when, and with what, challenge and code; before the answer.
    Attempt(String, Timestamp, Way, String, String),
    /// Who, and what came of it; before the next step.
    End(String, End),
}

/// An answer that was given.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) at: Timestamp,
    pub(super) way: Way,
    pub(super) challenge: String,
    pub(super) code: String,
    /// None if the process was killed first.
    pub(super) end: Option<End>,
}

impl Attempt {
    /// Whether it may stand in the database and may not.
    pub(super) fn is_in_doubt(&self) -> bool {
        matches!(self.end, None | Some(End::Unknown))
    }

    /// The events of its commit.
    pub(super) fn marks(&self) -> Vec<Mark> {
        let kinds: &[EventKind] = match self.way {
            Way::Code => &[EventKind::LoginVerified],
            Way::RecoveryCode => &[EventKind::RecoveryCodeUsed, EventKind::LoginVerified],
            Way::Wrong => &[EventKind::LoginRefused],
        };
        kinds.iter().map(|kind| (self.at, *kind)).collect()
    }
}

const WAYS: [(Way, &str); 3] = [
    (Way::Code, "code"),
    (Way::RecoveryCode, "recovery code"),
    (Way::Wrong, "wrong"),
];

const ENDS: [(End, &str); 4] = [
    (End::Verified, "verified"),
    (End::Refused, "refused"),
    (End::NotWritten, "not written"),
    (End::Unknown, "unknown"),
];

fn name<T: PartialEq>(names: &[(T, &'static str)], of: T) -> &'static str {
    names.iter().find(|(one, _)| *one == of).unwrap().1
}

fn named<T: Copy>(names: &[(T, &str)], name: &str) -> T {
    names.iter().find(|(_, one)| *one == name).unwrap().0
}

impl Line {
    pub(super) fn say(&self) {
        let json = match self {
            Self::Opening => Ok("opening".to_owned()),
            Self::Opened => Ok("opened".to_owned()),
            Self::Attempt(user, at, way, challenge, code) => {
                serde_json::to_string(&(user, at.as_unix(), name(&WAYS, *way), challenge, code))
            }
            Self::End(user, end) => serde_json::to_string(&(user, name(&ENDS, *end))),
        };
        println!("line: {}", json.unwrap());
    }

    /// Reads a line. The lines of the test harness itself are skipped.
    fn read(text: &str) -> Option<Self> {
        let json = text.strip_prefix("line: ")?;
        if json == "opening" {
            return Some(Self::Opening);
        }
        if json == "opened" {
            return Some(Self::Opened);
        }
        if let Ok((user, end)) = serde_json::from_str::<(String, String)>(json) {
            return Some(Self::End(user, named(&ENDS, &end)));
        }
        let (user, at, way, challenge, code): (_, _, String, _, _) =
            serde_json::from_str(json).unwrap();
        let (at, way) = (Timestamp::from_unix(at), named(&WAYS, &way));
        Some(Self::Attempt(user, at, way, challenge, code))
    }
}

/// The lines of a workload, as it writes them.
pub(super) struct Lines(BufReader<ChildStdout>);

impl Lines {
    pub(super) fn of(output: ChildStdout) -> Self {
        Self(BufReader::new(output))
    }
}

impl Iterator for Lines {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        loop {
            let mut text = String::new();
            self.0.read_line(&mut text).unwrap();
            // A line that was cut off was not written down.
            let text = text.strip_suffix('\n')?;
            if let Some(line) = Line::read(text) {
                return Some(line);
            }
        }
    }
}
