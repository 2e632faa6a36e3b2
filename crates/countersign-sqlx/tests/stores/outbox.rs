//! The outbox delivers each notification at least once and in order, whatever happens to a worker.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::account::Administrator;
use countersign::event::EventKind;
use countersign::notify::{Notification, Notifier};
use countersign::outbox::{Outbox, OutboxRound, OutboxWorker};
use countersign::testing::{SeededRng, SteppedClock};
use countersign::{Error, Mfa, UserId};
use tokio::sync::{Barrier, Notify};
use tokio::time::sleep;

use crate::databases::{Database, Store, on_each};
use crate::support::{NOW, builder_at, enroll, mfa_at, policy};

const LEASE: Duration = Duration::from_secs(60);

on_each!(
    a_message_is_delivered_once_and_is_gone,
    nothing_is_queued_unless_it_is_asked_for,
    a_users_messages_come_in_order,
    a_worker_that_dies_leaves_its_message_to_another,
    pauses_double_and_the_last_failure_parks,
    a_message_that_kills_its_workers_is_parked,
    what_cannot_be_read_is_parked,
    what_a_newer_release_tells_of_is_left_to_it,
    a_message_whose_links_cannot_be_made_is_tried_again,
    a_parked_message_can_be_tried_again,
    workers_share_the_work,
    a_claim_that_has_run_out_changes_nothing,
    a_worker_outlives_an_outage_and_stops_when_told,
    a_message_of_a_clock_that_was_ahead_holds_up_nothing,
    users_are_told_in_turn,
    a_notifier_that_panics_costs_one_try,
);

/// Remembers what it was given, and fails when it is told to.
#[derive(Clone, Default)]
struct Mailer(Arc<Mutex<Mail>>);

#[derive(Default)]
struct Mail {
    delivered: Vec<(String, EventKind)>,
    /// Users whose mail bounces.
    bouncing: BTreeSet<String>,
}

impl Mailer {
    fn bounces(&self, user: &str) {
        self.0.lock().unwrap().bouncing.insert(user.to_owned());
    }

    fn works(&self) {
        self.0.lock().unwrap().bouncing.clear();
    }

    fn delivered(&self) -> Vec<(String, EventKind)> {
        self.0.lock().unwrap().delivered.clone()
    }

    fn take(&self, notification: &Notification) -> Result<(), Bounced> {
        let (user, mut mail) = (told(notification), self.0.lock().unwrap());
        if mail.bouncing.contains(&user) {
            return Err(Bounced(std::io::Error::other("mailbox full")));
        }
        mail.delivered.push((user, notification.event().kind));
        Ok(())
    }
}

fn told(notification: &Notification) -> String {
    notification.event().user.as_str().to_owned()
}

#[derive(Debug)]
struct Bounced(std::io::Error);

impl fmt::Display for Bounced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the mail bounced")
    }
}

impl std::error::Error for Bounced {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl Notifier for Mailer {
    type Error = Bounced;

    async fn notify(&self, notification: &Notification) -> Result<(), Bounced> {
        self.take(notification)
    }
}

/// Says that it has a message, and never comes to an end with it.
#[derive(Clone, Default)]
struct Stuck(Arc<Notify>);

impl Notifier for Stuck {
    type Error = Bounced;

    async fn notify(&self, _: &Notification) -> Result<(), Bounced> {
        self.0.notify_one();
        std::future::pending().await
    }
}

struct World<S> {
    store: S,
    mfa: Mfa,
    clock: SteppedClock,
    mailer: Mailer,
    table: String,
}

impl<S: Store> World<S> {
    async fn new<D: Database<Store = S>>(database: &D) -> Self {
        let store = database.with_outbox().await;
        let clock = SteppedClock::at(NOW);
        Self {
            mfa: mfa_at(store.clone(), policy(), &clock),
            store,
            clock,
            mailer: Mailer::default(),
            table: format!("{}outbox", database.prefix()),
        }
    }

    fn worker(&self) -> OutboxWorker<S, Mailer> {
        self.worker_with(self.mailer.clone())
    }

    fn worker_with<N: Notifier>(&self, notifier: N) -> OutboxWorker<S, N> {
        OutboxWorker::new(self.store.clone(), self.mfa.clone(), notifier, sleep)
            .lease(LEASE)
            .tries(3)
            .pauses(Duration::from_secs(30), Duration::from_secs(50))
            .idle(Duration::from_millis(1))
    }

    async fn run_once(&self) -> (u64, u64, u64) {
        counts(self.worker().run_once().await.unwrap())
    }

    /// A worker takes a message and dies before it says what came of it.
    async fn die_with_a_message(&self) {
        let stuck = Stuck::default();
        let worker = self.worker_with(stuck.clone());
        tokio::select! {
            _ = worker.run_once() => panic!("the worker came to an end"),
            () = stuck.0.notified() => {}
        }
    }

    async fn waiting(&self) -> i64 {
        let count = format!("SELECT count(*) FROM {}", self.table);
        self.store.number(count).await
    }
}

fn counts(round: OutboxRound) -> (u64, u64, u64) {
    (round.delivered, round.put_off, round.parked)
}

async fn a_message_is_delivered_once_and_is_gone<D: Database>(database: D) {
    let world = World::new(&database).await;
    enroll(&world.mfa, "alice").await;
    // Starting an enrolment is nothing to tell of. Binding and new recovery codes are one commit,
    // and one message.
    assert_eq!(world.waiting().await, 1);
    assert_eq!(world.run_once().await, (1, 0, 0));
    let bound = ("alice".to_owned(), EventKind::AuthenticatorBound);
    assert_eq!(world.mailer.delivered(), [bound]);
    assert_eq!(world.run_once().await, (0, 0, 0));
    assert_eq!(world.waiting().await, 0);
}

async fn nothing_is_queued_unless_it_is_asked_for<D: Database>(database: D) {
    let store = database.store().await;
    enroll(
        &mfa_at(store.clone(), policy(), &SteppedClock::at(NOW)),
        "alice",
    )
    .await;
    let count = format!("SELECT count(*) FROM {}outbox", database.prefix());
    assert_eq!(store.number(count).await, 0);
}

async fn a_users_messages_come_in_order<D: Database>(database: D) {
    let world = World::new(&database).await;
    let alice = enroll(&world.mfa, "alice").await.user;
    world.mfa.lock_account(&alice).await.unwrap();
    let order = Administrator::new("root@acme.example").because("identity checked");
    world.mfa.admin_unlock_account(&alice, order).await.unwrap();
    world.mailer.bounces("alice");
    // The later ones wait for the first.
    assert_eq!(world.run_once().await, (0, 1, 0));
    world.mailer.works();
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.run_once().await, (3, 0, 0));
    let kinds: Vec<_> = world
        .mailer
        .delivered()
        .into_iter()
        .map(|(_, kind)| kind)
        .collect();
    let right = [
        EventKind::AuthenticatorBound,
        EventKind::Locked,
        EventKind::Unlocked,
    ];
    assert_eq!(kinds, right);
}

async fn a_message_of_a_clock_that_was_ahead_holds_up_nothing<D: Database>(database: D) {
    let world = World::new(&database).await;
    let alice = enroll(&world.mfa, "alice").await.user;
    assert_eq!(world.run_once().await, (1, 0, 0));
    let year = Duration::from_secs(365 * 86_400);
    world.clock.advance(year);
    world.mfa.lock_account(&alice).await.unwrap();
    world.clock.step_back(year);
    let order = Administrator::new("root@acme.example").because("identity checked");
    world.mfa.admin_unlock_account(&alice, order).await.unwrap();
    world.mailer.bounces("alice");
    assert_eq!(world.run_once().await, (0, 1, 0));
    // It waits for its next try like any other.
    world.mailer.works();
    assert_eq!(world.run_once().await, (0, 0, 0));
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.run_once().await, (2, 0, 0));
    let delivered = world.mailer.delivered();
    let kinds: Vec<_> = delivered.into_iter().map(|(_, kind)| kind).collect();
    let right = [
        EventKind::AuthenticatorBound,
        EventKind::Locked,
        EventKind::Unlocked,
    ];
    assert_eq!(kinds, right);
}

async fn a_worker_that_dies_leaves_its_message_to_another<D: Database>(database: D) {
    let world = World::new(&database).await;
    let alice = enroll(&world.mfa, "alice").await.user;
    world.mfa.lock_account(&alice).await.unwrap();
    enroll(&world.mfa, "bob").await;
    world.die_with_a_message().await;
    // The lease holds: alice's later message waits too, and bob's does not.
    assert_eq!(world.run_once().await, (1, 0, 0));
    world.clock.advance(LEASE - Duration::from_secs(1));
    assert_eq!(world.run_once().await, (0, 0, 0));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.run_once().await, (2, 0, 0));
    let delivered = world.mailer.delivered();
    let right = [
        ("bob", EventKind::AuthenticatorBound),
        ("alice", EventKind::AuthenticatorBound),
        ("alice", EventKind::Locked),
    ];
    assert_eq!(delivered, right.map(|(user, kind)| (user.to_owned(), kind)));
}

async fn pauses_double_and_the_last_failure_parks<D: Database>(database: D) {
    let world = World::new(&database).await;
    let alice = enroll(&world.mfa, "alice").await.user;
    world.mfa.lock_account(&alice).await.unwrap();
    world.mailer.bounces("alice");
    assert_eq!(world.run_once().await, (0, 1, 0));
    // 30 seconds, then 60 cut to the longest pause of 50, then the third and last try, after which
    // her next message is tried.
    for (pause, right) in [(30, (0, 1, 0)), (50, (0, 1, 1))] {
        world.clock.advance(Duration::from_secs(pause - 1));
        assert_eq!(world.run_once().await, (0, 0, 0));
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(world.run_once().await, right);
    }
    let parked = world.store.parked(10).await.unwrap();
    let [parked] = &parked[..] else {
        panic!("{parked:?}");
    };
    assert_eq!((parked.user.as_str(), parked.tries), ("alice", 3));
    assert_eq!(parked.parked_at, world.clock.time());
    assert_eq!(parked.error, "the mail bounced: mailbox full");
}

async fn a_message_that_kills_its_workers_is_parked<D: Database>(database: D) {
    let world = World::new(&database).await;
    enroll(&world.mfa, "alice").await;
    for _ in 0..3 {
        world.die_with_a_message().await;
        world.clock.advance(LEASE);
    }
    enroll(&world.mfa, "bob").await;
    assert_eq!(world.run_once().await, (1, 0, 1));
    let parked = world.store.parked(10).await.unwrap();
    assert_eq!(parked[0].user.as_str(), "alice");
    assert_eq!(
        parked[0].error,
        "the worker that had the last try did not come back"
    );
}

async fn what_cannot_be_read_is_parked<D: Database>(database: D) {
    let world = World::new(&database).await;
    enroll(&world.mfa, "alice").await;
    let table = &world.table;
    world
        .store
        .run(format!(
            "UPDATE {table} SET events = '[{{\"kind\":\"invented_later\"}}]'"
        ))
        .await;
    for right in [(0, 1, 0), (0, 1, 0), (0, 0, 1)] {
        assert_eq!(world.run_once().await, right);
        world.clock.advance(Duration::from_secs(50));
    }
    let parked = world.store.parked(10).await.unwrap();
    let error = &parked[0].error;
    assert!(error.starts_with("this release cannot read it"), "{error}");
}

async fn what_a_newer_release_tells_of_is_left_to_it<D: Database>(database: D) {
    let world = World::new(&database).await;
    enroll(&world.mfa, "alice").await;
    let (bound, table) = ("authenticator_bound", &world.table);
    let rename =
        |from, to| format!("UPDATE {table} SET events = replace(events, '{from}', '{to}')");
    world.store.run(rename(bound, "invented_later")).await;
    assert_eq!(world.run_once().await, (0, 1, 0));
    // As if a worker had been updated meanwhile.
    world.store.run(rename("invented_later", bound)).await;
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.run_once().await, (1, 0, 0));
}

async fn a_message_whose_links_cannot_be_made_is_tried_again<D: Database>(database: D) {
    let world = World::new(&database).await;
    enroll(&world.mfa, "alice").await;
    let rng = SeededRng::new(1);
    rng.break_after(0);
    let down = builder_at(world.store.clone(), policy(), &world.clock).rng(rng);
    let mfa = down.build().unwrap();
    let worker = OutboxWorker::new(world.store.clone(), mfa, world.mailer.clone(), sleep);
    assert_eq!(counts(worker.run_once().await.unwrap()), (0, 1, 0));
    assert_eq!(world.mailer.delivered(), []);
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(world.run_once().await, (1, 0, 0));
}

async fn a_parked_message_can_be_tried_again<D: Database>(database: D) {
    let world = World::new(&database).await;
    enroll(&world.mfa, "alice").await;
    world.mailer.bounces("alice");
    let worker = world.worker().tries(1);
    assert_eq!(counts(worker.run_once().await.unwrap()), (0, 0, 1));
    world.mailer.works();
    world.clock.advance(Duration::from_secs(3_600));
    assert_eq!(world.run_once().await, (0, 0, 0));
    let parked = world.store.parked(10).await.unwrap();
    assert!(world.store.retry(parked[0].position).await.unwrap());
    assert!(!world.store.retry(parked[0].position).await.unwrap());
    assert_eq!(world.store.parked(10).await.unwrap(), []);
    assert_eq!(world.run_once().await, (1, 0, 0));
}

/// Delivers once a number of deliveries run at once.
#[derive(Clone)]
struct Together(Arc<Barrier>, Mailer);

impl Notifier for Together {
    type Error = Bounced;

    async fn notify(&self, notification: &Notification) -> Result<(), Bounced> {
        self.0.wait().await;
        self.1.take(notification)
    }
}

async fn workers_share_the_work<D: Database>(database: D) {
    const WORKERS: usize = 4;
    let world = World::new(&database).await;
    for user in 0..3 * WORKERS {
        enroll(&world.mfa, &user.to_string()).await;
    }
    let notifier = Together(Arc::new(Barrier::new(WORKERS)), world.mailer.clone());
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..WORKERS {
        let worker = world.worker_with(notifier.clone());
        workers.spawn(async move { worker.run_once().await.unwrap().delivered });
    }
    let delivered: u64 = workers.join_all().await.into_iter().sum();
    assert_eq!(delivered, 3 * WORKERS as u64);
    let users: HashSet<_> = world.mailer.delivered().into_iter().collect();
    assert_eq!(users.len(), 3 * WORKERS);
    assert_eq!(world.waiting().await, 0);
}

/// Is so slow that its lease runs out and another delivers the message, before it fails.
struct Slow<S> {
    clock: SteppedClock,
    another: OutboxWorker<S, Stuck>,
    stuck: Stuck,
}

impl<S: Store> Notifier for Slow<S> {
    type Error = Bounced;

    async fn notify(&self, _: &Notification) -> Result<(), Bounced> {
        self.clock.advance(LEASE);
        tokio::select! {
            _ = self.another.run_once() => panic!("the other came to an end"),
            () = self.stuck.0.notified() => Err(Bounced(std::io::Error::other("late"))),
        }
    }
}

async fn a_claim_that_has_run_out_changes_nothing<D: Database>(database: D) {
    let world = World::new(&database).await;
    enroll(&world.mfa, "alice").await;
    let stuck = Stuck::default();
    let slow = Slow {
        clock: world.clock.clone(),
        another: world.worker_with(stuck.clone()),
        stuck,
    };
    // At its first try, which would be tried again after 30 seconds. By then the second one has a
    // lease of 60.
    world.worker_with(slow).run_once().await.unwrap();
    world.clock.advance(LEASE - Duration::from_secs(1));
    assert_eq!(world.run_once().await, (0, 0, 0));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.run_once().await, (1, 0, 0));
}

async fn a_worker_outlives_an_outage_and_stops_when_told<D: Database>(database: D) {
    let world = World::new(&database).await;
    for user in ["alice", "bob"] {
        enroll(&world.mfa, user).await;
    }
    let (table, away) = (&world.table, format!("{}_away", world.table));
    world
        .store
        .run(format!("ALTER TABLE {table} RENAME TO {away}"))
        .await;
    let (failed, delivered) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (failing, delivering) = (Arc::clone(&failed), Arc::clone(&delivered));
    let worker = world.worker();
    let running = tokio::spawn(async move {
        let report = |round: Result<OutboxRound, _>| match round {
            Ok(round) => {
                assert_eq!(counts(round), (2, 0, 0));
                delivering.notify_one();
            }
            Err(Error::Store(_)) => failing.notify_one(),
            Err(error) => panic!("{error}"),
        };
        let delivered = Arc::clone(&delivering);
        worker
            .run(async move { delivered.notified().await }, report)
            .await;
    });
    failed.notified().await;
    assert_eq!(world.mailer.delivered(), []);
    world
        .store
        .run(format!("ALTER TABLE {away} RENAME TO {table}"))
        .await;
    running.await.unwrap();
    assert_eq!(world.waiting().await, 0);
}

/// Locks bob's account after a number of other deliveries.
struct Interrupted {
    mailer: Mailer,
    mfa: Mfa,
    after: usize,
}

impl Notifier for Interrupted {
    type Error = Bounced;

    async fn notify(&self, notification: &Notification) -> Result<(), Bounced> {
        self.mailer.take(notification)?;
        if self.mailer.delivered().len() == self.after {
            let bob = UserId::new("bob").unwrap();
            self.mfa.lock_account(&bob).await.unwrap();
        }
        Ok(())
    }
}

async fn users_are_told_in_turn<D: Database>(database: D) {
    let world = World::new(&database).await;
    let alice = enroll(&world.mfa, "alice").await.user;
    enroll(&world.mfa, "bob").await;
    assert_eq!(world.run_once().await, (2, 0, 0));
    for _ in 0..10 {
        world.mfa.lock_account(&alice).await.unwrap();
        let order = Administrator::new("root@acme.example").because("identity checked");
        world.mfa.admin_unlock_account(&alice, order).await.unwrap();
    }
    // The third of alice's messages is on its way when bob's comes.
    let notifier = Interrupted {
        mailer: world.mailer.clone(),
        mfa: world.mfa.clone(),
        after: 5,
    };
    let round = world.worker_with(notifier).run_once().await.unwrap();
    assert_eq!(counts(round), (21, 0, 0));
    let delivered = world.mailer.delivered();
    let users: Vec<_> = delivered[2..].iter().map(|(user, _)| user).collect();
    assert_eq!(users[..5], ["alice", "alice", "alice", "bob", "alice"]);
    let kinds = delivered[2..].iter().filter(|(user, _)| user == "alice");
    let kinds: Vec<_> = kinds.map(|(_, kind)| *kind).collect();
    assert_eq!(kinds, [EventKind::Locked, EventKind::Unlocked].repeat(10));
}

/// Has a bug that one user's mail meets.
struct Buggy(Mailer);

impl Notifier for Buggy {
    type Error = Bounced;

    async fn notify(&self, notification: &Notification) -> Result<(), Bounced> {
        assert_ne!(told(notification), "alice", "a bug");
        self.0.notify(notification).await
    }
}

async fn a_notifier_that_panics_costs_one_try<D: Database>(database: D) {
    let world = World::new(&database).await;
    for user in ["alice", "bob"] {
        enroll(&world.mfa, user).await;
    }
    let worker = world.worker_with(Buggy(world.mailer.clone()));
    for expected in [(1, 1, 0), (0, 1, 0), (0, 0, 1)] {
        let round = worker.run_once().await.unwrap();
        assert_eq!(counts(round), expected);
        world.clock.advance(Duration::from_secs(50));
    }
    let parked = world.store.parked(2).await.unwrap();
    assert_eq!(parked[0].user.as_str(), "alice");
    assert_eq!(parked[0].error, "the notifier panicked");
}
