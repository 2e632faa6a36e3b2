//! Whether the owner keeps the codes, and the owner who has none.

use countersign::account::{Method, RecoveryCodesStatus};
use countersign::event::{Actor, EventKind};
use countersign::id::RecoveryCodeSetId;
use countersign::recovery_codes::RecoveryCodePolicy;
use countersign::{Denial, Login, RequestContext, UserId};

use crate::support::{Person, World, denied, password, policy, world};

async fn set(world: &World, user: &UserId) -> RecoveryCodesStatus {
    let status = world.mfa.status(user).await.unwrap();
    status.recovery_codes.unwrap()
}

async fn acknowledge(world: &World, user: &UserId, set: RecoveryCodeSetId) -> Result<(), Denial> {
    denied(world.mfa.acknowledge_recovery_codes(user, set).await)
}

/// Makes new codes, and returns their set.
async fn regenerate(world: &World, person: &Person) -> RecoveryCodeSetId {
    world.forward(30);
    let proof = world.with_code(&world.code(person));
    let made = world
        .mfa
        .regenerate_recovery_codes(&person.user, proof)
        .await;
    made.unwrap().recovery_codes.deliver().set()
}

#[tokio::test]
async fn codes_are_unsaved_until_their_owner_says_that_they_are_kept() {
    let world = world();
    let person = world.enroll(1).await;
    let made = regenerate(&world, &person).await;
    let issued = set(&world, &person.user).await;
    assert_eq!((issued.id, issued.unsaved), (made, true));

    // Signing in by a code says nothing of the others.
    world.forward(30);
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();
    assert!(set(&world, &person.user).await.unsaved);

    acknowledge(&world, &person.user, made).await.unwrap();
    assert!(!set(&world, &person.user).await.unsaved);
    let noted = world.events(&person.user).await.pop().unwrap();
    assert_eq!(noted.kind, EventKind::RecoveryCodesAcknowledged);
    assert_eq!(
        (noted.actor.clone(), noted.notify_user()),
        (Actor::User, false)
    );

    // A page that asks twice writes nothing more.
    let written = world.written(&person.user).await;
    acknowledge(&world, &person.user, made).await.unwrap();
    assert_eq!(world.written(&person.user).await, written);
}

#[tokio::test]
async fn whoever_keeps_old_codes_does_not_vouch_for_new_ones() {
    let world = world();
    let person = world.enroll(1).await;
    let old = set(&world, &person.user).await.id;
    acknowledge(&world, &person.user, old).await.unwrap();
    let new = regenerate(&world, &person).await;
    assert!(set(&world, &person.user).await.unsaved);

    let written = world.written(&person.user).await;
    let refused = acknowledge(&world, &person.user, old).await;
    assert_eq!(refused.unwrap_err(), Denial::UnknownRecoveryCodes);
    // Nor does anybody else's set.
    let other = world.enroll(2).await;
    let theirs = set(&world, &other.user).await.id;
    let refused = acknowledge(&world, &person.user, theirs).await;
    assert_eq!(refused.unwrap_err(), Denial::UnknownRecoveryCodes);
    assert_eq!(world.written(&person.user).await, written);

    acknowledge(&world, &person.user, new).await.unwrap();
    assert!(!set(&world, &person.user).await.unsaved);
}

#[tokio::test]
async fn a_session_that_is_over_vouches_for_nothing() {
    let world = world();
    let person = world.enroll(1).await;
    let ours = set(&world, &person.user).await.id;
    let epoch = world.mfa.status(&person.user).await.unwrap().epoch.unwrap();
    world.mfa.password_changed(&person.user).await.unwrap();
    let session = RequestContext::new().session(epoch);
    let mfa = world.mfa.with_context(session);
    let refused = mfa.acknowledge_recovery_codes(&person.user, ours).await;
    assert_eq!(denied(refused).unwrap_err(), Denial::SessionEnded);
    assert!(set(&world, &person.user).await.unsaved);
}

#[tokio::test] // S-22
async fn whoever_used_the_last_code_is_told_and_gets_no_new_ones_by_a_login() {
    let one = RecoveryCodePolicy::standard().count(1).low(0);
    let world = World::with(policy().recovery_codes(one));
    let person = world.enroll(1).await;
    let last = world.sign_in(&person.user, &person.recovery[0]).await;
    let last = last.unwrap();
    assert_eq!(
        (last.recovery_codes_remaining, last.recovery_codes_low),
        (0, true)
    );

    world.forward(30);
    let code = world.code(&person);
    let next = world.sign_in(&person.user, &code).await.unwrap();
    assert_eq!(
        (next.recovery_codes_remaining, next.recovery_codes_low),
        (0, true)
    );
    let status = set(&world, &person.user).await;
    assert_eq!((status.total, status.remaining, status.low), (1, 0, true));
    match world
        .mfa
        .begin_login(&person.user, password())
        .await
        .unwrap()
    {
        Login::Challenge(challenge) => assert_eq!(challenge.kinds(), [Method::Totp]),
        other => panic!("no challenge but {other:?}"),
    }
    let kinds = world.kinds(&person.user).await;
    let issued = kinds
        .iter()
        .filter(|kind| **kind == EventKind::RecoveryCodesIssued);
    assert_eq!(issued.count(), 1, "those of the enrolment");
}
