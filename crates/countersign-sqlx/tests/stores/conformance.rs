//! The library's own suite, whole.

use countersign::UserId;
use countersign::conformance::{self, Subject, Task};
use countersign::event::Event;
use countersign::store::UserDirectory;

use countersign_sqlx::{Prefix, StoreOptions};

use crate::databases::{Database, Served, ServerStore, on_each};

struct Under<'a, D> {
    database: &'a D,
    outbox: bool,
}

/// A server, all of whose transactions are serializable.
struct Serializable<S>(Served<S>);

impl<S: ServerStore> Database for Serializable<S> {
    type Store = S;

    async fn open(&self, options: StoreOptions) -> Result<S, sqlx::Error> {
        S::serializable(&self.0.address(), options).await
    }

    fn prefix(&self) -> Prefix {
        self.0.prefix()
    }

    fn address(&self) -> String {
        self.0.address()
    }
}

impl<D: Database> Subject for Under<'_, D> {
    type Store = D::Store;

    async fn open(&self) -> D::Store {
        match self.outbox {
            true => self.database.with_outbox().await,
            false => self.database.store().await,
        }
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

mod the_suite_passes_under_serializable_isolation {
    use super::*;
    use crate::databases::{MariaDb, Postgres};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    #[ignore = "needs PostgreSQL"]
    async fn postgres() {
        the_suite_passes(Serializable(Postgres::fresh())).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    #[ignore = "needs MariaDB"]
    async fn mariadb() {
        the_suite_passes(Serializable(MariaDb::fresh())).await;
    }
}

pub(crate) async fn the_suite_passes<D: Database>(database: D) {
    let under = || Under {
        database: &database,
        outbox: false,
    };
    let reports = [
        (34, conformance::run_with_directory(under()).await),
        (2, conformance::run_retention(under()).await),
    ];
    for (cases, report) in reports {
        let report = report.unwrap_or_else(|failures| panic!("{failures}"));
        assert_eq!(report.passed.len(), cases);
    }
    the_outbox_passes(database).await;
}

pub(crate) async fn the_outbox_passes<D: Database>(database: D) {
    let under = Under {
        database: &database,
        outbox: true,
    };
    let report = conformance::run_outbox(under).await;
    let report = report.unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 11);
}

on_each!(the_suite_passes);
