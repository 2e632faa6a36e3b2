//! A service with its own tables in PostgreSQL, and now with a second factor.

use std::io;
use std::net::SocketAddr;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use countersign::account::SessionEffect;
use countersign::keys::Keyring;
use countersign::{Epoch, FirstFactor, Mfa, Policy, SessionChange, UserId};
use countersign_axum::problem::kinds;
use countersign_axum::{
    Account, Auth, Body, Headers, Host, Password, Problem, ProblemKind, Session, SignedIn, cookie,
};
use countersign_sqlx::sqlx::{self, PgPool};
use countersign_sqlx::{PostgresStore, StoreOptions};
use sha2::{Digest, Sha256};

/// The address of the pages, as the browser shows it.
const ORIGIN: &str = "http://localhost:3004";

// --- the service as it was

#[derive(Clone)]
struct App(PgPool);

/// The id of a user as the library keeps it. It never changes; an address may.
fn user(id: String) -> Result<UserId, sqlx::Error> {
    UserId::new(id).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn row(session: &str) -> Vec<u8> {
    Sha256::digest(session).to_vec()
}

fn hashed(password: &Password) -> password_hash::Result<String> {
    let hash = Argon2::default().hash_password(password.expose().as_bytes())?;
    Ok(hash.to_string())
}

/// Whether the password belongs to the hash. Without a hash the answer is no, and takes as long.
async fn is_right(password: Password, hash: Option<String>) -> bool {
    let compare = move || {
        let Some(hash) = hash else {
            let _ = hashed(&password);
            return false;
        };
        let typed = password.expose().as_bytes();
        PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(typed, &hash).is_ok())
    };
    // A hash takes time. Meanwhile this thread serves others.
    tokio::task::spawn_blocking(compare).await.unwrap_or(false)
}

// --- what the library asks the application

impl Host for App {
    type Error = sqlx::Error;
    type Request = Parts;

    async fn session(&self, request: &Parts) -> Result<Option<Session>, sqlx::Error> {
        let Some(id) = cookie(&request.headers, "session") else {
            return Ok(None);
        };
        let found: Option<(String, i64)> = sqlx::query_as(
            "SELECT user_id::text, epoch FROM sessions WHERE id = $1 AND expires_at > now()",
        )
        .bind(row(id))
        .fetch_optional(&self.0)
        .await?;
        let Some((id, epoch)) = found else {
            return Ok(None);
        };
        let epoch = Epoch::from_u64(epoch.unsigned_abs());
        Ok(Some(Session::new(user(id)?, epoch)))
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, sqlx::Error> {
        let email: Option<String> =
            sqlx::query_scalar("SELECT email FROM users WHERE id = $1::uuid")
                .bind(user.as_str())
                .fetch_optional(&self.0)
                .await?;
        Ok(email.map(Account::new))
    }

    async fn check_password(
        &self,
        user: &UserId,
        password: &Password,
    ) -> Result<bool, sqlx::Error> {
        let hash = sqlx::query_scalar("SELECT password_hash FROM users WHERE id = $1::uuid")
            .bind(user.as_str())
            .fetch_optional(&self.0)
            .await?;
        Ok(is_right(password.clone(), hash).await)
    }

    async fn begin_session(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, sqlx::Error> {
        self.end_session(request).await?;
        self.end_sessions(user, change.effect).await?;
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| io::Error::other(error.to_string()))?;
        let id = format!("{:032x}", u128::from_ne_bytes(id));
        sqlx::query("INSERT INTO sessions (id, user_id, epoch) VALUES ($1, $2::uuid, $3)")
            .bind(row(&id))
            .bind(user.as_str())
            .bind(change.epoch.as_u64().cast_signed())
            .execute(&self.0)
            .await?;
        let cookie = format!("session={id}; Path=/; HttpOnly; SameSite=Lax");
        Ok(Headers::new().with("set-cookie", cookie))
    }

    async fn change_sessions(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, sqlx::Error> {
        let acting = self.session(request).await?;
        if acting.is_some_and(|acting| acting.user == *user)
            && change.effect != SessionEffect::EndAll
        {
            return self.begin_session(request, user, change).await;
        }
        self.end_sessions(user, change.effect).await?;
        Ok(Headers::new())
    }

    async fn end_session(&self, request: &Parts) -> Result<Headers, sqlx::Error> {
        sqlx::query("DELETE FROM sessions WHERE id = $1")
            .bind(cookie(&request.headers, "session").map(row))
            .execute(&self.0)
            .await?;
        Ok(Headers::new())
    }
}

impl App {
    /// Ends the sessions of a user, unless they only get a new id.
    async fn end_sessions(&self, user: &UserId, effect: SessionEffect) -> Result<(), sqlx::Error> {
        if effect != SessionEffect::Rotate {
            sqlx::query("DELETE FROM sessions WHERE user_id = $1::uuid")
                .bind(user.as_str())
                .execute(&self.0)
                .await?;
        }
        Ok(())
    }
}

// --- the application's own routes

const EMAIL_TAKEN: ProblemKind = ProblemKind::new(409, "email_taken", "The address has an account");

#[derive(serde::Deserialize)]
struct Credentials {
    email: String,
    password: Password,
}

fn broken(error: sqlx::Error) -> Problem {
    eprintln!("the database: {error}");
    kinds::UNAVAILABLE.into()
}

async fn sign_up(
    State((auth, app)): State<(Auth, App)>,
    request: Parts,
    Body(Credentials { email, password }): Body<Credentials>,
) -> Result<Response, Problem> {
    let hash = tokio::task::spawn_blocking(move || hashed(&password)).await;
    let Ok(Ok(hash)) = hash else {
        return Err(kinds::INTERNAL.into());
    };
    let mut added: Vec<String> = sqlx::query_scalar(
        "INSERT INTO users (email, password_hash) VALUES ($1, $2) \
         ON CONFLICT DO NOTHING RETURNING id::text",
    )
    // PostgreSQL takes no text with a zero byte.
    .bind(email.replace('\0', ""))
    .bind(hash)
    // All rows: an error after the first row would be lost.
    .fetch_all(&app.0)
    .await
    .map_err(broken)?;
    let user = user(added.pop().ok_or(EMAIL_TAKEN)?).map_err(broken)?;
    auth.begin_login(&request, &user, FirstFactor::password_at(auth.now()?))
        .await
}

/// Checks the password. What comes after it is the library's to say.
async fn log_in(
    State((auth, app)): State<(Auth, App)>,
    request: Parts,
    Body(Credentials { email, password }): Body<Credentials>,
) -> Result<Response, Problem> {
    let found: Option<(String, String)> =
        sqlx::query_as("SELECT id::text, password_hash FROM users WHERE lower(email) = lower($1)")
            .bind(email.replace('\0', ""))
            .fetch_optional(&app.0)
            .await
            .map_err(broken)?;
    let (id, hash) = found.unzip();
    if !is_right(password, hash).await {
        return Err(kinds::UNAUTHENTICATED.into());
    }
    let user = user(id.ok_or(kinds::UNAUTHENTICATED)?).map_err(broken)?;
    auth.begin_login(&request, &user, FirstFactor::password_at(auth.now()?))
        .await
}

async fn log_out(
    State((_, app)): State<(Auth, App)>,
    request: Parts,
) -> Result<StatusCode, Problem> {
    app.end_session(&request).await.map_err(broken)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Me {
    user: UserId,
    two_factor_enabled: bool,
}

/// Only in a session whose epoch is the account's.
async fn me(signed_in: SignedIn) -> Json<Me> {
    Json(Me {
        user: signed_in.session.user,
        two_factor_enabled: signed_in.status.enabled,
    })
}

// --- put together

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    // The library's tables stand beside those of the service, and use its connections.
    let store = PostgresStore::from_pool(database.clone(), StoreOptions::new());
    store.migrate().await?;
    let app = App(database);

    let (mfa, directory) = Mfa::builder(store)
        .keys(Keyring::from_env()?)
        .policy(Policy::new("acme", "Acme"))
        .build_with_directory()?;
    let auth = Auth::new(&mfa, app.clone(), ORIGIN)?.directory(&directory);

    let own = Router::new()
        .route("/signup", post(sign_up))
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .route("/me", get(me))
        .with_state((auth.clone(), app));
    let router: Router = auth.router("/auth").merge(auth.protect(own));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:3004").await?;
    println!("listening at {ORIGIN}");
    // With the addresses of clients, for the audit trail.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await?;
    Ok(())
}
