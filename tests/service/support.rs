//! Everything a story needs: a service over a memory store, a clock to step, and a person with an
//! authenticator app.

use std::sync::Arc;
use std::time::Duration;

use countersign::account::{
    Administrator, Completed, CompletedBy, Enrolled, Factor, Import, Intervention,
    Reauthentication, Setup, TrustedDevice,
};
use countersign::event::{Event, EventKind};
use countersign::id::AuthenticatorId;
use countersign::internals::{DecodedRecord, Keys};
use countersign::keys::Keyring;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::otp::{Totp, TotpParams};
use countersign::policy::Requirement;
use countersign::secret::Secret;
use countersign::store::{EventPosition, MemoryStore, Stored, UserDirectory, UserStore};
use countersign::testing::{Fate, MailCatcher, ScriptedStore, SteppedClock, TestCeremonies};
use countersign::time::Timestamp;
use countersign::token::{Challenge, Device, EnrollmentGrant, Token};
use countersign::{
    Answer, Denial, Directory, Error, FirstFactor, Login, Mfa, MfaBuilder, NewAuthenticator,
    Policy, RequestContext, UserId,
};

use crate::events::schema::Trail;

/// When every world begins.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

pub(crate) const HOUR: u64 = 3600;

pub(crate) const KEY_A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(crate) const KEY_B: &str = "b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// An attempt that is never right: nobody here has an authenticator of seven digits.
pub(crate) const WRONG_CODE: &str = "1234567";

/// Well formed, and no code of anybody's.
pub(crate) const FOREIGN_RECOVERY_CODE: &str = "zzzz-zzzz-zzzz-zzzz-zzzz-zzzz";

/// A service, its database, its clock and its mail.
pub(crate) struct World {
    pub(crate) mfa: Mfa,
    pub(crate) directory: Directory,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: SteppedClock,
    pub(crate) mails: MailCatcher,
    /// Whatever a test is about, its events are of the schema.
    #[expect(dead_code, reason = "it looks at them when it is dropped")]
    pub(crate) trail: Trail,
}

/// Somebody with an authenticator app.
pub(crate) struct Person {
    pub(crate) user: UserId,
    pub(crate) totp: Totp,
    pub(crate) setup: Setup,
    pub(crate) recovery: Vec<String>,
}

/// A password that was right when the world began. Nothing depends on its age when a login begins.
pub(crate) fn password() -> FirstFactor {
    FirstFactor::password_at(NOW)
}

pub(crate) fn policy() -> Policy {
    Policy::new("tests", "Tests")
}

/// A policy that requires a second factor of everybody.
pub(crate) fn requiring() -> Policy {
    policy().requirement(Requirement::Now)
}

pub(crate) fn world() -> World {
    World::with(policy())
}

impl World {
    pub(crate) fn with(policy: Policy) -> Self {
        Self::over(Arc::default(), policy, KEY_A)
    }

    pub(crate) fn over(store: Arc<MemoryStore>, policy: Policy, keys: &str) -> Self {
        let (clock, mails) = (SteppedClock::at(NOW), MailCatcher::new());
        let builder = builder(Arc::clone(&store), &clock, &mails).policy(policy);
        let keyring: Keyring = keys.parse().unwrap();
        let (mfa, directory) = builder.keys(keyring).build_with_directory().unwrap();
        Self {
            mfa,
            directory,
            trail: Trail(Arc::clone(&store)),
            store,
            clock,
            mails,
        }
    }

    /// Another instance of the service: the same database, clock and mail.
    pub(crate) fn again(&self, change: impl FnOnce(Builder) -> Builder) -> Self {
        let builder = change(self.builder(Arc::clone(&self.store)));
        let (mfa, directory) = builder.build_with_directory().unwrap();
        Self {
            mfa,
            directory,
            store: Arc::clone(&self.store),
            clock: self.clock.clone(),
            mails: self.mails.clone(),
            trail: Trail(Arc::clone(&self.store)),
        }
    }

    /// The service after its policy was changed.
    pub(crate) fn under(&self, policy: Policy) -> Self {
        self.again(|builder| builder.policy(policy))
    }

    pub(crate) fn forward(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn back(&self, seconds: u64) {
        self.clock.step_back(Duration::from_secs(seconds));
    }

    /// The right password, checked just now.
    pub(crate) fn password(&self) -> FirstFactor {
        FirstFactor::password_at(self.clock.time())
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
        let code = code_at(&totp, self.clock.time() - Duration::from_secs(30));
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
        match self.mfa.begin_login(user, password()).await.unwrap() {
            Login::Challenge(challenge) => challenge.token,
            other => panic!("no challenge but {other:?}"),
        }
    }

    /// Signs in with a new challenge, or says why not.
    pub(crate) async fn sign_in(
        &self,
        user: &UserId,
        code: &str,
    ) -> Result<countersign::account::Verified, Denial> {
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
    pub(crate) async fn written(&self, user: &UserId) -> (Option<Vec<u8>>, usize) {
        let stored = self.store.load(user).await.unwrap();
        let bytes = |stored: Stored| stored.record.as_bytes().to_vec();
        (stored.map(bytes), self.events(user).await.len())
    }

    pub(crate) async fn stored(&self, user: &UserId) -> Stored {
        self.store.load(user).await.unwrap().unwrap()
    }

    /// What a user's record says, under the first key and the usual audience: the names of its
    /// fields with their values, but no keys.
    pub(crate) async fn opened(&self, user: &UserId) -> serde_json::Value {
        let keys = Keys::new(KEY_A.parse().unwrap(), "tests");
        let stored = self.stored(user).await;
        let opened = keys.open_record(user, &stored).unwrap();
        let decoded = DecodedRecord::read(&opened, stored.version).unwrap();
        serde_json::to_value(decoded).unwrap()
    }

    /// Fails so many logins in a row with one factor, an hour apart, with new passwords where one
    /// is asked for.
    pub(crate) async fn fail(&self, person: &Person, factor: Factor, times: u32) {
        for _ in 0..times {
            self.forward(3600);
            if let Login::PasswordChangeRequired = self
                .mfa
                .begin_login(&person.user, password())
                .await
                .unwrap()
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
        self.forward(30);
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
            .begin_login(user, password())
            .await
            .unwrap()
    }

    /// A service over another store, with the same policy, clock and mail.
    pub(crate) fn builder<S: UserStore>(&self, store: S) -> MfaBuilder<S> {
        let builder = builder(store, &self.clock, &self.mails);
        builder.policy(self.mfa.policy().clone())
    }

    /// The same database, where of several who ask at once all have read before the first of them
    /// writes, and who wrote first is whoever was polled first.
    pub(crate) fn crowd(&self) -> Arc<ScriptedStore<Arc<MemoryStore>>> {
        let store = ScriptedStore::over(Arc::clone(&self.store));
        store.every_commit(Fate::Delay);
        Arc::new(store)
    }

    /// Enrols by both grants at once, and demands that one alone binds.
    pub(crate) async fn one_of_both_binds(
        &self,
        user: &UserId,
        grants: [Token<EnrollmentGrant>; 2],
    ) {
        let mfa = self.builder(self.crowd()).build().unwrap();
        let (a, b) = tokio::join!(
            mfa.start_granted_enrollment(&grants[0], "alice"),
            mfa.start_granted_enrollment(&grants[1], "mallory"),
        );
        let setups = [a.unwrap(), b.unwrap()];
        let codes = setups.each_ref().map(|setup| {
            let totp = Totp::new(&setup.secret, Default::default());
            code_at(&totp, self.clock.time())
        });
        let (a, b) = tokio::join!(
            mfa.confirm_enrollment(&setups[0].token, &codes[0]),
            mfa.confirm_enrollment(&setups[1].token, &codes[1]),
        );
        assert!(a.is_ok() != b.is_ok());
        let status = self.mfa.status(user).await.unwrap();
        assert_eq!(status.authenticators.len(), 1);
    }
}

type Builder = MfaBuilder<Arc<MemoryStore>>;

fn builder<S: UserStore>(store: S, clock: &SteppedClock, mails: &MailCatcher) -> MfaBuilder<S> {
    Mfa::builder(store)
        .keys(KEY_A.parse::<Keyring>().unwrap())
        .clock(clock.clone())
        .code_sender(mails.clone())
        .passkeys(TestCeremonies)
        .notifier(mails.clone(), mails.spawner())
}

/// What a browser keeps after it passed as a trusted one.
pub(crate) fn passed(login: Login) -> Option<TrustedDevice> {
    match login {
        Login::Completed(Completed {
            by: CompletedBy::Remembered(device),
            ..
        }) => Some(device),
        Login::Challenge(_) => None,
        other => panic!("neither trusted nor asked for a code but {other:?}"),
    }
}

/// With everything turned on that a policy may.
pub(crate) fn everything() -> Policy {
    policy()
        .trusted_devices(true)
        .email_codes(true)
        .delayed_recovery(true)
}

/// What an administrator does it for.
pub(crate) fn order() -> Intervention {
    Administrator::new("root").because("asked for")
}

impl World {
    /// The last event of this kind.
    pub(crate) async fn last(&self, user: &UserId, kind: EventKind) -> Event {
        let events = self.events(user).await;
        events
            .into_iter()
            .rfind(|event| event.kind == kind)
            .unwrap()
    }

    /// The delayed recovery of somebody who lost everything begins.
    pub(crate) async fn request_recovery(&self, person: &Person) {
        let challenge = self.challenge(&person.user).await;
        self.mfa.request_delayed_recovery(&challenge).await.unwrap();
    }

    /// A challenge whose code by e-mail was tried as often as it may be.
    pub(crate) async fn email_tries_used_up(
        &self,
        user: &UserId,
        to: &ConfirmedAddress,
    ) -> Token<Challenge> {
        let challenge = self.challenge(user).await;
        self.mfa
            .send_code(&challenge, Destination::Email(to))
            .await
            .unwrap();
        for _ in 0..5 {
            let wrong = Answer::email(WRONG_CODE);
            let wrong = self.mfa.answer_challenge(&challenge, wrong).await;
            wrong.unwrap_err();
        }
        challenge
    }
}
