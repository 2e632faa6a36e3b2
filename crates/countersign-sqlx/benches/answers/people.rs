//! Users with authenticator apps, and the service that they sign in to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::keys::Keyring;
use countersign::otp::{Totp, TotpParams};
use countersign::store::UserStore;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign::token::{Challenge, Token};
use countersign::{FirstFactor, Login, Mfa, Policy, RequestContext, UserId};

use crate::measure::{Tally, all};

pub(crate) struct Person {
    pub(crate) user: UserId,
    totp: Totp,
}

/// When the first of them enrolls.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

pub(crate) struct Service {
    mfa: Mfa,
    clock: SteppedClock,
}

impl Service {
    pub(crate) fn new(store: impl UserStore, clock: SteppedClock) -> Arc<Self> {
        let keyring: Keyring = "bench:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
            .parse()
            .unwrap();
        let request = RequestContext::new()
            .ip(std::net::Ipv4Addr::LOCALHOST.into())
            .user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
        let mfa = Mfa::builder(store)
            .keys(keyring)
            .policy(Policy::new("acme-prod", "Acme"))
            .clock(clock.clone())
            .build()
            .unwrap();
        Arc::new(Self {
            mfa: mfa.with_context(request),
            clock,
        })
    }

    /// People under random ids, who have signed in once, so that their records have the size at
    /// which they stay.
    pub(crate) async fn people(self: &Arc<Self>, count: usize) -> Vec<Arc<Person>> {
        let enrolled: Arc<Mutex<Vec<Arc<Person>>>> = Arc::default();
        let (service, into) = (Arc::clone(self), Arc::clone(&enrolled));
        all(16, count, move |_| {
            let (service, into) = (Arc::clone(&service), Arc::clone(&into));
            async move {
                let person = Arc::new(service.enroll().await);
                into.lock().unwrap().push(person);
            }
        })
        .await;
        let people = std::mem::take(&mut *enrolled.lock().unwrap());
        self.answers(16, &people).await;
        people
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.time().as_unix().cast_signed()
    }

    async fn enroll(&self) -> Person {
        let mut id = [0; 16];
        getrandom::fill(&mut id).unwrap();
        let user = UserId::uuid(u128::from_ne_bytes(id));
        let now = self.clock.time();
        let password = FirstFactor::password_at(now);
        let setup = self
            .mfa
            .start_enrollment(&user, "alice@example.com", password);
        let setup = setup.await.unwrap();
        let totp = Totp::new(&setup.secret, TotpParams::default());
        let typed = totp.code_at(now).expose_digits();
        let confirmed = self.mfa.confirm_enrollment(&setup.token, typed.as_str());
        let _ = confirmed.await.unwrap();
        Person { user, totp }
    }

    /// An hour later each of them signs in. Only the answers are measured: the challenges are there
    /// when they begin.
    pub(crate) async fn answers(self: &Arc<Self>, tasks: usize, people: &[Arc<Person>]) -> Tally {
        // So that every code is a new one.
        self.clock.advance(Duration::from_secs(3_600));
        let challenges: Vec<_> = people.iter().map(|_| Mutex::new(None)).collect();
        let logins: Arc<[_]> = people.iter().cloned().zip(challenges).collect();
        let (service, at) = (Arc::clone(self), Arc::clone(&logins));
        all(16, people.len(), move |place| {
            let (service, at) = (Arc::clone(&service), Arc::clone(&at));
            async move {
                let (person, challenge) = &at[place];
                let login = service.begin(person).await;
                *challenge.lock().unwrap() = Some(login);
            }
        })
        .await;
        let service = Arc::clone(self);
        all(tasks, people.len(), move |place| {
            let (_, challenge) = &logins[place];
            let (challenge, typed) = challenge.lock().unwrap().take().unwrap();
            let service = Arc::clone(&service);
            async move {
                let verified = service.mfa.answer_challenge(&challenge, &typed).await;
                verified.unwrap();
            }
        })
        .await
    }

    async fn begin(&self, person: &Person) -> (Token<Challenge>, String) {
        let code = person.totp.code_at(self.clock.time()).expose_digits();
        match self
            .mfa
            .begin_login(&person.user, FirstFactor::password_at(self.clock.time()))
            .await
            .unwrap()
        {
            Login::Challenge(challenge) => (challenge.token, code.to_string()),
            other => panic!("no challenge but {other:?}"),
        }
    }
}
