//! The export of all users' events beside transactions that commit in another order than they
//! began.

use countersign::store::{EventCursor, UserDirectory};
use countersign_sqlx::PostgresStore;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Postgres as PostgresDatabase, Transaction};

use crate::databases::{Database, Postgres, Store, on_each};
use crate::servers::Server;
use crate::support::{enroll, mfa};

on_each!(
    pruned_events_do_not_hold_an_export_up,
    a_cursor_of_another_store_is_an_error,
);

/// An export that follows its cursor.
struct Export<'a, S> {
    store: &'a S,
    cursor: Option<EventCursor>,
}

impl<'a, S: Store> Export<'a, S> {
    fn of(store: &'a S) -> Self {
        Self {
            store,
            cursor: None,
        }
    }

    /// The users whose events the next page brings.
    async fn page(&mut self, limit: usize) -> Vec<String> {
        let page = self.store.events_after(self.cursor.as_ref(), limit).await;
        let page = page.unwrap();
        // The cursor is kept as text.
        self.cursor = Some(page.next.to_string().parse().unwrap());
        let events = page.events.into_iter().map(|recorded| recorded.event);
        events.map(|event| event.user.to_string()).collect()
    }
}

async fn pruned_events_do_not_hold_an_export_up<D: Database>(database: D) {
    let (store, prefix) = (database.store().await, database.prefix());
    let mfa = mfa(store.clone());
    for user in ["a", "b", "c", "d"] {
        enroll(&mfa, user).await;
    }
    // Three events each: the first, and some in the middle.
    let prune = format!("DELETE FROM {prefix}events WHERE user_id IN ('a', 'c')");
    store.run(prune).await;
    let mut export = Export::of(&store);
    let mut seen = Vec::new();
    // A transaction of another test may hold the export up for a while.
    for _ in 0..100_000 {
        seen.extend(export.page(2).await);
        if seen.len() == 6 {
            break;
        }
    }
    assert_eq!(seen, ["b", "b", "b", "d", "d", "d"]);
    assert_eq!(export.page(2).await, [""; 0]);
}

async fn a_cursor_of_another_store_is_an_error<D: Database>(database: D) {
    let store = database.store().await;
    for place in ["", "elsewhere", "1.2"] {
        let foreign = EventCursor::of_place(place);
        let page = store.events_after(Some(&foreign), 1).await;
        assert!(matches!(page, Err(sqlx::Error::Decode(_))), "{place:?}");
    }
}

/// A connection of its own, on which a transaction stays open.
async fn connection(database: &Postgres) -> PgConnection {
    PgConnection::connect(&database.address()).await.unwrap()
}

/// Copies an event in a transaction, as the event of this user.
async fn copy(
    transaction: &mut Transaction<'_, PostgresDatabase>,
    database: &Postgres,
    user: &str,
) {
    let prefix = database.prefix();
    let copy = format!(
        "INSERT INTO {prefix}events (user_id, at, kind, event)
         SELECT '{user}', at, kind, replace(event, '\"user\":\"seed\"', '\"user\":\"{user}\"')
         FROM {prefix}events WHERE user_id = 'seed' ORDER BY position LIMIT 1"
    );
    let copied = sqlx::query(AssertSqlSafe(copy));
    let copied = copied.execute(&mut **transaction).await.unwrap();
    assert_eq!(copied.rows_affected(), 1);
}

/// A server whose transactions are all this test's, and an export that has read three events.
async fn scene(server: &Server) -> (Postgres, PostgresStore) {
    let database = Postgres::at(&server.url);
    let store = database.store().await;
    enroll(&mfa(store.clone()), "seed").await;
    assert_eq!(
        store
            .number(format!("SELECT count(*) FROM {}events", database.prefix()))
            .await,
        3
    );
    (database, store)
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn an_event_that_commits_late_is_not_passed_over() {
    let server = Postgres::server();
    let (database, store) = scene(&server).await;
    let mut export = Export::of(&store);
    assert_eq!(export.page(10).await, ["seed"; 3]);

    // `late` draws its position first and commits last. `early` has the lower transaction.
    let (mut one, mut other) = (connection(&database).await, connection(&database).await);
    let mut early = one.begin().await.unwrap();
    let begun = "SELECT pg_current_xact_id()::text";
    let _: String = sqlx::query_scalar(begun)
        .fetch_one(&mut *early)
        .await
        .unwrap();
    let mut late = other.begin().await.unwrap();
    copy(&mut late, &database, "late").await;
    copy(&mut early, &database, "early").await;
    early.commit().await.unwrap();

    for _ in 0..3 {
        assert_eq!(export.page(10).await, [""; 0]);
    }
    // What comes later waits, too, and the pages stay in order.
    enroll(&mfa(store.clone()), "later").await;
    assert_eq!(export.page(10).await, [""; 0]);
    late.commit().await.unwrap();
    assert_eq!(
        export.page(10).await,
        ["late", "early", "later", "later", "later"]
    );
    assert_eq!(export.page(10).await, [""; 0]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_transaction_that_is_rolled_back_holds_the_export_up_no_longer_than_it_lasts() {
    let server = Postgres::server();
    let (database, store) = scene(&server).await;
    let mut export = Export::of(&store);
    assert_eq!(export.page(10).await, ["seed"; 3]);

    let (mut one, mut other) = (connection(&database).await, connection(&database).await);
    let mut given_up = one.begin().await.unwrap();
    copy(&mut given_up, &database, "nobody").await;
    enroll(&mfa(store.clone()), "alice").await;
    assert_eq!(export.page(10).await, [""; 0]);

    // One that began after the export stopped does not hold it up.
    let mut younger = other.begin().await.unwrap();
    copy(&mut younger, &database, "younger").await;
    given_up.rollback().await.unwrap();
    assert_eq!(export.page(10).await, ["alice"; 3]);
    assert_eq!(export.page(10).await, [""; 0]);
    younger.commit().await.unwrap();
    assert_eq!(export.page(10).await, ["younger"]);
}

/// Another server counts transactions from the start, while positions go on.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_cursor_of_another_server_is_no_obstacle() {
    let server = Postgres::server();
    let (database, store) = scene(&server).await;
    enroll(&mfa(store.clone()), "alice").await;
    let prefix = database.prefix();
    let gap = format!("DELETE FROM {prefix}events WHERE position = 4");
    store.run(gap).await;
    let mut export = Export::of(&store);
    export.cursor = Some(EventCursor::of_place("3.6.1000000"));
    assert_eq!(export.page(10).await, ["alice"; 2]);
}

/// No transaction of others matters where positions follow each other.
#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_long_transaction_of_the_application_holds_nothing_up() {
    let server = Postgres::server();
    let (database, store) = scene(&server).await;
    let mut other = connection(&database).await;
    let mut long = other.begin().await.unwrap();
    sqlx::query("CREATE TABLE of_the_application (id BIGINT)")
        .execute(&mut *long)
        .await
        .unwrap();
    enroll(&mfa(store.clone()), "alice").await;
    let mut export = Export::of(&store);
    assert_eq!(export.page(3).await, ["seed"; 3]);
    assert_eq!(export.page(3).await, ["alice"; 3]);
    long.rollback().await.unwrap();
}
