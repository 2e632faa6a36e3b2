//! The database goes away during a workload, and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign::event::EventKind;
use countersign::testing::SteppedClock;
use countersign::{Error, FirstFactor, Login, Mfa};
use tokio::sync::watch;

use crate::cluster::Cluster;
use crate::databases::{Database, Postgres};
use crate::support::{NOW, Person, STEP, count, enroll, mfa_at, policy};

const PEOPLE: usize = 8;

/// What somebody's sign-ins came to so far.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    verified: usize,
    /// Sign-ins since the last one that failed.
    in_a_row: usize,
    failed: usize,
    /// Answers of which nobody knows whether they were recorded.
    unknown: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_goes_away_is_served_again_when_it_is_back() {
    let mut cluster = Cluster::start();
    let database = Postgres::at(&cluster.url);
    let store = database.store().await;
    let done = Arc::new(AtomicBool::new(false));
    let (mut tallies, mut workers) = (Vec::new(), Vec::new());
    for number in 0..PEOPLE {
        let clock = SteppedClock::at(NOW);
        let mfa = mfa_at(store.clone(), policy(), &clock);
        let person = enroll(&mfa, &number.to_string()).await;
        let (teller, tally) = watch::channel(Tally::default());
        tallies.push(tally);
        workers.push(tokio::spawn(sign_in_and_in(
            mfa,
            clock,
            person,
            teller,
            Arc::clone(&done),
        )));
    }

    all(&mut tallies, |tally| tally.verified >= 3).await;
    tokio::task::block_in_place(|| cluster.crash());
    all(&mut tallies, |tally| tally.failed >= 1).await;
    tokio::task::block_in_place(|| cluster.come_back());
    all(&mut tallies, |tally| tally.in_a_row >= 5).await;

    done.store(true, Ordering::SeqCst);
    for (worker, tally) in workers.into_iter().zip(tallies) {
        let person = worker.await.unwrap();
        let tally = *tally.borrow();
        let recorded = count(&store, &person.user, EventKind::LoginVerified).await;
        let right = tally.verified..=tally.verified + tally.unknown;
        assert!(right.contains(&recorded), "{recorded} after {tally:?}");
    }
}

/// Signs in, each time with the code of a new step. No sign-in is refused: it succeeds, or the
/// database fails.
async fn sign_in_and_in(
    mfa: Mfa,
    clock: SteppedClock,
    person: Person,
    teller: watch::Sender<Tally>,
    done: Arc<AtomicBool>,
) -> Person {
    while !done.load(Ordering::SeqCst) {
        clock.advance(STEP);
        let end = match mfa
            .begin_login(&person.user, FirstFactor::password_at(clock.time()))
            .await
        {
            Ok(Login::Challenge(challenge)) => {
                let code = person.code(clock.time());
                mfa.answer_challenge(&challenge.token, code.as_str())
                    .await
                    .map(|_| ())
            }
            Ok(other) => panic!("no challenge but {other:?}"),
            Err(error) => Err(error),
        };
        teller.send_modify(|tally| match end {
            Ok(()) => {
                tally.verified += 1;
                tally.in_a_row += 1;
            }
            Err(Error::Store(_)) => {
                tally.failed += 1;
                tally.in_a_row = 0;
            }
            Err(Error::Indeterminate(_)) => {
                tally.failed += 1;
                tally.unknown += 1;
                tally.in_a_row = 0;
            }
            Err(error) => panic!("{error}"),
        });
    }
    person
}

async fn all(tallies: &mut [watch::Receiver<Tally>], reached: fn(&Tally) -> bool) {
    for tally in tallies {
        let waited = tally.wait_for(reached).await;
        waited.expect("a sign-in was refused");
    }
}
