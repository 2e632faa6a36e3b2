//! What is MariaDB's own: statements that are ended from outside, locks that are waited for too
//! long, sessions without autocommit, positions that are drawn out of order.

use countersign::store::{UserDirectory, UserStore};
use countersign::{Error, FirstFactor, Mfa, UserId};
use countersign_sqlx::{MySqlStore, StoreOptions};
use sqlx::mysql::{MySqlConnection, MySqlPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::databases::{Database, MariaDb};
use crate::support::{NOW, enroll, events, mfa};

/// A store over one connection with a setting.
async fn with_setting(database: &MariaDb, setting: &'static str) -> MySqlStore {
    let pool = MySqlPoolOptions::new()
        .max_connections(1)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(setting).await?;
                Ok(())
            })
        });
    let pool = pool.connect(&database.address()).await.unwrap();
    MySqlStore::from_pool(pool, StoreOptions::new().prefix(database.prefix()))
}

/// A session of somebody else's, in which a statement holds a lock.
async fn holds(database: &MariaDb, statements: &[String]) -> MySqlConnection {
    let mut other = MySqlConnection::connect(&database.address()).await.unwrap();
    for statement in statements {
        let statement = AssertSqlSafe(statement.clone());
        other.execute(sqlx::raw_sql(statement)).await.unwrap();
    }
    other
}

async fn start(mfa: &Mfa, user: &UserId) -> Result<(), Error> {
    let password = FirstFactor::password_at(NOW);
    let setup = mfa.start_enrollment(user, "alice@example.com", password);
    setup.await.map(|_| ())
}

/// The number that MariaDB gave to the only connection of a store.
async fn connection(store: &MySqlStore) -> u64 {
    let number = sqlx::query_scalar("SELECT CONNECTION_ID()");
    number.fetch_one(store.pool()).await.unwrap()
}

/// After such an end nothing promises that the transaction is over, in which the user's row is
/// written and the event is not. MariaDB 10.11.19 ends it, so that its connection tells more than
/// what is left: nobody gets that connection again.
#[tokio::test]
#[ignore = "needs MariaDB"]
async fn a_statement_that_is_ended_midway_leaves_nothing() {
    let database = MariaDb::fresh();
    let (ours, prefix) = (database.store().await, database.prefix());
    let alice = enroll(&mfa(ours.clone()), "alice").await.user;
    let before = ours.load(&alice).await.unwrap();
    let hasty = with_setting(&database, "SET max_statement_time = 0.3").await;
    let statements = [format!("LOCK TABLES {prefix}events WRITE")];
    let other = holds(&database, &statements).await;

    let ended = connection(&hasty).await;
    let refused = mfa(hasty.clone()).lock_account(&alice).await;
    assert!(
        matches!(refused, Err(Error::Indeterminate(_))),
        "{refused:?}"
    );
    other.close().await.unwrap();
    assert_ne!(connection(&hasty).await, ended);
    // Whatever comes next, such as another user's commit.
    start(&mfa(hasty.clone()), &UserId::from(2_u64))
        .await
        .unwrap();
    assert_eq!(ours.load(&alice).await.unwrap(), before);
    assert_eq!(events(&ours, &alice).await.len(), 3);
}

/// MariaDB rolls back the last statement alone: the event, and not the user's row.
#[tokio::test]
#[ignore = "needs MariaDB"]
async fn a_lock_that_is_waited_for_too_long_is_an_error_and_leaves_nothing() {
    let database = MariaDb::fresh();
    let (ours, prefix) = (database.store().await, database.prefix());
    let alice = enroll(&mfa(ours.clone()), "alice").await.user;
    let before = ours.load(&alice).await.unwrap();
    let hasty = with_setting(&database, "SET innodb_lock_wait_timeout = 0").await;
    // No further event in that range.
    let statements = [
        "BEGIN".to_owned(),
        format!("SELECT position FROM {prefix}events WHERE position > 0 FOR UPDATE"),
    ];
    let other = holds(&database, &statements).await;

    let refused = mfa(hasty.clone()).lock_account(&alice).await;
    assert!(
        matches!(refused, Err(Error::Indeterminate(_))),
        "{refused:?}"
    );
    other.close().await.unwrap();
    start(&mfa(hasty.clone()), &UserId::from(2_u64))
        .await
        .unwrap();
    assert_eq!(ours.load(&alice).await.unwrap(), before);
    assert_eq!(events(&ours, &alice).await.len(), 3);
    mfa(hasty).lock_account(&alice).await.unwrap();
}

/// The first read of an open transaction fixes what all its reads see.
#[tokio::test]
#[ignore = "needs MariaDB"]
async fn nothing_is_read_in_an_open_transaction() {
    for setting in ["SET autocommit = OFF", "BEGIN"] {
        let database = MariaDb::fresh();
        let ours = database.store().await;
        let alice = UserId::new("alice").unwrap();
        let theirs = with_setting(&database, setting).await;
        let login = mfa(theirs.clone());
        for _ in 0..2 {
            let refused = login
                .begin_login(&alice, FirstFactor::password_at(NOW))
                .await;
            let Err(Error::Store(cause)) = refused else {
                panic!("{setting}: {refused:?}");
            };
            assert!(cause.to_string().contains("MariaDB needs autocommit"));
        }
        assert!(theirs.users(None, 1).await.is_err());
        enroll(&mfa(ours), "alice").await;
    }
}

#[tokio::test]
#[ignore = "needs MariaDB"]
async fn an_event_that_commits_late_is_not_passed_over() {
    let database = MariaDb::fresh();
    let store = database.store().await;
    enroll(&mfa(store.clone()), "seed").await;
    let (events, prefix) = (
        events(&store, &UserId::new("seed").unwrap()).await,
        database.prefix(),
    );
    let event = serde_json::to_string(&events[0])
        .unwrap()
        .replace("seed", "late");
    let late = format!(
        "INSERT INTO {prefix}events (user_id, at, kind, event) VALUES ('late', 0, '', '{event}')"
    );
    let mut late = holds(&database, &["BEGIN".to_owned(), late]).await;
    enroll(&mfa(store.clone()), "early").await;

    let mut cursor = None;
    let mut page = async |limit| {
        let page = store.events_after(cursor.as_ref(), limit).await.unwrap();
        cursor = Some(page.next);
        let users = page
            .events
            .into_iter()
            .map(|one| one.event.user.to_string());
        users.collect::<Vec<_>>()
    };
    // What is committed does not wait for what is not.
    assert_eq!(page(4).await, ["seed", "seed", "seed", "early"]);
    late.execute("COMMIT").await.unwrap();
    assert_eq!(page(10).await, ["late", "early", "early"]);
    assert_eq!(page(10).await, [""; 0]);
}

/// Exports of several processes number each event once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs MariaDB"]
async fn exports_side_by_side_bring_the_same_events() {
    let database = MariaDb::fresh();
    let store = database.store().await;
    for user in 0..10 {
        enroll(&mfa(store.clone()), &user.to_string()).await;
    }
    let mut exports = tokio::task::JoinSet::new();
    for limit in 1..=8 {
        let store = database.store().await;
        exports.spawn(async move {
            let (mut cursor, mut positions) = (None, Vec::new());
            loop {
                let page = store.events_after(cursor.as_ref(), limit).await.unwrap();
                if page.events.is_empty() {
                    return positions;
                }
                positions.extend(page.events.iter().map(|event| event.position.as_i64()));
                cursor = Some(page.next);
            }
        });
    }
    let all = exports.join_all().await;
    assert_eq!(all[0].len(), 30);
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}
