//! What counts as a conflict, and what as an error; and operations that are dropped.

use countersign::store::UserStore;
use countersign::{Error, FirstFactor, Mfa, UserId};

use crate::databases::{Database, MariaDb, Postgres, Store, on_each};
use crate::support::{NOW, events, mfa};

on_each!(
    an_operation_may_be_dropped_at_any_point,
    a_record_is_not_kept_without_its_events,
);

async fn start(mfa: &Mfa, user: &UserId) -> Result<(), Error> {
    let password = FirstFactor::password_at(NOW);
    let setup = mfa.start_enrollment(user, "alice@example.com", password);
    setup.await.map(|_| ())
}

async fn an_operation_may_be_dropped_at_any_point<D: Database>(database: D) {
    let store = database.store().await;
    let mfa = mfa(store.clone());
    let users: Vec<_> = (0_u32..60).map(UserId::from).collect();
    for (patience, user) in users.iter().enumerate() {
        let impatient = async {
            for _ in 0..patience {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            done = start(&mfa, user) => done.unwrap(),
            () = impatient => {}
        }
    }
    // The store continues to work. The dropped commit wrote everything or nothing, so that there is
    // at most one event besides the event of this commit.
    for user in &users {
        start(&mfa, user).await.unwrap();
        let events = events(&store, user).await.len();
        assert!((1..=2).contains(&events), "{events} events of {user}");
    }
}

async fn a_record_is_not_kept_without_its_events<D: Database>(database: D) {
    let (store, prefix) = (database.store().await, database.prefix());
    let mfa = mfa(store.clone());
    let (alice, bob) = (UserId::from(1_u64), UserId::from(2_u64));
    start(&mfa, &alice).await.unwrap();
    let before = store.load(&alice).await.unwrap();
    // No second event of a kind.
    store
        .run(format!(
            "CREATE UNIQUE INDEX {prefix}one ON {prefix}events (kind)"
        ))
        .await;
    for user in [&alice, &bob] {
        let refused = start(&mfa, user).await;
        assert!(
            matches!(refused, Err(Error::Indeterminate(_))),
            "{refused:?}"
        );
    }
    assert_eq!(store.load(&alice).await.unwrap(), before);
    assert_eq!(store.load(&bob).await.unwrap(), None);
    store.run(format!("DELETE FROM {prefix}events")).await;
    start(&mfa, &bob).await.unwrap();
}

mod a_duplicate_user_is_a_conflict {
    use super::*;

    #[tokio::test]
    #[ignore = "needs PostgreSQL"]
    async fn postgres() {
        if_there_is_one(Postgres::fresh(), "((1))").await;
    }

    #[tokio::test]
    #[ignore = "needs MariaDB"]
    async fn mariadb() {
        if_there_is_one(MariaDb::fresh(), "(enabled)").await;
    }

    /// Nobody is there twice, if the index says so.
    async fn if_there_is_one<D: Database>(database: D, index: &str) {
        let (store, prefix) = (database.store().await, database.prefix());
        let mfa = mfa(store.clone());
        start(&mfa, &UserId::from(1_u64)).await.unwrap();
        store
            .run(format!(
                "CREATE UNIQUE INDEX {prefix}one ON {prefix}users {index}"
            ))
            .await;
        let refused = start(&mfa, &UserId::from(2_u64)).await;
        assert!(matches!(refused, Err(Error::Contended)), "{refused:?}");
    }
}
