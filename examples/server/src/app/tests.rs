use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use super::*;
use crate::testing::sqlite;

const OLD: &str = "correct horse battery";
const NEW: &str = "staple of another kind";

/// The application without its sockets.
struct Served {
    app: App,
    /// Keeps the folder of the database.
    folder: TempDir,
}

impl Served {
    async fn start() -> Self {
        Self::with(|settings| settings).await
    }

    async fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = change(sqlite(folder.path()));
        Self::over(settings, folder).await
    }

    async fn over(mut settings: Settings, folder: TempDir) -> Self {
        settings.address.set_port(0);
        let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
        let app = App::start(&settings, clock).await.unwrap();
        Self { app, folder }
    }

    /// Starts the application again over the same database.
    async fn restarted(self) -> Self {
        self.app.tasks.stop().await;
        let settings = sqlite(self.folder.path());
        Self::over(settings, self.folder).await
    }

    async fn execute(&self, statement: &'static str) {
        let Store::Sqlite(store) = &self.app.store else {
            panic!("the database is a file");
        };
        sqlx::query(statement).execute(store.pool()).await.unwrap();
    }

    fn request(&self, method: Method, path: &str, cookie: &str, body: &Value) -> Request {
        axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(ORIGIN, self.app.origin())
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap()
    }

    async fn ask(&self, method: Method, path: &str, cookie: &str, body: &Value) -> Response {
        let request = self.request(method, path, cookie, body);
        self.app.router.clone().oneshot(request).await.unwrap()
    }

    /// Signs up or in at `path`, and returns the cookie of the session.
    async fn session(&self, path: &str, email: &str) -> String {
        let body = json!({ "email": email, "password": OLD });
        let response = self.ask(Method::POST, path, "", &body).await;
        assert!(response.status().is_success(), "{}", response.status());
        set_cookie(&response).expect("a session has begun")
    }

    async fn is_signed_in(&self, cookie: &str) -> bool {
        let answer = self.ask(Method::GET, "/auth/me", cookie, &json!({})).await;
        answer.status() == StatusCode::OK
    }

    async fn knows(&self, email: &str, password: &str) -> bool {
        let body = json!({ "email": email, "password": password });
        let answer = self.ask(Method::POST, "/auth/login", "", &body).await;
        answer.status() == StatusCode::OK
    }
}

/// The cookie of the session that a response begins.
fn set_cookie(response: &Response) -> Option<String> {
    let cookies = response.headers().get_all(SET_COOKIE).iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
    let session = cookies.find(|cookie| cookie.contains("session="))?;
    session.split(';').next().map(str::to_owned)
}

/// Polls a request `polls` times and then drops it, as hyper does when the connection closes.
/// Returns the response if it was complete by then.
async fn cut_off<F: Future>(request: F, polls: usize) -> Option<F::Output> {
    let mut request = Box::pin(request);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        request.as_mut().poll(context).map(Some)
    })
    .await
}

/// A client that changes a password and hangs up must not keep other sessions alive, and the owner
/// must still be told.
#[tokio::test]
async fn a_password_is_changed_whole_or_not_at_all_whenever_the_connection_ends() {
    let served = Served::start().await;
    // The number of polls varies from run to run, so that a round may miss the moment in question.
    let mut rounds = 1..=20;
    let mut changed_and_cut_off = 0;
    while changed_and_cut_off == 0 {
        let round = rounds.next().expect("it was cut off in between");
        changed_and_cut_off = cut_off_change(&served, round).await;
    }
}

/// Cuts a change of a password off after each number of polls. Returns how many changes were made
/// although the connection closed.
async fn cut_off_change(served: &Served, round: u32) -> u32 {
    let mut changed_and_cut_off = 0;
    for polls in 1.. {
        let email = format!("user{round}.{polls}@example.com");
        let acting = served.session("/auth/signup", &email).await;
        let other = served.session("/auth/login", &email).await;
        let body = json!({ "password": OLD, "newPassword": NEW });
        let request = served.request(Method::POST, "/auth/password", &acting, &body);
        let answer = cut_off(served.app.router.clone().oneshot(request), polls).await;
        if served.knows(&email, NEW).await {
            let mailbox = served.app.mailbox().unwrap();
            let told = mailbox.take(|mail| {
                mail.to == email && mail.subject.ends_with("Your password was changed")
            });
            let told = tokio::time::timeout(Duration::from_secs(10), told).await;
            assert!(told.is_ok(), "nobody was told after {polls} polls");
            assert!(!served.is_signed_in(&other).await, "after {polls} polls");
            changed_and_cut_off += u32::from(answer.is_none());
        }
        if let Some(answer) = answer {
            let answer = answer.unwrap();
            assert_eq!(answer.status(), StatusCode::NO_CONTENT);
            assert_eq!(to_bytes(answer.into_body(), 1).await.unwrap().len(), 0);
            break;
        }
    }
    changed_and_cut_off
}

/// A client that confirms an address and hangs up can confirm it again, unless the address is
/// confirmed already.
#[tokio::test]
async fn a_link_that_confirms_an_address_is_not_lost_with_the_connection() {
    let served = Served::start().await;
    for polls in 1.. {
        let email = format!("user{polls}@example.com");
        served.session("/auth/signup", &email).await;
        let mailbox = served.app.mailbox().unwrap();
        let mail = mailbox.take(|mail| mail.to == email).await;
        let body = json!({ "token": mail.token("confirm").unwrap() });
        let request = served.request(Method::POST, "/auth/email/confirm", "", &body);
        let first = cut_off(served.app.router.clone().oneshot(request), polls).await;
        let cookie = served.session("/auth/login", &email).await;
        let again = served
            .ask(Method::POST, "/auth/email/confirm", "", &body)
            .await;
        if again.status() != StatusCode::NO_CONTENT {
            let sent = served
                .ask(Method::POST, "/auth/email/send", &cookie, &json!({}))
                .await;
            assert_eq!(sent.status(), StatusCode::CONFLICT, "after {polls} polls");
        }
        if let Some(first) = first {
            assert_eq!(first.unwrap().status(), StatusCode::NO_CONTENT);
            break;
        }
    }
}

/// A request takes a while. A session that ends meanwhile must not come back with the response.
#[tokio::test]
async fn a_session_that_ends_while_its_password_is_changed_is_not_begun_anew() {
    let served = Served::start().await;
    let nothing = json!({});
    let mut locked_in_between = 0;
    for polls in 1.. {
        let email = format!("user{polls}@example.com");
        let thief = served.session("/auth/signup", &email).await;
        let owner = served.session("/auth/login", &email).await;
        let body = json!({ "password": OLD, "newPassword": NEW });
        let request = served.request(Method::POST, "/auth/password", &thief, &body);
        let mut request = Box::pin(served.app.router.clone().oneshot(request));
        if cut_off(&mut request, polls).await.is_some() {
            break;
        }
        let locking = served.ask(Method::POST, "/auth/mfa/lock", &owner, &nothing);
        // Both requests continue, because one may hold the connection that the other waits for.
        let (locked, answer) = tokio::join!(locking, request);
        let answer = answer.unwrap();
        // Otherwise the password was changed first, and the change ended the owner's session.
        if locked.status() == StatusCode::NO_CONTENT {
            locked_in_between += 1;
            let cookie = set_cookie(&answer).unwrap_or(thief);
            assert!(!served.is_signed_in(&cookie).await, "after {polls} polls");
        }
    }
    assert!(locked_in_between > 0);
}

/// `%48` is an H. Browsers protect the prefix `__Host-` but not a name that decodes to it.
#[tokio::test]
async fn a_cookie_under_a_disguised_name_is_no_session() {
    let served = Served::with(|settings| Settings {
        origin: Some("HTTPS://Accounts.example/".to_owned()),
        smtp_url: Some("smtp://127.0.0.1:1".into()),
        ..settings
    })
    .await;
    let cookie = served.session("/auth/signup", "alice@example.com").await;
    let id = cookie.strip_prefix("__Host-session=").unwrap();
    assert!(served.is_signed_in(&cookie).await);
    for disguised in [
        "__%48ost-session",
        "%5F_Host-session",
        "x=1; __Host-sessio%6e",
    ] {
        assert!(
            !served.is_signed_in(&format!("{disguised}={id}")).await,
            "{disguised}"
        );
        let both = format!("{cookie}; {disguised}=AAAAAAAAAAAAAAAAAAAAAA");
        assert!(served.is_signed_in(&both).await, "{disguised}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_reads_the_database() {
    use std::os::unix::fs::PermissionsExt;
    let served = Served::start().await;
    served.session("/auth/signup", "alice@example.com").await;
    let mut files = 0;
    for file in std::fs::read_dir(served.folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", file.path());
        files += 1;
    }
    // The database, its log, and the key file.
    assert!(files >= 3, "{files}");
}

/// Other applications on the same host may set cookies of arbitrary bytes.
#[tokio::test]
async fn a_foreign_cookie_hides_no_session() {
    let served = Served::start().await;
    let ours = served.session("/auth/signup", "alice@example.com").await;
    let foreign: [&[u8]; 6] = [
        b"name=J\xc3\xb6rg",
        b"name=J\xf6rg",
        b"J\xf6rg=name",
        b"",
        b"no equals sign",
        b"name=\"quoted, and open",
    ];
    for foreign in foreign {
        for cookies in [[foreign, ours.as_bytes()], [ours.as_bytes(), foreign]] {
            let cookies = HeaderValue::from_bytes(&cookies.join(&b"; "[..])).unwrap();
            let mut request = served.request(Method::GET, "/auth/me", "", &json!({}));
            request.headers_mut().insert(COOKIE, cookies);
            let answer = served.app.router.clone().oneshot(request).await.unwrap();
            assert_eq!(
                answer.status(),
                StatusCode::OK,
                "{}",
                foreign.escape_ascii()
            );
        }
    }
}

/// Users of an earlier release, which kept no record for them, are registered once. A record that
/// is missing afterwards is lost, and nobody signs in without it.
#[tokio::test]
async fn accounts_of_an_earlier_release_are_registered_and_a_lost_record_lets_nobody_in() {
    let served = Served::start().await;
    served.session("/auth/signup", "alice@example.com").await;
    served.execute("DELETE FROM mfa_users").await;
    assert!(!served.knows("alice@example.com", OLD).await);
    let body = json!({ "email": "alice@example.com", "password": OLD });
    let lost = served.ask(Method::POST, "/auth/login", "", &body).await;
    assert_eq!(lost.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let served = served.restarted().await;
    assert!(!served.knows("alice@example.com", OLD).await);

    served.execute("DELETE FROM demo_upgrades").await;
    let served = served.restarted().await;
    assert!(served.knows("alice@example.com", OLD).await);
}

/// The record is written first. A second sign-up with the address draws another id.
#[tokio::test]
async fn a_sign_up_that_broke_halfway_can_be_made_again() {
    const EMAIL: &str = "alice@example.com";
    let breaking = [
        (
            "ALTER TABLE mfa_users RENAME TO away",
            "ALTER TABLE away RENAME TO mfa_users",
        ),
        (
            "ALTER TABLE demo_users RENAME TO away",
            "ALTER TABLE away RENAME TO demo_users",
        ),
        (
            "CREATE TRIGGER broken BEFORE INSERT ON demo_users BEGIN SELECT RAISE(ABORT, 'broken'); END",
            "DROP TRIGGER broken",
        ),
    ];
    for (break_it, mend_it) in breaking {
        let served = Served::start().await;
        served.execute(break_it).await;
        let body = json!({ "email": EMAIL, "password": OLD });
        let broken = served.ask(Method::POST, "/auth/signup", "", &body).await;
        assert!(broken.status().is_server_error(), "{}", broken.status());
        served.execute(mend_it).await;
        assert!(!served.knows(EMAIL, OLD).await, "{break_it}");
        served.session("/auth/signup", EMAIL).await;
        assert!(served.knows(EMAIL, OLD).await, "{break_it}");
    }
}
