//! What has grown old goes, in batches, while the service runs.

use std::time::Duration;

use countersign::store::{EventRetention, UserDirectory};
use countersign::testing::SteppedClock;

use crate::databases::{Database, on_each};
use crate::support::{NOW, challenge, enroll, events, mfa_at, policy};

on_each!(
    events_are_pruned_by_age_while_the_service_runs,
    a_position_is_not_given_again,
);

async fn events_are_pruned_by_age_while_the_service_runs<D: Database>(database: D) {
    let store = database.store().await;
    let clock = SteppedClock::at(NOW);
    let mfa = mfa_at(store.clone(), policy(), &clock);
    let mut people = Vec::new();
    for user in 0..20 {
        people.push(enroll(&mfa, &user.to_string()).await);
    }
    // Three events of each enrolment.
    clock.advance(Duration::from_secs(3_600));
    let later = clock.time();

    let logins = async {
        for person in &people {
            let challenge = challenge(&mfa, &person.user).await;
            let code = person.code(later);
            mfa.answer_challenge(&challenge, code.as_str())
                .await
                .unwrap();
        }
    };
    let prune = || store.prune_events(later, 7);
    let ((), pruned, pruned_too) = tokio::join!(logins, prune(), prune());
    assert_eq!(pruned.unwrap() + pruned_too.unwrap(), 60);
    for person in &people {
        let left = events(&store, &person.user).await;
        assert!(left.iter().all(|event| event.at == later));
        assert_eq!(left.len(), 1);
    }
    assert_eq!(prune().await.unwrap(), 0);
}

async fn a_position_is_not_given_again<D: Database>(database: D) {
    let store = database.store().await;
    let mfa = mfa_at(store.clone(), policy(), &SteppedClock::at(NOW));
    let alice = enroll(&mfa, "alice").await;
    let newest = store.events(&alice.user, None, 1).await.unwrap()[0].position;
    let pruned = store.prune_events(NOW + Duration::from_secs(1), 100).await;
    assert_eq!(pruned.unwrap(), 3);
    mfa.lock_account(&alice.user).await.unwrap();
    let next = store.events(&alice.user, None, 1).await.unwrap()[0].position;
    assert!(next > newest);
}
