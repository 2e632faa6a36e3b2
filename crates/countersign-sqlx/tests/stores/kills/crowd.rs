//! A process whose commits share transactions, killed again and again.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use countersign::store::UserStore;
use countersign::testing::SeededRng;
use countersign::{FirstFactor, Mfa, UserId};
use countersign_sqlx::SqliteStore;

use crate::databases::{Database, Sqlite};
use crate::processes::{orders, start};
use crate::support::{NOW, events, mfa};

const KILLS: usize = 20;
const TASKS: usize = 64;
/// A process is killed after at most so many answers.
const ANSWERS: usize = 500;

#[tokio::test]
async fn commits_that_share_a_transaction_are_there_if_they_were_answered() {
    let mut seed = [0; 8];
    getrandom::fill(&mut seed).unwrap();
    let seed = u64::from_ne_bytes(seed);
    println!("seed {seed}");
    let (random, database) = (SeededRng::new(seed), Sqlite::fresh());
    let (mut written, mut lost) = (0, 0);
    for round in 0..KILLS {
        let job = serde_json::to_string(&(database.address(), round)).unwrap();
        let mut process = start("kills::crowd::crowd", &job);
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // A line that was cut off has no end.
        let mut told = lines.map_while(Result::ok).filter_map(|line| {
            let user = line.strip_prefix("started: ")?.strip_suffix(" .")?;
            Some(UserId::new(user).unwrap())
        });
        let mut answered = BTreeMap::new();
        for user in told.by_ref().take(1 + random.below(ANSWERS)) {
            *answered.entry(user).or_insert(0) += 1;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        for user in told {
            *answered.entry(user).or_insert(0) += 1;
        }

        let store = database.store().await;
        let mfa = mfa(store.clone());
        for task in 0..TASKS {
            let user = user(round, task);
            let answered = answered.remove(&user).unwrap_or(0);
            let found = events(&store, &user).await.len();
            match found - answered {
                0 => lost += 1,
                1 => written += 1,
                _ => panic!("{found} events of {answered} answers"),
            }
            assert_eq!(store.load(&user).await.unwrap().is_some(), found > 0);
            mfa.status(&user).await.unwrap();
        }
        assert!(answered.is_empty());
        store.pool().close().await;
    }
    println!("in doubt were {written} that stand and {lost} that do not");
    // Kills did hit groups, before and after the moment that counts.
    assert!(written > 0 && lost > 0);
}

fn user(round: usize, task: usize) -> UserId {
    UserId::new(format!("{round} {task}")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is started by other tests, as a process of its own"]
async fn crowd() {
    let Some(mut orders) = orders() else {
        return;
    };
    let (address, round): (String, usize) = serde_json::from_str(&orders.next().unwrap()).unwrap();
    let mfa = mfa(SqliteStore::open(address).await.unwrap());
    println!();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        tasks.spawn(start_and_start(mfa.clone(), user(round, task)));
    }
    tasks.join_all().await;
}

/// Starts one enrolment after another, and tells of each when it is answered.
async fn start_and_start(mfa: Mfa, user: UserId) {
    loop {
        let password = FirstFactor::password_at(NOW);
        let setup = mfa.start_enrollment(&user, "alice@example.com", password);
        let _ = setup.await.unwrap();
        println!("started: {user} .");
    }
}
