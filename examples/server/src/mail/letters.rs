//! Mails of the demo itself. The library writes the mails about two-step verification.

use std::time::Duration;

use super::{MailError, Mailer};

/// Writes and sends mails.
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
        to: &str,
        token: &str,
        lifetime: Duration,
    ) -> Result<(), MailError> {
        let Self { issuer, origin, .. } = self;
        let hours = lifetime.as_secs() / 3600;
        let text = format!(
            "Someone signed up at {issuer} with this email address. If this was you, confirm the address within {hours} hours:\n\
             {origin}/confirm#{token}\n\n\
             If not, no action is needed. An address that nobody confirms gets no codes and recovers no account.\n"
        );
        self.send(to, "Confirm your email address", text).await
    }

    /// Sends a link to a user who forgot the password.
    pub(crate) async fn reset_password(
        &self,
        to: &str,
        token: &str,
        lifetime: Duration,
    ) -> Result<(), MailError> {
        let Self { issuer, origin, .. } = self;
        let minutes = lifetime.as_secs() / 60;
        let text = format!(
            "Someone asked to reset the password of your {issuer} account. If this was you, choose a new one within {minutes} \
             minutes. The link works once:\n\
             {origin}/reset#{token}\n\n\
             Your two-step verification stays as it is. If this wasn't you, no action is needed.\n"
        );
        self.send(to, "Reset your password", text).await
    }

    /// Tells a user that the password was changed.
    pub(crate) async fn password_changed(&self, to: &str) -> Result<(), MailError> {
        let Self { issuer, origin, .. } = self;
        let text = format!(
            "The password of your {issuer} account was changed, and you are signed out everywhere else.\n\n\
             If this was you, no action is needed. If not, reset your password now:\n\
             {origin}/forgot\n"
        );
        self.send(to, "Your password was changed", text).await
    }

    /// Sends a link to the address that a user wants to have.
    pub(crate) async fn new_address(
        &self,
        to: &str,
        token: &str,
        lifetime: Duration,
    ) -> Result<(), MailError> {
        let Self { issuer, origin, .. } = self;
        let minutes = lifetime.as_secs() / 60;
        let text = format!(
            "Someone wants to use this email address for their {issuer} account. If this was you, confirm it within {minutes} \
             minutes. From then on you sign in with this address:\n\
             {origin}/new-email#{token}\n\n\
             If not, no action is needed.\n"
        );
        self.send(to, "Confirm your new email address", text).await
    }

    /// Tells an address that a user wants to have that it has an account.
    pub(crate) async fn address_has_an_account(&self, to: &str) -> Result<(), MailError> {
        let Self { issuer, origin, .. } = self;
        let text = format!(
            "Someone wants to use this email address for another {issuer} account, but it has an account already. Nothing has \
             changed. To sign in to it:\n\
             {origin}/signin\n\n\
             If this wasn't you, no action is needed.\n"
        );
        self.send(to, "This email address has an account", text)
            .await
    }

    /// Tells the present address that another one was asked for, and how to stop that.
    pub(crate) async fn address_may_change(
        &self,
        to: &str,
        token: &str,
        lifetime: Duration,
    ) -> Result<(), MailError> {
        let Self { issuer, origin, .. } = self;
        let days = lifetime.as_secs() / 86_400;
        let text = format!(
            "Someone who is signed in to your {issuer} account wants to change its email address. It changes as soon as the new \
             address is confirmed.\n\n\
             If this was you, no action is needed. If not, keep this address with the following link, and then change your \
             password. The link also undoes the change, for {days} days:\n\
             {origin}/keep-email#{token}\n"
        );
        self.send(to, "Your email address is about to change", text)
            .await
    }

    /// Tells the old address that another one has taken its place.
    pub(crate) async fn address_changed(&self, to: &str) -> Result<(), MailError> {
        let issuer = &self.issuer;
        let text = format!(
            "Your {issuer} account now has another email address, and you are signed out everywhere else.\n\n\
             If this was you, no action is needed. If not, undo the change with the link in our earlier email, \"Your email \
             address is about to change\".\n"
        );
        self.send(to, "Your email address was changed", text).await
    }

    /// Tells a user that the account was deleted.
    pub(crate) async fn account_deleted(&self, to: &str) -> Result<(), MailError> {
        let issuer = &self.issuer;
        let text =
            format!("Your {issuer} account was deleted. Its security log is kept for a year.\n");
        self.send(to, "Your account was deleted", text).await
    }

    async fn send(&self, to: &str, subject: &str, text: String) -> Result<(), MailError> {
        let subject = format!("{}: {subject}", self.issuer);
        self.mailer.send(to, subject, text).await
    }
}
