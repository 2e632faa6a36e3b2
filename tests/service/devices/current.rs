//! The browser that asks: marked in the list, and forgotten without one.

use countersign::event::{Actor, EventKind, Outcome, Reason};
use countersign::id::DeviceId;
use countersign::token::{Device, Token};
use countersign::{Denial, Login, Mfa, RequestContext};

use crate::support::{Person, World, denied, everything, passed, policy};

async fn remembering() -> (World, Person) {
    let world = World::with(policy().trusted_devices(true));
    let person = world.enroll(1).await;
    (world, person)
}

/// The service as the browser with this cookie calls it.
fn there(world: &World, cookie: &Token<Device>) -> Mfa {
    let request = RequestContext::new().device(cookie.clone());
    world.mfa.with_context(request)
}

/// The browsers that are marked as the one that asks.
async fn current(mfa: &Mfa, person: &Person) -> Vec<DeviceId> {
    let devices = mfa.status(&person.user).await.unwrap().trusted_devices;
    let current = devices.iter().filter(|device| device.current);
    current.map(|device| device.id).collect()
}

async fn remembered(world: &World, person: &Person) -> usize {
    let status = world.mfa.status(&person.user).await.unwrap();
    status.trusted_devices.len()
}

async fn forget(mfa: &Mfa, person: &Person) -> Result<(), Denial> {
    denied(mfa.revoke_current_device(&person.user).await)
}

#[tokio::test] // S-40
async fn the_browser_that_asks_is_marked_in_the_list() {
    let (world, person) = remembering().await;
    let home = world.trust(&person, "Firefox").await;
    let office = world.trust(&person, "Chrome").await;
    assert_eq!(current(&world.mfa, &person).await, []);
    for device in [&home, &office] {
        let mfa = there(&world, &device.token);
        assert_eq!(current(&mfa, &person).await, [device.id]);
    }

    // A cookie and its successor are of one browser, until the successor was seen.
    let second = passed(world.visit(&person.user, &home.token).await).unwrap();
    for cookie in [&home.token, &second.token] {
        assert_eq!(current(&there(&world, cookie), &person).await, [home.id]);
    }
    passed(world.visit(&person.user, &second.token).await).unwrap();
    let written = world.written(&person.user).await;
    assert_eq!(current(&there(&world, &home.token), &person).await, []);
    assert_eq!(world.written(&person.user).await, written);
    assert_eq!(
        current(&there(&world, &second.token), &person).await,
        [home.id]
    );
}

#[tokio::test] // S-33, S-40
async fn only_a_good_cookie_of_that_very_user_marks_a_browser() {
    let world = World::with(everything());
    let person = world.enroll(1).await;
    let device = world.trust(&person, "Firefox").await;
    let mallory = world.enroll(2).await;
    let theirs = world.trust(&mallory, "Firefox").await;
    assert_eq!(current(&there(&world, &theirs.token), &person).await, []);
    let text = device.token.expose();
    let cut = Token::from(&text[..text.len() - 1]);
    assert_eq!(current(&there(&world, &cut), &person).await, []);

    // A browser that may not pass for now is still the one that asks.
    world.request_recovery(&person).await;
    assert!(passed(world.visit(&person.user, &device.token).await).is_none());
    let mfa = there(&world, &device.token);
    assert_eq!(current(&mfa, &person).await, [device.id]);

    // With the epoch all trust is over, and a cookie of before marks none of later.
    world.mfa.password_changed(&person.user).await.unwrap();
    world.trust(&person, "Firefox").await;
    assert_eq!(current(&mfa, &person).await, []);
    assert_eq!(remembered(&world, &person).await, 1);
}

#[tokio::test] // S-40
async fn this_browser_is_forgotten_by_its_cookie_alone() {
    let (world, person) = remembering().await;
    let home = world.trust(&person, "Firefox").await;
    let office = world.trust(&person, "Chrome").await;
    forget(&there(&world, &home.token), &person).await.unwrap();
    let event = world.events(&person.user).await.pop().unwrap();
    assert_eq!(
        (event.kind, event.device),
        (EventKind::DeviceRevoked, Some(home.id))
    );
    assert_eq!(
        (event.outcome, event.actor.clone()),
        (Outcome::Done, Actor::User)
    );
    assert!(!event.notify_user());
    let login = world.visit(&person.user, &home.token).await;
    assert!(matches!(login, Login::Challenge(_)), "{login:?}");
    assert!(passed(world.visit(&person.user, &office.token).await).is_some());

    // Twice, without a cookie, or with somebody else's: nothing to forget.
    let mallory = world.enroll(2).await;
    let theirs = world.trust(&mallory, "Firefox").await;
    let written = world.written(&person.user).await;
    for mfa in [
        there(&world, &home.token),
        world.mfa.clone(),
        there(&world, &theirs.token),
    ] {
        let refused = forget(&mfa, &person).await;
        assert_eq!(refused.unwrap_err(), Denial::UnknownDevice);
    }
    assert_eq!(world.written(&person.user).await, written);
    assert_eq!(remembered(&world, &mallory).await, 1);
}

#[tokio::test] // S-40, S-46
async fn whoever_forgets_a_browser_whose_cookie_was_copied_ends_the_thiefs_trust_and_is_told() {
    let (world, person) = remembering().await;
    let own = world.trust(&person, "Firefox").await.token;
    let stolen = passed(world.visit(&person.user, &own).await).unwrap();
    let thiefs = passed(world.visit(&person.user, &stolen.token).await).unwrap();

    forget(&there(&world, &own), &person).await.unwrap();
    let event = world.events(&person.user).await.pop().unwrap();
    assert_eq!(
        (event.kind, event.reason, event.notify_user()),
        (EventKind::DeviceRevoked, Some(Reason::CopiedDevice), true)
    );
    assert!(passed(world.visit(&person.user, &thiefs.token).await).is_none());
    assert_eq!(remembered(&world, &person).await, 0);
}
