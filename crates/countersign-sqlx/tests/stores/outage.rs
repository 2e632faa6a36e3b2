//! The database goes away during a workload, and comes back.

use std::slice::SliceIndex;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign::event::EventKind;
use countersign::store::UserDirectory;
use countersign::testing::SteppedClock;
use countersign::{Error, FirstFactor, Login, Mfa};
use countersign_sqlx::{MySqlStore, PostgresStore};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::databases::{Database, Served, ServerStore};
use crate::support::{NOW, Person, STEP, count, enroll, mfa_at, policy};

const PEOPLE: usize = 8;
/// A cluster is ready again long before.
const PATIENCE: Duration = Duration::from_secs(120);

/// What somebody's sign-ins came to so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) verified: usize,
    /// Sign-ins since the last one that failed.
    pub(crate) in_a_row: usize,
    pub(crate) failed: usize,
    /// Answers of which nobody knows whether they were recorded.
    pub(crate) unknown: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn a_postgres_that_goes_away_is_served_again_when_it_is_back() {
    a_database_that_goes_away_is_served_again_when_it_is_back::<PostgresStore>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs MariaDB"]
async fn a_mariadb_that_goes_away_is_served_again_when_it_is_back() {
    a_database_that_goes_away_is_served_again_when_it_is_back::<MySqlStore>().await;
}

async fn a_database_that_goes_away_is_served_again_when_it_is_back<S: ServerStore>() {
    let mut server = Served::<S>::server();
    let database = Served::<S>::at(&server.url);
    let store = database.store().await;
    let mut load = Load::default();
    for number in 0..PEOPLE {
        load.add(&store, &number.to_string()).await;
    }

    load.all(|tally| tally.verified >= 3).await;
    tokio::task::block_in_place(|| server.crash());
    load.all(|tally| tally.failed >= 1).await;
    tokio::task::block_in_place(|| server.come_back());
    load.all(|tally| tally.in_a_row >= 5).await;

    for (person, _, tally) in load.end().await {
        as_told(&store, &person, tally).await;
    }
}

/// Whatever was answered is recorded, and nothing is that was neither answered nor in doubt.
pub(crate) async fn as_told<S: UserDirectory>(store: &S, person: &Person, tally: Tally) {
    let recorded = count(store, &person.user, EventKind::LoginVerified).await;
    let right = tally.verified..=tally.verified + tally.unknown;
    assert!(right.contains(&recorded), "{recorded} after {tally:?}");
}

/// How far somebody got, and the task in which that happens.
type Signing = (watch::Receiver<Tally>, JoinHandle<(Person, SteppedClock)>);

/// People who sign in over and over, all at once.
#[derive(Default)]
pub(crate) struct Load {
    people: Vec<Signing>,
    done: Arc<AtomicBool>,
}

impl Load {
    /// Enrols somebody, who then signs in by this store.
    pub(crate) async fn add<S: UserDirectory + Clone + 'static>(&mut self, store: &S, user: &str) {
        let clock = SteppedClock::at(NOW);
        let mfa = mfa_at(store.clone(), policy(), &clock);
        let person = enroll(&mfa, user).await;
        let (teller, tally) = watch::channel(Tally::default());
        let done = Arc::clone(&self.done);
        let worker = tokio::spawn(sign_in_and_in(mfa, clock, person, teller, done));
        self.people.push((tally, worker));
    }

    /// How often each has signed in by now.
    pub(crate) fn verified(&self) -> Vec<usize> {
        let tallies = self.people.iter();
        tallies.map(|(tally, _)| tally.borrow().verified).collect()
    }

    /// Waits until everybody got so far.
    pub(crate) async fn all(&mut self, reached: impl Fn(&Tally) -> bool + Send + Sync) {
        self.some(.., reached).await;
    }

    /// Waits until those got so far who were added in these places.
    pub(crate) async fn some(
        &mut self,
        places: impl SliceIndex<[Signing], Output = [Signing]> + Send,
        reached: impl Fn(&Tally) -> bool + Send + Sync,
    ) {
        for (tally, _) in &mut self.people[places] {
            let waited = tokio::time::timeout(PATIENCE, tally.wait_for(&reached)).await;
            let waited = waited.expect("the database does not come back");
            waited.expect("a sign-in was refused");
        }
    }

    /// Who signed in, until when, and what came of it.
    pub(crate) async fn end(self) -> Vec<(Person, SteppedClock, Tally)> {
        self.done.store(true, Ordering::SeqCst);
        let mut ends = Vec::new();
        for (tally, worker) in self.people {
            let (person, clock) = worker.await.unwrap();
            let tally = *tally.borrow();
            ends.push((person, clock, tally));
        }
        ends
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
) -> (Person, SteppedClock) {
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
    (person, clock)
}
