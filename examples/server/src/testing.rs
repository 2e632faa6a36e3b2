//! The application in a test, on a free port and with a clock that the test sets.
//!
//! ```
//! use std::time::Duration;
//!
//! use countersign::testing::SteppedClock;
//! use countersign::time::Timestamp;
//! use countersign_demo::Settings;
//! use countersign_demo::testing::{Running, sqlite};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let settings = Settings { codeless: true, ..sqlite(folder.path()) };
//! let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
//! let demo = Running::start(settings, clock).await?;
//! // … requests to `demo.origin()`, mails from `demo.mail(…)` …
//! demo.clock().advance(Duration::from_secs(30));
//! demo.stop().await?;
//! # Ok(()) }
//! ```

use std::fmt;
use std::path::Path;
use std::time::Duration;

use countersign::testing::SteppedClock;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::{App, Mail, Mailbox, SecretText, Settings, StartError};

/// Settings for a database in `folder`. There is no limit for an address, because all requests of a
/// test come from one address.
#[must_use]
pub fn sqlite(folder: &Path) -> Settings {
    Settings {
        database_url: SecretText::from(&*format!("sqlite:{}", folder.join("demo.db").display())),
        address_limit: 0,
        ..Settings::default()
    }
}

/// Settings for a new database on the PostgreSQL server of `COUNTERSIGN_TEST_POSTGRES`. The
/// database is not removed.
///
/// # Panics
///
/// Panics if the server is missing or creates no database.
#[expect(clippy::expect_used, reason = "it is for tests")]
pub async fn postgres() -> Settings {
    let server = std::env::var("COUNTERSIGN_TEST_POSTGRES");
    let server = server.expect(
        "COUNTERSIGN_TEST_POSTGRES names a server: see crates/countersign-sqlx/tests/postgres.sh",
    );
    let name = format!(
        "demo_{:032x}",
        crate::random::number().expect("random numbers")
    );
    let connected = PgConnection::connect(&server).await;
    let mut connection = connected.expect("the server answers");
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    let created = sqlx::query(create).execute(&mut connection).await;
    created.expect("the database is made");
    let (server, _) = server.rsplit_once('/').expect("the URL names a database");
    Settings {
        database_url: SecretText::from(&*format!("{server}/{name}")),
        keys: Some(SecretText::from(
            "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        )),
        address_limit: 0,
        ..Settings::default()
    }
}

/// The application, which serves in this process until it is stopped or dropped.
pub struct Running {
    origin: String,
    clock: SteppedClock,
    mailbox: Option<Mailbox>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    /// Starts the application with these settings. The port is a free one.
    ///
    /// # Errors
    ///
    /// [`StartError`] names the reason why the application does not start.
    pub async fn start(settings: Settings, clock: SteppedClock) -> Result<Self, StartError> {
        let mut settings = settings;
        settings.address.set_port(0);
        let app = App::start(&settings, clock.clone()).await?;
        let (origin, mailbox) = (app.origin().to_owned(), app.mailbox().cloned());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(app.run(async move {
            let _ = stopped.await;
        }));
        Ok(Self {
            origin,
            clock,
            mailbox,
            stop,
            serving,
        })
    }

    /// The origin, `http://localhost:PORT`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The clock of the application.
    #[must_use]
    pub fn clock(&self) -> &SteppedClock {
        &self.clock
    }

    /// Removes the newest mail to an address with this end of the subject, and returns it. Waits up
    /// to ten seconds for the mail.
    ///
    /// # Panics
    ///
    /// Panics if no such mail arrives, or if there is no mailbox.
    #[expect(clippy::expect_used, clippy::panic, reason = "it is for tests")]
    pub async fn mail(&self, to: &str, subject: &str) -> Mail {
        let mailbox = self
            .mailbox
            .as_ref()
            .expect("there is no mailbox: mail is sent");
        let wanted = |mail: &Mail| mail.to == to && mail.subject.ends_with(subject);
        let mail = tokio::time::timeout(Duration::from_secs(10), mailbox.take(wanted)).await;
        mail.unwrap_or_else(|_| {
            let subjects = mailbox.mails().into_iter().map(|mail| mail.subject);
            panic!(
                "no mail to {to}: {subject}; there is {:?}",
                subjects.collect::<Vec<_>>()
            )
        })
    }

    /// The mailbox. There is none if mail is sent.
    #[must_use]
    pub fn mailbox(&self) -> Option<&Mailbox> {
        self.mailbox.as_ref()
    }

    /// Stops the application, and waits until it has stopped.
    ///
    /// # Errors
    ///
    /// The error of the task that served.
    pub async fn stop(self) -> std::io::Result<()> {
        let _ = self.stop.send(());
        self.serving.await.map_err(std::io::Error::other)
    }
}

impl Mail {
    /// The token in the link to a page: for the page `lock`, the text after `/lock#`.
    #[must_use]
    pub fn token(&self, page: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("/{page}#"))?;
        rest.split_whitespace().next()
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
