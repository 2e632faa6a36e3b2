//! A mail service, and an office where its deliveries wait until somebody drives them.

use std::future::pending;
use std::sync::{Arc, Mutex};

use countersign::event::EventKind;
use countersign::notify::{Delivery, Notification, Notifier};
use countersign::store::{EventPosition, MemoryStore, UserDirectory};
use countersign::{Denial, UserId};

use crate::support::{World, policy};

/// What the mail service is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Service {
    Up,
    Down,
    Panics,
    NeverEnds,
}

#[derive(Debug, thiserror::Error)]
#[error("the mail service is down")]
pub(crate) struct Down;

/// A mail service that looks whether what it tells of is committed.
struct Mailer {
    service: Service,
    sent: Arc<Mutex<Vec<Notification>>>,
    store: Arc<MemoryStore>,
}

impl Notifier for Mailer {
    type Error = Down;

    async fn notify(&self, notification: &Notification) -> Result<(), Down> {
        let user = &notification.event().user;
        let recorded = self.store.events(user, None::<EventPosition>, usize::MAX);
        let recorded = recorded.await.unwrap();
        let mut told = std::iter::once(notification.event()).chain(notification.others());
        assert!(told.all(|event| recorded.iter().any(|recorded| recorded.event == *event)));
        self.sent.lock().unwrap().push(notification.clone());
        match self.service {
            Service::Up => Ok(()),
            Service::Down => Err(Down),
            Service::Panics => panic!("the mail service has a bug"),
            Service::NeverEnds => pending().await,
        }
    }
}

/// A world whose users are told, and the deliveries, which somebody drives later.
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) deliveries: Arc<Mutex<Vec<Delivery>>>,
    pub(crate) sent: Arc<Mutex<Vec<Notification>>>,
}

impl Office {
    pub(crate) fn with(service: Service) -> Self {
        let policy = policy().trusted_devices(true).delayed_recovery(true);
        let world = World::with(policy);
        let (deliveries, sent) = (Arc::<Mutex<Vec<Delivery>>>::default(), Arc::default());
        let mailer = Mailer {
            service,
            sent: Arc::clone(&sent),
            store: Arc::clone(&world.store),
        };
        let queue = Arc::clone(&deliveries);
        let world = world.again(|builder| {
            builder.notifier(mailer, move |delivery| queue.lock().unwrap().push(delivery))
        });
        Self {
            world,
            deliveries,
            sent,
        }
    }

    /// Delivers what is waiting, and gives what was sent.
    pub(crate) async fn deliver(&self) -> Vec<Notification> {
        let waiting = std::mem::take(&mut *self.deliveries.lock().unwrap());
        for delivery in waiting {
            delivery.await;
        }
        std::mem::take(&mut *self.sent.lock().unwrap())
    }

    /// What each message since the last time was about, the most telling kind first.
    pub(crate) async fn told(&self) -> Vec<Vec<EventKind>> {
        let kinds = |message: &Notification| {
            std::iter::once(message.event())
                .chain(message.others())
                .map(|event| event.kind)
                .collect()
        };
        self.deliver().await.iter().map(kinds).collect()
    }

    pub(crate) async fn fails(&self, user: &UserId, typed: &str) {
        let denial = self.world.sign_in(user, typed).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
}
