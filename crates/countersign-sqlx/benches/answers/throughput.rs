//! Answers a second by the number of tasks. The contenders take turns, each with as many users of
//! its own in the same tables.

use std::sync::Arc;

use countersign::store::MemoryStore;
use countersign::testing::SteppedClock;
use countersign_sqlx::{PostgresStore, SqliteStore};

use crate::hand::{
    self, Hand, PostgresStatement, PostgresTransaction, SAMPLE, SqliteQueue, SqliteTransaction,
};
use crate::measure::Tally;
use crate::people::{NOW, Person, Service};

struct Scale {
    users: usize,
    rounds: usize,
    tasks: &'static [usize],
}

impl Scale {
    fn of(small: bool) -> Self {
        if small {
            Self {
                users: 16,
                rounds: 1,
                tasks: &[1, 4],
            }
        } else {
            Self {
                users: 1_000,
                rounds: 10,
                tasks: &[1, 4, 16, 64],
            }
        }
    }
}

pub(crate) async fn sqlite(store: &SqliteStore, small: bool) {
    let scale = Scale::of(small);
    alone(&scale).await;
    let service = Service::new(store.clone(), SteppedClock::at(NOW));
    let people = service.people(scale.users * 3).await;
    let pool = store.pool();
    let sample: hand::Sample = sqlx::query_as(SAMPLE).fetch_one(pool).await.unwrap();
    let transaction = || SqliteTransaction {
        pool: pool.clone(),
        sample: sample.clone(),
    };
    let queue = SqliteQueue {
        transaction: transaction(),
        turn: Default::default(),
    };
    let hands = (Arc::new(transaction()), Arc::new(queue));
    compare("SQLite", &scale, &service, &people, hands).await;
}

pub(crate) async fn postgres(url: &str, small: bool) {
    let scale = Scale::of(small);
    let store = PostgresStore::connect(url).await.unwrap();
    let service = Service::new(store.clone(), SteppedClock::at(NOW));
    let people = service.people(scale.users * 3).await;
    let pool = store.pool();
    let sample: hand::Sample = sqlx::query_as(SAMPLE).fetch_one(pool).await.unwrap();
    let transaction = PostgresTransaction {
        pool: pool.clone(),
        sample: sample.clone(),
    };
    let statement = PostgresStatement::new(pool.clone(), sample);
    let hands = (Arc::new(transaction), Arc::new(statement));
    compare("PostgreSQL", &scale, &service, &people, hands).await;
}

/// What the library takes by itself, on one core.
async fn alone(scale: &Scale) {
    let service = Service::new(MemoryStore::new(), SteppedClock::at(NOW));
    let people = service.people(scale.users).await;
    let mut tally = service.answers(1, &people).await;
    println!(
        "an answer on a store in memory, one task: {:.3} ms",
        tally.percentile(50)
    );
}

async fn compare<A: Hand, B: Hand>(
    name: &str,
    scale: &Scale,
    service: &Arc<Service>,
    people: &[Arc<Person>],
    (first, second): (Arc<A>, Arc<B>),
) {
    println!("\n| {name} | tasks | answers/s | p50, ms | p99, ms | ours, of that |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let mut sets = people.chunks(scale.users).map(Arc::from);
    let mut set = || -> Arc<[Arc<Person>]> { sets.next().unwrap() };
    let sets = [set(), set(), set()];
    for &tasks in scale.tasks {
        let mut tallies = [Tally::default(), Tally::default(), Tally::default()];
        for round in 0..scale.rounds * 3 {
            // Whoever is first in one round is last in the next.
            let place = if round / 3 % 2 == 0 {
                round % 3
            } else {
                2 - round % 3
            };
            let at = service.now();
            let tally = match place {
                0 => service.answers(tasks, &sets[0]).await,
                1 => hand::answers(&first, tasks, &sets[1], at).await,
                _ => hand::answers(&second, tasks, &sets[2], at).await,
            };
            tallies[place].add(tally);
        }
        let ratios = tallies.each_ref().map(|tally| tallies[0].beside(tally));
        let names = ["countersign", A::NAME, B::NAME];
        for ((name, tally), ratio) in names.iter().zip(&mut tallies).zip(ratios) {
            let (all, half, most) = (tally.a_second(), tally.percentile(50), tally.percentile(99));
            println!("| {name} | {tasks} | {all:.0} | {half:.2} | {most:.2} | {ratio:.2} |");
        }
    }
}
