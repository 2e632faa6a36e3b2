//! A mail service whose letters can be read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use countersign::UserId;
use countersign::event::EventKind;
use countersign::notify::{CodeSender, Delivery, Destination, Notification, Notifier, SentCode};
use serde_json::{Value, json};

#[derive(Clone, Default)]
pub(crate) struct Mail(Arc<State>);

#[derive(Default)]
struct State {
    /// Deliveries that wait to be driven.
    deliveries: Mutex<Vec<Delivery>>,
    letters: Mutex<Vec<Letter>>,
    codes: Mutex<Vec<Sent>>,
    broken: AtomicBool,
}

/// A code that was sent.
#[derive(Clone, Debug)]
struct Sent {
    to: String,
    digits: String,
    void_token: Option<String>,
}

/// What a user was told, with the tokens of the links.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) to: UserId,
    pub(crate) kind: EventKind,
    pub(crate) lock: Option<String>,
    pub(crate) cancel: Option<String>,
    pub(crate) enroll: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("the mail service is down")]
pub(crate) struct Down;

impl Mail {
    pub(crate) fn break_down(&self) {
        self.0.broken.store(true, Ordering::SeqCst);
    }

    pub(crate) fn wait(&self, delivery: Delivery) {
        self.0.deliveries.lock().unwrap().push(delivery);
    }

    /// All letters so far.
    pub(crate) async fn letters(&self) -> Vec<Letter> {
        let waiting = std::mem::take(&mut *self.0.deliveries.lock().unwrap());
        for delivery in waiting {
            delivery.await;
        }
        self.0.letters.lock().unwrap().clone()
    }

    /// The code that was sent last.
    pub(crate) fn code(&self) -> String {
        self.last().digits
    }

    /// Where the last code went.
    pub(crate) fn sent_to(&self) -> String {
        self.last().to
    }

    /// The token in the link of the last code's mail.
    pub(crate) fn void_token(&self) -> String {
        self.last().void_token.unwrap()
    }

    fn last(&self) -> Sent {
        self.0.codes.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) fn codes(&self) -> usize {
        self.0.codes.lock().unwrap().len()
    }
}

impl Letter {
    /// Its tokens in a form that the search for secrets reads.
    pub(crate) fn secrets(&self) -> Value {
        let tokens = [&self.lock, &self.cancel, &self.enroll];
        json!(tokens.map(|token| json!({ "token": token })))
    }
}

impl CodeSender for Mail {
    type Error = Down;

    async fn send(&self, to: Destination<'_>, code: &SentCode) -> Result<(), Down> {
        if self.0.broken.load(Ordering::SeqCst) {
            return Err(Down);
        }
        self.0.codes.lock().unwrap().push(Sent {
            to: to.as_str().to_owned(),
            digits: code.expose_digits().to_string(),
            void_token: code.void_token().map(|token| token.expose().to_owned()),
        });
        Ok(())
    }
}

impl Notifier for Mail {
    type Error = Down;

    async fn notify(&self, notification: &Notification) -> Result<(), Down> {
        let links = notification.links();
        let letter = Letter {
            to: notification.event().user.clone(),
            kind: notification.event().kind,
            lock: links.lock.as_ref().map(|token| token.expose().to_owned()),
            cancel: links.cancel.as_ref().map(|token| token.expose().to_owned()),
            enroll: links.enroll.as_ref().map(|token| token.expose().to_owned()),
        };
        self.0.letters.lock().unwrap().push(letter);
        Ok(())
    }
}
