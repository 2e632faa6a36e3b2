//! The demo, served by this process, with a clock that the test sets; and people who use it.

use std::time::Duration;

use clap::Parser;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign_demo::testing::Running;
use countersign_demo::{Mail, Settings};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::authenticator::Authenticator;
use crate::browser::Browser;
use crate::logs;

pub(crate) const PASSWORD: &str = "seven green umbrellas";
pub(crate) const ALICE: &str = "alice@example.com";
pub(crate) const ROOT: &str = "root@example.com";

/// The demo, and where it keeps its things.
pub(crate) struct Stage {
    pub(crate) app: Running,
    _folder: TempDir,
    _turn: SemaphorePermit<'static>,
}

/// Browsers are large. Two stories at a time are enough for two cores.
static TURNS: Semaphore = Semaphore::const_new(2);

impl Stage {
    /// With the settings that these flags turn on.
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

    /// On to the next code.
    pub(crate) fn next_code(&self) {
        self.step(30);
    }

    pub(crate) fn step(&self, seconds: u64) {
        self.app.clock().advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn browser(&self) -> Browser {
        Browser::open(self.app.origin()).await
    }

    /// The newest mail to somebody with this subject, whose link is good for one page.
    pub(crate) async fn mail(&self, to: &str, subject: &str) -> Mail {
        let mail = self.app.mail(to, subject).await;
        for page in ["confirm", "reset", "lock", "cancel", "enroll"] {
            if let Some(token) = mail.token(page) {
                logs::must_not_tell(token);
            }
        }
        mail
    }

    /// The path with the token of the link in a mail.
    pub(crate) async fn link(&self, to: &str, subject: &str, page: &str) -> String {
        let mail = self.mail(to, subject).await;
        let token = mail
            .token(page)
            .unwrap_or_else(|| panic!("no link to {page} in: {}", mail.text));
        format!("/{page}#{token}")
    }

    /// Ends it. What was logged until here held no secret.
    pub(crate) async fn close(self) {
        logs::search();
        self.app.stop().await.unwrap();
    }
}

impl Browser {
    /// Signs up, and follows the link in the mail.
    pub(crate) async fn sign_up(&self, stage: &Stage, email: &str) {
        self.go("/signup").await;
        self.fill("email", email).await;
        self.fill("password", PASSWORD).await;
        self.click("signup-submit").await;
        self.at("/profile").await;
        assert_eq!(self.me().await, 200);
        let link = stage.link(email, "confirm your address", "confirm").await;
        self.go(&link).await;
        self.click("act").await;
        self.see("step-done").await;
    }

    /// Turns two-step sign-in on with a code, and saves the recovery codes.
    pub(crate) async fn enroll(&self, stage: &Stage) -> (Authenticator, Vec<String>) {
        self.go("/profile").await;
        self.fill("turn-on-password", PASSWORD).await;
        self.click("turn-on").await;
        let app = Authenticator::scan(self).await;
        // The sixth digit sends it.
        self.fill("enrollment-code", &app.code(stage.now())).await;
        let codes = self.recovery_codes().await;
        self.click("codes-saved").await;
        self.reads("two-step-state", "On").await;
        stage.next_code();
        (app, codes)
    }

    /// The recovery codes that are shown.
    pub(crate) async fn recovery_codes(&self) -> Vec<String> {
        self.see("code-list").await;
        let codes = self.texts("[data-testid=recovery-code]").await;
        assert_eq!(codes.len(), 10);
        codes.iter().for_each(|code| logs::must_not_tell(code));
        codes
    }

    pub(crate) async fn sign_out(&self) {
        self.go("/profile").await;
        self.click("sign-out").await;
        self.at("/signin").await;
        assert_eq!(self.me().await, 401);
    }

    /// The first step. Nobody is signed in after it.
    pub(crate) async fn give_password(&self, email: &str) {
        self.go("/signin").await;
        self.fill("email", email).await;
        self.fill("password", PASSWORD).await;
        self.click("signin-submit").await;
    }

    /// Both steps, with a code of an authenticator.
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

    /// What the dialog asks for.
    pub(crate) async fn prove(&self, code: &str) {
        self.fill("ask-password", PASSWORD).await;
        self.fill("ask-code", code).await;
        self.click("ask-submit").await;
    }
}
