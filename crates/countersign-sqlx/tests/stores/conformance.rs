//! The library's own suite, whole.

use countersign::UserId;
use countersign::conformance::{self, Subject, Task};
use countersign::event::Event;
use countersign::store::UserDirectory;

use countersign_sqlx::{PostgresStore, Prefix, StoreOptions};

use crate::conflicts::serializable;
use crate::databases::{Database, Postgres, on_both};

struct Under<D>(D);

/// PostgreSQL, all of whose transactions are serialisable.
struct Serializable(Postgres);

impl Database for Serializable {
    type Store = PostgresStore;

    async fn open(&self, _: StoreOptions) -> Result<PostgresStore, sqlx::Error> {
        Ok(serializable(&self.0).await)
    }

    fn prefix(&self) -> Prefix {
        self.0.prefix()
    }

    fn address(&self) -> String {
        self.0.address()
    }
}

impl<D: Database> Subject for Under<D> {
    type Store = D::Store;

    async fn open(&self) -> D::Store {
        self.0.store().await
    }

    async fn events(&self, store: &D::Store, user: &UserId) -> Vec<Event> {
        let newest_first = store.events(user, None, usize::MAX).await.unwrap();
        newest_first
            .into_iter()
            .rev()
            .map(|recorded| recorded.event)
            .collect()
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn the_suite_passes_under_serializable_isolation() {
    the_suite_passes(Serializable(Postgres::fresh())).await;
}

pub(crate) async fn the_suite_passes<D: Database>(database: D) {
    let report = conformance::run_with_directory(Under(database)).await;
    let report = report.unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 34);
}

on_both!(the_suite_passes);
