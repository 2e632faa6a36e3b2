//! Who is signed in: sessions of tower-sessions, kept in the database.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::request::Parts;
use countersign::time::{Clock, Timestamp};
use countersign::{Epoch, SessionChange, SessionEffect, Status, UserId};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result as StoreResult};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use crate::database::{Database, Fault, on, seconds};
use crate::random;

/// The table of sessions. It holds hashes of their ids, so that nobody who reads it is signed in.
#[derive(Clone)]
pub(crate) struct Sessions {
    database: Database,
    clock: Arc<dyn Clock>,
}

/// What a session knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignIn {
    pub(crate) user: UserId,
    pub(crate) epoch: Epoch,
}

const USER: &str = "user";
const EPOCH: &str = "epoch";
/// How its user signed in, as an `amr` claim names it.
const METHODS: &str = "methods";

impl Sessions {
    /// From sign-in or the last step up, whatever is done with it. No use extends it.
    pub(crate) const LIFETIME: Duration = Duration::from_secs(12 * 3600);

    pub(crate) fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }

    /// The layer that reads and writes them. Over TLS the cookie has a name that no other site and
    /// no plain connection can plant.
    pub(crate) fn layer(&self, secure: bool) -> SessionManagerLayer<Self> {
        let name = if secure { "__Host-session" } else { "session" };
        SessionManagerLayer::new(self.clone())
            .with_name(name)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_secure(secure)
            .with_path("/")
            // The cookie ends with the browser, and the row by the clock.
            .with_expiry(Expiry::OnSessionEnd)
    }

    /// Who the request's session belongs to.
    pub(crate) async fn of(&self, request: &Parts) -> Result<Option<SignIn>, Fault> {
        let session = session(request)?;
        let user: Option<UserId> = session.get(USER).await?;
        let epoch: Option<Epoch> = session.get(EPOCH).await?;
        Ok(user.zip(epoch).map(|(user, epoch)| SignIn { user, epoch }))
    }

    /// The id of the request's session as the table has it, empty if there is none.
    pub(crate) fn id(&self, request: &Parts) -> Result<String, Fault> {
        Ok(session(request)?
            .id()
            .as_ref()
            .map(hash)
            .unwrap_or_default())
    }

    /// Begins one in the place of whatever the request came with.
    pub(crate) async fn begin(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
        methods: &[&str],
    ) -> Result<(), Fault> {
        if change.effect != SessionEffect::Rotate {
            self.end_all(user).await?;
        }
        let session = session(request)?;
        if session.id().is_some() {
            session.clear().await;
        }
        session.insert(METHODS, methods).await?;
        put(session, user, change.epoch).await
    }

    /// Whether the session rests on the second factor, if the account has one.
    pub(crate) async fn is_strong(&self, request: &Parts, status: &Status) -> Result<bool, Fault> {
        let methods: Option<Vec<String>> = session(request)?.get(METHODS).await?;
        let has_second_factor =
            methods.is_some_and(|methods| methods.iter().any(|one| one == "mfa"));
        Ok(has_second_factor || !status.enabled)
    }

    /// Ends what has to end. The acting one goes on under a new id.
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
                put(session, user, change.epoch).await?;
                // Now, since the layer answers with nothing but an error if it cannot, and the
                // answer may hold recovery codes that are shown once.
                if let Err(error) = session.save().await {
                    session.clear().await;
                    return Err(error.into());
                }
                Ok(())
            }
        }
    }

    /// Ends that of the request, or takes back one that has just begun.
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

/// Under a new id, if there is an old one. The layer writes the row with the answer.
async fn put(session: &Session, user: &UserId, epoch: Epoch) -> Result<(), Fault> {
    if session.id().is_some() {
        session.cycle_id().await?;
    }
    session.insert(USER, user).await?;
    session.insert(EPOCH, epoch).await?;
    Ok(())
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        loop {
            let row = self.row(record)?;
            let created = on!(&self.database, pool => {
                sqlx::query(
                    "INSERT INTO demo_sessions (id, user_id, data, expires_at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT DO NOTHING",
                )
                .bind(row.id)
                .bind(row.user)
                .bind(row.data)
                .bind(row.expires_at)
                .execute(pool)
                .await
                .map_err(backend)?
                .rows_affected()
            });
            if created == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    /// A session that was ended meanwhile stays so.
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
            // The row's own is what counts, by the clock of the service.
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

/// A session as its columns.
struct Row<'a> {
    id: String,
    user: &'a str,
    data: String,
    expires_at: i64,
}

impl Sessions {
    fn row<'a>(&self, record: &'a Record) -> StoreResult<Row<'a>> {
        let user = record.data.get(USER).and_then(|user| user.as_str());
        let data = serde_json::to_string(&record.data);
        Ok(Row {
            id: hash(&record.id),
            user: user.unwrap_or_default(),
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
