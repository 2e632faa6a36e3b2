//! The suite passes for a sound store, and fails for each kind of broken one.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::Mutex;

use countersign::UserId;
use countersign::event::Event;
use countersign::store::conformance::{self, Failures, Subject, Task};
use countersign::store::{Change, Committed, Expected, MemoryStore, MemoryStoreError, Stored};
use countersign::store::{EventPosition, RecordedEvent, UserDirectory, UserStore, Version};
use countersign::time::Timestamp;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)] // S-9, S-20, S-44
async fn the_memory_store_passes() {
    let report = conformance::run(&Memory)
        .await
        .unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 23);
    let report = conformance::run_directory(&Memory).await;
    let report = report.unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 4);
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

/// What is wrong with a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mislaid {
    /// A user is due a second too early.
    DueEarly,
    /// A user is due a second too late.
    DueLate,
    /// Who was once due stays so.
    DueForEver,
    /// The first moment is kept.
    DueAtFirst,
    /// A conflict moves the moment.
    DueOfConflicts,
    /// The soonest is listed first.
    DueBySoonest,
    /// Pages are as long as the list.
    EndlessPages,
    /// Each page is the first one.
    FirstPageAgain,
    /// Users are ordered without their case.
    CaselessOrder,
}

struct Directory(Mislaid);

struct BrokenDirectory {
    defect: Mislaid,
    inner: MemoryStore,
    due: Mutex<BTreeMap<UserId, Timestamp>>,
}

impl BrokenDirectory {
    fn note(&self, user: &UserId, due_at: Option<Timestamp>) {
        let mut due = self.due.lock().unwrap();
        let known = due.contains_key(user);
        match due_at {
            Some(_) if known && self.defect == Mislaid::DueAtFirst => {}
            Some(at) => drop(due.insert(user.clone(), at)),
            None if self.defect == Mislaid::DueForEver => {}
            None => drop(due.remove(user)),
        }
    }

    fn page(&self, mut users: Vec<UserId>, after: Option<&UserId>, limit: usize) -> Vec<UserId> {
        if self.defect == Mislaid::CaselessOrder {
            users.sort_by_key(|user| user.as_str().to_lowercase());
        }
        let all = self.defect == Mislaid::FirstPageAgain;
        users.retain(|user| all || after.is_none_or(|after| user > after));
        if self.defect != Mislaid::EndlessPages {
            users.truncate(limit);
        }
        users
    }
}

impl UserStore for BrokenDirectory {
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        self.inner.load(user).await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        let committed = self.inner.commit(change).await?;
        if committed == Committed::Done || self.defect == Mislaid::DueOfConflicts {
            self.note(change.user, change.summary.due_at);
        }
        Ok(committed)
    }
}

impl UserDirectory for BrokenDirectory {
    async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        let all = self.inner.users(None, usize::MAX).await?;
        Ok(self.page(all, after, limit))
    }

    async fn due(
        &self,
        until: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, MemoryStoreError> {
        let second = std::time::Duration::from_secs(1);
        let until = match self.defect {
            Mislaid::DueEarly => until + second,
            Mislaid::DueLate => until - second,
            _ => until,
        };
        let due = self.due.lock().unwrap().clone();
        let mut due: Vec<_> = due.into_iter().filter(|(_, at)| *at <= until).collect();
        if self.defect == Mislaid::DueBySoonest {
            due.sort_by_key(|(_, at)| *at);
        }
        let users = due.into_iter().map(|(user, _)| user).collect();
        Ok(self.page(users, after, limit))
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<EventPosition>,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, MemoryStoreError> {
        self.inner.events(user, before, limit).await
    }
}

impl Subject for Directory {
    type Store = BrokenDirectory;

    async fn open(&self) -> BrokenDirectory {
        BrokenDirectory {
            defect: self.0,
            inner: MemoryStore::new(),
            due: Mutex::default(),
        }
    }

    async fn events(&self, store: &BrokenDirectory, user: &UserId) -> Vec<Event> {
        Memory.events(&store.inner, user).await
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

#[tokio::test]
async fn each_kind_of_broken_directory_is_caught_by_the_cases_that_are_for_it() {
    const USERS: &str = "users_are_paged_in_the_order_of_their_bytes";
    const MOMENT: &str = "a_user_is_due_when_the_last_commit_says_so";
    const PAGES: &str = "due_users_are_paged_in_the_order_of_their_bytes";
    let telling: [(_, &[_]); 9] = [
        (Mislaid::DueEarly, &[MOMENT, PAGES]),
        (Mislaid::DueLate, &[MOMENT, PAGES]),
        (Mislaid::DueForEver, &[MOMENT]),
        (Mislaid::DueAtFirst, &[MOMENT]),
        (Mislaid::DueOfConflicts, &[MOMENT]),
        (Mislaid::DueBySoonest, &[PAGES]),
        (Mislaid::EndlessPages, &[USERS, PAGES]),
        (Mislaid::FirstPageAgain, &[USERS, PAGES]),
        (Mislaid::CaselessOrder, &[USERS, PAGES]),
    ];
    for (defect, cases) in telling {
        let Failures { failed, .. } = conformance::run_directory(&Directory(defect))
            .await
            .unwrap_err();
        let failed: Vec<_> = failed.into_iter().map(|failure| failure.case).collect();
        assert_eq!(failed, cases, "{defect:?}");
    }
}
