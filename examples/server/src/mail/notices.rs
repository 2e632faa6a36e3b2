//! Mails with the library's notifications and codes.

use std::sync::Arc;
use std::time::Duration;

use countersign::notify::{CodeSender, Destination, Link, Notification, Notifier, SentCode};
use countersign::time::Clock;

use super::{MailError, Mailer};
use crate::accounts::{Accounts, User};
use crate::database::Fault;
use crate::demo::Name;
use crate::language::Language;
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
        // It is put off and not lost: others with addresses of the same mailbox may have used the
        // limit up.
        if !self.may_mail(&user)? {
            return Err(MailError::Limited);
        }
        let words = user.language.words();
        let text = notification.text(words, |link| match link {
            Link::Enroll(_) if !user.confirmed => user.language.phrase("mail-no-link", &[]),
            link => self.address(link),
        });
        let subject = notification.subject(words);
        let mailed = self.mailer.send(&user.email, user.language, subject, text);
        mailed.await
    }
}

impl CodeSender for Notices {
    type Error = MailError;

    async fn send(&self, to: Destination<'_>, code: &SentCode) -> Result<(), MailError> {
        let to = to.as_str();
        let user = match to.parse() {
            Ok(email) => self.accounts.by_email(&email).await?,
            Err(_) => None,
        };
        let language = user.map_or(Language::default(), |found| found.user.language);
        let void_page = format!("{}/void", self.origin);
        let text = code.expose_mail(language.words(), Some(&void_page));
        let subject = code.subject(language.words());
        let mailed = self.mailer.send(to, language, subject, text.to_string());
        mailed.await
    }
}
