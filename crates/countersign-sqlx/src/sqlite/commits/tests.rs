use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use countersign::store::Version;
use countersign::testing::SeededRng;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection, raw_sql};
use tempfile::TempDir;
use tokio::runtime;
use tokio::task::{JoinHandle, yield_now};

use super::*;
use crate::StoreOptions;
use crate::columns::{EventRow, Notice};

/// A store over one connection, which tells and does what a test wants.
struct Scene {
    store: SqliteStore,
    hooks: Hooks,
    file: SqliteConnectOptions,
    _folder: TempDir,
}

#[derive(Clone, Default)]
struct Hooks {
    /// The transactions that wrote something and reached their COMMIT.
    transactions: Arc<AtomicUsize>,
    /// How often the pool gave a connection.
    acquired: Arc<AtomicUsize>,
    /// The next COMMIT fails.
    refuses: Arc<AtomicBool>,
    /// Whoever takes the connection next panics.
    panics: Arc<AtomicBool>,
}

/// Not long, because tests wait for it.
const BUSY_TIMEOUT: Duration = Duration::from_millis(50);

impl Scene {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteConnectOptions::new()
            .filename(folder.path().join("commits.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY_TIMEOUT);
        let hooks = Hooks::default();
        let (new, taken) = (hooks.clone(), hooks.clone());
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .after_connect(move |connection, _| {
                let hooks = new.clone();
                hooks.acquired.fetch_add(1, Ordering::SeqCst);
                Box::pin(async move {
                    let mut handle = connection.lock_handle().await?;
                    handle.set_commit_hook(move || {
                        hooks.transactions.fetch_add(1, Ordering::SeqCst);
                        !hooks.refuses.swap(false, Ordering::SeqCst)
                    });
                    Ok(())
                })
            })
            .before_acquire(move |_, _| {
                taken.acquired.fetch_add(1, Ordering::SeqCst);
                assert!(!taken.panics.swap(false, Ordering::SeqCst));
                Box::pin(async { Ok(true) })
            });
        let pool = pool.connect_with(file.clone()).await.unwrap();
        let store = SqliteStore::from_pool(pool, StoreOptions::new().outbox(true));
        store.migrate().await.unwrap();
        hooks.transactions.store(0, Ordering::SeqCst);
        hooks.acquired.store(0, Ordering::SeqCst);
        Self {
            store,
            hooks,
            file,
            _folder: folder,
        }
    }

    /// Commits that all wait at the same time, in this order.
    async fn together(&self, commits: Vec<(Expected, Row)>) -> Vec<Result<Committed, Error>> {
        let turn = self.store.turn.lock().await;
        let waiting = self.wait(commits).await;
        drop(turn);
        let mut answers = Vec::new();
        for commit in waiting {
            answers.push(commit.await.unwrap());
        }
        answers
    }

    /// Lets commits wait in this order. The caller holds the turn.
    async fn wait(&self, commits: Vec<(Expected, Row)>) -> Vec<Waiter> {
        let mut waiting = Vec::new();
        for (expected, row) in commits {
            let (store, before) = (self.store.clone(), self.waiting());
            waiting.push(tokio::spawn(
                async move { store.write(expected, row).await },
            ));
            while self.waiting() == before {
                yield_now().await;
            }
        }
        waiting
    }

    fn waiting(&self) -> usize {
        self.store.commits.queue().waiting.len()
    }

    async fn versions(&self) -> BTreeMap<String, i64> {
        let users = sqlx::query_as("SELECT id, version FROM mfa_users");
        let users: Vec<_> = users.fetch_all(self.store.pool()).await.unwrap();
        users.into_iter().collect()
    }

    /// The texts of the events, in their order, and those of the outbox.
    async fn texts(&self) -> [Vec<String>; 2] {
        let events = sqlx::query_scalar("SELECT event FROM mfa_events ORDER BY position");
        let notices = sqlx::query_scalar("SELECT events FROM mfa_outbox ORDER BY position");
        [
            events.fetch_all(self.store.pool()).await.unwrap(),
            notices.fetch_all(self.store.pool()).await.unwrap(),
        ]
    }

    /// One more commit is written, so that the store still works and nothing is left behind.
    async fn goes_on(&self) {
        let answer = self.store.write(Expected::Absent, row("the next", 1, 1));
        assert_eq!(answer.await.unwrap(), Committed::Done);
    }
}

type Waiter = JoinHandle<Result<Committed, Error>>;

/// A row with so many events, whose texts name the user and the version.
fn row(user: &str, version: i64, events: usize) -> Row {
    let text = |number| format!("{user} {version} {number}");
    let events = (0..events).map(|number| EventRow {
        at: 1,
        kind: "login_verified".to_owned(),
        event: text(number),
    });
    let events: Vec<_> = events.collect();
    Row {
        user: user.to_owned(),
        version,
        record: version.to_le_bytes().to_vec(),
        enabled: true,
        confirmed_at: Some(1),
        last_verified_at: None,
        recovery_remaining: 10,
        locked: false,
        reset_pending: false,
        delayed_recovery: false,
        methods: 1,
        due_at: None,
        notice: events.first().map(|first| Notice {
            at: 1,
            events: first.event.clone(),
        }),
        events,
    }
}

fn new_user(number: usize) -> (Expected, Row) {
    (Expected::Absent, row(&number.to_string(), 1, 1))
}

fn at(version: i64) -> Expected {
    Expected::At(Version::from_i64(version))
}

fn done(answers: &[Result<Committed, Error>]) -> usize {
    let done = |answer: &&Result<_, _>| matches!(answer, Ok(Committed::Done));
    answers.iter().filter(done).count()
}

#[tokio::test]
async fn one_to_a_thousand_commits_that_wait_are_written_64_at_a_time() {
    for count in [1, 2, 3, 63, 64, 65, 1_000] {
        let scene = Scene::set().await;
        let answers = scene.together((0..count).map(new_user).collect()).await;
        assert_eq!(done(&answers), count);
        let transactions = scene.hooks.transactions.load(Ordering::SeqCst);
        assert_eq!(transactions, count.div_ceil(LARGEST_GROUP), "of {count}");
        assert_eq!(scene.versions().await.len(), count);
        let in_order: Vec<_> = (0..count).map(|number| format!("{number} 1 0")).collect();
        assert_eq!(scene.texts().await, [in_order.clone(), in_order]);
    }
}

#[tokio::test]
async fn of_the_commits_of_one_user_that_wait_together_one_wins() {
    let scene = Scene::set().await;
    let creations = vec![
        (Expected::Absent, row("alice", 1, 2)),
        (Expected::Absent, row("alice", 2, 2)),
        (Expected::Absent, row("alice", 1, 2)),
        (Expected::Absent, row("bob", 1, 0)),
    ];
    let answers = scene.together(creations).await;
    assert_eq!(done(&answers[..3]), 1);
    assert_eq!(answers[3].as_ref().unwrap(), &Committed::Done);
    let created = scene.versions().await["alice"];
    let texts = [format!("alice {created} 0"), format!("alice {created} 1")];
    assert_eq!(scene.texts().await[0], texts);

    let updates = vec![
        (at(created), row("alice", 3, 1)),
        (at(created), row("alice", 4, 1)),
        (at(created), row("alice", 3, 1)),
        (at(7), row("alice", 5, 1)),
        (Expected::Absent, row("alice", 6, 1)),
        (at(1), row("bob", 2, 0)),
        (at(1), row("nobody", 2, 1)),
    ];
    let answers = scene.together(updates).await;
    assert_eq!(done(&answers[..3]), 1);
    let rest: Vec<_> = answers[3..]
        .iter()
        .map(|answer| answer.as_ref().unwrap())
        .collect();
    use Committed::{Conflict, Done};
    assert_eq!(rest, [&Conflict, &Conflict, &Done, &Conflict]);
    let versions = scene.versions().await;
    let updated = versions["alice"];
    assert!(updated == 3 || updated == 4);
    assert_eq!(
        versions,
        [("alice".into(), updated), ("bob".into(), 2)].into()
    );
    assert_eq!(scene.texts().await[0][2..], [format!("alice {updated} 0")]);
    // Each waits for the one before it, and finds what that wrote.
    let chain = (0..3).map(|step| (at(updated + step), row("alice", updated + step + 1, 1)));
    let before = scene.hooks.transactions.load(Ordering::SeqCst);
    assert_eq!(done(&scene.together(chain.collect()).await), 3);
    let transactions = scene.hooks.transactions.load(Ordering::SeqCst) - before;
    assert_eq!(transactions, 3);
    assert_eq!(scene.texts().await[0].len(), 6);
    // A commit that was written is stale when it comes again.
    let again = scene.store.write(at(created), row("alice", updated, 1));
    assert_eq!(again.await.unwrap(), Conflict);
    let last = scene
        .store
        .write(at(updated + 2), row("alice", updated + 3, 1));
    assert_eq!(last.await.unwrap(), Conflict);
    assert_eq!(scene.texts().await[0].len(), 6);
}

#[tokio::test]
async fn whatever_waits_together_is_there_exactly_if_it_was_answered_done() {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).unwrap();
    let seed = u64::from_ne_bytes(seed);
    println!("seed {seed}");
    let random = SeededRng::new(seed);
    let scene = Scene::set().await;
    let (mut stands, mut next) = (BTreeMap::new(), 1);
    let mut expected_texts = [BTreeSet::new(), BTreeSet::new()];
    for _ in 0..100 {
        let mut group = Vec::new();
        for _ in 0..=random.below(100) {
            let user = random.below(40).to_string();
            let expected = match (random.below(4), stands.get(&user)) {
                (0, _) => at(random.below(1_000) as i64 + 1_000_000),
                (1, _) | (_, None) => Expected::Absent,
                (_, Some(version)) => at(*version),
            };
            next += 1;
            group.push((expected, user, next, random.below(4)));
        }
        // Now and then the whole transaction fails. It has one commit of each user.
        let fails = random.below(8) == 0;
        if fails {
            let mut users = BTreeSet::new();
            group.retain(|(_, user, ..)| users.insert(user.clone()));
        }
        let commits = group
            .iter()
            .map(|(expected, user, version, events)| (*expected, row(user, *version, *events)));
        scene.hooks.refuses.store(fails, Ordering::SeqCst);
        let answers = scene.together(commits.collect()).await;
        let failed = !scene.hooks.refuses.swap(false, Ordering::SeqCst) && fails;

        let mut may_win: BTreeSet<_> = BTreeSet::new();
        for ((expected, user, ..), answer) in iter::zip(&group, &answers) {
            let stood = stands.get(user).copied();
            let wanted = match expected {
                Expected::Absent => None,
                Expected::At(version) => Some(version.as_i64()),
            };
            if stood == wanted {
                may_win.insert(user.clone());
            }
            assert_eq!(answer.is_err(), failed, "{answer:?}");
        }
        let mut winners = BTreeSet::new();
        for ((_, user, version, events), answer) in iter::zip(group, answers) {
            if matches!(answer, Ok(Committed::Done)) {
                assert!(may_win.contains(&user), "{user} was stale");
                assert!(winners.insert(user.clone()), "{user} won twice");
                let row = row(&user, version, events);
                stands.insert(user, version);
                expected_texts[0].extend(row.events.into_iter().map(|event| event.event));
                expected_texts[1].extend(row.notice.map(|notice| notice.events));
            }
        }
        if !failed {
            assert_eq!(winners, may_win);
        }
        assert_eq!(scene.versions().await, stands);
        for (found, expected) in iter::zip(scene.texts().await, &expected_texts) {
            assert_eq!(found.len(), expected.len());
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), *expected);
        }
    }
}

#[tokio::test]
async fn a_group_that_fails_at_commit_is_an_error_for_all_and_not_there() {
    let scene = Scene::set().await;
    scene.hooks.refuses.store(true, Ordering::SeqCst);
    // The group after it is written.
    let answers = scene
        .together((0..LARGEST_GROUP + 1).map(new_user).collect())
        .await;
    let (failed, written) = answers.split_at(LARGEST_GROUP);
    for answer in failed {
        let error = answer.as_ref().unwrap_err().as_database_error().unwrap();
        assert_eq!(error.code().unwrap(), "531", "SQLITE_CONSTRAINT_COMMITHOOK");
        assert!(
            error
                .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                .is_some()
        );
    }
    assert_eq!(done(written), 1);
    assert_eq!(scene.versions().await, [("64".to_owned(), 1)].into());
    assert_eq!(scene.texts().await, [vec!["64 1 0"], vec!["64 1 0"]]);
    scene.goes_on().await;
}

#[tokio::test]
async fn a_full_disk_fails_the_whole_group_and_nothing_of_it_stays() {
    let scene = Scene::set().await;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(scene.store.pool())
        .await
        .unwrap();
    let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 2));
    raw_sql(limit).execute(scene.store.pool()).await.unwrap();
    let large = |number: usize| {
        let (expected, mut row) = new_user(number);
        row.record = vec![7; 1_000];
        (expected, row)
    };
    let answers = scene
        .together((0..LARGEST_GROUP).map(large).collect())
        .await;
    for answer in answers {
        let words = answer.unwrap_err().to_string();
        assert!(words.contains("database or disk is full"), "{words}");
    }
    assert!(scene.versions().await.is_empty());
    assert_eq!(scene.texts().await, [Vec::<String>::new(), Vec::new()]);
    // The limit was that of the connection, and is gone with it.
    scene.goes_on().await;
}

#[tokio::test]
async fn whoever_waits_for_another_process_waits_for_one_time_out() {
    let scene = Scene::set().await;
    let mut other = SqliteConnection::connect_with(&scene.file).await.unwrap();
    raw_sql("BEGIN IMMEDIATE")
        .execute(&mut other)
        .await
        .unwrap();
    let answers = scene.together((0..300).map(new_user).collect()).await;
    for answer in answers {
        let error = answer.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "5");
    }
    assert_eq!(scene.hooks.acquired.load(Ordering::SeqCst), 1);
    raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert!(scene.versions().await.is_empty());
    scene.goes_on().await;
}

#[tokio::test]
async fn a_commit_that_is_dropped_while_it_waits_is_written() {
    let scene = Scene::set().await;
    let turn = scene.store.turn.lock().await;
    {
        let mut dropped = pin!(scene.store.write(Expected::Absent, row("alice", 1, 1)));
        tokio::select! {
            biased;
            _ = &mut dropped => panic!("nobody has the turn"),
            () = yield_now() => {}
        }
    }
    let others = scene.wait((0..3).map(new_user).collect()).await;
    others[1].abort();
    drop(turn);
    for (place, other) in others.into_iter().enumerate() {
        assert_eq!(other.await.is_err(), place == 1);
    }
    scene.goes_on().await;
    assert_eq!(scene.versions().await.len(), 5);
    assert_eq!(scene.texts().await[0].len(), 5);
}

#[tokio::test]
async fn a_leader_that_panics_fails_those_who_wait_and_leaves_its_place() {
    let scene = Scene::set().await;
    scene.hooks.panics.store(true, Ordering::SeqCst);
    let answers = scene.together((0..70).map(new_user).collect()).await;
    for answer in answers {
        assert!(matches!(answer, Err(Error::WorkerCrashed)), "{answer:?}");
    }
    assert!(scene.versions().await.is_empty());
    scene.goes_on().await;
}

#[tokio::test]
async fn a_leader_whose_runtime_ends_fails_those_who_wait_and_leaves_its_place() {
    let scene = Scene::set().await;
    let turn = scene.store.turn.lock().await;
    let elsewhere = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let store = scene.store.clone();
    elsewhere.spawn(async move { store.write(Expected::Absent, row("alice", 1, 1)).await });
    while scene.waiting() == 0 {
        yield_now().await;
    }
    let here = scene.wait((0..3).map(new_user).collect()).await;
    elsewhere.shutdown_background();
    for commit in here {
        let answer = commit.await.unwrap();
        assert!(matches!(answer, Err(Error::WorkerCrashed)), "{answer:?}");
    }
    drop(turn);
    scene.goes_on().await;
    assert_eq!(scene.versions().await.len(), 1);
}

#[tokio::test]
async fn a_pool_without_a_connection_fails_all_who_wait() {
    let scene = Scene::set().await;
    scene.store.pool().close().await;
    let answers = scene.together((0..70).map(new_user).collect()).await;
    for answer in answers {
        assert!(matches!(answer, Err(Error::PoolClosed)), "{answer:?}");
    }
}

#[tokio::test]
async fn users_are_found_by_their_key_in_a_group_of_any_size() {
    let scene = Scene::set().await;
    for rows in [1, 2, 64] {
        let update = scene.store.statements.update.sql(rows);
        let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {update}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(plan)
            .fetch_all(scene.store.pool())
            .await
            .unwrap();
        let steps: Vec<_> = plan.iter().map(|(.., step)| step.as_str()).collect();
        let (users, rest): (Vec<_>, Vec<_>) = steps
            .into_iter()
            .partition(|step| step.contains("mfa_users"));
        let [by_key] = users[..] else {
            panic!("{users:?}")
        };
        assert!(
            by_key.starts_with("SEARCH") && by_key.ends_with("(id=?)"),
            "{by_key}"
        );
        assert!(rest.contains(&"SCAN new"), "{rest:?}");
    }
}
