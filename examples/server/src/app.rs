//! The application, from its settings to its end.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use countersign::BuildError;
use countersign::keys::{Keyring, KeyringError};
use countersign::time::Clock;
use countersign_axum::InvalidOrigin;
use tokio::net::TcpListener;

use crate::assembly::Assembly;
use crate::client::ClientAddresses;
use crate::connections::{self, Patience};
use crate::database::{Fault, OpenError, Store};
use crate::keyfile::{self, KeyFileError};
use crate::mail::{MailError, Mailbox, Mailer};
use crate::passwords::{HashError, Passwords};
use crate::routes;
use crate::settings::Settings;
use crate::tasks::Tasks;

/// The application, listening and not serving yet.
pub struct App {
    listener: TcpListener,
    address: SocketAddr,
    origin: String,
    router: Router,
    patience: Patience,
    tasks: Tasks,
    store: Store,
    mailbox: Option<Mailbox>,
    key_file: Option<(PathBuf, bool)>,
}

/// Why the application does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot listen there.
    #[error("cannot listen at {0}")]
    Listen(SocketAddr, #[source] io::Error),
    /// Away from this machine cookies have to be safe.
    #[error("COUNTERSIGN_ORIGIN is needed, since COUNTERSIGN_ADDR is not a loopback address")]
    OriginNeeded,
    /// The origin is not one.
    #[error("COUNTERSIGN_ORIGIN cannot be used")]
    Origin(#[from] InvalidOrigin),
    /// The mailbox is for this machine alone.
    #[error(
        "COUNTERSIGN_SMTP_URL is needed, since others than this machine are served: mails hold links that reset passwords"
    )]
    SmtpNeeded,
    /// The mail server's URL or the sender's address is not one.
    #[error("COUNTERSIGN_SMTP_URL or COUNTERSIGN_MAIL_FROM cannot be used")]
    Mail(#[source] MailError),
    /// The database does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database does not answer.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// Those who signed up with an earlier release cannot be read.
    #[error("the accounts there are cannot be read")]
    Accounts(#[from] Fault),
    /// Those who signed up with an earlier release cannot be registered.
    #[error("the accounts there are cannot be registered")]
    Register(#[from] countersign::Error),
    /// There are no master keys.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// `COUNTERSIGN_KEYS` is no keyring.
    #[error("COUNTERSIGN_KEYS cannot be used")]
    Keys(#[source] KeyringError),
    /// The settings make no sound policy.
    #[error("the settings cannot be used")]
    Build(#[from] BuildError),
    /// No password can be hashed.
    #[error("passwords cannot be hashed")]
    Passwords(#[from] HashError),
}

impl App {
    /// Opens the database, finds the keys, and listens.
    ///
    /// # Errors
    ///
    /// [`StartError`] says which setting cannot be used, or what does not work.
    pub async fn start(
        settings: &Settings,
        clock: impl Clock + 'static,
    ) -> Result<Self, StartError> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let listener = TcpListener::bind(settings.address).await;
        let listener = listener.map_err(|error| StartError::Listen(settings.address, error))?;
        let address = listener.local_addr();
        let address = address.map_err(|error| StartError::Listen(settings.address, error))?;
        let origin = origin(settings, address)?;
        let mailer = mailer(settings, &origin, &clock)?;

        let (store, key_path) = Store::open(settings.database_url.expose()).await?;
        let (keyring, key_file) = keys(settings, &store, &key_path).await?;
        let passwords = Passwords::new().await?;
        let parts = Assembly {
            settings,
            clock,
            origin: &origin,
            clients: ClientAddresses::new(settings.client_address_header.clone()),
            mailer,
            keyring,
            passwords,
            store: &store,
        };
        let mut tasks = Tasks::new();
        let router = match &store {
            Store::Sqlite(sqlite) => parts.router(sqlite.clone(), &mut tasks).await?,
            Store::Postgres(postgres) => parts.router(postgres.clone(), &mut tasks).await?,
        };
        let mailbox = parts.mailbox();
        Ok(Self {
            listener,
            address,
            origin,
            router,
            patience: Patience {
                head: settings.header_timeout,
                body: settings.body_timeout,
            },
            tasks,
            store,
            mailbox,
            key_file,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its pages are, such as `http://127.0.0.1:3000`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The mailbox, unless mail is sent.
    #[must_use]
    pub fn mailbox(&self) -> Option<&Mailbox> {
        self.mailbox.as_ref()
    }

    /// The file that holds the master keys, unless they were set, and whether it was made just now.
    #[must_use]
    pub fn key_file(&self) -> Option<(&Path, bool)> {
        self.key_file.as_ref().map(|(path, made)| (&**path, *made))
    }

    /// Serves until `shutdown` is done, and then ends what is under way.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        connections::serve(self.listener, self.router, self.patience, shutdown).await;
        self.tasks.stop().await;
        self.store.database().close().await;
    }
}

fn origin(settings: &Settings, address: SocketAddr) -> Result<String, StartError> {
    match &settings.origin {
        Some(origin) => Ok(origin.trim_end_matches('/').to_ascii_lowercase()),
        None if address.ip().is_loopback() => Ok(format!("http://{address}")),
        None => Err(StartError::OriginNeeded),
    }
}

/// A mailbox only where nobody but this machine sees it. A proxy may well call this machine by a
/// loopback name, so its origin counts as well.
fn mailer(settings: &Settings, origin: &str, clock: &Arc<dyn Clock>) -> Result<Mailer, StartError> {
    if let Some(url) = &settings.smtp_url {
        return Mailer::smtp(url.expose(), &settings.mail_from).map_err(StartError::Mail);
    }
    let authority = origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority);
    let is_direct = settings.client_address_header.is_none();
    if is_direct && settings.address.ip().is_loopback() && routes::is_loopback(authority) {
        Ok(Mailer::mailbox(Arc::clone(clock)))
    } else {
        Err(StartError::SmtpNeeded)
    }
}

async fn keys(
    settings: &Settings,
    store: &Store,
    path: &Path,
) -> Result<(Keyring, Option<(PathBuf, bool)>), StartError> {
    if let Some(keys) = &settings.keys {
        return Ok((keys.expose().parse().map_err(StartError::Keys)?, None));
    }
    let needed = store.database().has_users().await;
    let (keyring, made) = keyfile::open(path, needed.map_err(StartError::Database)?)?;
    Ok((keyring, Some((path.to_owned(), made))))
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
