//! A mailbox in memory, for mails that are shown and not sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use countersign::time::{Clock, Timestamp};
use tokio::sync::Notify;

/// The latest mails, in memory. Clones share them.
#[derive(Clone)]
pub struct Mailbox(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    /// The newest mail is first.
    mails: Mutex<VecDeque<Mail>>,
    arrived: Notify,
}

/// A mail in the mailbox.
#[derive(Clone)]
pub struct Mail {
    /// The address of the recipient.
    pub to: String,
    /// A single line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The arrival, by the clock of the service.
    pub at: Timestamp,
}

/// The number of mails that are kept.
const CAPACITY: usize = 200;

impl Mailbox {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner {
            clock,
            mails: Mutex::default(),
            arrived: Notify::new(),
        }))
    }

    pub(super) fn put(&self, to: &str, subject: String, text: String) {
        // A clock that cannot be read must not lose the mail.
        let at = self.0.clock.now().unwrap_or(Timestamp::from_unix(0));
        let mut mails = self.0.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.truncate(CAPACITY - 1);
        mails.push_front(Mail {
            to: to.to_owned(),
            subject,
            text,
            at,
        });
        drop(mails);
        self.0.arrived.notify_waiters();
    }

    /// All mails, the newest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        let mails = self.0.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().cloned().collect()
    }

    /// Removes the newest mail that `wanted` accepts, and returns it. Waits if there is no such
    /// mail.
    pub async fn take(&self, wanted: impl Fn(&Mail) -> bool) -> Mail {
        loop {
            let arrived = self.0.arrived.notified();
            let mut arrived = std::pin::pin!(arrived);
            // From here on, each arrival wakes this task.
            arrived.as_mut().enable();
            if let Some(mail) = self.remove(&wanted) {
                return mail;
            }
            arrived.await;
        }
    }

    fn remove(&self, wanted: impl Fn(&Mail) -> bool) -> Option<Mail> {
        let mut mails = self.0.mails.lock().unwrap_or_else(PoisonError::into_inner);
        let place = mails.iter().position(wanted)?;
        mails.remove(place)
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

impl fmt::Debug for Mail {
    /// The text may contain a token or a code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use countersign::time::SystemClock;

    use super::*;

    #[tokio::test]
    async fn the_newest_come_first_and_the_oldest_are_dropped() {
        let mailbox = Mailbox::new(Arc::new(SystemClock));
        for number in 0..=CAPACITY {
            mailbox.put("a@b.c", number.to_string(), String::new());
        }
        let subjects: Vec<_> = mailbox
            .mails()
            .into_iter()
            .map(|mail| mail.subject)
            .collect();
        let expected: Vec<_> = (1..=CAPACITY)
            .rev()
            .map(|number| number.to_string())
            .collect();
        assert_eq!(subjects, expected);
    }

    #[tokio::test]
    async fn who_waits_gets_the_mail_that_arrives() {
        let mailbox = Mailbox::new(Arc::new(SystemClock));
        let waiting = tokio::spawn({
            let mailbox = mailbox.clone();
            async move { mailbox.take(|mail| mail.to == "b@b.c").await }
        });
        mailbox.put("a@b.c", "other".into(), String::new());
        mailbox.put("b@b.c", "wanted".into(), String::new());
        assert_eq!(waiting.await.unwrap().subject, "wanted");
        assert_eq!(mailbox.mails().len(), 1);
    }
}
