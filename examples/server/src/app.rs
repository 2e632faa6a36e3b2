//! The application, from its settings to its shutdown.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use countersign::keys::{Keyring, KeyringError};
use countersign::service::BuildError;
use countersign::time::Clock;
use countersign_axum::InvalidOrigin;
use countersign_webauthn::{RelyingParty, RelyingPartyError};
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

/// The application, which listens but does not serve yet.
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
    no_passkeys: Option<RelyingPartyError>,
}

/// Why the application does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened at.
    #[error("cannot listen at {0}")]
    Listen(SocketAddr, #[source] io::Error),
    /// `COUNTERSIGN_ORIGIN` is missing, and the address is not a loopback address.
    #[error("COUNTERSIGN_ORIGIN is needed, since COUNTERSIGN_ADDR is not a loopback address")]
    OriginNeeded,
    /// `COUNTERSIGN_ORIGIN` is not an origin.
    #[error("COUNTERSIGN_ORIGIN cannot be used")]
    Origin(#[from] InvalidOrigin),
    /// `COUNTERSIGN_SMTP_URL` is missing, and other machines are served.
    #[error(
        "COUNTERSIGN_SMTP_URL is needed, since others than this machine are served: mails hold links that reset passwords"
    )]
    SmtpNeeded,
    /// The database has the account of [`seed`](crate::seed), whose password everybody knows.
    #[error(
        "the database was made by --everything and has {}, whose password everybody knows: change it, or use another database",
        crate::seed::EMAIL
    )]
    Seeded,
    /// The URL of the mail server or the address of the sender is invalid.
    #[error("COUNTERSIGN_SMTP_URL or COUNTERSIGN_MAIL_FROM cannot be used")]
    Mail(#[source] MailError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database does not answer.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// The accounts in the database cannot be read.
    #[error("the accounts there are cannot be read")]
    Accounts(#[from] Fault),
    /// The accounts in the database cannot be registered.
    #[error("the accounts there are cannot be registered")]
    Register(#[from] countersign::Error),
    /// The file of the master keys cannot be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// `COUNTERSIGN_KEYS` is not a keyring.
    #[error("COUNTERSIGN_KEYS cannot be used")]
    Keys(#[source] KeyringError),
    /// The policy that the settings describe is invalid.
    #[error("the settings cannot be used")]
    Build(#[from] BuildError),
    /// Passwords cannot be hashed.
    #[error("passwords cannot be hashed")]
    Passwords(#[from] HashError),
}

impl App {
    /// Opens the database, loads the master keys, and listens.
    ///
    /// # Errors
    ///
    /// [`StartError`] names the setting that cannot be used, or the part that fails.
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
        let (relying_party, no_passkeys) = match RelyingParty::at(&origin) {
            Ok(party) => (Some(party), None),
            Err(error) => (None, Some(error)),
        };
        let parts = Assembly {
            settings,
            clock,
            origin: &origin,
            clients: ClientAddresses::new(settings.client_address_header.clone()),
            mailer,
            keyring,
            passwords,
            relying_party,
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
            no_passkeys,
        })
    }

    /// The address that the application listens at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin of the pages, such as `http://localhost:3000`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The mailbox. There is none if mail is sent.
    #[must_use]
    pub fn mailbox(&self) -> Option<&Mailbox> {
        self.mailbox.as_ref()
    }

    /// The file that holds the master keys, and whether this start created it. There is none if
    /// `COUNTERSIGN_KEYS` is set.
    #[must_use]
    pub fn key_file(&self) -> Option<(&Path, bool)> {
        self.key_file.as_ref().map(|(path, made)| (&**path, *made))
    }

    /// Why there are no passkeys at this origin, if there are none.
    #[must_use]
    pub fn no_passkeys(&self) -> Option<RelyingPartyError> {
        self.no_passkeys
    }

    /// Serves until `shutdown` completes, and then lets open requests and tasks finish.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) {
        connections::serve(self.listener, self.router, self.patience, shutdown).await;
        self.tasks.stop().await;
        self.store.database().close().await;
    }
}

/// Browsers offer passkeys at a name and at no IP address. Therefore the default is `localhost`,
/// where that name leads to the address.
fn origin(settings: &Settings, address: SocketAddr) -> Result<String, StartError> {
    let localhost: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    match &settings.origin {
        Some(origin) => Ok(origin.trim_end_matches('/').to_ascii_lowercase()),
        None if localhost.contains(&address.ip()) => {
            Ok(format!("http://localhost:{}", address.port()))
        }
        None if address.ip().is_loopback() => Ok(format!("http://{address}")),
        None => Err(StartError::OriginNeeded),
    }
}

/// Chooses SMTP, or a mailbox if the demo serves this machine alone. A proxy may reach the demo at
/// a loopback address, so the origin has to be a loopback name too.
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
