//! The store keeps the contract: three handles to one file, as three processes would have.

use std::path::PathBuf;

use countersign::event::Event;
use countersign::{UserId, conformance};
use countersign_guide_rusqlite::RusqliteStore;

struct InFile(PathBuf);

impl conformance::Subject for InFile {
    type Store = RusqliteStore;

    async fn open(&self) -> RusqliteStore {
        RusqliteStore::open(&self.0).unwrap()
    }

    async fn events(&self, store: &RusqliteStore, user: &UserId) -> Vec<Event> {
        store.events(user).await.unwrap()
    }

    fn spawn(&self, task: conformance::Task) {
        tokio::spawn(task);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_keeps_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    let file = || InFile(folder.path().join("app.db"));
    for report in [
        conformance::run(file()).await,
        conformance::run_outbox(file()).await,
        conformance::run_retention(file()).await,
    ] {
        println!("{}", report.unwrap());
    }
}
