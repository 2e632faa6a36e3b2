//! Mail: sent by SMTP, or put into a mailbox that a page shows.

mod letters;
mod mailbox;
mod notices;

use std::sync::Arc;
use std::time::Duration;

use countersign::time::Clock;
use lettre::message::Mailbox as Address;
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Message, Tokio1Executor};

pub(crate) use letters::Letters;
pub use mailbox::{Mail, Mailbox};
pub(crate) use notices::Notices;

/// Where mail goes.
#[derive(Clone, Debug)]
pub(crate) enum Mailer {
    Smtp {
        transport: Box<AsyncSmtpTransport<Tokio1Executor>>,
        from: Address,
    },
    Mailbox(Mailbox),
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// The sender's or the recipient's address is none for SMTP.
    #[error("an address cannot be written to")]
    Address(#[from] lettre::address::AddressError),
    /// The mail server's URL is none.
    #[error("the mail server's URL is smtps://… or smtp://…")]
    Url(#[source] lettre::transport::smtp::Error),
    /// The message cannot be put together.
    #[error("the mail cannot be put together")]
    Message(#[from] lettre::error::Error),
    /// The mail server did not take it.
    #[error("the mail server did not take it")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// There is nobody to write to, because the database failed.
    #[error("whom to write to is not known")]
    Unknown(#[from] crate::database::Fault),
}

impl Mailer {
    /// By SMTP: `smtps://` is encrypted from the start, `smtp://…?tls=required` by STARTTLS, and
    /// plain `smtp://` not.
    pub(crate) fn smtp(url: &str, from: &str) -> Result<Self, MailError> {
        let transport =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(MailError::Url)?;
        Ok(Self::Smtp {
            transport: Box::new(transport.timeout(Some(Duration::from_secs(10))).build()),
            from: from.parse()?,
        })
    }

    /// Into a mailbox.
    pub(crate) fn mailbox(clock: Arc<dyn Clock>) -> Self {
        Self::Mailbox(Mailbox::new(clock))
    }

    pub(crate) async fn send(
        &self,
        to: &str,
        subject: String,
        text: String,
    ) -> Result<(), MailError> {
        match self {
            Self::Mailbox(mailbox) => mailbox.put(to, subject, text),
            Self::Smtp { transport, from } => {
                let message = Message::builder()
                    .from(from.clone())
                    .to(Address::new(None, to.parse()?))
                    .message_id(None)
                    .subject(subject)
                    .header(lettre::message::header::ContentType::TEXT_PLAIN)
                    .body(text)?;
                transport.send(message).await?;
            }
        }
        Ok(())
    }
}
