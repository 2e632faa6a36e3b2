//! The suite passes for a sound store, and fails for each kind of broken one.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Mutex;

use countersign::UserId;
use countersign::event::Event;
use countersign::store::conformance::{self, Failures, Subject, Task};
use countersign::store::{Change, Committed, Expected, MemoryStore, Stored};
use countersign::store::{UserDirectory, UserStore, Version};

struct Memory;

impl Subject for Memory {
    type Store = MemoryStore;

    async fn open(&self) -> MemoryStore {
        MemoryStore::new()
    }

    async fn events(&self, store: &MemoryStore, user: &UserId) -> Vec<Event> {
        let newest_first = store.events(user, None, usize::MAX).await.unwrap();
        newest_first
            .into_iter()
            .rev()
            .map(|recorded| recorded.event)
            .collect()
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_store_passes() {
    let report = conformance::run(&Memory)
        .await
        .unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 23);
    let report = conformance::run_directory(&Memory).await;
    let report = report.unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 2);
}

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    /// The version is compared, and then written, with a gap between.
    ReadModifyWrite,
    /// The version is not compared.
    BlindOverwrite,
    /// Versions are counted from one again.
    VersionReuse,
    /// Events are not kept.
    EventsLost,
    /// Events are kept even where the record was not.
    EventsOfConflicts,
    /// User ids are compared without their case.
    CaseFolding,
}

struct Broken(Defect);

struct BrokenStore {
    defect: Defect,
    rows: Mutex<HashMap<String, Stored>>,
    events: Mutex<Vec<Event>>,
}

impl BrokenStore {
    fn key(&self, user: &UserId) -> String {
        match self.defect {
            Defect::CaseFolding => user.as_str().to_lowercase(),
            _ => user.as_str().to_owned(),
        }
    }

    fn stands_at(&self, user: &UserId) -> Expected {
        let rows = self.rows.lock().unwrap();
        rows.get(&self.key(user))
            .map_or(Expected::Absent, |stored| Expected::At(stored.version))
    }
}

impl UserStore for BrokenStore {
    type Error = Infallible;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Infallible> {
        Ok(self.rows.lock().unwrap().get(&self.key(user)).cloned())
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Infallible> {
        let matches =
            self.stands_at(change.user) == change.expected || self.defect == Defect::BlindOverwrite;
        if self.defect == Defect::ReadModifyWrite {
            // The gap: everybody else comes in.
            for _ in 0..64 {
                tokio::task::yield_now().await;
            }
        }
        if matches || self.defect == Defect::EventsOfConflicts {
            let lost = self.defect == Defect::EventsLost;
            self.events
                .lock()
                .unwrap()
                .extend(change.events.iter().filter(|_| !lost).cloned());
        }
        if !matches {
            return Ok(Committed::Conflict);
        }
        let mut rows = self.rows.lock().unwrap();
        let before = rows
            .get(&self.key(change.user))
            .map_or(0, |stored| stored.version.as_i64());
        let version = match self.defect {
            Defect::VersionReuse => Version::from_i64(before.wrapping_add(1)),
            _ => change.version,
        };
        rows.insert(
            self.key(change.user),
            Stored {
                version,
                record: change.record.clone(),
            },
        );
        Ok(Committed::Done)
    }
}

impl Subject for Broken {
    type Store = BrokenStore;

    async fn open(&self) -> BrokenStore {
        BrokenStore {
            defect: self.0,
            rows: Mutex::default(),
            events: Mutex::default(),
        }
    }

    async fn events(&self, store: &BrokenStore, user: &UserId) -> Vec<Event> {
        store
            .events
            .lock()
            .unwrap()
            .iter()
            .filter(|event| event.user == *user)
            .cloned()
            .collect()
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

async fn cases_failed_by(defect: Defect) -> Vec<&'static str> {
    let Failures { failed, .. } = conformance::run(&Broken(defect)).await.unwrap_err();
    failed.into_iter().map(|failure| failure.case).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_kind_of_broken_store_is_caught() {
    let telling = [
        (Defect::ReadModifyWrite, "of_many_commits_one_wins"),
        (Defect::ReadModifyWrite, "one_code_signs_in_once"),
        (
            Defect::BlindOverwrite,
            "an_update_needs_the_version_that_stands",
        ),
        (Defect::BlindOverwrite, "a_user_is_created_once"),
        (Defect::VersionReuse, "a_version_is_kept_and_not_renumbered"),
        (Defect::EventsLost, "events_are_kept_in_order"),
        (Defect::EventsOfConflicts, "a_conflict_writes_nothing"),
        (Defect::CaseFolding, "user_ids_are_compared_byte_by_byte"),
    ];
    for (defect, case) in telling {
        let failed = cases_failed_by(defect).await;
        assert!(
            failed.contains(&case),
            "{defect:?} passed {case} and failed only {failed:?}"
        );
    }
}
