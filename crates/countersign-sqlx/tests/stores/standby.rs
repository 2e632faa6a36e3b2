//! A PostgreSQL whose standby takes its place under load. The old primary is gone by then.

use std::time::Duration;

use countersign::event::EventKind;
use countersign::store::UserStore;
use countersign::testing::SteppedClock;
use countersign::{Denial, Error};

use crate::databases::{Database, Postgres, Store};
use crate::outage::{Load, as_told};
use crate::servers::Server;
use crate::support::{NOW, STEP, challenge, count, enroll, mfa, mfa_at, policy};

const PEOPLE: usize = 8;

/// A primary and its standby.
struct Pair {
    server: Server,
    primary: Postgres,
    standby: Postgres,
}

impl Pair {
    fn start(script: &str) -> Self {
        let server = Server::start(script);
        let (primary, standby) = server.url.split_once(' ').unwrap();
        let primary = Postgres::at(primary);
        Self {
            standby: primary.moved_to(standby),
            primary,
            server,
        }
    }

    fn order(&mut self, order: &str, done: &str) {
        tokio::task::block_in_place(|| self.server.say(order, done));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn a_synchronous_standby_that_is_promoted_knows_all_that_was_answered() {
    let mut pair = Pair::start("standby.sh sync");
    let store = pair.primary.store().await;
    let mut load = Load::default();
    for number in 0..PEOPLE {
        load.add(&store, &number.to_string()).await;
    }
    load.all(|tally| tally.verified >= 10).await;
    pair.order("cut", "cut");
    // The primary goes down when each sign-in waits for the standby. If none waited, somebody would
    // be answered whose commit began after the cut.
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    let answered = |load: &Load| load.verified().iter().sum::<usize>();
    let before = answered(&load);
    while store.number(waits.to_owned()).await < PEOPLE as i64 && answered(&load) <= before + PEOPLE
    {
    }
    pair.order("promote", "promoted");
    load.all(|tally| tally.failed >= 1).await;

    let store = pair.standby.store().await;
    for (person, clock, tally) in load.end().await {
        as_told(&store, &person, tally).await;
        // No step's code signs in twice: neither the last that was answered, nor one in doubt.
        let mfa = mfa_at(store.clone(), policy(), &clock);
        clock.advance(STEP);
        let (token, code) = (
            challenge(&mfa, &person.user).await,
            person.code(clock.time()),
        );
        mfa.answer_challenge(&token, code.as_str()).await.unwrap();
        let verified = count(&store, &person.user, EventKind::LoginVerified).await;
        for steps_ago in 0..3 {
            let token = challenge(&mfa, &person.user).await;
            let code = person.code(clock.time() - steps_ago * STEP);
            let again = mfa.answer_challenge(&token, code.as_str()).await;
            assert_eq!(again.unwrap_err().denial(), Some(Denial::InvalidCode));
        }
        let now = count(&store, &person.user, EventKind::LoginVerified).await;
        assert_eq!(now, verified);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn without_its_synchronous_standby_a_primary_answers_nobody() {
    let mut pair = Pair::start("standby.sh sync");
    let service = mfa(pair.primary.store().await);
    let alice = enroll(&service, "alice").await;
    let token = challenge(&service, &alice.user).await;
    pair.order("cut", "cut");
    let code = alice.code(NOW);
    let answer = service.answer_challenge(&token, code.as_str());
    let answered = tokio::time::timeout(Duration::from_millis(500), answer).await;
    assert!(answered.is_err(), "{answered:?}");
    // What was not answered may be lost, and here it is.
    pair.order("promote", "promoted");
    let service = mfa(pair.standby.store().await);
    service
        .answer_challenge(&token, code.as_str())
        .await
        .unwrap();
}

/// What `docs/production.md` says of asynchronous replication.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn an_asynchronous_standby_forgets_the_last_commits() {
    let mut pair = Pair::start("standby.sh async");
    let clock = SteppedClock::at(NOW);
    let service = mfa_at(pair.primary.store().await, policy(), &clock);
    let (alice, bob) = (
        enroll(&service, "alice").await,
        enroll(&service, "bob").await,
    );
    let replayed = "SELECT count(*) FROM pg_stat_replication
                    WHERE replay_lsn = pg_current_wal_lsn()";
    let primary = pair.primary.store().await;
    while primary.number(replayed.to_owned()).await == 0 {}
    pair.order("cut", "cut");

    let token = challenge(&service, &alice.user).await;
    let code = alice.code(NOW);
    let answer = service.answer_challenge(&token, code.as_str()).await;
    let epoch = answer.unwrap().sessions.epoch;
    let another = challenge(&service, &alice.user).await;
    let recovery_code = alice.recovery[0].as_str();
    service
        .answer_challenge(&another, recovery_code)
        .await
        .unwrap();
    service.lock_account(&bob.user).await.unwrap();
    enroll(&service, "carol").await;
    pair.order("promote", "promoted");

    let store = pair.standby.store().await;
    let service = mfa_at(store.clone(), policy(), &clock);
    // Both codes are good once more, the lock is undone, and carol has no second factor.
    service
        .answer_challenge(&token, code.as_str())
        .await
        .unwrap();
    service
        .answer_challenge(&another, recovery_code)
        .await
        .unwrap();
    let bob = service.status(&bob.user).await.unwrap();
    assert_eq!(bob.locked_at, None);
    assert!(
        store
            .load(&"carol".to_owned().try_into().unwrap())
            .await
            .unwrap()
            .is_none()
    );
    assert!(service.status(&alice.user).await.unwrap().honors(epoch));
    let third = service.answer_challenge(&token, code.as_str()).await;
    assert!(
        matches!(third, Err(Error::Denied(Denial::TokenSpent))),
        "{third:?}"
    );
}
