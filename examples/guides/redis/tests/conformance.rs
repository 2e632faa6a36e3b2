//! The store keeps the contract, over a server that syncs every commit.

mod server;

use countersign::event::Event;
use countersign::{UserId, conformance};
use countersign_guide_redis::RedisStore;
use server::Server;

impl conformance::Subject for Server {
    type Store = RedisStore;

    async fn open(&self) -> RedisStore {
        self.connect().await.unwrap()
    }

    async fn events(&self, store: &RedisStore, user: &UserId) -> Vec<Event> {
        store.events(user).await.unwrap()
    }

    fn spawn(&self, task: conformance::Task) {
        tokio::spawn(task);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn the_store_keeps_its_contract() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "always");
    println!("{}", conformance::run(server).await.unwrap());
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_server_that_may_forget_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "everysec");
    let refused = server.connect().await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        "Redis has appendfsync = \"everysec\" and needs \"always\""
    );
}
