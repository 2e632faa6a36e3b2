//! The export of the audit trail.

use countersign::UserId;
use countersign::event::{Event, EventKind};
use countersign::store::{EventCursor, EventPage, MemoryStoreError};
use countersign::{Directory, Error};

use crate::support::{HOUR, WRONG_CODE, World, world};

async fn page(directory: &Directory, after: Option<&EventCursor>, limit: usize) -> EventPage {
    directory.events_after(after, limit).await.unwrap()
}

fn happened(page: &EventPage) -> Vec<(&str, EventKind)> {
    let events = page.events.iter().map(|recorded| &recorded.event);
    events
        .map(|event| (event.user.as_str(), event.kind))
        .collect()
}

/// Everything that pages bring after a cursor.
async fn rest(world: &World, mut cursor: Option<EventCursor>) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let page = page(&world.directory, cursor.as_ref(), 2).await;
        if page.events.is_empty() {
            return events;
        }
        events.extend(page.events.into_iter().map(|recorded| recorded.event));
        cursor = Some(page.next);
    }
}

#[tokio::test]
async fn an_export_goes_on_where_it_stopped_and_brings_the_events_of_everybody() {
    use EventKind::{
        AuthenticatorBound, EnrollmentStarted, Locked, LoginRefused, RecoveryCodesIssued,
    };
    let world = world();
    let nothing = page(&world.directory, None, 10).await;
    assert_eq!(nothing.events, []);
    let alice = world.enroll(1).await;
    let first = page(&world.directory, Some(&nothing.next), 2).await;
    assert_eq!(
        happened(&first),
        [("1", EnrollmentStarted), ("1", AuthenticatorBound)]
    );

    // The cursor is kept as text, and the process ends.
    let kept = serde_json::to_string(&first.next).unwrap();
    let bob = world.enroll(2).await;
    world.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    world.mfa.lock_account(&bob.user).await.unwrap();
    let kept: EventCursor = serde_json::from_str(&kept).unwrap();
    let second = page(&world.again(|builder| builder).directory, Some(&kept), 10).await;
    assert_eq!(
        happened(&second),
        [
            ("1", RecoveryCodesIssued),
            ("2", EnrollmentStarted),
            ("2", AuthenticatorBound),
            ("2", RecoveryCodesIssued),
            ("1", LoginRefused),
            ("2", Locked),
        ]
    );
    // At least once: who did not keep the second cursor gets the page again.
    assert_eq!(page(&world.directory, Some(&kept), 10).await, second);
    assert_eq!(
        page(&world.directory, Some(&second.next), 10).await.events,
        []
    );
}

#[tokio::test]
async fn after_a_restoration_an_export_begins_again() {
    let world = world();
    world.enroll(1).await;
    let before = page(&world.directory, None, usize::MAX).await.next;
    assert_eq!(rest(&world, Some(before.clone())).await, []);

    world.forward(HOUR);
    let restored = world.again(|builder| builder.restored_at(world.clock.time()));
    assert_eq!(rest(&restored, Some(before)).await.len(), 3);
    // A cursor from after the restoration is good.
    let after = page(&restored.directory, None, usize::MAX).await.next;
    assert_eq!(rest(&restored, Some(after)).await, []);
}

#[tokio::test]
async fn text_that_is_no_cursor_is_an_error() {
    for text in ["", "1", ".", "a.1", "-1.1"] {
        assert!(text.parse::<EventCursor>().is_err(), "{text:?}");
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<EventCursor>(&json).is_err());
    }
    // What another store gave.
    let foreign: EventCursor = "1.elsewhere".parse().unwrap();
    let page = world().directory.events_after(Some(&foreign), 1).await;
    let Err(Error::Store(error)) = page else {
        panic!("{page:?}");
    };
    let error = error.downcast_ref::<MemoryStoreError>();
    assert!(matches!(error, Some(MemoryStoreError::Cursor(_))));
}

#[tokio::test]
async fn a_cursor_names_nobody() {
    let world = world();
    let user = UserId::new("somebody@acme.example").unwrap();
    world.mfa.register(&user).await.unwrap();
    let page = page(&world.directory, None, 10).await;
    assert_eq!(page.events.len(), 1);
    assert!(!page.next.to_string().contains("somebody"));
}
