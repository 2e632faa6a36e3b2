//! An application's own store: a journal file. Each commit is appended and synced. Opening reads
//! the file into memory.
//!
//! `cargo run --example custom_store` runs the library's conformance suite against the store. Then
//! it shows that the store keeps what it acknowledged after a crash in the middle of a write, and
//! that it reports damage.
#![allow(clippy::expect_used, reason = "the suite is a test of this very file")]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use countersign::event::Event;
use countersign::store::{Change, Committed, Expected, Record, Stored, UserStore, Version};
use countersign::{UserId, conformance};

/// One commit is one line: user, version, record, events.
type Line = (UserId, Version, Vec<u8>, Vec<Event>);

/// The store is for one process at a time. It syncs the file on the caller's thread. Under tokio,
/// wrap that in `spawn_blocking`.
struct JournalStore(Mutex<Journal>);

struct Journal {
    file: File,
    users: HashMap<UserId, Stored>,
}

impl JournalStore {
    fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(path)?;
        let (mut reader, mut users) = (BufReader::new(&file), HashMap::new());
        let (mut line, mut length) = (Vec::new(), 0);
        while reader.read_until(b'\n', &mut line)? > 0 {
            // A line without an end was cut by a crash and never acknowledged. Any other unreadable
            // line is damage and an error, because a lost account would look like one without a
            // second factor.
            if line.ends_with(b"\n") {
                let (user, version, record, _) = serde_json::from_slice::<Line>(&line)?;
                users.insert(
                    user,
                    Stored {
                        version,
                        record: Record::from_bytes(record),
                    },
                );
                length += line.len() as u64;
            }
            line.clear();
        }
        file.set_len(length)?;
        Ok(Self(Mutex::new(Journal { file, users })))
    }

    /// A thread that panicked while it held the journal may have left half a line.
    fn journal(&self) -> io::Result<MutexGuard<'_, Journal>> {
        self.0
            .lock()
            .map_err(|_| io::Error::other("the journal is broken"))
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
        // Half a line must not precede the next line.
        written.or_else(|error| self.file.set_len(before).and(Err(error)))
    }
}

impl UserStore for JournalStore {
    type Error = io::Error;

    async fn load(&self, user: &UserId) -> io::Result<Option<Stored>> {
        Ok(self.journal()?.users.get(user).cloned())
    }

    async fn commit(&self, change: Change<'_>) -> io::Result<Committed> {
        let mut journal = self.journal()?;
        let stands_at = match journal.users.get(change.user) {
            Some(stored) => Expected::At(stored.version),
            None => Expected::Absent,
        };
        if stands_at != change.expected {
            return Ok(Committed::Conflict);
        }
        let line = (
            change.user.clone(),
            change.version,
            change.record.as_bytes().to_vec(),
            change.events.to_vec(),
        );
        journal.append(&line)?;
        let stored = Stored {
            version: change.version,
            record: change.record.clone(),
        };
        journal.users.insert(change.user.clone(), stored);
        Ok(Committed::Done)
    }
}

/// The store as the suite needs it. The store is for one process, so that all handles are the same.
struct JournalAt(PathBuf, Arc<JournalStore>);

impl conformance::Subject for JournalAt {
    type Store = Arc<JournalStore>;

    async fn open(&self) -> Arc<JournalStore> {
        Arc::clone(&self.1)
    }

    async fn events(&self, _: &Arc<JournalStore>, user: &UserId) -> Vec<Event> {
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
    let subject = JournalAt(path.clone(), Arc::new(JournalStore::open(&path)?));
    println!("{}", pollster::block_on(conformance::run(subject))?);

    let users =
        || JournalStore::open(&path).map(|store| store.journal().map(|held| held.users.len()));
    let kept = users()??;
    let whole = std::fs::read(&path)?;
    let half_a_line = [&whole, &b"[\"half a li"[..]].concat();
    let without_its_end = whole[..whole.len() - 1].to_vec();
    for crashed in [half_a_line, without_its_end] {
        std::fs::write(&path, crashed)?;
        println!("after a crash while writing: {} of {kept} users", users()??);
    }
    std::fs::write(&path, [b"\xff", &*whole].concat())?;
    println!(
        "after damage: {}",
        users().err().ok_or("damage went unnoticed")?
    );
    Ok(())
}
