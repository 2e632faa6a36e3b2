//! Mails of the demo itself. The library writes the mails about two-step verification.

use std::time::Duration;

use countersign::words::Circumstances;

use super::{MailError, Mailer};
use crate::accounts::User;

/// Writes and sends mails, in the language of the user.
#[derive(Clone, Debug)]
pub(crate) struct Letters {
    pub(crate) mailer: Mailer,
    pub(crate) issuer: String,
    pub(crate) origin: String,
}

impl Letters {
    /// Asks a new user to confirm the address.
    pub(crate) async fn confirm_address(
        &self,
        to: &User,
        token: &str,
        lifetime: Duration,
    ) -> Result<(), MailError> {
        let hours = lifetime.as_secs() / 3600;
        let say = |key| self.phrase(to, key, hours);
        let link = format!("{}/confirm#{token}", self.origin);
        let (ask, other) = (say("mail-confirm"), say("mail-confirm-else"));
        let text = format!("{ask}\n{link}\n\n{other}\n");
        self.send(to, &say("mail-confirm-subject"), text).await
    }

    /// Sends a link to a user who forgot the password.
    pub(crate) async fn reset_password(
        &self,
        to: &User,
        token: &str,
        lifetime: Duration,
        circumstances: &Circumstances,
    ) -> Result<(), MailError> {
        let minutes = lifetime.as_secs() / 60;
        let say = |key| self.phrase(to, key, minutes);
        let link = format!("{}/reset#{token}", self.origin);
        let (ask, other) = (say("mail-reset"), say("mail-reset-else"));
        let asked = to.language.words().circumstances(circumstances);
        let text = format!("{ask}\n{link}\n\n{asked}\n\n{other}\n");
        self.send(to, &say("mail-reset-subject"), text).await
    }

    /// Tells a user that the password was changed.
    pub(crate) async fn password_changed(
        &self,
        to: &User,
        circumstances: &Circumstances,
    ) -> Result<(), MailError> {
        let say = |key| self.phrase(to, key, 0);
        let link = format!("{}/forgot", self.origin);
        let (what, next) = (say("mail-password"), say("mail-password-else"));
        let changed = to.language.words().circumstances(circumstances);
        let text = format!("{what}\n\n{changed}\n\n{next}\n{link}\n");
        self.send(to, &say("mail-password-subject"), text).await
    }

    /// Sends a link to the address that a user wants to have.
    pub(crate) async fn new_address(
        &self,
        to: &User,
        token: &str,
        lifetime: Duration,
    ) -> Result<(), MailError> {
        let minutes = lifetime.as_secs() / 60;
        let say = |key| self.phrase(to, key, minutes);
        let link = format!("{}/new-email#{token}", self.origin);
        let (ask, other) = (say("mail-new-address"), say("mail-new-address-else"));
        let text = format!("{ask}\n{link}\n\n{other}\n");
        self.send(to, &say("mail-new-address-subject"), text).await
    }

    /// Tells an address that a user wants to have that it has an account.
    pub(crate) async fn address_has_an_account(&self, to: &User) -> Result<(), MailError> {
        let say = |key| self.phrase(to, key, 0);
        let link = format!("{}/signin", self.origin);
        let (what, other) = (say("mail-address-taken"), say("mail-address-taken-else"));
        let text = format!("{what}\n{link}\n\n{other}\n");
        self.send(to, &say("mail-address-taken-subject"), text)
            .await
    }

    /// Tells the present address that another one was asked for, and how to stop that.
    pub(crate) async fn address_may_change(
        &self,
        to: &User,
        token: &str,
        lifetime: Duration,
        circumstances: &Circumstances,
    ) -> Result<(), MailError> {
        let days = lifetime.as_secs() / 86_400;
        let say = |key| self.phrase(to, key, days);
        let link = format!("{}/keep-email#{token}", self.origin);
        let (what, next) = (
            say("mail-address-changes"),
            say("mail-address-changes-else"),
        );
        let asked = to.language.words().circumstances(circumstances);
        let text = format!("{what}\n\n{asked}\n\n{next}\n{link}\n");
        self.send(to, &say("mail-address-changes-subject"), text)
            .await
    }

    /// Tells the old address that another one has taken its place.
    pub(crate) async fn address_changed(
        &self,
        to: &User,
        circumstances: Option<Circumstances>,
    ) -> Result<(), MailError> {
        let say = |key| self.phrase(to, key, 0);
        let (what, next) = (
            say("mail-address-changed"),
            say("mail-address-changed-else"),
        );
        let words = to.language.words();
        let changed = circumstances.map(|known| words.circumstances(&known) + "\n\n");
        let changed = changed.unwrap_or_default();
        let text = format!("{what}\n\n{changed}{next}\n");
        self.send(to, &say("mail-address-changed-subject"), text)
            .await
    }

    /// Tells a user that the account was deleted.
    pub(crate) async fn account_deleted(
        &self,
        to: &User,
        circumstances: &Circumstances,
    ) -> Result<(), MailError> {
        let say = |key| self.phrase(to, key, 0);
        let deleted = to.language.words().circumstances(circumstances);
        let text = format!("{}\n\n{deleted}\n", say("mail-deleted"));
        self.send(to, &say("mail-deleted-subject"), text).await
    }

    fn phrase(&self, to: &User, key: &str, count: u64) -> String {
        let values = [("issuer", &*self.issuer), ("count", &*count.to_string())];
        to.language.phrase(key, &values)
    }

    async fn send(&self, to: &User, subject: &str, text: String) -> Result<(), MailError> {
        let subject = format!("{}: {subject}", self.issuer);
        let mailed = self.mailer.send(&to.email, to.language, subject, text);
        mailed.await
    }
}
