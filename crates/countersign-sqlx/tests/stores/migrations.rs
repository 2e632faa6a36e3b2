//! Migrations that several processes start at once.

use countersign::UserId;
use countersign::store::{UserDirectory, UserStore};
use countersign_sqlx::{Prefix, SqliteStore};

use crate::databases::{Database, Sqlite, Store, on_each};
use crate::processes::race;
use crate::support::{enroll, mfa};

on_each!(
    eight_processes_migrate_at_once,
    migrating_again_changes_nothing,
    a_team_may_run_the_statements_itself,
    prefixes_share_a_database_and_nothing_else,
    a_database_of_a_later_release_is_served,
    what_is_in_the_way_is_an_error,
);

pub(crate) async fn eight_processes_migrate_at_once<D: Database>(database: D) {
    let ends = race(&database, vec![Vec::new(); 8]);
    assert_eq!(ends.broken, Vec::<String>::new());
    assert_eq!(ends.opened, 8);
    let store = database.store().await;
    assert_eq!(steps(&store, &database.prefix()).await, 2);
}

async fn migrating_again_changes_nothing<D: Database>(database: D) {
    let store = database.store().await;
    let alice = enroll(&mfa(store.clone()), "alice").await;
    let before = store.load(&alice.user).await.unwrap();
    store.migrate().await.unwrap();
    let again = database.store().await;
    assert_eq!(again.load(&alice.user).await.unwrap(), before);
    assert_eq!(steps(&store, &database.prefix()).await, 2);
}

async fn a_team_may_run_the_statements_itself<D: Database>(database: D) {
    let prefix = Prefix::new(&format!("{}own_", database.prefix())).unwrap();
    let store = database.store().await.unmigrated(prefix.clone());
    let user = UserId::from(1_u64);
    assert!(store.load(&user).await.is_err());
    for _ in 0..2 {
        for migration in D::Store::migrations(&prefix) {
            store.run(migration.sql).await;
        }
    }
    assert_eq!(steps(&store, &prefix).await, 2);
    enroll(&mfa(store.clone()), "1").await;
    store.migrate().await.unwrap();
    assert!(store.load(&user).await.unwrap().is_some());
}

async fn prefixes_share_a_database_and_nothing_else<D: Database>(database: D) {
    let ours = database.store().await;
    let theirs = ours.unmigrated(Prefix::new(&format!("{}b_", database.prefix())).unwrap());
    theirs.migrate().await.unwrap();
    let alice = enroll(&mfa(ours.clone()), "alice").await;
    assert_eq!(theirs.load(&alice.user).await.unwrap(), None);
    assert_eq!(theirs.users(None, 10).await.unwrap(), []);
    assert_eq!(theirs.events(&alice.user, None, 10).await.unwrap(), []);
    enroll(&mfa(theirs), "alice").await;
    assert!(mfa(ours.clone()).status(&alice.user).await.unwrap().enabled);
    assert_eq!(ours.users(None, 10).await.unwrap(), [alice.user]);
}

async fn a_database_of_a_later_release_is_served<D: Database>(database: D) {
    let store = database.store().await;
    let prefix = database.prefix();
    store
        .run(format!(
            "INSERT INTO {prefix}migrations (version, name) VALUES (1000, 'later')"
        ))
        .await;
    let store = database.store().await;
    enroll(&mfa(store.clone()), "alice").await;
    assert_eq!(steps(&store, &prefix).await, 3);
}

async fn what_is_in_the_way_is_an_error<D: Database>(database: D) {
    let (store, prefix) = fails_halfway(&database).await;
    store.run(format!("DROP TABLE {prefix}events")).await;
    store.migrate().await.unwrap();
    assert_eq!(steps(&store, &prefix).await, 2);
    enroll(&mfa(store.clone()), "alice").await;
}

/// MariaDB commits each statement of a migration by itself.
mod a_migration_that_fails_leaves_nothing {
    use super::*;
    use crate::databases::Postgres;

    #[tokio::test]
    async fn sqlite() {
        no_users_are_left(Sqlite::fresh()).await;
    }

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn postgres() {
        no_users_are_left(Postgres::fresh()).await;
    }

    async fn no_users_are_left<D: Database>(database: D) {
        let (store, prefix) = fails_halfway(&database).await;
        store
            .run(format!("CREATE TABLE {prefix}users (id TEXT)"))
            .await;
    }
}

/// A store that could not be migrated, because its second table was there.
async fn fails_halfway<D: Database>(database: &D) -> (D::Store, Prefix) {
    let prefix = Prefix::new(&format!("{}c_", database.prefix())).unwrap();
    let store = database.store().await.unmigrated(prefix.clone());
    let foreign = format!("CREATE TABLE {prefix}events (id TEXT)");
    store.run(foreign).await;
    assert!(store.migrate().await.is_err());
    (store, prefix)
}

async fn steps<S: Store>(store: &S, prefix: &Prefix) -> i64 {
    let count = format!("SELECT count(*) FROM {prefix}migrations");
    store.number(count).await
}

/// Turning WAL on is what can go wrong there, and only once in a while.
#[tokio::test]
async fn a_new_file_may_be_opened_by_many_at_once() {
    for _ in 0..20 {
        let ends = race(&Sqlite::fresh(), vec![Vec::new(); 8]);
        assert_eq!((ends.opened, ends.broken), (8, Vec::new()));
    }
}

#[tokio::test]
async fn an_opened_file_is_in_wal_mode_and_synced_at_each_commit() {
    let database = Sqlite::fresh();
    let store: SqliteStore = database.store().await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(store.pool())
        .await
        .unwrap();
    let synchronous = store.number("PRAGMA synchronous".to_owned()).await;
    // https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL.
    assert_eq!((mode.as_str(), synchronous), ("wal", 2));
}

#[test]
fn a_prefix_is_a_plain_name() {
    for prefix in ["a", "mfa_", "a1_", &"a".repeat(32)] {
        assert_eq!(Prefix::new(prefix).unwrap().as_str(), prefix);
    }
    let refused = [
        "", "_a", "1a", "A", "mfa-", "a b", "a;", "a'", "a\"", "é", "sqlite_", "a.b",
    ];
    for prefix in refused {
        assert!(Prefix::new(prefix).is_err(), "{prefix}");
    }
    assert!(Prefix::new(&"a".repeat(33)).is_err());
}
