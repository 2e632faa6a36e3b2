//! The suite passes for a sound store, and fails for each kind of broken one.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use countersign::UserId;
use countersign::conformance::{self, Failures, Subject, Task};
use countersign::event::Event;
use countersign::store::{
    Change, Committed, Expected, MemoryStore, MemoryStoreError, Record, Stored,
};
use countersign::store::{
    EventCursor, EventPage, EventPosition, RecordedEvent, Summary, SummaryFilter, UserDirectory,
    UserStore, UserSummary, Version,
};
use countersign::time::Timestamp;
use tokio::sync::RwLock;

#[derive(Default)]
struct Memory(Arc<MemoryStore>);

impl Subject for Memory {
    type Store = Arc<MemoryStore>;

    async fn open(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.0)
    }

    async fn events(&self, store: &Arc<MemoryStore>, user: &UserId) -> Vec<Event> {
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
    let running = tokio::spawn(conformance::run_with_directory(Memory::default()));
    let report = running
        .await
        .unwrap()
        .unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 34);
    let without = tokio::spawn(conformance::run(Memory::default()));
    assert_eq!(without.await.unwrap().unwrap().passed.len(), 27);
}

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Nothing,
    /// The version is compared, and then written, with a gap between.
    ReadModifyWrite,
    /// The version is not compared.
    BlindOverwrite,
    /// Versions are counted from one again.
    VersionReuse,
    /// Events are not kept.
    EventsLost,
    /// Events are kept without the case to which they belong.
    CasesDropped,
    /// What an event does not say is kept as an empty text.
    NotesFilled,
    /// Records are kept as text, and bytes that are no text are replaced.
    RecordsAsText,
    /// Records are kept without the zeros at their end.
    RecordsWithoutZeros,
    /// Events are kept even where the record was not.
    EventsOfConflicts,
    /// User ids are compared without their case.
    CaseFolding,
    /// User ids are compared without what has no width.
    ZeroWidthIgnored,
    /// User ids end before the first character of four bytes.
    AstralCut,
    /// User ids are compared without marks that combine.
    MarksIgnored,
    /// User ids are compared without spaces at their end.
    TrailingSpaceIgnored,
    /// Each handle remembers what it read and wrote.
    StaleCache,
    /// Events are written by a statement of their own, which no rollback undoes and readers may see
    /// early.
    EventsInAStatementOfTheirOwn,
    /// Events are written after an await, under a lock that readers wait for. A caller that hangs
    /// up in between loses the events.
    EventsAfterAnAwait,
    /// Events are written before an await and the record after it, under the lock.
    EventsBeforeAnAwait,
    /// Now and then a user is said not to be there.
    SaysNone,
    /// Now and then another's row is handed out.
    HandsOutAnother,
    /// Now and then nothing is written, and said to be.
    SaysDone,
    /// Now and then it is written, and said not to be.
    SaysConflict,
}

/// How often a store lies.
const NOW_AND_THEN: usize = 50;

#[derive(Clone)]
struct Broken {
    defect: Defect,
    data: Arc<Data>,
}

#[derive(Default)]
struct Data {
    rows: Mutex<HashMap<String, Stored>>,
    events: Mutex<Vec<Event>>,
    /// Held for writing while a commit is under way whose readers wait.
    gate: RwLock<()>,
    statements: AtomicUsize,
}

struct BrokenStore {
    defect: Defect,
    data: Arc<Data>,
    cache: Mutex<HashMap<String, Option<Stored>>>,
}

/// Writes events when it is dropped.
struct Late<'a>(&'a Data, Vec<Event>);

impl Drop for Late<'_> {
    fn drop(&mut self) {
        self.0.events.lock().unwrap().append(&mut self.1);
    }
}

impl BrokenStore {
    fn key(&self, user: &UserId) -> String {
        let id = user.as_str();
        let without = |dropped: fn(char) -> bool| id.replace(dropped, "");
        match self.defect {
            Defect::CaseFolding => id.to_lowercase(),
            Defect::ZeroWidthIgnored => without(|c| ('\u{200b}'..='\u{200d}').contains(&c)),
            Defect::AstralCut => id.split(|c| c > '\u{ffff}').next().unwrap().to_owned(),
            Defect::MarksIgnored => without(|c| ('\u{300}'..='\u{36f}').contains(&c)),
            Defect::TrailingSpaceIgnored => id.trim_end_matches(' ').to_owned(),
            _ => id.to_owned(),
        }
    }

    fn stands_at(&self, user: &UserId) -> Expected {
        let rows = self.data.rows.lock().unwrap();
        rows.get(&self.key(user))
            .map_or(Expected::Absent, |stored| Expected::At(stored.version))
    }

    fn lies(&self, defect: Defect) -> bool {
        self.defect == defect
            && (self.data.statements.fetch_add(1, Ordering::SeqCst) + 1)
                .is_multiple_of(NOW_AND_THEN)
    }

    fn kept(&self, change: &Change<'_>, version: Version) -> Stored {
        let bytes = change.record.as_bytes();
        let ends = bytes.iter().rposition(|byte| *byte != 0);
        let record = match self.defect {
            Defect::RecordsAsText => Record::from_bytes(String::from_utf8_lossy(bytes).as_bytes()),
            Defect::RecordsWithoutZeros => {
                Record::from_bytes(&bytes[..ends.map_or(0, |at| at + 1)])
            }
            _ => change.record.clone(),
        };
        Stored { version, record }
    }

    fn write(&self, change: &Change<'_>, version: Version) {
        let stored = self.kept(change, version);
        let key = self.key(change.user);
        self.remember(&key, Some(stored.clone()));
        self.data.rows.lock().unwrap().insert(key, stored);
    }

    fn append(&self, events: &[Event]) {
        let kept = events.iter().cloned().map(|mut event| {
            match self.defect {
                Defect::CasesDropped => event.case = None,
                Defect::NotesFilled => event.note = event.note.or(Some(String::new())),
                _ => {}
            }
            event
        });
        self.data.events.lock().unwrap().extend(kept);
    }

    fn remember(&self, key: &str, stored: Option<Stored>) {
        if self.defect == Defect::StaleCache {
            self.cache.lock().unwrap().insert(key.to_owned(), stored);
        }
    }
}

impl UserStore for BrokenStore {
    type Error = Infallible;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Infallible> {
        let _gate = self.data.gate.read().await;
        let key = self.key(user);
        if let Some(cached) = self.cache.lock().unwrap().get(&key) {
            return Ok(cached.clone());
        }
        let rows = self.data.rows.lock().unwrap();
        let stored = rows.get(&key).cloned();
        if stored.is_some() && self.lies(Defect::SaysNone) {
            return Ok(None);
        }
        if stored.is_some() && self.lies(Defect::HandsOutAnother) {
            return Ok(rows
                .values()
                .find(|row| Some(*row) != stored.as_ref())
                .cloned());
        }
        self.remember(&key, stored.clone());
        Ok(stored)
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
        if !matches {
            if self.defect == Defect::EventsOfConflicts {
                self.append(change.events);
            }
            return Ok(Committed::Conflict);
        }
        if self.lies(Defect::SaysDone) {
            return Ok(Committed::Done);
        }
        match self.defect {
            Defect::EventsLost => self.write(&change, change.version),
            Defect::VersionReuse => {
                let before = match self.stands_at(change.user) {
                    Expected::At(version) => version.as_i64(),
                    Expected::Absent => 0,
                };
                self.write(&change, Version::from_i64(before.wrapping_add(1)));
                self.append(change.events);
            }
            Defect::EventsInAStatementOfTheirOwn => {
                self.write(&change, change.version);
                let late = Late(&self.data, change.events.to_vec());
                tokio::task::yield_now().await;
                drop(late);
            }
            Defect::EventsAfterAnAwait | Defect::EventsBeforeAnAwait => {
                let _gate = self.data.gate.write().await;
                if self.stands_at(change.user) != change.expected {
                    return Ok(Committed::Conflict);
                }
                let first_the_row = self.defect == Defect::EventsAfterAnAwait;
                if first_the_row {
                    self.write(&change, change.version);
                } else {
                    self.append(change.events);
                }
                tokio::task::yield_now().await;
                if first_the_row {
                    self.append(change.events);
                } else {
                    self.write(&change, change.version);
                }
            }
            // The comparison stands, however long ago it was.
            Defect::ReadModifyWrite | Defect::BlindOverwrite => {
                self.write(&change, change.version);
                self.append(change.events);
            }
            _ => {
                let mut rows = self.data.rows.lock().unwrap();
                let key = self.key(change.user);
                let now = rows
                    .get(&key)
                    .map_or(Expected::Absent, |row| Expected::At(row.version));
                if now != change.expected {
                    return Ok(Committed::Conflict);
                }
                let stored = self.kept(&change, change.version);
                self.remember(&key, Some(stored.clone()));
                rows.insert(key, stored);
                self.append(change.events);
            }
        }
        if self.lies(Defect::SaysConflict) {
            return Ok(Committed::Conflict);
        }
        Ok(Committed::Done)
    }
}

impl Subject for Broken {
    type Store = BrokenStore;

    async fn open(&self) -> BrokenStore {
        BrokenStore {
            defect: self.defect,
            data: Arc::clone(&self.data),
            cache: Mutex::default(),
        }
    }

    async fn events(&self, store: &BrokenStore, user: &UserId) -> Vec<Event> {
        let _gate = store.data.gate.read().await;
        let events = store.data.events.lock().unwrap();
        let of_the_user = events.iter().filter(|event| event.user == *user);
        of_the_user.cloned().collect()
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

async fn cases_failed_by(defect: Defect) -> Vec<&'static str> {
    let data = Arc::default();
    match conformance::run(Broken { defect, data }).await {
        Ok(_) => Vec::new(),
        Err(Failures { failed, .. }) => failed.into_iter().map(|failure| failure.case).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_kind_of_broken_store_is_caught() {
    const BYTES: &str = "what_is_created_is_read_back_to_the_byte";
    const EVENTS: &str = "events_are_kept_in_order";
    const IDS: &str = "user_ids_are_compared_byte_by_byte";
    const CROWD: &str = "in_a_crowd_every_answer_is_about_its_own_statement";
    const SEEN: &str = "a_commit_is_seen_whole_or_not_at_all";
    const DROPPED: &str = "a_commit_that_is_dropped_is_whole_or_not_there";
    let telling = [
        (Defect::ReadModifyWrite, "of_many_commits_one_wins"),
        (Defect::ReadModifyWrite, "one_code_signs_in_once"),
        (
            Defect::BlindOverwrite,
            "an_update_needs_the_version_that_stands",
        ),
        (Defect::BlindOverwrite, "a_user_is_created_once"),
        (Defect::VersionReuse, "a_version_is_kept_and_not_renumbered"),
        (Defect::EventsLost, EVENTS),
        (Defect::CasesDropped, EVENTS),
        (Defect::NotesFilled, EVENTS),
        (Defect::RecordsAsText, BYTES),
        (Defect::RecordsWithoutZeros, BYTES),
        (Defect::EventsOfConflicts, "a_conflict_writes_nothing"),
        (Defect::CaseFolding, IDS),
        (Defect::ZeroWidthIgnored, IDS),
        (Defect::AstralCut, IDS),
        (Defect::MarksIgnored, IDS),
        (Defect::TrailingSpaceIgnored, IDS),
        (Defect::StaleCache, "every_handle_sees_every_commit"),
        (Defect::EventsInAStatementOfTheirOwn, SEEN),
        (Defect::EventsAfterAnAwait, DROPPED),
        (Defect::EventsBeforeAnAwait, DROPPED),
        (Defect::SaysNone, CROWD),
        (Defect::HandsOutAnother, CROWD),
        (Defect::SaysDone, CROWD),
        (Defect::SaysConflict, CROWD),
    ];
    for (defect, case) in telling {
        let failed = cases_failed_by(defect).await;
        assert!(
            failed.contains(&case),
            "{defect:?} passed {case} and failed only {failed:?}"
        );
    }
    assert_eq!(cases_failed_by(Defect::Nothing).await, [""; 0]);
}

/// Neither half is found by the other's case, so that both are needed.
#[tokio::test]
async fn what_is_torn_is_found_by_a_look_between_or_by_a_dropped_future() {
    const SEEN: &str = "a_commit_is_seen_whole_or_not_at_all";
    const DROPPED: &str = "a_commit_that_is_dropped_is_whole_or_not_there";
    let found = [
        (Defect::EventsInAStatementOfTheirOwn, SEEN, DROPPED),
        (Defect::EventsAfterAnAwait, DROPPED, SEEN),
        (Defect::EventsBeforeAnAwait, DROPPED, SEEN),
    ];
    for (defect, by, not_by) in found {
        let failed = cases_failed_by(defect).await;
        assert!(failed.contains(&by), "{defect:?}: {failed:?}");
        assert!(!failed.contains(&not_by), "{defect:?}: {failed:?}");
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
    /// A list does not look at the filter.
    Unfiltered,
    /// A list does not look at one setting of the filter.
    MethodsIgnored,
    /// The first summary of a user is kept.
    FirstSummary,
    /// A conflict changes the summary.
    SummaryOfConflicts,
    /// A list says who passes, and nothing else.
    EmptySummaries,
    /// An event has its position before its commit is done, and the export does not wait for it.
    PassesOver,
    /// The newest event of a page comes first.
    ExportBackwards,
    /// A cursor names the last event, which then comes again.
    ExportRepeats,
    /// An export brings one event of each commit.
    ExportDrops,
}

struct Directory(Arc<BrokenDirectory>);

struct BrokenDirectory {
    defect: Mislaid,
    inner: Memory,
    due: Mutex<BTreeMap<UserId, Timestamp>>,
    summaries: Mutex<BTreeMap<UserId, Summary>>,
    /// Events by position, `None` before their commit is done.
    exported: Mutex<Vec<Option<Event>>>,
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

    fn summarize(&self, user: &UserId, summary: Summary) {
        let mut summaries = self.summaries.lock().unwrap();
        if self.defect != Mislaid::FirstSummary || !summaries.contains_key(user) {
            summaries.insert(user.clone(), summary);
        }
    }

    /// Draws the positions of events.
    fn draw(&self, count: usize) -> std::ops::Range<usize> {
        let mut exported = self.exported.lock().unwrap();
        let first = exported.len();
        exported.resize(first + count, None);
        first..first + count
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
        self.inner.0.load(user).await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        let committed = self.inner.0.commit(change).await?;
        if committed == Committed::Done || self.defect == Mislaid::DueOfConflicts {
            self.note(change.user, change.summary.due_at);
        }
        if committed == Committed::Done || self.defect == Mislaid::SummaryOfConflicts {
            self.summarize(change.user, change.summary);
        }
        if committed == Committed::Done {
            let drawn = self.draw(change.events.len());
            if self.defect == Mislaid::PassesOver && drawn.start.is_multiple_of(2) {
                tokio::task::yield_now().await;
            }
            let mut exported = self.exported.lock().unwrap();
            for (position, event) in drawn.zip(change.events) {
                exported[position] = Some(event.clone());
            }
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
        let all = self.inner.0.users(None, usize::MAX).await?;
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
        self.inner.0.events(user, before, limit).await
    }

    async fn summaries(
        &self,
        filter: &SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserSummary>, MemoryStoreError> {
        let mut filter = *filter;
        match self.defect {
            Mislaid::Unfiltered => filter = SummaryFilter::new(),
            Mislaid::MethodsIgnored => filter.method = None,
            _ => {}
        }
        let mut summaries = self.summaries.lock().unwrap().clone();
        summaries.retain(|_, summary| filter.passes(summary));
        if self.defect == Mislaid::EmptySummaries {
            summaries
                .values_mut()
                .for_each(|summary| *summary = Summary::default());
        }
        let page = self.page(summaries.keys().cloned().collect(), after, limit);
        let listed = page.into_iter().map(|user| UserSummary {
            summary: summaries[&user],
            user,
        });
        Ok(listed.collect())
    }

    async fn events_after(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<EventPage, MemoryStoreError> {
        let past = after.map_or(0, |cursor| cursor.place().parse().unwrap());
        let exported = self.exported.lock().unwrap();
        let numbered = exported.iter().enumerate().skip(past);
        let ready = numbered.filter_map(|(position, event)| event.clone().map(|e| (position, e)));
        let mut page: Vec<_> = ready.take(limit).collect();
        let mut next = page.last().map_or(past, |(position, _)| position + 1);
        match self.defect {
            Mislaid::ExportBackwards => page.reverse(),
            Mislaid::ExportRepeats if page.len() > 1 => next -= 1,
            Mislaid::ExportDrops => page.dedup_by(|one, other| one.1.user == other.1.user),
            _ => {}
        }
        let events = page.into_iter().map(|(position, event)| RecordedEvent {
            position: EventPosition::from_i64(i64::try_from(position).unwrap()),
            event,
        });
        Ok(EventPage {
            events: events.collect(),
            next: EventCursor::of_place(next.to_string()),
        })
    }
}

impl Subject for Directory {
    type Store = Arc<BrokenDirectory>;

    async fn open(&self) -> Arc<BrokenDirectory> {
        Arc::clone(&self.0)
    }

    async fn events(&self, store: &Arc<BrokenDirectory>, user: &UserId) -> Vec<Event> {
        self.0.inner.events(&store.inner.0, user).await
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
    const LISTS: &str = "users_are_listed_by_what_their_last_commit_says";
    const EXPORT: &str = "events_of_all_users_come_once_and_in_the_order_of_each_user";
    const BESIDE: &str = "an_export_beside_writers_passes_nothing_over";
    let telling: [(_, &[_]); 18] = [
        (Mislaid::DueEarly, &[MOMENT, PAGES]),
        (Mislaid::DueLate, &[MOMENT, PAGES]),
        (Mislaid::DueForEver, &[MOMENT]),
        (Mislaid::DueAtFirst, &[MOMENT]),
        (Mislaid::DueOfConflicts, &[MOMENT]),
        (Mislaid::DueBySoonest, &[PAGES]),
        (Mislaid::EndlessPages, &[USERS, PAGES, LISTS]),
        (Mislaid::FirstPageAgain, &[USERS, PAGES, LISTS]),
        (Mislaid::CaselessOrder, &[USERS, PAGES]),
        (Mislaid::Unfiltered, &[LISTS]),
        (Mislaid::MethodsIgnored, &[LISTS]),
        (Mislaid::FirstSummary, &[LISTS]),
        (Mislaid::SummaryOfConflicts, &[LISTS]),
        (Mislaid::EmptySummaries, &[LISTS]),
        (Mislaid::PassesOver, &[BESIDE]),
        (Mislaid::ExportBackwards, &[EXPORT, BESIDE]),
        (Mislaid::ExportRepeats, &[EXPORT, BESIDE]),
        (Mislaid::ExportDrops, &[EXPORT, BESIDE]),
    ];
    for (defect, cases) in telling {
        let directory = Directory(Arc::new(BrokenDirectory {
            defect,
            inner: Memory::default(),
            due: Mutex::default(),
            summaries: Mutex::default(),
            exported: Mutex::default(),
        }));
        let judged = conformance::run_with_directory(directory).await;
        let Failures { failed, .. } = judged.unwrap_err();
        let failed: Vec<_> = failed.into_iter().map(|failure| failure.case).collect();
        assert_eq!(failed, cases, "{defect:?}");
    }
}
