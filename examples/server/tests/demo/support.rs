//! A browser that sends JSON, and an authenticator app.

use countersign::otp::Totp;
use countersign::secret::Secret;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign_demo::Settings;
use countersign_demo::testing::{Running, sqlite};
use reqwest::header::{HeaderMap, ORIGIN};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub(crate) const ALICE: &str = "alice@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const OTHER_PASSWORD: &str = "staple of another kind";
pub(crate) const START: Timestamp = Timestamp::from_unix(1_800_000_000);

/// The demo with its own database. The clock begins at [`START`].
pub(crate) struct Demo {
    pub(crate) running: Running,
    /// Keeps the folder of the database.
    _folder: Option<tempfile::TempDir>,
}

impl Demo {
    pub(crate) async fn start() -> Self {
        Self::with(|settings| settings).await
    }

    /// Starts the demo with changed settings.
    pub(crate) async fn with(change: impl FnOnce(Settings) -> Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = change(sqlite(folder.path()));
        let running = Running::start(settings, SteppedClock::at(START)).await;
        Self {
            running: running.unwrap(),
            _folder: Some(folder),
        }
    }

    pub(crate) async fn on(settings: Settings) -> Self {
        let running = Running::start(settings, SteppedClock::at(START)).await;
        Self {
            running: running.unwrap(),
            _folder: None,
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            client: reqwest::Client::builder()
                .cookie_store(true)
                .build()
                .unwrap(),
            origin: self.running.origin().to_owned(),
        }
    }

    /// The token of the link to a page, in the newest mail with this subject.
    pub(crate) async fn link(&self, to: &str, subject: &str, page: &str) -> String {
        let mail = self.running.mail(to, subject).await;
        mail.token(page)
            .unwrap_or_else(|| panic!("no link to {page} in: {}", mail.text))
            .to_owned()
    }

    /// A browser that signed up and confirmed the address.
    pub(crate) async fn confirmed(&self, email: &str) -> Browser {
        let browser = self.browser();
        browser.sign_up(email).await;
        self.confirm(&browser, email).await;
        browser
    }

    /// Follows the link in the mail that was sent to an address.
    pub(crate) async fn confirm(&self, browser: &Browser, email: &str) {
        let token = self
            .link(email, "Confirm your email address", "confirm")
            .await;
        let confirmed = browser
            .post("/auth/email/confirm", json!({ "token": token }))
            .await;
        confirmed.expect(StatusCode::NO_CONTENT);
    }

    /// The current code of an authenticator app.
    pub(crate) fn code(&self, secret: &str) -> String {
        let totp = Totp::new(&Secret::from_base32(secret).unwrap(), Default::default());
        totp.code_at(self.running.clock().time())
            .expose_digits()
            .to_string()
    }
}

/// A browser with its cookies.
pub(crate) struct Browser {
    client: reqwest::Client,
    origin: String,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Browser {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.ask_with(method, path, body, HeaderMap::new()).await
    }

    pub(crate) async fn ask_with(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: HeaderMap,
    ) -> Answer {
        let request = self
            .client
            .request(method, format!("{}{path}", self.origin));
        let mut request = request.header(ORIGIN, &self.origin).headers(headers);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer {
            status,
            headers,
            body,
        }
    }

    pub(crate) async fn sign_up(&self, email: &str) {
        let body = json!({ "email": email, "password": PASSWORD });
        let signed_up = self.post("/auth/signup", body).await;
        signed_up.expect(StatusCode::CREATED);
    }

    /// Sets [`OTHER_PASSWORD`] by a mailed link.
    pub(crate) async fn reset_by_mail(&self, demo: &Demo) {
        let body = json!({ "email": ALICE });
        let asked = self.post("/auth/password/forgot", body).await;
        asked.expect(StatusCode::ACCEPTED);
        let token = demo.link(ALICE, "Reset your password", "reset").await;
        let body = json!({ "token": token, "newPassword": OTHER_PASSWORD });
        let reset = self.post("/auth/password/reset", body).await;
        reset.expect(StatusCode::NO_CONTENT);
    }

    pub(crate) async fn log_in(&self, password: &str) -> Answer {
        self.post(
            "/auth/login",
            json!({ "email": ALICE, "password": password }),
        )
        .await
    }

    pub(crate) async fn is_signed_in(&self) -> bool {
        self.get("/auth/me").await.status == StatusCode::OK
    }

    /// The header of a step-up by password and code.
    pub(crate) async fn step_up(&self, purpose: &str, code: &str) -> HeaderMap {
        let proof = json!({ "password": PASSWORD, "code": code, "purpose": purpose });
        let granted = self.post("/auth/mfa/step-up", proof).await;
        let granted = granted.expect(StatusCode::OK);
        let token = granted["stepUpToken"].as_str().unwrap().parse().unwrap();
        HeaderMap::from_iter([("x-step-up-token".parse().unwrap(), token)])
    }

    /// Enables the second factor. Returns the secret and the recovery codes.
    pub(crate) async fn enroll(&self, demo: &Demo) -> (String, Vec<String>) {
        let setup = self
            .post("/auth/mfa/setup/start", json!({ "password": PASSWORD }))
            .await;
        let setup = setup.expect(StatusCode::OK);
        let secret = setup["secret"].as_str().unwrap().to_owned();
        let body =
            json!({ "enrollmentToken": setup["enrollmentToken"], "code": demo.code(&secret) });
        let enrolled = self
            .post("/auth/mfa/setup/confirm", body)
            .await
            .expect(StatusCode::OK);
        let codes = enrolled["recoveryCodes"].as_array().unwrap().iter();
        (
            secret,
            codes
                .map(|code| code.as_str().unwrap().to_owned())
                .collect(),
        )
    }
}

impl Answer {
    /// The body, if the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{:?}", self.body);
        self.body
    }

    /// Checks that the response is a problem of this kind.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{:?}",
            self.body
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.headers["cache-control"], "no-store");
        self.body
    }
}
