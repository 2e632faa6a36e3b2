//! A Galera cluster of three nodes, each of which serves all users.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use countersign::store::{UserDirectory, UserStore};
use countersign::testing::SteppedClock;
use countersign::{Error, FirstFactor, Login, Mfa, UserId};
use countersign_sqlx::{MySqlStore, Prefix, StoreOptions};
use sqlx::mysql::MySqlConnection;
use sqlx::{Connection, Executor};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::conformance::{the_outbox_passes, the_suite_passes};
use crate::databases::{Database, MariaDb, Store};
use crate::outage::{Load, as_told};
use crate::servers::Server;
use crate::support::{NOW, STEP, challenge, enroll, events, mfa, mfa_at, policy};
use crate::{migrations, races};

const NODES: usize = 3;

/// The cluster of all tests of this process, for one test at a time.
struct Cluster {
    server: MutexGuard<'static, Server>,
    /// The same tables by each node.
    nodes: Vec<MariaDb>,
    /// By which of them the next store is opened.
    next: AtomicUsize,
}

impl Cluster {
    async fn fresh() -> Self {
        static THROWAWAY: OnceCell<Mutex<Server>> = OnceCell::const_new();
        let start = async { Mutex::new(Server::start("galera.sh")) };
        let server = THROWAWAY.get_or_init(|| start).await.lock().await;
        let first = MariaDb::at("");
        let nodes = server.url.split(' ').map(|url| first.moved_to(url));
        let nodes: Vec<_> = nodes.collect();
        assert_eq!(nodes.len(), NODES);
        Self {
            server,
            nodes,
            next: AtomicUsize::new(0),
        }
    }

    fn next(&self) -> &MariaDb {
        &self.nodes[self.next.fetch_add(1, Ordering::SeqCst) % NODES]
    }

    /// A store by each node.
    async fn stores(&self) -> Vec<MySqlStore> {
        let mut stores = Vec::new();
        for node in &self.nodes {
            stores.push(node.store().await);
        }
        stores
    }
}

/// Each store, and each process, has another node than the one before.
impl Database for Cluster {
    type Store = MySqlStore;

    async fn open(&self, options: StoreOptions) -> Result<MySqlStore, sqlx::Error> {
        self.next().open(options).await
    }

    fn prefix(&self) -> Prefix {
        self.nodes[0].prefix()
    }

    fn address(&self) -> String {
        self.next().address()
    }
}

/// Tests of each database, whose processes are spread over the nodes.
macro_rules! on_all_nodes {
    ($($module:ident::$test:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        #[ignore = "needs Galera"]
        async fn $test() {
            $module::$test(Cluster::fresh().await).await;
        }
    )*};
}

on_all_nodes!(
    races::one_code_signs_in_once,
    races::one_recovery_code_signs_in_once,
    races::one_challenge_signs_in_once,
    migrations::eight_processes_migrate_at_once,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Galera"]
async fn the_suite_passes_on_all_nodes() {
    the_suite_passes(Cluster::fresh().await).await;
}

/// A node that repeats a commit, or that is behind, shows in one round of several.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Galera"]
async fn the_outbox_passes_again_and_again() {
    for _ in 0..8 {
        the_outbox_passes(Cluster::fresh().await).await;
    }
}

/// Nodes draw the positions of events without asking each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Galera"]
async fn the_events_of_a_user_come_in_order_from_any_nodes() {
    let cluster = Cluster::fresh().await;
    let (stores, clock) = (cluster.stores().await, SteppedClock::at(NOW));
    let nodes: Vec<_> = stores
        .iter()
        .map(|store| mfa_at(store.clone(), policy(), &clock))
        .collect();
    let alice = enroll(&nodes[0], "alice").await;
    let mut right: Vec<_> = events(&stores[0], &alice.user).await;
    assert_eq!(right.len(), 3);
    for (round, node) in [2, 1, 0, 1, 2, 0, 2, 1].into_iter().enumerate() {
        clock.advance(STEP);
        let (code, token) = (
            alice.code(clock.time()),
            challenge(&nodes[node], &alice.user).await,
        );
        // Answered by another node than it was issued by.
        let answers = &nodes[(node + 1) % NODES];
        answers
            .answer_challenge(&token, code.as_str())
            .await
            .unwrap();
        let all = events(&stores[(node + 2) % NODES], &alice.user).await;
        assert_eq!(all.len(), 4 + round);
        assert_eq!(all[..right.len()], right);
        right = all;
    }
    let (mut cursor, mut exported) = (None, Vec::new());
    for store in stores.iter().cycle() {
        let page = store.events_after(cursor.as_ref(), 2).await.unwrap();
        if page.events.is_empty() {
            break;
        }
        exported.extend(page.events.into_iter().map(|recorded| recorded.event));
        cursor = Some(page.next);
    }
    assert_eq!(exported, right);
}

/// A node that has not applied yet what another one confirmed: its appliers wait for a lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Galera"]
async fn who_has_just_enrolled_is_asked_for_a_code_by_a_node_that_is_behind() {
    let cluster = Cluster::fresh().await;
    let stores = cluster.stores().await;
    let (here, there) = (mfa(stores[0].clone()), mfa(stores[1].clone()));
    let mut behind = MySqlConnection::connect(&cluster.nodes[1].address())
        .await
        .unwrap();
    behind.execute("FLUSH TABLES WITH READ LOCK").await.unwrap();

    let alice = enroll(&here, "alice").await.user;
    // A plain read knows nobody. A store that read so would let her in with the password alone.
    let table = format!("{}users", cluster.prefix());
    let plain = format!("SELECT count(*) FROM {table} WHERE id = 'alice'");
    assert_eq!(stores[1].number(plain.clone()).await, 0);
    assert_eq!(stores[0].number(plain).await, 1);

    let user = alice.clone();
    let login = tokio::spawn(async move {
        let password = FirstFactor::password_at(NOW);
        there.begin_login(&user, password).await
    });
    // It waits.
    let mut login = std::pin::pin!(login);
    let early = tokio::time::timeout(Duration::from_millis(300), login.as_mut()).await;
    assert!(early.is_err(), "{early:?}");
    behind.execute("UNLOCK TABLES").await.unwrap();
    let login = login.await.unwrap().unwrap();
    assert!(matches!(login, Login::Challenge(_)), "{login:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Galera"]
async fn who_has_just_enrolled_is_asked_for_a_code_on_every_node_at_once() {
    let cluster = Cluster::fresh().await;
    let stores = cluster.stores().await;
    let mut load = Load::default();
    for store in &stores {
        for _ in 0..2 {
            load.add(store, &format!("busy {}", load.verified().len()))
                .await;
        }
    }
    let nodes: Vec<_> = stores.iter().cloned().map(mfa).collect();
    for number in 0..100 {
        let here = number % NODES;
        let person = enroll(&nodes[here], &number.to_string()).await;
        let login = |node: &Mfa| {
            let (node, user) = (node.clone(), person.user.clone());
            async move { node.begin_login(&user, FirstFactor::password_at(NOW)).await }
        };
        let (one, other) = (&nodes[(here + 1) % NODES], &nodes[(here + 2) % NODES]);
        let (one, other) = tokio::join!(login(one), login(other));
        for login in [one.unwrap(), other.unwrap()] {
            assert!(matches!(login, Login::Challenge(_)), "{login:?}");
        }
    }
    load.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Galera"]
async fn the_others_serve_when_a_node_is_killed_and_nothing_that_was_answered_is_lost() {
    let mut cluster = Cluster::fresh().await;
    let stores = cluster.stores().await;
    let mut load = Load::default();
    // The first two are served by the first node.
    for place in 0..2 * NODES {
        load.add(&stores[place / 2], &place.to_string()).await;
    }
    load.all(|tally| tally.verified >= 3).await;

    tokio::task::block_in_place(|| cluster.server.say("kill 1", "killed"));
    load.some(..2, |tally| tally.failed >= 1).await;
    let before = load.verified();
    for (place, before) in before.into_iter().enumerate().skip(2) {
        load.some(place..=place, |tally| tally.verified >= before + 5)
            .await;
    }

    for (place, (person, clock, tally)) in load.end().await.into_iter().enumerate() {
        for store in &stores[1..] {
            as_told(store, &person, tally).await;
        }
        // The people of the first node go on at another one.
        clock.advance(STEP);
        let mfa = mfa_at(stores[1 + place % 2].clone(), policy(), &clock);
        let (token, code) = (
            challenge(&mfa, &person.user).await,
            person.code(clock.time()),
        );
        mfa.answer_challenge(&token, code.as_str()).await.unwrap();
        let token = challenge(&mfa, &person.user).await;
        let again = mfa.answer_challenge(&token, code.as_str()).await;
        assert!(matches!(again, Err(Error::Denied(_))), "{again:?}");
    }

    // The node comes back and knows all of it.
    tokio::task::block_in_place(|| cluster.server.say("start 1", "started"));
    let back = cluster.nodes[0].store().await;
    for place in 0..2 * NODES {
        let user = UserId::from(place as u64);
        assert_eq!(
            back.load(&user).await.unwrap(),
            stores[1].load(&user).await.unwrap()
        );
    }
}
