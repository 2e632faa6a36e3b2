//! Mails of the demo itself. The library writes the mails about the second factor.

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
            "Somebody signed up at {issuer} with this address. If it was you, confirm it within {hours} hours:\n\
             {origin}/confirm#{token}\n\n\
             If it wasn't you, do nothing: without the link the account gets no codes and no recovery by mail.\n"
        );
        self.send(to, "confirm your address", text).await
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
            "Somebody asked for a new password for your {issuer} account. If it was you, choose one within {minutes} minutes, with \
             this link, which works once:\n\
             {origin}/reset#{token}\n\n\
             The second factor stays as it is. If it wasn't you, do nothing.\n"
        );
        self.send(to, "a new password", text).await
    }

    /// Tells a user that the password was changed.
    pub(crate) async fn password_changed(&self, to: &str) -> Result<(), MailError> {
        let Self { issuer, origin, .. } = self;
        let text = format!(
            "The password of your {issuer} account was changed, and other sessions have ended.\n\n\
             If it wasn't you, choose another at once, by a link to this address:\n\
             {origin}/forgot\n"
        );
        self.send(to, "your password was changed", text).await
    }

    /// Tells a user that the account was deleted.
    pub(crate) async fn account_deleted(&self, to: &str) -> Result<(), MailError> {
        let issuer = &self.issuer;
        let text =
            format!("Your {issuer} account was deleted. Its security log is kept for a year.\n");
        self.send(to, "your account was deleted", text).await
    }

    async fn send(&self, to: &str, subject: &str, text: String) -> Result<(), MailError> {
        let subject = format!("{}: {subject}", self.issuer);
        self.mailer.send(to, subject, text).await
    }
}
