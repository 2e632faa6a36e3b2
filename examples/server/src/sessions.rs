//! Sessions of tower-sessions in the database.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::header;
use axum::http::request::Parts;
use countersign::account::{Assurance, SessionEffect};
use countersign::time::{Clock, Timestamp};
use countersign::{Epoch, SessionChange, Status, UserId};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result as StoreResult};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use crate::database::{Database, Fault, on, seconds};
use crate::new_sessions::{NewSessions, Row};
use crate::random;

/// The table of sessions. It holds hashes of their ids, so that a copy of the table opens no
/// session.
#[derive(Clone)]
pub(crate) struct Sessions {
    database: Database,
    new: NewSessions,
    clock: Arc<dyn Clock>,
}

/// The user, the epoch and the factors of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignIn {
    pub(crate) user: UserId,
    pub(crate) epoch: Epoch,
    pub(crate) assurance: Option<Assurance>,
}

const USER: &str = "user";
const EPOCH: &str = "epoch";
const ASSURANCE: &str = "assurance";
const AGENT: &str = "agent";

/// A session of a list.
pub(crate) struct Listed {
    /// The hash of its id.
    pub(crate) id: String,
    /// How the browser that signed in describes itself.
    pub(crate) agent: Option<String>,
    /// Seconds since the Unix epoch, of the sign-in or the last step-up.
    pub(crate) begun_at: u64,
}

impl Sessions {
    /// The lifetime of a session, from the sign-in or the last step-up. Use does not extend it.
    pub(crate) const LIFETIME: Duration = Duration::from_secs(12 * 3600);

    pub(crate) fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self {
            new: NewSessions::into(database.clone()),
            database,
            clock,
        }
    }

    /// The layer that reads and writes sessions. Over TLS the cookie has the prefix `__Host-`, so
    /// that neither a subdomain nor a plain connection can set it.
    pub(crate) fn layer(&self, secure: bool) -> SessionManagerLayer<Self> {
        let name = if secure { "__Host-session" } else { "session" };
        SessionManagerLayer::new(self.clone())
            .with_name(name)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_secure(secure)
            .with_path("/")
            // The browser deletes the cookie when it closes. The row has its own expiry.
            .with_expiry(Expiry::OnSessionEnd)
    }

    /// The user, the epoch and the factors of the request's session.
    pub(crate) async fn of(&self, request: &Parts) -> Result<Option<SignIn>, Fault> {
        let session = session(request)?;
        let user: Option<UserId> = session.get(USER).await?;
        let epoch: Option<Epoch> = session.get(EPOCH).await?;
        let assurance: Option<Assurance> = session.get(ASSURANCE).await?;
        Ok(user.zip(epoch).map(|(user, epoch)| SignIn {
            user,
            epoch,
            assurance,
        }))
    }

    /// The hashed id of the request's session, or an empty text.
    pub(crate) fn id(&self, request: &Parts) -> Result<String, Fault> {
        Ok(session(request)?
            .id()
            .as_ref()
            .map(hash)
            .unwrap_or_default())
    }

    /// Begins a session, which replaces that of the request.
    pub(crate) async fn begin(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<(), Fault> {
        if change.effect != SessionEffect::Rotate {
            self.end_all(user).await?;
        }
        let session = session(request)?;
        if session.id().is_some() {
            session.clear().await;
        }
        put(session, user, change).await?;
        let agent = request.headers.get(header::USER_AGENT);
        if let Some(agent) = agent.and_then(|agent| agent.to_str().ok()) {
            // A client chooses the text, and its length.
            let agent: String = agent.chars().take(200).collect();
            session.insert(AGENT, agent).await?;
        }
        Ok(())
    }

    /// The sessions of a user that are valid in this epoch.
    pub(crate) async fn list(&self, user: &UserId, epoch: Epoch) -> Result<Vec<Listed>, Fault> {
        let now = self.clock.now()?;
        let rows: Vec<(String, String, i64)> = on!(&self.database, pool => {
            sqlx::query_as(
                "SELECT id, data, expires_at FROM demo_sessions WHERE user_id = $1 AND expires_at > $2",
            )
            .bind(user.as_str())
            .bind(seconds(now))
            .fetch_all(pool)
            .await?
        });
        let sessions = rows.into_iter().filter_map(|(id, data, expires_at)| {
            let data: HashMap<String, serde_json::Value> = serde_json::from_str(&data).ok()?;
            let of: Epoch = serde_json::from_value(data.get(EPOCH)?.clone()).ok()?;
            let agent = data.get(AGENT).and_then(|agent| agent.as_str());
            let listed = Listed {
                id,
                agent: agent.map(str::to_owned),
                begun_at: u64::try_from(expires_at)
                    .ok()?
                    .saturating_sub(Self::LIFETIME.as_secs()),
            };
            (of == epoch).then_some(listed)
        });
        Ok(sessions.collect())
    }

    /// Ends all sessions of a user but the one with this hash.
    pub(crate) async fn end_others(&self, user: &UserId, here: &str) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_sessions WHERE user_id = $1 AND id <> $2")
                .bind(user.as_str())
                .bind(here)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Ends the session of a user with this hash.
    pub(crate) async fn end_one(&self, user: &UserId, id: &str) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_sessions WHERE user_id = $1 AND id = $2")
                .bind(user.as_str())
                .bind(id)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Whether the session was signed in with the second factor, or the account has none.
    pub(crate) async fn is_strong(&self, request: &Parts, status: &Status) -> Result<bool, Fault> {
        let acting = self.of(request).await?;
        let assurance = acting.and_then(|acting| acting.assurance);
        Ok(
            !status.enabled
                || assurance.is_some_and(|one| one.level() == 2 && !one.is_restricted()),
        )
    }

    /// Ends the sessions that the change names. The acting session continues under a new id, unless
    /// it is among them.
    pub(crate) async fn change(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<(), Fault> {
        let session = session(request)?;
        let acting = self
            .of(request)
            .await?
            .filter(|acting| acting.user == *user);
        if change.effect != SessionEffect::Rotate {
            self.end_all(user).await?;
        }
        match (acting, change.effect) {
            (None, _) => Ok(()),
            (Some(_), SessionEffect::EndAll) => Ok(session.flush().await?),
            (Some(_), _) => {
                put(session, user, change).await?;
                // The session is saved here and not by the layer, which would replace the response
                // by an error if it failed. The response may contain recovery codes, which are
                // shown once.
                if let Err(error) = session.save().await {
                    session.clear().await;
                    return Err(error.into());
                }
                Ok(())
            }
        }
    }

    /// Ends the session of the request, even if it has just begun and is not saved.
    pub(crate) async fn end(&self, request: &Parts) -> Result<(), Fault> {
        let session = session(request)?;
        session.clear().await;
        if session.id().is_some() {
            session.flush().await?;
        }
        Ok(())
    }

    /// Ends all sessions of a user.
    pub(crate) async fn end_all(&self, user: &UserId) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_sessions WHERE user_id = $1")
                .bind(user.as_str())
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    pub(crate) async fn delete_expired(&self, now: Timestamp) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_sessions WHERE expires_at <= $1")
                .bind(seconds(now))
                .execute(pool)
                .await?;
        });
        Ok(())
    }
}

fn session(request: &Parts) -> Result<&Session, Fault> {
    request.extensions.get().ok_or(Fault::NoSessionLayer)
}

/// Puts the user and the epoch into the session, and renews its id. The layer writes the row with
/// the response.
async fn put(session: &Session, user: &UserId, change: SessionChange) -> Result<(), Fault> {
    if session.id().is_some() {
        session.cycle_id().await?;
    }
    session.insert(USER, user).await?;
    session.insert(EPOCH, change.epoch).await?;
    if let Some(assurance) = change.assurance {
        session.insert(ASSURANCE, assurance).await?;
    }
    Ok(())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        loop {
            let written = self.new.write(self.row(record)?).await;
            if written.map_err(Error::Backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    /// Updates only, so that a session that ended meanwhile does not come back.
    async fn save(&self, record: &Record) -> StoreResult<()> {
        let row = self.row(record)?;
        on!(&self.database, pool => {
            sqlx::query("UPDATE demo_sessions SET user_id = $2, data = $3 WHERE id = $1")
                .bind(row.id)
                .bind(row.user)
                .bind(row.data)
                .execute(pool)
                .await
                .map_err(backend)?;
        });
        Ok(())
    }

    async fn load(&self, id: &Id) -> StoreResult<Option<Record>> {
        let now = self.clock.now().map_err(backend)?;
        let data: Option<String> = on!(&self.database, pool => {
            sqlx::query_scalar("SELECT data FROM demo_sessions WHERE id = $1 AND expires_at > $2")
                .bind(hash(id))
                .bind(seconds(now))
                .fetch_optional(pool)
                .await
                .map_err(backend)?
        });
        let Some(data) = data else {
            return Ok(None);
        };
        let data: HashMap<_, _> =
            serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record {
            id: *id,
            data,
            // The row holds the expiry, which the clock of the service decides.
            expiry_date: time::OffsetDateTime::UNIX_EPOCH,
        }))
    }

    async fn delete(&self, id: &Id) -> StoreResult<()> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_sessions WHERE id = $1")
                .bind(hash(id))
                .execute(pool)
                .await
                .map_err(backend)?;
        });
        Ok(())
    }
}

impl Sessions {
    fn row(&self, record: &Record) -> StoreResult<Row> {
        let user = record.data.get(USER).and_then(|user| user.as_str());
        let data = serde_json::to_string(&record.data);
        Ok(Row {
            id: hash(&record.id),
            user: user.unwrap_or_default().to_owned(),
            data: data.map_err(|error| Error::Encode(error.to_string()))?,
            expires_at: seconds(self.clock.now().map_err(backend)? + Self::LIFETIME),
        })
    }
}

fn hash(id: &Id) -> String {
    random::hash(&id.0.to_le_bytes())
}

fn backend(error: impl std::error::Error) -> Error {
    Error::Backend(error.to_string())
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}
