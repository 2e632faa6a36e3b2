//! Mails with the library's notifications and codes.

use std::sync::Arc;
use std::time::Duration;

use countersign::notify::{CodeSender, Destination, Link, Notification, Notifier, SentCode};
use countersign::time::Clock;
use countersign::words::English;

use super::{MailError, Mailer};
use crate::accounts::{Accounts, User};
use crate::database::Fault;
use crate::demo::Name;
use crate::limits::Limit;

/// Mails notifications and codes to users.
#[derive(Clone)]
pub(crate) struct Notices {
    accounts: Accounts,
    mailer: Mailer,
    origin: String,
    clock: Arc<dyn Clock>,
    unconfirmed: Arc<Limit<Name>>,
}

impl Notices {
    pub(crate) fn new(
        accounts: Accounts,
        mailer: Mailer,
        origin: String,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            accounts,
            mailer,
            origin,
            clock,
            unconfirmed: Arc::new(Limit::new(20, Duration::from_secs(3600))),
        }
    }

    /// An unconfirmed address may belong to another person, who must not be flooded by this
    /// account.
    fn may_mail(&self, user: &User) -> Result<bool, MailError> {
        let now = self.clock.now().map_err(Fault::from)?;
        let taken = || self.unconfirmed.take(Name::mailbox(&user.email), now);
        Ok(user.confirmed || taken().is_ok())
    }

    fn address(&self, link: Link<'_>) -> String {
        let origin = &self.origin;
        // A token is in the fragment, which browsers do not send and servers do not log.
        match link {
            Link::Lock(token) => format!("{origin}/lock#{}", token.expose()),
            Link::Cancel(token) => format!("{origin}/cancel#{}", token.expose()),
            Link::Enroll(token) => format!("{origin}/enroll#{}", token.expose()),
            _ => format!("{origin}/profile"),
        }
    }
}

impl Notifier for Notices {
    type Error = MailError;

    /// Mails to the current address of the account. An unconfirmed address may belong to another
    /// person. That person gets the links that lock the account or cancel a recovery, which only
    /// stop something, but no link to enrol, which would hand over the account.
    async fn notify(&self, notification: &Notification) -> Result<(), MailError> {
        let found = self.accounts.by_id(&notification.event().user).await?;
        let Some(user) = found.map(|found| found.user) else {
            // The account was deleted meanwhile.
            return Ok(());
        };
        if !self.may_mail(&user)? {
            return Ok(());
        }
        let text = notification.text(&English, |link| match link {
            Link::Enroll(_) if !user.confirmed => UNCONFIRMED.to_owned(),
            link => self.address(link),
        });
        self.mailer
            .send(&user.email, notification.subject(&English), text)
            .await
    }
}

const UNCONFIRMED: &str = "(This email has no link, because this address was never confirmed. Reset your password by email, which confirms \
     it, and then ask for another reset of two-step verification.)";

impl CodeSender for Notices {
    type Error = MailError;

    async fn send(&self, to: Destination<'_>, code: &SentCode) -> Result<(), MailError> {
        let void_page = format!("{}/void", self.origin);
        let text = code.expose_mail(&English, Some(&void_page)).to_string();
        self.mailer
            .send(to.as_str(), code.subject(&English), text)
            .await
    }
}
