//! A disk that is full, a folder that is not there or takes no files: a clear error, and nothing
//! half written.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use countersign::store::{UserDirectory, UserStore};
use countersign::{Error, FirstFactor, Mfa, UserId};
use countersign_sqlx::{SqliteStore, StoreOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::databases::{Database, Sqlite, Store};
use crate::support::{NOW, enroll, events, mfa};

async fn on_one_connection(file: SqliteConnectOptions) -> SqliteStore {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(file).await.unwrap();
    SqliteStore::from_pool(pool, StoreOptions::new())
}

async fn limit(connection: &mut SqliteConnection, pages: i64) -> Result<(), sqlx::Error> {
    let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    sqlx::raw_sql(limit).execute(connection).await.map(|_| ())
}

async fn start(mfa: &Mfa, user: &UserId) -> Result<(), Error> {
    let password = FirstFactor::password_at(NOW);
    let setup = mfa.start_enrollment(user, "alice@example.com", password);
    setup.await.map(|_| ())
}

#[tokio::test]
async fn a_full_disk_refuses_and_keeps_what_was_answered() {
    let database = Sqlite::fresh();
    let pages = database.store().await;
    let pages = pages.number("PRAGMA page_count".to_owned()).await;
    // As many pages as a disk would have room for. SQLite keeps the number for each connection.
    let room = Arc::new(AtomicI64::new(pages + 40));
    let (new, idle) = (Arc::clone(&room), Arc::clone(&room));
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .after_connect(move |connection, _| Box::pin(limit(connection, new.load(Ordering::SeqCst))))
        .before_acquire(move |connection, _| {
            let limited = limit(connection, idle.load(Ordering::SeqCst));
            Box::pin(async { limited.await.map(|()| true) })
        });
    let file = SqliteConnectOptions::new().filename(database.file());
    let pool = pool.connect_with(file).await.unwrap();
    let store = SqliteStore::from_pool(pool, StoreOptions::new());
    let mfa = mfa(store.clone());

    let (mut answered, mut failure) = (Vec::new(), None);
    for number in 0_u32..1_000 {
        let user = UserId::from(number);
        match start(&mfa, &user).await {
            Ok(()) => answered.push(user),
            Err(error) => {
                failure = Some((user, error));
                break;
            }
        }
    }
    let (unlucky, error) = failure.expect("the disk is never full");
    let Error::Indeterminate(cause) = error else {
        panic!("{error:?}");
    };
    assert!(cause.to_string().contains("database or disk is full"));

    assert!(answered.len() > 10);
    for user in &answered {
        assert!(store.load(user).await.unwrap().is_some());
        assert_eq!(events(&store, user).await.len(), 1);
    }
    assert_eq!(store.load(&unlucky).await.unwrap(), None);
    assert_eq!(events(&store, &unlucky).await.len(), 0);
    let users = store.users(None, usize::MAX).await.unwrap();
    assert_eq!(users.len(), answered.len());

    // Room again, and all goes on.
    room.store(1_000_000, Ordering::SeqCst);
    start(&mfa, &unlucky).await.unwrap();
    assert_eq!(events(&store, &unlucky).await.len(), 1);
    let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(sound, "ok");
}

#[tokio::test]
async fn a_database_that_cannot_be_written_is_read_and_refuses_the_rest() {
    let database = Sqlite::fresh();
    let alice = enroll(&mfa(database.store().await), "alice").await;
    let file = SqliteConnectOptions::new().filename(database.file());
    let store = on_one_connection(file.read_only(true)).await;
    // There is nothing to migrate, and so nothing to write.
    store.migrate().await.unwrap();
    let before = store.load(&alice.user).await.unwrap();
    assert!(before.is_some());

    let mfa = mfa(store.clone());
    let refused = mfa.lock_account(&alice.user).await.unwrap_err();
    let Error::Indeterminate(cause) = refused else {
        panic!("{refused:?}");
    };
    assert!(cause.to_string().contains("readonly database"), "{cause}");
    assert_eq!(store.load(&alice.user).await.unwrap(), before);
    assert_eq!(events(&store, &alice.user).await.len(), 3);
}

#[tokio::test]
async fn a_folder_that_is_missing_or_takes_no_files_is_a_clear_error() {
    let missing = Sqlite::fresh().file();
    // Not even root makes files there.
    for file in [missing.as_path(), "/proc/countersign.db".as_ref()] {
        let error = SqliteStore::open(file).await.unwrap_err();
        let words = error.to_string();
        assert!(words.contains("unable to open database file"), "{words}");
    }
}
