//! A client that hangs up in the middle: whatever is committed is told, and nothing else is.

use std::pin::Pin;
use std::task::{Context, Waker};

use countersign::event::EventKind;

use crate::support::world;

#[tokio::test] // S-46
async fn what_is_committed_is_told_whenever_the_client_hangs_up() {
    let mut ended = Vec::new();
    for polls in 0.. {
        let world = world();
        let person = world.enroll(1).await;
        world.mails.notifications().await;
        world.mails.clear();
        let mfa = world.builder(world.crowd()).build().unwrap();
        let proof = world.with_code(&world.code(&person));
        let mut disabling = Box::pin(mfa.disable_mfa(&person.user, proof));
        let mut context = Context::from_waker(Waker::noop());
        let answered = (0..polls).any(|_| {
            let polled = Pin::as_mut(&mut disabling).poll(&mut context);
            polled.is_ready()
        });
        drop(disabling);
        let told = world.mails.notifications().await;
        let told: Vec<_> = told.iter().map(|mail| mail.event().kind).collect();
        let enabled = world.mfa.status(&person.user).await.unwrap().enabled;
        let expected: &[_] = if enabled { &[] } else { &[EventKind::Disabled] };
        assert_eq!(told, expected, "after {polls} polls");
        ended.push((enabled, answered));
        if answered {
            break;
        }
    }
    // Before the commit began, in the middle of it, and not at all.
    ended.dedup();
    assert_eq!(ended, [(true, false), (false, false), (false, true)]);
}

#[tokio::test] // S-44
async fn an_executor_that_is_not_there_takes_no_outcome_with_it() {
    let world = world();
    let builder = world.builder(world.crowd());
    let builder = builder.notifier(world.mails.clone(), |_| panic!("there is no executor"));
    let mfa = builder.build().unwrap();
    let person = world.enroll(1).await;
    let proof = world.with_code(&world.code(&person));
    let regenerated = mfa.regenerate_recovery_codes(&person.user, proof).await;
    assert_eq!(
        regenerated.unwrap().recovery_codes.deliver().codes().len(),
        10
    );
}
