//! Users who have enrolled and given their password, each with a challenge to answer.

use std::time::Duration;

use clap::Parser;
use countersign::keys::Keyring;
use countersign::notify::{CodeSender, Destination, SentCode};
use countersign::otp::Totp;
use countersign::store::UserDirectory;
use countersign::time::{Clock, ClockError, SystemClock, Timestamp};
use countersign::{FirstFactor, Login, Mfa, UserId};
use countersign_demo::Settings;
use countersign_sqlx::{PostgresStore, SqliteStore, StoreOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqliteSynchronous};

use crate::process::Failure;

pub(crate) const KEYS: &str = "bench:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A login after the right password.
pub(crate) struct Ready {
    pub(crate) challenge: String,
    pub(crate) app: Totp,
}

/// Prepares `count` logins.
pub(crate) async fn ready(url: &str, count: usize) -> Result<Vec<Ready>, Failure> {
    if url.starts_with("sqlite:") {
        // The preparation needs no durability. The demo syncs the measured commits.
        let file: SqliteConnectOptions = url.parse()?;
        let file = file.synchronous(SqliteSynchronous::Off);
        let pool = SqlitePool::connect_with(file).await?;
        let store = SqliteStore::from_pool(pool, StoreOptions::new());
        for user in 0..count {
            let query = sqlx::query(INSERT)
                .bind(id(user))
                .bind(format!("{user}@example.com"));
            query.execute(store.pool()).await?;
        }
        prepare(store, count).await
    } else {
        let store = PostgresStore::connect(url).await?;
        for user in 0..count {
            let query = sqlx::query(INSERT)
                .bind(id(user))
                .bind(format!("{user}@example.com"));
            query.execute(store.pool()).await?;
        }
        prepare(store, count).await
    }
}

/// Whether a commit of the demo waits for the disk. In SQLite it does by default.
pub(crate) async fn is_synced(url: &str) -> Result<bool, Failure> {
    if url.starts_with("sqlite:") {
        return Ok(true);
    }
    let store = PostgresStore::connect(url).await?;
    let fsync = sqlx::query_scalar("SHOW fsync").fetch_one(store.pool());
    let fsync: String = fsync.await?;
    Ok(fsync == "on")
}

/// An empty hash matches no password.
const INSERT: &str = "INSERT INTO demo_users (id, email, password, created_at, language) \
    VALUES ($1, $2, '', 0, 'en')";

fn id(user: usize) -> String {
    format!("bench-{user}")
}

async fn prepare<S>(store: S, count: usize) -> Result<Vec<Ready>, Failure>
where
    S: UserDirectory + Clone + 'static,
{
    let policy = Settings::parse_from(["bench"]).policy();
    let keys: Keyring = KEYS.parse()?;
    let build = |clock: fn() -> Before| {
        let mfa = Mfa::builder(store.clone())
            .keys(keys.clone())
            .policy(policy.clone());
        mfa.clock(clock()).code_sender(Nobody).build()
    };
    // The enrolment lies minutes back, so that the current code was not used.
    let before = build(|| Before(Duration::from_secs(600)))?;
    let mut apps = Vec::with_capacity(count);
    for user in 0..count {
        let user = UserId::new(id(user))?;
        before.register(&user).await?;
        let password = FirstFactor::password_at(before.now()?);
        let setup = before.start_enrollment(&user, "bench", password).await?;
        let app = Totp::new(&setup.secret, policy.totp_params());
        let code = app.code_at(before.now()?).expose_digits();
        before
            .confirm_enrollment(&setup.token, code.as_str())
            .await?;
        apps.push((user, app));
    }
    let now = build(|| Before(Duration::ZERO))?;
    let mut ready = Vec::with_capacity(count);
    for (user, app) in apps {
        let Login::Challenge(challenge) = now
            .begin_login(&user, FirstFactor::password_at(now.now()?))
            .await?
        else {
            return Err("somebody is not enrolled".into());
        };
        let challenge = challenge.token.expose().to_owned();
        ready.push(Ready { challenge, app });
    }
    Ok(ready)
}

/// The system's clock, set back by a duration.
struct Before(Duration);

impl Clock for Before {
    fn now(&self) -> Result<Timestamp, ClockError> {
        Ok(SystemClock.now()? - self.0)
    }
}

struct Nobody;

impl CodeSender for Nobody {
    type Error = std::convert::Infallible;

    async fn send(&self, _: Destination<'_>, _: &SentCode) -> Result<(), Self::Error> {
        Ok(())
    }
}
