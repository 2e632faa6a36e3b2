//! What an administrator is told of an account that lets nobody in.

use std::time::Duration;

use countersign::account::Factor;

use crate::support::{HOUR, World, everything, world};

/// The blocked factors, and for how many seconds.
async fn blocked(world: &World, user: &countersign::UserId) -> Vec<(Factor, Option<u64>)> {
    let status = world.mfa.status(user).await.unwrap();
    let now = world.clock.time();
    let blocked = status.blocked.iter();
    blocked
        .map(|one| {
            (
                one.factor,
                one.until.map(|until| until.since(now).as_secs()),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_status_says_which_factor_is_blocked_and_until_when() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    assert_eq!(blocked(&world, &alice.user).await, []);
    for _ in 0..5 {
        let wrong = world.wrong_code(&alice);
        world.sign_in(&alice.user, &wrong).await.unwrap_err();
    }
    let authenticator = Factor::Authenticator;
    assert_eq!(
        blocked(&world, &alice.user).await,
        [(authenticator, Some(30))]
    );
    world.forward(29);
    assert_eq!(
        blocked(&world, &alice.user).await,
        [(authenticator, Some(1))]
    );
    world.forward(1);
    assert_eq!(blocked(&world, &alice.user).await, []);

    // Used up by guessing, with new passwords in between.
    world.forward(HOUR);
    world.fail(&alice, Factor::RecoveryCode, 50).await;
    let codes = (Factor::RecoveryCode, None);
    assert_eq!(blocked(&world, &alice.user).await, [codes]);
}

#[tokio::test]
async fn a_status_says_that_a_new_password_is_needed() {
    let world = world();
    let alice = world.enroll(1).await;
    let needed = async || {
        let status = world.mfa.status(&alice.user).await.unwrap();
        status.password_change_required
    };
    for _ in 0..40 {
        assert!(!needed().await);
        world.clock.advance(Duration::from_secs(HOUR));
        let wrong = world.wrong_code(&alice);
        world.sign_in(&alice.user, &wrong).await.unwrap_err();
    }
    assert!(needed().await);
    world.mfa.password_changed(&alice.user).await.unwrap();
    assert!(!needed().await);
}
