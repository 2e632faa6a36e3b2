//! A stolen account: who can lock it, and for how long.

use std::sync::Arc;

use countersign::account::{Administrator, Completed, CompletedBy, Intervention, SessionEffect};
use countersign::event::{Actor, Event, EventKind};
use countersign::token::{LockAccount, Token};
use countersign::{Denial, Login, UserId};

use crate::delayed_recovery::whole_way::HOUR;
use crate::support::{KEY_A, World, denied, everything, order, password, world};

pub(crate) fn because() -> Intervention {
    Administrator::new("root@acme.example").because("called, identity checked")
}

pub(crate) async fn unlock(world: &World, user: &UserId) {
    world
        .mfa
        .admin_unlock_account(user, because())
        .await
        .unwrap();
}

/// The link in a mail about that event.
fn lock_link(world: &World, event: &Event) -> Token<LockAccount> {
    world.mfa.links_for(event).unwrap().lock.unwrap()
}

pub(crate) async fn is_locked(world: &World, user: &UserId) -> bool {
    world.mfa.status(user).await.unwrap().locked_at.is_some()
}

#[tokio::test] // S-46, S-50
async fn an_owner_locks_from_a_session_and_all_sessions_end() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let before = world.mfa.status(user).await.unwrap();
    let challenge = world.challenge(user).await;
    let code = world.code(&person);

    let change = world.mfa.lock_account(user).await.unwrap();
    let locked = world.mfa.status(user).await.unwrap();
    assert_eq!(change.effect, SessionEffect::EndAll);
    assert!(locked.honors(change.epoch));
    assert_ne!(locked.epoch, before.epoch);
    assert_eq!(locked.locked_at, Some(world.clock.time()));
    let event = world.events(user).await.pop().unwrap();
    assert_eq!(
        (event.kind, event.actor.clone()),
        (EventKind::Locked, Actor::User)
    );
    assert!(event.notify_user());

    // Again is the same, and writes nothing.
    world.forward(HOUR);
    let written = world.written(user).await;
    assert_eq!(world.mfa.lock_account(user).await.unwrap(), change);
    assert_eq!(world.written(user).await, written);

    // What was bound is as good as ever once it is unlocked, but for what was open.
    unlock(&world, user).await;
    let unlocked = world.mfa.status(user).await.unwrap();
    assert_eq!(unlocked.locked_at, None);
    assert_eq!(unlocked.authenticators, before.authenticators);
    assert_eq!(unlocked.epoch, locked.epoch, "no session comes back");
    let open = denied(world.mfa.answer_challenge(&challenge, &code).await);
    assert_eq!(open.unwrap_err(), Denial::TokenExpired);
    let code = world.code(&person);
    assert!(world.sign_in(user, &code).await.is_ok());
    assert!(world.sign_in(user, &person.recovery[0]).await.is_ok());
}

#[tokio::test]
async fn the_link_in_a_mail_locks_for_seven_days() {
    for (seconds, locks) in [(7 * 24 * HOUR - 1, true), (7 * 24 * HOUR, false)] {
        let world = world();
        let user = world.enroll(1).await.user;
        let event = world.events(&user).await.pop().unwrap();
        let link = lock_link(&world, &event);
        world.forward(seconds);
        let written = world.written(&user).await;
        let locked = denied(world.mfa.lock_account_by_token(&link).await);
        if locks {
            assert_eq!(locked.unwrap().sessions.effect, SessionEffect::EndAll);
        } else {
            assert_eq!(locked.unwrap_err(), Denial::TokenExpired);
            assert_eq!(world.written(&user).await, written);
        }
        assert_eq!(is_locked(&world, &user).await, locks);
    }
}

#[tokio::test]
async fn a_link_may_be_pressed_again_until_the_account_is_unlocked() {
    let world = world();
    let user = world.enroll(1).await.user;
    let event = world.events(&user).await.pop().unwrap();
    let link = lock_link(&world, &event);
    world.forward(60);
    let change = world.mfa.lock_account_by_token(&link).await.unwrap();
    let written = world.written(&user).await;
    assert_eq!(
        world.mfa.lock_account_by_token(&link).await.unwrap(),
        change
    );
    assert_eq!(world.written(&user).await, written, "it is not used up");

    world.forward(60);
    unlock(&world, &user).await;
    let unlocked = world.events(&user).await.pop().unwrap();
    world.forward(60);
    let written = world.written(&user).await;
    // Made late, it is of the same moment.
    for dead in [&link, &lock_link(&world, &event)] {
        let refused = denied(world.mfa.lock_account_by_token(dead).await);
        assert_eq!(refused.unwrap_err(), Denial::TokenExpired);
    }
    assert_eq!(world.written(&user).await, written);

    // The thief is still there: the mail about the unlocking has a link of its own.
    world
        .mfa
        .lock_account_by_token(&lock_link(&world, &unlocked))
        .await
        .unwrap();
    assert!(is_locked(&world, &user).await);
}

#[tokio::test] // S-50
async fn a_link_outlives_its_epoch_and_not_its_account() {
    for end in [
        "password",
        "disable",
        "reset",
        "unlock of an unlocked one",
        "erase",
    ] {
        let world = world();
        let person = world.enroll(1).await;
        let user = &person.user;
        let event = world.events(user).await.pop().unwrap();
        let link = lock_link(&world, &event);
        let proof = world.with_code(&person.recovery[0]);
        match end {
            "password" => drop(world.mfa.password_changed(user).await.unwrap()),
            "disable" => drop(world.mfa.disable_mfa(user, proof).await.unwrap()),
            "reset" => drop(
                world
                    .mfa
                    .admin_reset_account(user, because())
                    .await
                    .unwrap(),
            ),
            "erase" => world.mfa.erase_user(user).await.unwrap(),
            _ => {
                world.forward(60);
                unlock(&world, user).await;
            }
        }
        let locked = denied(world.mfa.lock_account_by_token(&link).await);
        let lives = ["password", "disable", "reset"].contains(&end);
        match lives {
            false => assert_eq!(locked.unwrap_err(), Denial::TokenExpired, "{end}"),
            true => drop(locked.unwrap()),
        }
        assert_eq!(is_locked(&world, user).await, lives, "{end}");
    }
}

#[tokio::test] // S-32, S-53
async fn nobody_locks_without_a_link_of_that_very_account() {
    let world = world();
    let (alice, bob) = (world.enroll(1).await.user, world.enroll(2).await.user);
    let event = world.events(&bob).await.pop().unwrap();
    let link = lock_link(&world, &event);
    let other_audience = World::over(
        Arc::clone(&world.store),
        countersign::Policy::new("other", "Tests"),
        KEY_A,
    );
    let mut forged = link.expose().to_owned();
    let changed = if forged.ends_with('A') { "B" } else { "A" };
    forged.replace_range(forged.len() - 1.., changed);
    let written = (world.written(&alice).await, world.written(&bob).await);
    for token in [forged, "cs1l_".to_owned(), String::new()] {
        let refused = world.mfa.lock_account_by_token(&Token::from(token)).await;
        assert_eq!(denied(refused).unwrap_err(), Denial::TokenInvalid);
    }
    let refused = other_audience.mfa.lock_account_by_token(&link).await;
    assert_eq!(denied(refused).unwrap_err(), Denial::TokenInvalid);
    assert_eq!(
        (world.written(&alice).await, world.written(&bob).await),
        written
    );

    world.mfa.lock_account_by_token(&link).await.unwrap();
    assert!(is_locked(&world, &bob).await && !is_locked(&world, &alice).await);
}

#[tokio::test]
async fn an_account_without_a_second_factor_can_be_locked_too() {
    let world = world();
    let alice = UserId::from(1_u64);
    world.mfa.lock_account(&alice).await.unwrap();
    let refused = denied(world.mfa.begin_login(&alice, password()).await).unwrap_err();
    assert_eq!(refused, Denial::Locked);
    let start = world
        .mfa
        .start_enrollment(&alice, "alice", world.password());
    assert_eq!(denied(start.await).unwrap_err(), Denial::Locked);
    unlock(&world, &alice).await;
    let login = world.mfa.begin_login(&alice, password()).await.unwrap();
    assert!(matches!(
        login,
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { .. },
            ..
        })
    ));
}

#[tokio::test]
async fn an_unlock_kills_earlier_lock_tokens_of_an_account_that_is_not_locked() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let event = world.last(&alice.user, EventKind::AuthenticatorBound).await;
    let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
    world.forward(HOUR);
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
}
