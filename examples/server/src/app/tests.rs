use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use countersign::time::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::testing::{SteppedClock, sqlite};

const OLD: &str = "correct horse battery";
const NEW: &str = "staple of another kind";

/// The application without its sockets.
struct Served {
    app: App,
    /// Holds the database's folder.
    _folder: tempfile::TempDir,
}

impl Served {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = sqlite(folder.path());
        settings.address.set_port(0);
        let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
        let app = App::start(&settings, clock).await.unwrap();
        Self {
            app,
            _folder: folder,
        }
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

    /// The cookie of a session that begins there.
    async fn session(&self, path: &str, email: &str) -> String {
        let body = json!({ "email": email, "password": OLD });
        let response = self.ask(Method::POST, path, "", &body).await;
        assert!(response.status().is_success(), "{}", response.status());
        let cookies = response.headers().get_all(SET_COOKIE).iter();
        let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
        let session = cookies.find(|cookie| cookie.starts_with("session="));
        session.unwrap().split(';').next().unwrap().to_owned()
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

/// Polls a request so many times and drops it then, as hyper does with one whose connection was closed; its answer, if there
/// was one by then.
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

/// Whoever changes a password and hangs up neither keeps other sessions nor keeps the owner from being told.
#[tokio::test]
async fn a_password_is_changed_whole_or_not_at_all_whenever_the_connection_ends() {
    let served = Served::start().await;
    let mut changed_and_cut_off = 0;
    for polls in 1.. {
        let email = format!("user{polls}@example.com");
        let acting = served.session("/auth/signup", &email).await;
        let other = served.session("/auth/login", &email).await;
        let body = json!({ "password": OLD, "newPassword": NEW });
        let request = served.request(Method::POST, "/auth/password", &acting, &body);
        let answer = cut_off(served.app.router.clone().oneshot(request), polls).await;
        if served.knows(&email, NEW).await {
            let mailbox = served.app.mailbox().unwrap();
            let told = mailbox.take(|mail| {
                mail.to == email && mail.subject.ends_with("your password was changed")
            });
            let told = tokio::time::timeout(Duration::from_secs(10), told).await;
            assert!(told.is_ok(), "nobody was told after {polls} polls");
            assert!(!served.is_signed_in(&other).await, "after {polls} polls");
            changed_and_cut_off += usize::from(answer.is_none());
        }
        if let Some(answer) = answer {
            let answer = answer.unwrap();
            assert_eq!(answer.status(), StatusCode::NO_CONTENT);
            assert_eq!(to_bytes(answer.into_body(), 1).await.unwrap().len(), 0);
            break;
        }
    }
    assert!(changed_and_cut_off > 0, "it was never cut off in between");
}
