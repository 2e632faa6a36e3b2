//! The library's own suite, whole.

use countersign::UserId;
use countersign::event::Event;
use countersign::store::UserDirectory;
use countersign::store::conformance::{self, Subject, Task};

use crate::databases::{Database, on_both};

struct Under<D>(D);

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

async fn the_suite_passes<D: Database>(database: D) {
    let subject = Under(database);
    let report = conformance::run(&subject).await;
    let report = report.unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 23);
    let report = conformance::run_directory(&subject).await;
    let report = report.unwrap_or_else(|failures| panic!("{failures}"));
    assert_eq!(report.passed.len(), 4);
}

on_both!(the_suite_passes);
