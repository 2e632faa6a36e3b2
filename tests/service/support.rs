//! Everything a story needs: a service over a memory store, a clock to step, and a person with an authenticator app.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use countersign::event::{Event, EventKind};
use countersign::keys::Keyring;
use countersign::notify::{CodeSender, ConfirmedAddress, EmailCode};
use countersign::otp::{Totp, TotpParams};
use countersign::secret::Secret;
use countersign::store::{Change, Committed, EventPosition, MemoryStore, MemoryStoreError, Stored};
use countersign::store::{UserDirectory, UserStore};
use countersign::time::{Clock, ClockError, Timestamp};
use countersign::token::Token;
use countersign::token::{Challenge, Device};
use countersign::{
    Answer, AuthenticatorId, Denial, Directory, Enrolled, Error, Factor, Import, Login, Mfa,
    MfaBuilder, NewAuthenticator, PasswordCheck, Policy, Reauthentication, RequestContext, Setup,
    TrustedDevice, UserId,
};

pub(crate) const KEY_A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const KEY_B: &str = "b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// An attempt that is never right: nobody here has an authenticator of seven digits.
pub(crate) const WRONG_CODE: &str = "1234567";

/// Well formed, and no code of anybody's.
pub(crate) const FOREIGN_RECOVERY_CODE: &str = "zzzz-zzzz-zzzz-zzzz-zzzz-zzzz";

/// A clock that moves when it is told to.
#[derive(Clone, Debug)]
pub(crate) struct Stepped(Arc<AtomicU64>);

impl Stepped {
    pub(crate) fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds)))
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds, Ordering::SeqCst);
    }
}

impl Clock for Stepped {
    fn now(&self) -> Result<Timestamp, ClockError> {
        Ok(self.time())
    }
}

/// A mailbox that nobody opens.
pub(crate) struct Unread;

impl CodeSender for Unread {
    type Error = std::convert::Infallible;

    async fn send(&self, _: &ConfirmedAddress, _: &EmailCode) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// A service, its database and its clock.
pub(crate) struct World {
    pub(crate) mfa: Mfa,
    pub(crate) directory: Directory,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Stepped,
}

/// Somebody with an authenticator app.
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) totp: Totp,
    pub(crate) setup: Setup,
    pub(crate) recovery: Vec<String>,
}

pub(crate) fn policy() -> Policy {
    Policy::new("tests", "Tests")
}

pub(crate) fn world() -> World {
    World::with(policy())
}

impl World {
    pub(crate) fn with(policy: Policy) -> Self {
        Self::over(Arc::default(), policy, KEY_A)
    }

    pub(crate) fn over(store: Arc<MemoryStore>, policy: Policy, keys: &str) -> Self {
        let clock = Stepped::at(1_800_000_000);
        let keyring: Keyring = keys.parse().unwrap();
        let (mfa, directory) = Mfa::builder(Arc::clone(&store))
            .keys(keyring)
            .policy(policy)
            .clock(clock.clone())
            .code_sender(Unread)
            .build_with_directory()
            .unwrap();
        Self {
            mfa,
            directory,
            store,
            clock,
        }
    }

    /// The right password, checked just now.
    pub(crate) fn password(&self) -> PasswordCheck {
        PasswordCheck::passed_at(self.clock.time())
    }

    pub(crate) fn with_code(&self, code: &str) -> Reauthentication {
        self.password().with_code(Answer::parse(code).unwrap())
    }

    /// Enrols somebody. The code that confirmed is of the step before the present one.
    pub(crate) async fn enroll(&self, user: u64) -> Person {
        let user = UserId::from(user);
        let setup = self
            .mfa
            .start_enrollment(&user, "alice@example.com", self.password())
            .await
            .unwrap();
        let totp = Totp::new(&setup.secret, self.mfa.policy().totp_params());
        let code = code_at(
            &totp,
            self.clock.time() - std::time::Duration::from_secs(30),
        );
        let enrolled = self
            .mfa
            .confirm_enrollment(&setup.token, &code)
            .await
            .unwrap();
        Person {
            user,
            totp,
            setup,
            recovery: recovery_codes(enrolled),
        }
    }

    pub(crate) async fn challenge(&self, user: &UserId) -> Token<Challenge> {
        match self.mfa.begin_login(user).await.unwrap() {
            Login::Challenge(challenge) => challenge.token,
            other => panic!("no challenge but {other:?}"),
        }
    }

    /// Signs in with a new challenge, or says why not.
    pub(crate) async fn sign_in(
        &self,
        user: &UserId,
        code: &str,
    ) -> Result<countersign::Verified, Denial> {
        let challenge = self.challenge(user).await;
        denied(self.mfa.answer_challenge(&challenge, code).await)
    }

    pub(crate) fn code(&self, person: &Person) -> String {
        code_at(&person.totp, self.clock.time())
    }

    /// A code of no step near the present one.
    pub(crate) fn wrong_code(&self, person: &Person) -> String {
        let near = |offset: u64| {
            code_at(
                &person.totp,
                Timestamp::from_unix(self.clock.time().as_unix() + offset - 300),
            )
        };
        let right: Vec<_> = (0..20).map(|step| near(step * 30)).collect();
        (0..)
            .map(|number| format!("{number:06}"))
            .find(|code| !right.contains(code))
            .unwrap()
    }

    /// All that a write would change: the stored bytes, and how many events there are.
    pub(crate) async fn written(&self, user: &UserId) -> (Option<String>, usize) {
        let stored = self.store.load(user).await.unwrap();
        let text = |stored: Stored| String::from_utf8(stored.record.as_bytes().to_vec()).unwrap();
        (stored.map(text), self.events(user).await.len())
    }

    /// Fails so many logins in a row with one factor, an hour apart, with new passwords where one is asked for.
    pub(crate) async fn fail(&self, person: &Person, factor: Factor, times: u32) {
        for _ in 0..times {
            self.clock.forward(3600);
            if let Login::PasswordChangeRequired = self.mfa.begin_login(&person.user).await.unwrap()
            {
                self.mfa.password_changed(&person.user).await.unwrap();
            }
            let typed = match factor {
                Factor::RecoveryCode => FOREIGN_RECOVERY_CODE.to_owned(),
                _ => self.wrong_code(person),
            };
            let denial = self.sign_in(&person.user, &typed).await.unwrap_err();
            assert_eq!(denial, Denial::InvalidCode);
        }
    }

    /// Binds one more authenticator, or one in the place of another.
    pub(crate) async fn add(
        &self,
        user: &UserId,
        new: NewAuthenticator,
        proof: Reauthentication,
    ) -> (AuthenticatorId, Totp) {
        let setup = self.mfa.start_enrollment(user, new, proof).await.unwrap();
        let totp = Totp::new(&setup.secret, self.mfa.policy().totp_params());
        let code = code_at(&totp, self.clock.time());
        let enrolled = self.mfa.confirm_enrollment(&setup.token, &code).await;
        (enrolled.unwrap().authenticator, totp)
    }

    pub(crate) async fn events(&self, user: &UserId) -> Vec<Event> {
        let newest_first = self
            .store
            .events(user, None::<EventPosition>, usize::MAX)
            .await
            .unwrap();
        newest_first
            .into_iter()
            .rev()
            .map(|recorded| recorded.event)
            .collect()
    }

    pub(crate) async fn kinds(&self, user: &UserId) -> Vec<EventKind> {
        self.events(user)
            .await
            .into_iter()
            .map(|event| event.kind)
            .collect()
    }
}

pub(crate) fn recovery_codes(enrolled: Enrolled) -> Vec<String> {
    let delivered = enrolled
        .recovery_codes
        .expect("a first enrolment issues codes")
        .deliver();
    delivered
        .codes()
        .iter()
        .map(|code| code.expose().to_string())
        .collect()
}

pub(crate) fn code_at(totp: &Totp, time: Timestamp) -> String {
    totp.code_at(time).expose_digits().to_string()
}

/// The outcome, or the denial. Anything that broke fails the test.
pub(crate) fn denied<T>(result: Result<T, Error>) -> Result<T, Denial> {
    result.map_err(|error| error.denial().unwrap_or_else(|| panic!("broke: {error}")))
}

/// The key of RFC 4226 appendix D and of RFC 6238 appendix B.
pub(crate) fn rfc_secret() -> Secret {
    Secret::from_bytes(b"12345678901234567890").unwrap()
}

/// An app with the RFC's key, proven elsewhere.
pub(crate) fn rfc_import(world: &World) -> Import {
    Import::totp(rfc_secret(), TotpParams::default()).confirmed_at(world.clock.time())
}

/// The code of the RFC's key so many time steps from now.
pub(crate) fn rfc_code(world: &World, offset: i64) -> String {
    let time = world
        .clock
        .time()
        .as_unix()
        .checked_add_signed(offset * 30)
        .unwrap();
    let totp = Totp::new(&rfc_secret(), TotpParams::default());
    code_at(&totp, Timestamp::from_unix(time))
}

impl World {
    /// Signs in with a code of the next time step in a browser that is to be trusted.
    pub(crate) async fn trust(&self, person: &Person, label: &str) -> TrustedDevice {
        self.clock.forward(30);
        let challenge = self.challenge(&person.user).await;
        let answer = Answer::totp(&self.code(person))
            .unwrap()
            .trust_device(label);
        let verified = self.mfa.answer_challenge(&challenge, answer).await.unwrap();
        verified.device.expect("the policy trusts devices")
    }

    /// The right password in a browser that shows this cookie.
    pub(crate) async fn visit(&self, user: &UserId, cookie: &Token<Device>) -> Login {
        let request = RequestContext::new().device(cookie.clone());
        self.mfa
            .with_context(request)
            .begin_login(user)
            .await
            .unwrap()
    }

    /// Another service of the same users, policy and clock.
    pub(crate) fn builder<S: UserStore>(&self, store: S) -> MfaBuilder<S> {
        Mfa::builder(store)
            .keys(KEY_A.parse::<Keyring>().unwrap())
            .policy(self.mfa.policy().clone())
            .clock(self.clock.clone())
            .code_sender(Unread)
    }

    /// The same database, where many ask at once.
    pub(crate) fn crowd(&self) -> Arc<Crowded> {
        Arc::new(Crowded {
            rows: Arc::clone(&self.store),
            loads: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        })
    }
}

/// What a browser keeps after it passed as a trusted one.
pub(crate) fn passed(login: Login) -> Option<TrustedDevice> {
    match login {
        Login::Trusted(trusted) => Some(trusted.device),
        Login::Challenge(_) => None,
        other => panic!("neither trusted nor asked for a code but {other:?}"),
    }
}

/// A database where of several who ask at once all have read before the first of them writes, and who wrote first is
/// whoever was polled first.
pub(crate) struct Crowded {
    rows: Arc<MemoryStore>,
    pub(crate) loads: AtomicU64,
    pub(crate) commits: AtomicU64,
}

impl UserStore for Crowded {
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.rows.load(user).await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        tokio::task::yield_now().await;
        self.commits.fetch_add(1, Ordering::SeqCst);
        self.rows.commit(change).await
    }
}
