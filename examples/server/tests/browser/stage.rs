//! The demo in this process with a clock that the test sets, and its users.

use std::time::Duration;

use clap::Parser;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign_demo::testing::Running;
use countersign_demo::{Mail, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::authenticator::Authenticator;
use crate::browser::Browser;
use crate::logs;

pub(crate) const PASSWORD: &str = "seven green umbrellas";
pub(crate) const ALICE: &str = "alice@example.com";
pub(crate) const ROOT: &str = "root@example.com";

/// The demo, with the folder of its database.
pub(crate) struct Stage {
    pub(crate) app: Running,
    _folder: TempDir,
    _turn: SemaphorePermit<'static>,
}

/// Each browser needs much memory, so that two tests run at a time.
static TURNS: Semaphore = Semaphore::const_new(2);

impl Stage {
    /// Starts the demo with these flags.
    pub(crate) async fn set(flags: &[&str]) -> Self {
        let turn = TURNS.acquire().await.unwrap();
        logs::capture();
        logs::must_not_tell(PASSWORD);
        let folder = tempfile::tempdir().unwrap();
        let database = format!(
            "--database-url=sqlite:{}",
            folder.path().join("demo.db").display()
        );
        let arguments = [
            "countersign-demo",
            &database,
            "--addr=127.0.0.1:0",
            "--address-limit=0",
        ];
        let settings = Settings::parse_from(arguments.iter().chain(flags));
        let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
        Self {
            app: Running::start(settings, clock).await.unwrap(),
            _folder: folder,
            _turn: turn,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.clock().time()
    }

    /// Steps the clock to the next code.
    pub(crate) fn next_code(&self) {
        self.step(30);
    }

    pub(crate) fn step(&self, seconds: u64) {
        self.app.clock().advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn browser(&self) -> Browser {
        Browser::open(self.app.origin()).await
    }

    /// The newest mail to an address with this subject. Its token goes into the search of the log.
    pub(crate) async fn mail(&self, to: &str, subject: &str) -> Mail {
        let mail = self.app.mail(to, subject).await;
        for page in ["confirm", "reset", "lock", "cancel", "enroll"] {
            if let Some(token) = mail.token(page) {
                logs::must_not_tell(token);
            }
        }
        mail
    }

    /// The path and the token of the link in a mail.
    pub(crate) async fn link(&self, to: &str, subject: &str, page: &str) -> String {
        let mail = self.mail(to, subject).await;
        let token = mail
            .token(page)
            .unwrap_or_else(|| panic!("no link to {page} in: {}", mail.text));
        format!("/{page}#{token}")
    }

    /// Stops the demo, after a search of the log for secrets.
    pub(crate) async fn close(self) {
        logs::search();
        self.app.stop().await.unwrap();
    }
}

impl Browser {
    /// Signs up and confirms the address, as a newcomer does in the pages. Mail is sent beside the
    /// requests, so that the test waits for a mail to another user.
    pub(crate) async fn sign_up_in_pages(&self, stage: &Stage, email: &str) {
        self.go("/signup").await;
        self.fill("email", email).await;
        self.fill("password", PASSWORD).await;
        self.click("signup-submit").await;
        self.at("/profile").await;
        assert_eq!(self.me().await, 200);
        let link = stage
            .link(email, "Confirm your email address", "confirm")
            .await;
        self.go(&link).await;
        self.click("act").await;
        self.see("step-done").await;
    }

    /// The same, by the requests of these pages: a story that is about something else begins there.
    pub(crate) async fn sign_up(&self, stage: &Stage, email: &str) {
        // A page without scripts.
        self.go("/healthz").await;
        let account = json!({ "email": email, "password": PASSWORD });
        self.did("/auth/signup", account).await;
        let mail = stage.mail(email, "Confirm your email address").await;
        let token = mail.token("confirm").unwrap();
        self.did("/auth/email/confirm", json!({ "token": token }))
            .await;
    }

    /// Sends a request that succeeds.
    async fn did(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Signs up, turns two-step verification on, and signs in again as far as the second step.
    pub(crate) async fn come_to_second_step(
        &self,
        stage: &Stage,
        email: &str,
    ) -> (Authenticator, Vec<String>) {
        self.sign_up(stage, email).await;
        let enrolled = self.set_up(stage).await;
        self.did("/auth/logout", json!({})).await;
        self.give_password(email).await;
        enrolled
    }

    /// Turns two-step verification on, and opens the profile.
    pub(crate) async fn enroll(&self, stage: &Stage) -> (Authenticator, Vec<String>) {
        let enrolled = self.set_up(stage).await;
        self.go("/profile").await;
        self.reads("two-step-state", "On").await;
        enrolled
    }

    /// Turns two-step verification on by the requests of the profile.
    async fn set_up(&self, stage: &Stage) -> (Authenticator, Vec<String>) {
        let first = json!({ "password": PASSWORD, "label": "Pixel" });
        let setup = self.did("/auth/mfa/setup/start", first).await;
        let app = Authenticator::of(setup["otpauthUrl"].as_str().unwrap());
        let token = &setup["enrollmentToken"];
        let code = app.code(stage.now());
        let confirmation = json!({ "enrollmentToken": token, "code": code });
        let new = self.did("/auth/mfa/setup/confirm", confirmation).await;
        let codes: Vec<String> = serde_json::from_value(new["recoveryCodes"].clone()).unwrap();
        codes.iter().for_each(|code| logs::must_not_tell(code));
        let saved = json!({ "recoveryCodeSet": new["recoveryCodeSet"] });
        self.did("/auth/mfa/recovery-codes/acknowledge", saved)
            .await;
        stage.next_code();
        (app, codes)
    }

    /// The recovery codes on the page.
    pub(crate) async fn recovery_codes(&self) -> Vec<String> {
        self.see("code-list").await;
        let codes = self.texts("[data-testid=recovery-code]").await;
        assert_eq!(codes.len(), 10);
        codes.iter().for_each(|code| logs::must_not_tell(code));
        self.click("codes-noted").await;
        codes
    }

    pub(crate) async fn sign_out(&self) {
        self.go("/profile").await;
        self.click("sign-out").await;
        self.at("/signin").await;
        assert_eq!(self.me().await, 401);
    }

    /// Takes the first step of a login, which signs nobody in.
    pub(crate) async fn give_password(&self, email: &str) {
        self.go("/signin").await;
        self.fill("email", email).await;
        self.fill("password", PASSWORD).await;
        self.click("signin-submit").await;
    }

    /// Takes both steps of a login, with a code of the authenticator.
    pub(crate) async fn sign_in(&self, stage: &Stage, email: &str, app: &Authenticator) {
        self.give_password(email).await;
        self.see("code").await;
        assert_eq!(
            self.me().await,
            401,
            "there is no session before the second step"
        );
        self.fill("code", &app.code(stage.now())).await;
        self.at("/profile").await;
        assert_eq!(self.me().await, 200);
        stage.next_code();
    }

    /// Checks that a field has the focus, is marked as wrong, and is described by these words,
    /// until something else is typed.
    pub(crate) async fn is_wrong(&self, id: &str, words: &str) {
        let focused = self.client.active_element().await.unwrap();
        assert_eq!(focused.attr("id").await.unwrap().as_deref(), Some(id));
        let state = format!(
            "const field = document.getElementById('{id}'); \
             const described = (field.getAttribute('aria-describedby') ?? '').split(' '); \
             return [field.getAttribute('aria-invalid'), described.map((id) => document.getElementById(id)?.textContent).join(' ')]"
        );
        let wrong = self.run(&state).await;
        assert_eq!(wrong[0], "true");
        assert!(wrong[1].as_str().unwrap().contains(words), "{wrong}");
        focused.send_keys("0").await.unwrap();
        assert_eq!(self.run(&state).await[0], serde_json::Value::Null);
    }

    /// Comes back to the account when what was proved before is too old to stand for a new proof.
    pub(crate) async fn later(&self, stage: &Stage) {
        stage.step(301);
        self.go("/profile").await;
        self.see("rest").await;
    }

    /// Fills in the dialog of a step-up.
    pub(crate) async fn prove(&self, code: &str) {
        self.fill("ask-password", PASSWORD).await;
        self.fill("ask-code", code).await;
        self.click("ask-submit").await;
    }
}
