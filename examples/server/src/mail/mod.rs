//! Mail, by SMTP or into a mailbox that a page shows.

mod html;
mod letters;
mod mailbox;
mod notices;

use std::sync::Arc;
use std::time::Duration;

use countersign::time::Clock;
use lettre::message::{Mailbox as Address, MultiPart};
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{AsyncTransport, Message, Tokio1Executor};

use crate::language::Language;

pub(crate) use letters::Letters;
pub use mailbox::{Mail, Mailbox};
pub(crate) use notices::Notices;

/// Sends mail, or keeps it in a mailbox.
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
    /// The address of the sender or the recipient is invalid for SMTP.
    #[error("an address cannot be written to")]
    Address(#[from] lettre::address::AddressError),
    /// The URL of the mail server is invalid.
    #[error("the mail server's URL is smtps://… or smtp://…")]
    Url(#[source] lettre::transport::smtp::Error),
    /// The message cannot be composed.
    #[error("the mail cannot be put together")]
    Message(#[from] lettre::error::Error),
    /// The mail server refuses the message or does not answer.
    #[error("the mail server did not take it")]
    Smtp(#[from] lettre::transport::smtp::Error),
    /// The address was never confirmed, and got as many mails as it may get.
    #[error("an address that was never confirmed gets no more mails for a while")]
    Limited,
    /// The database failed, so that the recipient's address is unknown.
    #[error("whom to write to is not known")]
    Unknown(#[from] crate::database::Fault),
}

impl Mailer {
    /// Sends by SMTP. `smtps://` is encrypted from the start and `smtp://…?tls=required` by
    /// STARTTLS. A plain `smtp://` is not encrypted.
    pub(crate) fn smtp(url: &str, from: &str) -> Result<Self, MailError> {
        let transport =
            AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(MailError::Url)?;
        Ok(Self::Smtp {
            transport: Box::new(transport.timeout(Some(Duration::from_secs(10))).build()),
            from: from.parse()?,
        })
    }

    /// Keeps mails in a mailbox.
    pub(crate) fn mailbox(clock: Arc<dyn Clock>) -> Self {
        Self::Mailbox(Mailbox::new(clock))
    }

    pub(crate) async fn send(
        &self,
        to: &str,
        language: Language,
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
                    .multipart(MultiPart::alternative_plain_html(
                        text.clone(),
                        html::of(&text, language),
                    ))?;
                transport.send(message).await?;
            }
        }
        Ok(())
    }
}
