//! An application's own store: a journal file that is appended to and synced, read into memory when it is opened.
//!
//! `cargo run --example custom_store` runs the library's conformance suite against it, and then opens it again.

#![allow(clippy::expect_used, reason = "the suite is a test of this very file")]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign::UserId;
use countersign::event::Event;
use countersign::store::{Change, Committed, Expected, Stored, conformance};
use countersign::store::{Record, UserStore, Version};

/// One commit is one line: user, version, record, events.
type Line = (UserId, Version, String, Vec<Event>);

/// For one process at a time.
struct JournalStore(Mutex<Journal>);

struct Journal {
    file: File,
    users: HashMap<UserId, Stored>,
}

impl JournalStore {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(path)?;
        let mut users = HashMap::new();
        let mut length = 0;
        for line in BufReader::new(&file).split(b'\n') {
            let line = line?;
            // A line that was cut by a crash was never acknowledged.
            let Ok((user, version, record, _)) = serde_json::from_slice::<Line>(&line) else {
                break;
            };
            users.insert(
                user,
                Stored {
                    version,
                    record: Record::from_bytes(record),
                },
            );
            length += line.len() as u64 + 1;
        }
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self(Mutex::new(Journal { file, users })))
    }

    fn journal(&self) -> MutexGuard<'_, Journal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal {
    fn append(&mut self, line: &Line) -> io::Result<()> {
        let before = self.file.metadata()?.len();
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let written = self
            .file
            .write_all(&bytes)
            .and_then(|()| self.file.sync_data());
        // Half a line must not stand before the next one.
        written.or_else(|error| self.file.set_len(before).and(Err(error)))
    }
}

impl UserStore for JournalStore {
    type Error = io::Error;

    async fn load(&self, user: &UserId) -> io::Result<Option<Stored>> {
        Ok(self.journal().users.get(user).cloned())
    }

    async fn commit(&self, change: Change<'_>) -> io::Result<Committed> {
        let mut journal = self.journal();
        let stands_at = match journal.users.get(change.user) {
            Some(stored) => Expected::At(stored.version),
            None => Expected::Absent,
        };
        if stands_at != change.expected {
            return Ok(Committed::Conflict);
        }
        let text = String::from_utf8_lossy(change.record.as_bytes()).into_owned();
        journal.append(&(
            change.user.clone(),
            change.version,
            text,
            change.events.to_vec(),
        ))?;
        let stored = Stored {
            version: change.version,
            record: change.record.clone(),
        };
        journal.users.insert(change.user.clone(), stored);
        Ok(Committed::Done)
    }
}

/// What the suite needs to know of it.
struct JournalAt(PathBuf);

impl conformance::Subject for JournalAt {
    type Store = JournalStore;

    async fn open(&self) -> JournalStore {
        JournalStore::open(&self.0).expect("the journal opens")
    }

    async fn events(&self, _: &JournalStore, user: &UserId) -> Vec<Event> {
        let file = File::open(&self.0).expect("the journal opens");
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        let commits = lines.filter_map(|line| serde_json::from_str::<Line>(&line).ok());
        commits
            .filter(|(of, ..)| of == user)
            .flat_map(|(.., events)| events)
            .collect()
    }

    fn spawn(&self, task: conformance::Task) {
        conformance::on_a_thread(task);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("accounts.journal");
    println!(
        "{}",
        pollster::block_on(conformance::run(&JournalAt(path.clone())))?
    );
    let users = JournalStore::open(&path)?.journal().users.len();
    println!("opened again: {users} users");
    Ok(())
}
