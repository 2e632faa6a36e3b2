//! The application, from its settings to its end.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use countersign::keys::{Keyring, KeyringError};
use countersign::store::UserDirectory;
use countersign::time::Clock;
use countersign::{BuildError, Mfa};
use countersign_axum::{Auth, InvalidOrigin, Problem, SignedIn};
use countersign_sqlx::OutboxStore;
use tokio::net::TcpListener;

use crate::accounts::Accounts;
use crate::client::ClientAddresses;
use crate::database::{Fault, OpenError, Store};
use crate::demo::{self, Demo, Limits, throttled};
use crate::host::{Administrators, DemoHost};
use crate::keyfile::{self, KeyFileError};
use crate::limits::{Client, Limit};
use crate::links::Links;
use crate::mail::{Letters, MailError, Mailbox, Mailer, Notices};
use crate::pages::{self, Site, Viewer};
use crate::passwords::{HashError, Passwords};
use crate::routes;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::tasks::Tasks;

/// The application, listening and not serving yet.
pub struct App {
    listener: TcpListener,
    address: SocketAddr,
    origin: String,
    router: Router,
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
            mailer,
            keyring,
            passwords,
            store: &store,
        };
        let mut tasks = Tasks::new();
        let router = match &store {
            Store::Sqlite(sqlite) => parts.router(sqlite.clone(), &mut tasks)?,
            Store::Postgres(postgres) => parts.router(postgres.clone(), &mut tasks)?,
        };
        let mailbox = parts.mailbox();
        Ok(Self {
            listener,
            address,
            origin,
            router,
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
    ///
    /// # Errors
    ///
    /// Whatever the listener says.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let service = self
            .router
            .into_make_service_with_connect_info::<SocketAddr>();
        // Answers are small, and waited for.
        let listener = self.listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let (stopping, stopped) = tokio::sync::oneshot::channel();
        let shutdown = async move {
            shutdown.await;
            let _ = stopping.send(());
        };
        let serving = axum::serve(listener, service).with_graceful_shutdown(shutdown);
        let served = tokio::select! {
            served = async { serving.await } => served,
            // Whoever holds a connection open does not hold up the end.
            () = async { let _ = stopped.await; tokio::time::sleep(PATIENCE).await } => Ok(()),
        };
        self.tasks.stop().await;
        self.store.database().close().await;
        served
    }
}

/// What requests under way have at the end.
const PATIENCE: Duration = Duration::from_secs(10);

fn origin(settings: &Settings, address: SocketAddr) -> Result<String, StartError> {
    match &settings.origin {
        Some(origin) => Ok(origin.trim_end_matches('/').to_owned()),
        None if address.ip().is_loopback() => Ok(format!("http://{address}")),
        None => Err(StartError::OriginNeeded),
    }
}

/// A mailbox only where nobody but this machine sees it. A proxy may well call this machine by a loopback name, so its origin
/// counts as well.
fn mailer(settings: &Settings, origin: &str, clock: &Arc<dyn Clock>) -> Result<Mailer, StartError> {
    if let Some(url) = &settings.smtp_url {
        return Mailer::smtp(url.expose(), &settings.mail_from).map_err(StartError::Mail);
    }
    let authority = origin
        .split_once("://")
        .map_or(origin, |(_, authority)| authority);
    if settings.address.ip().is_loopback() && routes::is_loopback(authority) {
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

/// What the application is put together from.
struct Assembly<'a> {
    settings: &'a Settings,
    clock: Arc<dyn Clock>,
    origin: &'a str,
    mailer: Mailer,
    keyring: Keyring,
    passwords: Passwords,
    store: &'a Store,
}

impl Assembly<'_> {
    fn mailbox(&self) -> Option<Mailbox> {
        match &self.mailer {
            Mailer::Mailbox(mailbox) => Some(mailbox.clone()),
            Mailer::Smtp { .. } => None,
        }
    }

    fn router<S>(&self, store: S, tasks: &mut Tasks) -> Result<Router, StartError>
    where
        S: OutboxStore + UserDirectory + Clone + 'static,
    {
        let database = self.store.database();
        let accounts = Accounts::new(database.clone());
        let links = Links::new(database.clone());
        let sessions = Sessions::new(database.clone(), Arc::clone(&self.clock));
        let notices = Notices::new(
            accounts.clone(),
            self.mailer.clone(),
            self.origin.to_owned(),
            Arc::clone(&self.clock),
        );
        // No notifier: the outbox keeps what is to be told until it is.
        let mfa = Mfa::builder(store.clone())
            .keys(self.keyring.clone())
            .policy(self.settings.policy())
            .clock(Arc::clone(&self.clock))
            .code_sender(notices.clone())
            .build()?;

        let host = DemoHost {
            accounts: accounts.clone(),
            passwords: self.passwords.clone(),
            sessions: sessions.clone(),
            clients: self.clients(),
            administrators: self.administrators(),
        };
        let auth = self.auth(&mfa, host)?;
        tasks.deliver(store, mfa.clone(), notices);
        tasks.remind(mfa, self.reminding());
        let clock = Arc::clone(&self.clock);
        tasks.tidy(sessions.clone(), links.clone(), move || clock.now().ok());

        let demo = Demo::new(demo::Parts {
            auth,
            database,
            accounts,
            administrators: self.administrators(),
            links,
            passwords: self.passwords.clone(),
            sessions,
            letters: Letters {
                mailer: self.mailer.clone(),
                issuer: self.settings.issuer.clone(),
                origin: self.origin.to_owned(),
            },
            limits: Limits::default(),
            clock: Arc::clone(&self.clock),
        });
        Ok(self.routes(&demo))
    }

    /// Browsers call this machine by both names.
    fn auth<S>(&self, mfa: &Mfa<S>, host: DemoHost) -> Result<Auth, InvalidOrigin>
    where
        S: UserDirectory + 'static,
    {
        let auth = Auth::new(mfa, host, self.origin)?;
        match self.origin.strip_prefix("http://127.0.0.1") {
            Some(port) => auth.also_at(&format!("http://localhost{port}")),
            None => Ok(auth),
        }
    }

    fn routes(&self, demo: &Demo) -> Router {
        let site = self.site();
        let mut pages = pages::router(site.clone());
        if let Some(mailbox) = self.mailbox() {
            pages = pages.merge(routes::mailbox(mailbox, Arc::new(site)));
        }
        let pages = pages.layer(from_fn_with_state(demo.clone(), view));
        let limiter = Limiter {
            limit: Arc::new(Limit::new(
                self.settings.address_limit,
                Duration::from_secs(60),
            )),
            clients: self.clients(),
            clock: Arc::clone(&self.clock),
        };
        let secure = self.origin.starts_with("https://");
        let auth: Router = demo.auth.router_with("/auth", routes::auth(demo.clone()));
        let health: Router = Router::new()
            .route("/healthz", get(routes::healthz))
            .with_state(demo.clone());
        pages
            .merge(auth)
            .layer(demo.sessions.layer(secure))
            .layer(map_response(mended))
            .layer(from_fn_with_state(limiter, limit))
            .merge(health)
    }

    fn site(&self) -> Site {
        let settings = self.settings;
        let wait = settings.delayed_recovery;
        Site {
            issuer: settings.issuer.clone(),
            codeless: settings.codeless,
            trusted_devices: settings.trusted_devices,
            email_codes: settings.email_codes,
            delayed_recovery: wait.0.map(|_| wait.to_string()),
            mailbox: self.mailbox().is_some(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn clients(&self) -> ClientAddresses {
        ClientAddresses {
            header: self.settings.client_address_header.clone(),
        }
    }

    fn administrators(&self) -> Administrators {
        Administrators {
            address: self.settings.admin.clone(),
        }
    }

    /// A wait for a demonstration is reminded of in time.
    fn reminding(&self) -> Duration {
        Duration::from_secs(if self.settings.delayed_recovery.is_short() {
            1
        } else {
            60
        })
    }
}

/// Tells a page who looks at it. A fault is no reason to show none.
async fn view(State(demo): State<Demo>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    if let Ok(signed_in) = SignedIn::from_request_parts(&mut parts, &demo).await
        && let Ok(Some(account)) = demo.accounts.by_id(&signed_in.session.user).await
    {
        parts.extensions.insert(Viewer {
            administrator: demo.administrators.include(&account.user),
            confirmed: account.user.confirmed,
            email: account.user.email,
        });
    }
    next.run(Request::from_parts(parts, body)).await
}

/// The session layer's own answers, put right.
async fn mended(mut response: Response) -> Response {
    // It answers so, and with nothing else, where a session could not be written. Nobody is signed in then.
    let is_bare = !response.headers().contains_key(header::CONTENT_TYPE);
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR && is_bare {
        let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return ([no_store], Problem::from(Fault::SessionNotWritten)).into_response();
    }
    // It takes a cookie away without the attributes that browsers demand of such a name.
    if let header::Entry::Occupied(mut cookies) = response.headers_mut().entry(header::SET_COOKIE) {
        for cookie in cookies.iter_mut() {
            let text = cookie.to_str().unwrap_or_default();
            if text.starts_with("__Host-") && !text.contains("; Secure") {
                let secure = format!("{text}; HttpOnly; SameSite=Lax; Secure");
                *cookie = HeaderValue::try_from(secure).unwrap_or_else(|_| cookie.clone());
            }
        }
    }
    response
}

/// What is limited for each address, whoever it is.
#[derive(Clone)]
struct Limiter {
    limit: Arc<Limit<Client>>,
    clients: ClientAddresses,
    clock: Arc<dyn Clock>,
}

/// Where guesses can be made without a session, mails be asked for, or a password be hashed, which takes a core for a while.
const LIMITED: [&str; 14] = [
    "/auth/signup",
    "/auth/login",
    "/auth/account",
    "/auth/password",
    "/auth/password/forgot",
    "/auth/password/reset",
    "/auth/email/confirm",
    "/auth/mfa",
    "/auth/mfa/disable",
    "/auth/mfa/email/send",
    "/auth/mfa/recovery-codes/regenerate",
    "/auth/mfa/setup/start",
    "/auth/mfa/step-up",
    "/auth/mfa/verify",
];
/// With an id behind it.
const LIMITED_BELOW: &str = "/auth/mfa/authenticators/";

fn is_limited(request: &Request) -> bool {
    let path = request.uri().path();
    let named = LIMITED.contains(&path) || path.starts_with(LIMITED_BELOW);
    named && !request.method().is_safe()
}

async fn limit(State(limiter): State<Limiter>, request: Request, next: Next) -> Response {
    if !is_limited(&request) {
        return next.run(request).await;
    }
    let refused = match limiter.clock.now() {
        Ok(now) => {
            let address = limiter.clients.of(request.headers(), request.extensions());
            // Whoever has no address shares that of nobody.
            let address = address.unwrap_or(IpAddr::from([0; 16]));
            limiter.limit.take(address.into(), now).err().map(throttled)
        }
        Err(error) => Some(Fault::from(error).into()),
    };
    match refused {
        None => next.run(request).await,
        Some(problem) => {
            let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            ([no_store], problem).into_response()
        }
    }
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
