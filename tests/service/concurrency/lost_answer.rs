//! A database that commits and whose answer is lost, while somebody else goes on.

use std::sync::Arc;

use countersign::testing::{Fate, ScriptedStore};

use crate::support::world;

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_in_what_was_erased_since() {
    let world = world();
    let person = world.enroll(1).await;
    let challenge = world.challenge(&person.user).await;
    let store = Arc::new(ScriptedStore::over(Arc::clone(&world.store)));
    let mfa = world.builder(Arc::clone(&store)).build().unwrap();
    store.at_commit(1, Fate::LoseAnswer);
    // Before it is read back, another instance erases the user.
    let (other, user) = (world.mfa.clone(), person.user.clone());
    store.before_load(2, async move { other.erase_user(&user).await.unwrap() });
    let answer = mfa
        .answer_challenge(&challenge, person.recovery[0].as_str())
        .await;
    assert!(answer.is_ok(), "{answer:?}");
}
