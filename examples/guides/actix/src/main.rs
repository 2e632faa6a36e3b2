//! A service in actix-web with a second factor: one user, and sessions in memory.
#![allow(
    clippy::future_not_send,
    reason = "actix-web answers each request on one thread"
)]

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use countersign::account::SessionEffect;
use countersign::keys::Keyring;
use countersign::store::MemoryStore;
use countersign::{FirstFactor, Mfa, Policy, SessionChange, UserId};
use countersign_http::problem::kinds;
use countersign_http::{
    Account, Auth, Content, Head, Headers, Host, MAX_BODY, Password, Problem, Request, Response,
    Router, Session, body, cookie,
};
use getrandom::rand_core::TryRng;
use getrandom::{Error, SysRng};

// --- glue: a request of actix-web as the contract's, and a response of the contract as actix-web's

fn head(request: &HttpRequest) -> Head {
    let connection = request.peer_addr();
    Head::new(Headers::from_iter(request.headers())).address(connection.map(|at| at.ip()))
}

async fn content(payload: Payload) -> Content {
    match payload.to_bytes_limited(MAX_BODY).await {
        Ok(Ok(bytes)) => Content::Whole(bytes.into()),
        Ok(Err(_)) => Content::CutOff,
        Err(_) => Content::TooLarge,
    }
}

fn send(response: Response) -> HttpResponse {
    let status = StatusCode::from_u16(response.status);
    let mut answer = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for header in &response.headers {
        answer.append_header(header);
    }
    answer.body(response.body)
}

/// Every route of the contract.
async fn contract(
    routes: Data<Router<Headers>>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let head = head(&request);
    let headers = head.headers.clone();
    let asked = Request::new(request.method().as_str(), request.uri().path(), head)
        .query(request.query_string())
        .content(content(payload).await);
    send(routes.answer(asked, headers).await)
}

// --- the application: its host, its sign-in, and a page for whoever is signed in

const ALICE: &str = "alice@example.com";

/// Sessions by the value of their cookie.
#[derive(Clone, Default)]
struct Sessions(Arc<Mutex<HashMap<String, Session>>>);

impl Sessions {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host for Sessions {
    type Error = Error;
    type Request = Headers;

    async fn session(&self, request: &Headers) -> Result<Option<Session>, Error> {
        let id = cookie(request, "session");
        Ok(id.and_then(|id| self.all().get(id).cloned()))
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, Error> {
        Ok((user.as_str() == "1").then(|| Account::new(ALICE)))
    }

    async fn check_password(&self, _: &UserId, password: &Password) -> Result<bool, Error> {
        Ok(password.expose() == "correct horse") // yours is a slow hash, in `web::block`
    }

    async fn begin_session(
        &self,
        request: &Headers,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Error> {
        self.end_session(request).await?;
        let mut id = [0_u8; 16];
        SysRng.try_fill_bytes(&mut id)?;
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut sessions = self.all();
        if change.effect != SessionEffect::Rotate {
            sessions.retain(|_, session| session.user != *user);
        }
        let cookie = format!("session={id}; Path=/; HttpOnly; SameSite=Lax");
        let session = Session::new(user.clone(), change.epoch).assurance(change.assurance);
        sessions.insert(id, session);
        Ok(Headers::new().with("set-cookie", cookie))
    }

    async fn change_sessions(
        &self,
        request: &Headers,
        user: &UserId,
        mut change: SessionChange,
    ) -> Result<Headers, Error> {
        let acting = self.session(request).await?;
        let acting = acting.filter(|session| session.user == *user);
        if let (Some(acting), true) = (acting, change.effect != SessionEffect::EndAll) {
            change.assurance = change.assurance.or(acting.assurance);
            return self.begin_session(request, user, change).await;
        }
        if change.effect != SessionEffect::Rotate {
            self.all().retain(|_, session| session.user != *user);
        }
        Ok(Headers::new())
    }

    async fn end_session(&self, request: &Headers) -> Result<Headers, Error> {
        if let Some(id) = cookie(request, "session") {
            self.all().remove(id);
        }
        Ok(Headers::new())
    }
}

#[derive(serde::Deserialize)]
struct Login {
    email: String,
    password: Password,
}

/// Checks the password. What comes after it is the library's to say.
async fn login(
    auth: Data<Auth<Headers>>,
    sessions: Data<Sessions>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let content = content(payload).await;
    let (auth, sessions) = (auth.get_ref(), sessions.get_ref());
    let respond = |head: Head| async move {
        let login: Login = body(&head.headers, &content)?;
        let user = UserId::from(1_u64);
        let checked = sessions.check_password(&user, &login.password).await;
        if login.email != ALICE || !checked.is_ok_and(|right| right) {
            return Err(Problem::from(kinds::UNAUTHENTICATED));
        }
        let first = FirstFactor::password_at(auth.now()?);
        let visitor = auth.visitor(head.clone(), head.headers);
        visitor.login(&user, first).await
    };
    let answer = auth.protect("POST", "/auth/login", head(&request), respond);
    send(answer.await)
}

/// Only in a session whose epoch is the account's.
async fn balance(auth: Data<Auth<Headers>>, request: HttpRequest) -> HttpResponse {
    let respond = |head: Head| async {
        let owner = auth.visitor(head.clone(), head.headers).owner().await?;
        let status = owner.status().await?;
        let balance = HashMap::from([("twoFactorEnabled", status.enabled)]);
        Ok(Response::json(200, &balance)?)
    };
    let answer = auth.protect("GET", "/balance", head(&request), respond);
    send(answer.await)
}

pub(crate) fn serve(listener: TcpListener) -> Result<Server, Box<dyn std::error::Error>> {
    let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
    let (mfa, directory) = Mfa::builder(MemoryStore::new())
        .keys(keyring)
        .policy(Policy::new("acme-dev", "Acme"))
        .build_with_directory()?;
    let origin = format!("http://{}", listener.local_addr()?);
    let sessions = Sessions::default();
    let auth = Auth::new(&mfa, sessions.clone(), &origin)?.directory(&directory);
    let routes = Data::new(auth.router("/auth"));
    let (auth, sessions) = (Data::new(auth), Data::new(sessions));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(auth.clone())
            .app_data(routes.clone())
            .app_data(sessions.clone())
            .route("/balance", web::get().to(balance))
            .route("/auth/login", web::post().to(login))
            .service(web::scope("/auth").default_service(web::to(contract)))
    });
    Ok(server.workers(2).listen(listener)?.run())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:3002")?;
    println!("listening at http://{}", listener.local_addr()?);
    serve(listener)?.await?;
    Ok(())
}
