//! A client that hangs up in the middle: whatever is committed is told, and nothing else is.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use countersign::Mfa;
use countersign::event::EventKind;
use countersign::notify::{Delivery, Notification, Notifier};
use countersign::store::{Change, Committed, MemoryStore, MemoryStoreError, Stored, UserStore};
use tokio::task::yield_now;

use crate::support::{KEY_A, policy, world};

/// A database behind a network: its commits wait before and after they are written.
struct Remote(Arc<MemoryStore>);

impl UserStore for Remote {
    type Error = MemoryStoreError;

    async fn load(&self, user: &countersign::UserId) -> Result<Option<Stored>, MemoryStoreError> {
        yield_now().await;
        self.0.load(user).await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        yield_now().await;
        let committed = self.0.commit(change).await;
        yield_now().await;
        committed
    }
}

#[derive(Clone, Default)]
struct Mailer(Arc<Mutex<Vec<EventKind>>>);

impl Notifier for Mailer {
    type Error = Infallible;

    async fn notify(&self, notification: &Notification) -> Result<(), Infallible> {
        self.0.lock().unwrap().push(notification.event().kind);
        Ok(())
    }
}

/// Drives what waits, and what that brings along.
async fn drive(waiting: &Mutex<Vec<Delivery>>) {
    loop {
        let Some(next) = waiting.lock().unwrap().pop() else {
            return;
        };
        next.await;
    }
}

#[tokio::test] // S-46
async fn what_is_committed_is_told_whenever_the_client_hangs_up() {
    let mut ended = Vec::new();
    for polls in 0.. {
        let world = world();
        let person = world.enroll(1).await;
        let (mailer, waiting) = (Mailer::default(), Arc::<Mutex<Vec<Delivery>>>::default());
        let queue = Arc::clone(&waiting);
        let mfa = Mfa::builder(Remote(Arc::clone(&world.store)))
            .keys(KEY_A.parse().unwrap())
            .policy(policy())
            .clock(world.clock.clone())
            .notifier(mailer.clone(), move |delivery| {
                queue.lock().unwrap().push(delivery);
            })
            .build()
            .unwrap();
        let proof = world.with_code(&world.code(&person));
        let mut disabling = Box::pin(mfa.disable_mfa(&person.user, proof));
        let mut context = Context::from_waker(Waker::noop());
        let answered = (0..polls).any(|_| {
            let polled = Pin::as_mut(&mut disabling).poll(&mut context);
            polled.is_ready()
        });
        drop(disabling);
        drive(&waiting).await;

        let enabled = world.mfa.status(&person.user).await.unwrap().enabled;
        let told = mailer.0.lock().unwrap().clone();
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
    let mfa = Mfa::builder(Remote(Arc::clone(&world.store)))
        .keys(KEY_A.parse().unwrap())
        .policy(policy())
        .clock(world.clock.clone())
        .notifier(Mailer::default(), |_| panic!("there is no executor"))
        .build()
        .unwrap();
    let person = world.enroll(1).await;
    let proof = world.with_code(&world.code(&person));
    let regenerated = mfa.regenerate_recovery_codes(&person.user, proof).await;
    assert_eq!(
        regenerated.unwrap().recovery_codes.deliver().codes().len(),
        10
    );
}
