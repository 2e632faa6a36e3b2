//! What a right signature cannot hide: a copied key, and a key that changed its nature.

use countersign::account::Factor;
use countersign::event::{EventKind, Outcome, Reason};
use countersign::testing::SecurityKey;
use countersign::{Denial, UserId};

use super::world;
use crate::support::{HOUR, World};

async fn refusals(world: &World, user: &UserId) -> Vec<(Option<Reason>, bool)> {
    let events = world.events(user).await.into_iter();
    let refused = events.filter(|one| one.kind == EventKind::LoginRefused);
    refused
        .map(|one| {
            assert_eq!(
                (one.outcome, one.factor),
                (Outcome::Refused, Some(Factor::Passkey))
            );
            assert!(one.authenticator.is_some());
            (one.reason, one.notify_user())
        })
        .collect()
}

#[tokio::test] // S-58
async fn a_counter_that_is_not_higher_is_refused_recorded_and_told_once_an_hour() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    let mut copy = alice.key.clone();
    assert!(
        world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .is_ok()
    );

    // The copy counts from where it was made: equal to the last counter, and lower.
    for lower in [0, 1] {
        copy.sign_count = alice.key.sign_count - 1 - lower;
        let refused = world
            .sign_in_with(&alice.user, &mut copy)
            .await
            .unwrap_err();
        assert_eq!(refused, Denial::InvalidPasskey);
    }
    let copied = Some(Reason::CopiedPasskey);
    assert_eq!(refusals(&world, &alice.user).await, [(copied, true)]);
    world.forward(HOUR);
    copy.sign_count = 0;
    assert!(world.sign_in_with(&alice.user, &mut copy).await.is_err());
    assert_eq!(refusals(&world, &alice.user).await[1..], [(copied, true)]);

    // The owner's counter is higher, and no failure blocks a passkey.
    assert!(
        world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .is_ok()
    );
}

#[tokio::test] // S-58
async fn a_passkey_without_a_counter_has_none_to_compare() {
    let world = world();
    let mut key = SecurityKey::new(1);
    (key.counts, key.backup_eligible, key.backed_up) = (false, true, true);
    let mut alice = world.register(1, key).await;
    for _ in 0..3 {
        let verified = world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .unwrap();
        let amr = verified.sessions.assurance.unwrap().amr();
        assert_eq!(amr, ["pwd", "pop", "user", "swk", "mfa"]);
    }
    // One that begins to count goes on counting.
    alice.key.counts = true;
    assert!(
        world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .is_ok()
    );
    (alice.key.counts, alice.key.sign_count) = (false, 0);
    assert!(
        world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .is_err()
    );
}

#[tokio::test] // S-57
async fn whether_a_key_may_be_copied_never_changes() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    // A registration is not signed, so that the first signature says it.
    assert!(
        world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .is_ok()
    );
    alice.key.backup_eligible = true;
    let refused = world
        .sign_in_with(&alice.user, &mut alice.key)
        .await
        .unwrap_err();
    assert_eq!(refused, Denial::InvalidPasskey);
    let changed = Some(Reason::ChangedPasskey);
    assert_eq!(refusals(&world, &alice.user).await, [(changed, true)]);
    // A copy of what may not be copied.
    (alice.key.backup_eligible, alice.key.backed_up) = (false, true);
    assert!(
        world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .is_err()
    );
    assert_eq!(
        refusals(&world, &alice.user).await.len(),
        1,
        "within an hour"
    );

    let mut synced = SecurityKey::new(2);
    synced.backup_eligible = true;
    let mut bob = world.register(2, synced).await;
    // That it was copied may change, and is kept.
    bob.key.backed_up = true;
    assert!(world.sign_in_with(&bob.user, &mut bob.key).await.is_ok());
    let status = world.mfa.status(&bob.user).await.unwrap();
    assert!(status.authenticators[0].passkey.unwrap().backed_up);
}

#[tokio::test]
async fn a_refused_copy_keeps_its_event_and_changes_nothing_else() {
    let world = world();
    let mut alice = world.register(1, SecurityKey::new(1)).await;
    assert!(
        world
            .sign_in_with(&alice.user, &mut alice.key)
            .await
            .is_ok()
    );
    let before = world.opened(&alice.user).await;
    let mut copy = alice.key.clone();
    copy.sign_count = 0;
    let challenge = world.challenge(&alice.user).await;
    let request = world.mfa.start_passkey_login(&challenge).await.unwrap();
    let answer = countersign::Answer::passkey(request.token, copy.sign(&request.options));
    let refused = world.answer(&challenge, answer).await;
    assert_eq!(refused.unwrap_err(), Denial::InvalidPasskey);
    let after = world.opened(&alice.user).await;
    for unchanged in ["authenticators", "spent", "recovery_codes", "epoch"] {
        assert_eq!(after[unchanged], before[unchanged], "{unchanged}");
    }
    assert_eq!(after["counters"]["passkey"], before["counters"]["passkey"]);
}
