//! Copied cookies, and what looks like them and is none.

use countersign::event::{Event, EventKind, Outcome, Reason, Severity};
use countersign::id::DeviceId;
use countersign::token::{Device, Token};
use countersign::words::English;
use countersign::{Answer, Denial, Login, Mfa, RequestContext};

use crate::support::{Person, World, denied, passed, password, policy};

async fn remembered() -> (World, Person, Token<Device>) {
    let world = World::with(policy().trusted_devices(true));
    let person = world.enroll(1).await;
    let cookie = world.trust(&person, "Firefox").await.token;
    (world, person, cookie)
}

/// The cookie that follows, where the browser passes.
async fn next(world: &World, person: &Person, cookie: &Token<Device>) -> Option<Token<Device>> {
    passed(world.visit(&person.user, cookie).await).map(|device| device.token)
}

async fn ids(world: &World, person: &Person) -> Vec<DeviceId> {
    let status = world.mfa.status(&person.user).await.unwrap();
    let devices = status.trusted_devices.into_iter();
    devices.map(|device| device.id).collect()
}

async fn thefts(world: &World, person: &Person) -> Vec<Event> {
    let events = world.events(&person.user).await.into_iter();
    events
        .filter(|event| event.reason == Some(Reason::CopiedDevice))
        .collect()
}

/// The same service where all who ask at once have read before the first of them writes.
fn crowd(world: &World, cookie: &Token<Device>) -> Mfa {
    let mfa = world.builder(world.crowd()).build().unwrap();
    mfa.with_context(RequestContext::new().device(cookie.clone()))
}

#[tokio::test] // S-46
async fn a_copy_that_shows_after_its_successor_ends_the_trust_and_tells_the_user() {
    let (world, person, stolen) = remembered().await;
    let [id] = ids(&world, &person).await[..] else {
        panic!("one browser is remembered");
    };
    let second = next(&world, &person, &stolen).await.unwrap();
    let third = next(&world, &person, &second).await.unwrap();

    let so_far = world.events(&person.user).await.len();
    assert!(next(&world, &person, &stolen).await.is_none());
    let events = world.events(&person.user).await.split_off(so_far);
    let [told] = &events[..] else {
        panic!("a theft is one event: {events:?}");
    };
    assert_eq!(told.kind, EventKind::DeviceRevoked);
    assert_eq!(
        (told.outcome, told.reason, told.severity),
        (
            Outcome::Refused,
            Some(Reason::CopiedDevice),
            Severity::Warning
        )
    );
    assert_eq!((told.device, told.notify_user()), (Some(id), true));
    let message = world
        .mfa
        .notification(std::slice::from_ref(told))
        .unwrap()
        .unwrap();
    assert!(message.subject(&English).contains("copied"));
    assert!(
        message
            .text(&English, |_| String::new())
            .contains("change it")
    );
    assert!(ids(&world, &person).await.is_empty());

    // Both cookies are refused from now on. More attempts write nothing and mail nobody.
    let written = world.written(&person.user).await;
    for cookie in [&third, &second, &stolen] {
        assert!(next(&world, &person, cookie).await.is_none());
    }
    assert_eq!(world.written(&person.user).await, written);
}

#[tokio::test]
async fn whoever_of_thief_and_owner_comes_second_with_an_old_cookie_gives_the_theft_away() {
    // The thief uses the cookie first, and its successor as well. Then the owner's browser shows
    // the old cookie.
    let (world, person, copied) = remembered().await;
    let thiefs = next(&world, &person, &copied).await.unwrap();
    let thiefs = next(&world, &person, &thiefs).await.unwrap();
    assert!(next(&world, &person, &copied).await.is_none());
    assert_eq!(thefts(&world, &person).await.len(), 1);
    assert!(next(&world, &person, &thiefs).await.is_none());

    // Thief and owner use the same cookie once. Of its two successors, the one shown second reveals
    // the theft.
    for owner_first in [true, false] {
        let (world, person, copied) = remembered().await;
        let owners = next(&world, &person, &copied).await.unwrap();
        let thiefs = next(&world, &person, &copied).await.unwrap();
        let (first, second) = match owner_first {
            true => (owners, thiefs),
            false => (thiefs, owners),
        };
        let after = next(&world, &person, &first).await.unwrap();
        assert!(thefts(&world, &person).await.is_empty());
        assert!(next(&world, &person, &second).await.is_none());
        assert_eq!(thefts(&world, &person).await.len(), 1);
        assert!(next(&world, &person, &after).await.is_none());
    }
}

#[tokio::test]
async fn a_browser_that_is_trusted_anew_gives_a_theft_away_too() {
    let (world, person, copied) = remembered().await;
    let thiefs = next(&world, &person, &copied).await.unwrap();
    next(&world, &person, &thiefs).await.unwrap();
    world.forward(30);
    let proof = world
        .password()
        .with_code(Answer::totp(&world.code(&person)).unwrap());
    let owner = RequestContext::new().device(copied);
    let owner = world.mfa.with_context(owner);
    owner
        .trust_device(&person.user, "Firefox", proof)
        .await
        .unwrap();
    assert_eq!(thefts(&world, &person).await.len(), 1);
    assert!(next(&world, &person, &thiefs).await.is_none());
    assert_eq!(ids(&world, &person).await.len(), 1);
}

#[tokio::test]
async fn an_answer_that_never_arrived_is_no_theft() {
    let (world, person, mut cookie) = remembered().await;
    for _ in 0..4 {
        // The browser may repeat its old cookie as often as the response with the successor is
        // lost.
        for _ in 0..3 {
            assert!(next(&world, &person, &cookie).await.is_some());
        }
        world.forward(86_400);
        cookie = next(&world, &person, &cookie).await.unwrap();
    }
    assert!(thefts(&world, &person).await.is_empty());
    assert_eq!(ids(&world, &person).await.len(), 1);
}

#[tokio::test]
async fn two_tabs_of_one_browser_at_once_are_no_theft() {
    for keeps_the_first in [true, false] {
        let (world, person, cookie) = remembered().await;
        let (mfa, user) = (crowd(&world, &cookie), &person.user);
        let (first, second) = tokio::join!(
            mfa.begin_login(user, password()),
            mfa.begin_login(user, password())
        );
        let first = passed(first.unwrap()).expect("a tab passes");
        let second = passed(second.unwrap()).expect("and the other one");
        assert_eq!(first.id, second.id);
        assert_ne!(first.token.expose(), second.token.expose());
        assert_eq!(ids(&world, &person).await, [first.id]);

        // Whichever answer came last is what the browser keeps.
        let kept = if keeps_the_first { first } else { second };
        let after = next(&world, &person, &kept.token).await.unwrap();
        assert!(next(&world, &person, &after).await.is_some());
        assert!(thefts(&world, &person).await.is_empty());
    }
}

#[tokio::test]
async fn eight_tabs_at_once_all_pass() {
    let (world, person, cookie) = remembered().await;
    let (mfa, user) = (crowd(&world, &cookie), &person.user);
    let visit = || mfa.begin_login(user, password());
    let (a, b, c, d, e, f, g, h) = tokio::join!(
        visit(),
        visit(),
        visit(),
        visit(),
        visit(),
        visit(),
        visit(),
        visit()
    );
    for login in [a, b, c, d, e, f, g, h] {
        assert!(passed(login.unwrap()).is_some());
    }
    let kinds = world.kinds(user).await;
    let logins = kinds
        .iter()
        .filter(|kind| **kind == EventKind::LoginTrusted);
    assert_eq!(logins.count(), 8, "each is an event");
}

#[tokio::test] // S-46
async fn copy_and_successor_at_once_are_told_apart_by_who_comes_first() {
    let (world, person, copied) = remembered().await;
    let kept = next(&world, &person, &copied).await.unwrap();
    let (owner, thief) = (crowd(&world, &kept), crowd(&world, &copied));
    let user = &person.user;
    let (owners, thiefs) = tokio::join!(biased; owner.begin_login(user, password()), thief.begin_login(user, password()));
    let after = passed(owners.unwrap()).expect("the owner came first").token;
    assert!(passed(thiefs.unwrap()).is_none(), "decided again, and seen");
    assert_eq!(thefts(&world, &person).await.len(), 1);
    assert!(next(&world, &person, &after).await.is_none());

    // A copy that comes first is as good as the original was, and is seen when it comes again.
    let (world, person, copied) = remembered().await;
    let kept = next(&world, &person, &copied).await.unwrap();
    let (owner, thief) = (crowd(&world, &kept), crowd(&world, &copied));
    let user = &person.user;
    let (thiefs, owners) = tokio::join!(biased; thief.begin_login(user, password()), owner.begin_login(user, password()));
    assert!(passed(thiefs.unwrap()).is_some());
    assert!(passed(owners.unwrap()).is_some());
    assert!(thefts(&world, &person).await.is_empty());
    assert!(next(&world, &person, &copied).await.is_none());
    assert_eq!(thefts(&world, &person).await.len(), 1);
}

#[tokio::test] // S-50
async fn a_login_that_races_the_end_of_its_trust_is_asked_for_a_code() {
    for end in ["revoke one", "revoke all", "password", "lock"] {
        let (world, person, cookie) = remembered().await;
        let (mfa, user) = (crowd(&world, &cookie), &person.user);
        let id = ids(&world, &person).await[0];
        let ending = async {
            match end {
                "revoke one" => mfa.revoke_device(user, id).await.unwrap(),
                "revoke all" => mfa.revoke_devices(user).await.unwrap(),
                "password" => drop(mfa.password_changed(user).await.unwrap()),
                _ => drop(mfa.lock_account(user).await.unwrap()),
            }
        };
        let ((), login) = tokio::join!(biased; ending, mfa.begin_login(user, password()));
        match denied(login) {
            Ok(Login::Challenge(_)) => assert_ne!(end, "lock"),
            other => assert_eq!(other.map(drop), Err(Denial::Locked), "{end}"),
        }
        assert!(ids(&world, &person).await.is_empty(), "{end}");
    }
}

#[tokio::test]
async fn a_theft_costs_one_browser_and_it_can_be_trusted_anew() {
    let (world, person, copied) = remembered().await;
    let other = world.trust(&person, "Safari").await;
    let second = next(&world, &person, &copied).await.unwrap();
    next(&world, &person, &second).await.unwrap();
    assert!(next(&world, &person, &copied).await.is_none());
    assert_eq!(ids(&world, &person).await, [other.id]);
    assert!(next(&world, &person, &other.token).await.is_some());

    let anew = world.trust(&person, "Firefox").await;
    for old in [&copied, &second] {
        assert!(next(&world, &person, old).await.is_none());
    }
    assert!(next(&world, &person, &anew.token).await.is_some());
    assert_eq!(thefts(&world, &person).await.len(), 1, "and told once");
}
