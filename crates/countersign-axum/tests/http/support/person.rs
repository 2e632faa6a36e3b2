//! People who sign up, enrol and sign in, by HTTP.

use std::time::Duration;

use countersign::UserId;
use countersign::otp::Totp;
use countersign::secret::Secret;
use countersign::testing::SecurityKey;
use countersign::time::Timestamp;
use serde_json::{Value, json};

use super::browser::{Answer, Browser};
use super::mail::Letter;
use super::world::World;

/// Somebody with an account, a browser, and perhaps an authenticator app.
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) email: String,
    pub(crate) browser: Browser,
    /// The key in the app.
    pub(crate) secret: Option<String>,
    /// The security key that the person has.
    pub(crate) key: SecurityKey,
    pub(crate) recovery: Vec<String>,
    /// For the sheet of the recovery codes.
    pub(crate) ticket: String,
}

impl World {
    /// Somebody with an account and nothing more.
    pub(crate) fn sign_up(&self, name: &str) -> Person {
        let user = UserId::new(format!("user-{name}")).unwrap();
        let email = format!("{name}@example.com");
        self.host
            .sign_up(&user, &email, &format!("password of {name}"));
        Person {
            user,
            email,
            browser: self.browser(),
            secret: None,
            key: SecurityKey::new(u8::try_from(name.len()).unwrap()),
            recovery: Vec::new(),
            ticket: String::new(),
        }
    }

    /// Somebody who is signed in, without a second factor.
    pub(crate) async fn signed_in(&self, name: &str) -> Person {
        let mut person = self.sign_up(name);
        person.login().await.ok(200);
        person
    }

    /// Somebody who is signed in and has an authenticator. The code that confirmed it is of the
    /// step before this one.
    pub(crate) async fn enrolled(&self, name: &str) -> Person {
        let mut person = self.signed_in(name).await;
        let token = person.start().await["enrollmentToken"].clone();
        self.hide_all([person.code_of(-1)]);
        let body = json!({ "enrollmentToken": token, "code": person.code_of(-1) });
        let confirmed = person.browser.post("/auth/mfa/setup/confirm", body).await;
        person.keep(&confirmed.ok(200));
        person
    }

    /// Somebody who may act on others' accounts.
    pub(crate) async fn administrator(&self, name: &str) -> Person {
        let person = self.enrolled(name).await;
        self.host.appoint(&person.user, &person.email);
        person
    }
}

impl Person {
    pub(crate) fn world(&self) -> World {
        self.browser.world.clone()
    }

    /// The right one.
    pub(crate) fn password(&self) -> String {
        format!(
            "password of {}",
            self.user.as_str().trim_start_matches("user-")
        )
    }

    /// Enters the password in the person's own browser.
    pub(crate) async fn login(&mut self) -> Answer {
        let mut browser = self.browser.clone();
        let answer = self.login_at(&mut browser).await;
        self.browser = browser;
        answer
    }

    /// The same in another.
    pub(crate) async fn login_at(&self, browser: &mut Browser) -> Answer {
        let body = json!({ "email": self.email, "password": self.password() });
        browser.post("/auth/login", body).await
    }

    /// A challenge for another browser.
    pub(crate) async fn challenge_at(&self, browser: &mut Browser) -> String {
        let body = self.login_at(browser).await.ok(202);
        body["mfaTempToken"].as_str().unwrap().to_owned()
    }

    /// Signs in again in another browser, with a code of the next step.
    pub(crate) async fn sign_in_at(&self, browser: &mut Browser) -> Value {
        let token = self.challenge_at(browser).await;
        let body = json!({ "mfaTempToken": token, "code": self.next_code() });
        browser.post("/auth/mfa/verify", body).await.ok(200)
    }

    /// Starts a first enrolment, and has the app scan what is shown.
    pub(crate) async fn start(&mut self) -> Value {
        let body = json!({ "password": self.password() });
        let setup = self.browser.post("/auth/mfa/setup/start", body).await;
        let setup = setup.ok(200);
        self.scan(&setup);
        setup
    }

    pub(crate) fn scan(&mut self, setup: &Value) {
        self.secret = Some(setup["secret"].as_str().unwrap().to_owned());
    }

    /// Keeps the recovery codes that are shown.
    pub(crate) fn keep(&mut self, shown: &Value) {
        let codes = shown["recoveryCodes"].as_array().unwrap().iter();
        self.recovery = codes
            .map(|code| code.as_str().unwrap().to_owned())
            .collect();
        self.ticket = shown["sheetTicket"].as_str().unwrap().to_owned();
    }

    /// What the app shows now.
    pub(crate) fn code(&self) -> String {
        self.code_of(0)
    }

    /// What it shows so many steps from now.
    pub(crate) fn code_of(&self, step: i64) -> String {
        code(self.secret.as_deref().unwrap(), self.time(step))
    }

    /// What it shows next: half a minute passes.
    pub(crate) fn next_code(&self) -> String {
        self.browser.world.clock.advance(Duration::from_secs(30));
        self.code()
    }

    /// What it shows at no step near this one.
    pub(crate) fn wrong_code(&self) -> String {
        let near: Vec<_> = (-5..=5).map(|step| self.code_of(step)).collect();
        let codes = (0..).map(|number| format!("{number:06}"));
        codes.into_iter().find(|code| !near.contains(code)).unwrap()
    }

    fn time(&self, step: i64) -> Timestamp {
        let now = self.browser.world.clock.time();
        let away = Duration::from_secs(step.unsigned_abs() * 30);
        if step < 0 { now - away } else { now + away }
    }

    /// Password and a code of the step that is now.
    pub(crate) fn proof(&self) -> Value {
        json!({ "password": self.password(), "code": self.code() })
    }

    /// Password and recovery code of this number, from 1.
    pub(crate) fn recovery_proof(&self, number: usize) -> Value {
        json!({ "password": self.password(), "code": self.recovery[number - 1] })
    }

    /// A step-up token, for which a recovery code is used.
    pub(crate) async fn step_up(&mut self, purpose: &str, number: usize) -> String {
        let mut body = self.recovery_proof(number);
        body["purpose"] = purpose.into();
        let granted = self.browser.post("/auth/mfa/step-up", body).await.ok(200);
        granted["stepUpToken"].as_str().unwrap().to_owned()
    }

    /// Starts to register the security key, with what allows it, and returns what finishes that.
    pub(crate) async fn start_key(&mut self, proof: Value) -> Value {
        let path = "/auth/mfa/passkeys/register/start";
        let started = self.browser.post(path, proof).await.ok(200);
        let credential = self.key.register(&started["publicKey"].to_string());
        json!({
            "registrationToken": started["registrationToken"],
            "credential": parsed(&credential),
        })
    }

    /// Registers the security key.
    pub(crate) async fn register(&mut self, proof: Value) -> Value {
        let body = self.start_key(proof).await;
        let path = "/auth/mfa/passkeys/register/finish";
        self.browser.post(path, body).await.ok(200)
    }

    /// Has the security key sign for a login that waits in this browser.
    pub(crate) async fn assertion_at(&mut self, browser: &mut Browser, token: &str) -> Value {
        let body = json!({ "mfaTempToken": token });
        let mut signed = self.sign(browser, body).await;
        signed["mfaTempToken"] = token.into();
        signed
    }

    /// The password, and an assertion of the security key beside it.
    pub(crate) async fn passkey_proof(&mut self) -> Value {
        let mut browser = self.browser.clone();
        let mut proof = self.sign(&mut browser, json!({})).await;
        self.browser = browser;
        proof["password"] = self.password().into();
        proof
    }

    async fn sign(&mut self, browser: &mut Browser, body: Value) -> Value {
        let asked = browser.post("/auth/mfa/verify/passkey/start", body).await;
        let asked = asked.ok(200);
        let assertion = self.key.sign(&asked["publicKey"].to_string());
        json!({ "ceremonyToken": asked["ceremonyToken"], "assertion": parsed(&assertion) })
    }

    /// The letters that the person got.
    pub(crate) async fn letters(&self) -> Vec<Letter> {
        let mut letters = self.browser.world.mail.letters().await;
        letters.retain(|letter| letter.to == self.user);
        for letter in &letters {
            self.browser.world.hide(&letter.secrets());
        }
        letters
    }

    /// The newest token of this kind in the person's mail.
    pub(crate) async fn mailed(&self, link: impl Fn(&Letter) -> &Option<String>) -> String {
        let letters = self.letters().await;
        letters
            .iter()
            .rev()
            .find_map(|letter| link(letter).clone())
            .unwrap()
    }
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

fn code(secret: &str, time: Timestamp) -> String {
    let secret = Secret::from_base32(secret).unwrap();
    let totp = Totp::new(&secret, Default::default());
    totp.code_at(time).expose_digits().to_string()
}
