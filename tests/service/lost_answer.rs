//! A database that commits and whose answer is lost, while somebody else goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign::Mfa;
use countersign::UserId;
use countersign::store::{Change, Committed, MemoryStore, Stored, UserStore};

use crate::support::{World, world};

/// Loses the answer of its first commit, after which the user is erased by another instance.
struct Erased {
    rows: Arc<MemoryStore>,
    other: Mfa,
    lost: AtomicBool,
}

#[derive(Debug)]
struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection broke")
    }
}

impl std::error::Error for Lost {}

impl UserStore for Erased {
    type Error = Lost;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Lost> {
        self.rows.load(user).await.map_err(|_| Lost)
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Lost> {
        let user = change.user.clone();
        let committed = self.rows.commit(change).await.map_err(|_| Lost)?;
        if self.lost.swap(true, Ordering::SeqCst) {
            return Ok(committed);
        }
        self.other.erase_user(&user).await.unwrap();
        Err(Lost)
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_in_what_was_erased_since() {
    let world: World = world();
    let person = world.enroll(1).await;
    let other = World::over(
        world.store.clone(),
        world.mfa.policy().clone(),
        crate::support::KEY_A,
    );
    let erased = world.builder(Erased {
        rows: Arc::clone(&world.store),
        other: other.mfa,
        lost: AtomicBool::new(false),
    });
    let mfa = erased.build().unwrap();
    let challenge = world.challenge(&person.user).await;
    let answer = mfa
        .answer_challenge(&challenge, person.recovery[0].as_str())
        .await;
    assert!(answer.is_ok(), "{answer:?}");
}
