//! A whole service in one file: `cargo run -p countersign-axum --example embedded`, and then the
//! `curl` lines that it prints.
//!
//! One user, sessions in memory, a record store in memory. What an application brings along is
//! `App`; the rest is mounted.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Response;
use countersign::account::SessionEffect;
use countersign::keys::Keyring;
use countersign::store::MemoryStore;
use countersign::{FirstFactor, Mfa, Policy, SessionChange, UserId};
use countersign_axum::problem::{Problem, kinds};
use countersign_axum::{Account, Auth, Body, Headers, Host, Password, Session, cookie, refusing};
use countersign_webauthn::RelyingParty;
use getrandom::rand_core::TryRng;
use getrandom::{Error, SysRng};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

const ALICE: &str = "alice@example.com";

/// Sessions by the value of their cookie.
#[derive(Clone, Default)]
struct App(Arc<Mutex<HashMap<String, Session>>>);

impl App {
    fn sessions(&self) -> std::sync::MutexGuard<'_, HashMap<String, Session>> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Host for App {
    type Error = Error;
    type Request = Parts;

    async fn session(&self, request: &Parts) -> Result<Option<Session>, Error> {
        let id = cookie(&request.headers, "session");
        Ok(id.and_then(|id| self.sessions().get(id).cloned()))
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, Error> {
        Ok((user.as_str() == "1").then(|| Account::new(ALICE)))
    }

    async fn check_password(&self, _: &UserId, password: &Password) -> Result<bool, Error> {
        Ok(password.expose() == "correct horse") // yours is a slow hash, on a thread that may block
    }

    async fn begin_session(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Error> {
        self.end_session(request).await?;
        let mut id = [0_u8; 16];
        SysRng.try_fill_bytes(&mut id)?;
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut sessions = self.sessions();
        if change.effect != SessionEffect::Rotate {
            sessions.retain(|_, session| session.user != *user);
        }
        let cookie = format!("session={id}; Path=/; HttpOnly; SameSite=Lax");
        sessions.insert(id, Session::new(user.clone(), change.epoch));
        Ok(Headers::new().with("set-cookie", cookie))
    }

    async fn change_sessions(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Error> {
        let acting = self.session(request).await?;
        let goes_on = acting.is_some_and(|session| session.user == *user)
            && change.effect != SessionEffect::EndAll;
        if goes_on {
            return self.begin_session(request, user, change).await;
        }
        if change.effect != SessionEffect::Rotate {
            self.sessions().retain(|_, session| session.user != *user);
        }
        Ok(Headers::new())
    }

    async fn end_session(&self, request: &Parts) -> Result<Headers, Error> {
        if let Some(id) = cookie(&request.headers, "session") {
            self.sessions().remove(id);
        }
        Ok(Headers::new())
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Login {
    email: String,
    #[schema(value_type = String)]
    password: Password,
}

/// Checks the password. What comes after it is the library's to say.
#[utoipa::path(post, path = "/login", request_body = Login, responses((status = OK, description = "Signed in")))]
async fn login(
    State((auth, app)): State<(Auth, App)>,
    request: Parts,
    Body(login): Body<Login>,
) -> Result<Response, Problem> {
    let user = UserId::from(1_u64);
    let is_right = matches!(app.check_password(&user, &login.password).await, Ok(true));
    if login.email != ALICE || !is_right {
        return Err(kinds::UNAUTHENTICATED.into());
    }
    auth.begin_login(&request, &user, FirstFactor::password_at(auth.now()?))
        .await
}

/// The whole application, whose pages are at this origin.
pub(crate) fn application(origin: &str) -> Result<Router, Box<dyn std::error::Error>> {
    let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
    let policy = Policy::new("acme-dev", "Acme").passkeys(true);
    let (mfa, directory) = Mfa::builder(MemoryStore::new())
        .keys(keyring)
        .policy(policy)
        .passkeys(RelyingParty::at(origin)?)
        .build_with_directory()?;

    let app = App::default();
    let auth = Auth::new(&mfa, app.clone(), origin)?.directory(&directory);
    let login = refusing(routes!(login), &[kinds::UNAUTHENTICATED]);
    let own = OpenApiRouter::default()
        .routes(login)
        .with_state((auth.clone(), app));
    Ok(auth.router_with("/auth", own))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3001").await?;
    // At a name: browsers use no passkeys at an address such as 127.0.0.1.
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    let router = application(&origin)?;

    println!(
        "curl -c jar -H 'origin: {origin}' --json '{{\"email\":\"{ALICE}\",\"password\":\"correct horse\"}}' {origin}/auth/login"
    );
    println!(
        "curl -b jar -H 'origin: {origin}' --json '{{\"password\":\"correct horse\"}}' {origin}/auth/mfa/setup/start"
    );
    println!("curl -b jar {origin}/auth/mfa/status");
    println!("curl {origin}/auth/openapi.json");
    println!(
        "# With the secret in an app (oathtool --totp -b SECRET), and then again with the password:"
    );
    println!(
        "# curl -b jar -c jar -H 'origin: {origin}' --json '{{\"code\":\"CODE\"}}' {origin}/auth/mfa/setup/confirm"
    );
    println!(
        "# curl -b jar -H 'origin: {origin}' --json '{{\"mfaTempToken\":\"TOKEN\",\"code\":\"CODE\"}}' {origin}/auth/mfa/verify"
    );
    // The addresses of clients, for the audit trail.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).await?;
    Ok(())
}
