//! Puts the parts of the application together.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_request, map_response};
use axum::routing::get;
use countersign::keys::Keyring;
use countersign::outbox::Outbox;
use countersign::store::UserDirectory;
use countersign::time::Clock;
use countersign::{Directory, Mfa};
use countersign_axum::{Auth, InvalidOrigin};
use countersign_webauthn::RelyingParty;

use crate::accounts::Accounts;
use crate::app::StartError;
use crate::client::ClientAddresses;
use crate::database::{Database, Store};
use crate::demo::{self, Demo, Limits};
use crate::host::{Administrators, DemoHost};
use crate::layers::{Limiter, limit, mended, speak, undisguised, view};
use crate::limits::Limit;
use crate::links::Links;
use crate::mail::{Letters, Mailbox, Mailer, Notices};
use crate::new_addresses::NewAddresses;
use crate::pages::{self, Site};
use crate::passwords::Passwords;
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::tasks::Tasks;
use crate::{routes, seed};

/// The parts that the application is built from.
pub(crate) struct Assembly<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) origin: &'a str,
    pub(crate) clients: ClientAddresses,
    pub(crate) mailer: Mailer,
    pub(crate) keyring: Keyring,
    pub(crate) passwords: Passwords,
    /// There is none at an origin where browsers offer no passkeys.
    pub(crate) relying_party: Option<RelyingParty>,
    pub(crate) store: &'a Store,
}

impl Assembly<'_> {
    pub(crate) fn mailbox(&self) -> Option<Mailbox> {
        match &self.mailer {
            Mailer::Mailbox(mailbox) => Some(mailbox.clone()),
            Mailer::Smtp { .. } => None,
        }
    }

    /// Builds the router, and starts the tasks.
    pub(crate) async fn router<S>(&self, store: S, tasks: &mut Tasks) -> Result<Router, StartError>
    where
        S: Outbox + UserDirectory + Clone + 'static,
    {
        let database = self.store.database();
        let accounts = Accounts::new(database.clone());
        let links = Links::new(database.clone());
        let new_addresses = NewAddresses::new(database.clone());
        let sessions = Sessions::new(database.clone(), Arc::clone(&self.clock));
        let notices = Notices::new(
            accounts.clone(),
            self.mailer.clone(),
            self.origin.to_owned(),
            Arc::clone(&self.clock),
        );
        // The outbox delivers notifications and keeps those that fail, so that no notifier is set
        // here.
        let mut builder = Mfa::builder(store.clone());
        if let Some(party) = &self.relying_party {
            builder = builder.passkeys(party.clone());
        }
        let passkeys = self.relying_party.is_some();
        let (mfa, directory) = builder
            .keys(self.keyring.clone())
            .policy(self.settings.policy().passkeys(passkeys))
            .clock(Arc::clone(&self.clock))
            .code_sender(notices.clone())
            .build_with_directory()?;
        register_all(&mfa, &database, &accounts).await?;

        let host = DemoHost {
            accounts: accounts.clone(),
            passwords: self.passwords.clone(),
            sessions: sessions.clone(),
            clients: self.clients.clone(),
            administrators: self.administrators(&sessions),
        };
        let auth = self.auth(&mfa, &directory, host)?;
        tasks.deliver(store, mfa.clone(), notices);
        tasks.remind(mfa, directory, self.reminding());
        let clock = Arc::clone(&self.clock);
        let log = self.store.clone();
        tasks.tidy(sessions.clone(), links.clone(), log, move || {
            clock.now().ok()
        });

        let demo = Demo::new(demo::Parts {
            auth,
            database,
            accounts,
            administrators: self.administrators(&sessions),
            links,
            new_addresses,
            passwords: self.passwords.clone(),
            sessions,
            letters: Letters {
                mailer: self.mailer.clone(),
                issuer: self.settings.issuer.clone(),
                origin: self.origin.to_owned(),
            },
            limits: Limits::default(),
            clients: self.clients.clone(),
            clock: Arc::clone(&self.clock),
        });
        if self.mailbox().is_none() {
            seed::refuse(&demo).await?;
        } else if self.settings.everything {
            seed::plant(&demo).await?;
        }
        Ok(self.routes(&demo))
    }

    /// Browsers call this machine `localhost` and `127.0.0.1`, so that both origins are allowed.
    fn auth(
        &self,
        mfa: &Mfa,
        directory: &Directory,
        host: DemoHost,
    ) -> Result<Auth, InvalidOrigin> {
        let auth = Auth::new(mfa, host, self.origin)?.directory(directory);
        match self.origin.strip_prefix("http://localhost") {
            Some(port) => auth.also_at(&format!("http://127.0.0.1{port}")),
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
        let language = routes::language(demo.clone());
        let limiter = Limiter {
            auth: demo.auth.clone(),
            limit: Arc::new(Limit::new(
                self.settings.address_limit,
                Duration::from_secs(60),
            )),
            clients: self.clients.clone(),
            clock: Arc::clone(&self.clock),
        };
        let secure = self.origin.starts_with("https://");
        let auth: Router = demo.auth.router_with("/auth", routes::auth(demo.clone()));
        let health: Router = Router::new()
            .route("/healthz", get(routes::healthz))
            .with_state(demo.clone());
        pages
            .merge(language)
            .merge(auth)
            .layer(from_fn_with_state(demo.auth.clone(), speak))
            .layer(demo.sessions.layer(secure))
            .layer(map_response(mended))
            .layer(from_fn_with_state(limiter, limit))
            // Before the limit, which judges a request by its cookies, as the routes do.
            .layer(map_request(undisguised))
            .merge(health)
    }

    fn site(&self) -> Site {
        let settings = self.settings;
        Site {
            issuer: settings.issuer.clone(),
            codeless: settings.codeless,
            trusted_devices: settings.trusted_devices,
            email_codes: settings.email_codes,
            passkeys: self.relying_party.is_some(),
            delayed_recovery: settings.delayed_recovery,
            support: settings.support_url.clone(),
            mailbox: self.mailbox().is_some(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn administrators(&self, sessions: &Sessions) -> Administrators {
        Administrators {
            address: self.settings.admin.clone(),
            sessions: sessions.clone(),
        }
    }

    /// How often due reminders are looked for. A short wait is for demonstrations, and its reminder
    /// is due within seconds.
    fn reminding(&self) -> Duration {
        Duration::from_secs(if self.settings.delayed_recovery.is_short() {
            1
        } else {
            60
        })
    }
}

/// Registers the users of an earlier release, which kept no record for them. This happens once: a
/// record that is missing later is lost, and must not be replaced by an empty record.
async fn register_all(
    mfa: &Mfa,
    database: &Database,
    accounts: &Accounts,
) -> Result<(), StartError> {
    const NAME: &str = "register_all";
    if database.is_upgraded(NAME).await? {
        return Ok(());
    }
    mfa.register_all(accounts.ids().await?).await?;
    Ok(database.note_upgrade(NAME).await?)
}
