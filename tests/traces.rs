//! The events of the feature `tracing`: they report refusals and failures with their reasons, and
//! contain nothing that a user typed.
//!
//! This test has its own process, because a subscriber of one thread misses a callsite that another
//! thread registered first.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use countersign::keys::Keyring;
use countersign::otp::Totp;
use countersign::store::MemoryStore;
use countersign::testing::{Fate, ScriptedStore};
use countersign::time::Timestamp;
use countersign::token::{Challenge, Token};
use countersign::{FirstFactor, Login, Mfa, Policy, UserId};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const KEY_A: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const KEY_B: &str = "b:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// Keeps everything that is traced, as text.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        write!(self.0, "{field}={value} ").unwrap();
        let mut cause = value.source();
        while let Some(error) = cause {
            write!(self.0, "({error}) ").unwrap();
            cause = error.source();
        }
    }
}

impl Subscriber for Captured {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut Line(&mut self.0.lock().unwrap()));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().unwrap();
        write!(text, "{} ", event.metadata().level()).unwrap();
        event.record(&mut Line(&mut text));
        text.push('\n');
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn service(store: &Arc<MemoryStore>, keys: &str) -> Mfa {
    let builder = Mfa::builder(Arc::clone(store)).keys(keys.parse::<Keyring>().unwrap());
    builder
        .policy(Policy::new("tests", "Tests"))
        .build()
        .unwrap()
}

async fn challenge(mfa: &Mfa, user: &UserId) -> Token<Challenge> {
    match mfa
        .begin_login(user, FirstFactor::password_at(mfa.now().unwrap()))
        .await
        .unwrap()
    {
        Login::Challenge(challenge) => challenge.token,
        other => panic!("no challenge but {other:?}"),
    }
}

/// Has something refused and something fail, and gives all that must not be told of it.
async fn refusals_and_faults() -> Vec<String> {
    let store = Arc::new(MemoryStore::new());
    let mfa = service(&store, KEY_A);
    let user = UserId::new("user-4711").unwrap();
    let now = mfa.now().unwrap();
    let setup = mfa.start_enrollment(&user, "alice@example.com", FirstFactor::password_at(now));
    let setup = setup.await.unwrap();
    let totp = Totp::new(&setup.secret, Default::default());
    let code = |at: Timestamp| totp.code_at(at).expose_digits().to_string();
    let typed = code(now);
    let enrolled = mfa.confirm_enrollment(&setup.token, &typed).await.unwrap();
    let recovery = enrolled.recovery_codes.unwrap().deliver();
    let recovery = recovery.codes()[0].expose().to_string();

    let answered = challenge(&mfa, &user).await;
    for answer in [typed.as_str(), &recovery, &recovery, "a typed password", ""] {
        let _ = mfa.answer_challenge(&answered, answer).await;
        let _ = mfa
            .answer_challenge(&challenge(&mfa, &user).await, answer)
            .await;
    }
    let forged = Token::<Challenge>::from("cs1c_forged");
    mfa.answer_challenge(&forged, &typed).await.unwrap_err();
    let lost = service(&store, KEY_B);
    lost.begin_login(&user, FirstFactor::password_at(now))
        .await
        .unwrap_err();

    let store = ScriptedStore::over(store);
    store.at_load(1, Fate::Fail);
    let failing = Mfa::builder(store).keys(KEY_A.parse::<Keyring>().unwrap());
    let failing = failing.policy(Policy::new("tests", "Tests"));
    let (_, directory) = failing.build_with_directory().unwrap();
    directory.key_usage().await.unwrap_err();

    let store = ScriptedStore::over(MemoryStore::new());
    store.break_down();
    let broken = Mfa::builder(store).keys(KEY_A.parse::<Keyring>().unwrap());
    let broken = broken
        .policy(Policy::new("tests", "Tests"))
        .build()
        .unwrap();
    broken.status(&user).await.unwrap_err();

    let key = setup.secret.expose_base32().to_string();
    let token = answered.expose().to_owned();
    let others = ["forged", "typed password", "alice@example.com"];
    [typed, recovery, key, token]
        .into_iter()
        .chain(others.map(str::to_owned))
        .collect()
}

#[test] // S-52
fn refusals_and_faults_are_traced_without_what_was_typed() {
    let captured = Captured::default();
    let secrets = tracing::subscriber::with_default(captured.clone(), || {
        pollster::block_on(refusals_and_faults())
    });
    let traced = captured.0.lock().unwrap().clone();
    for told in [
        "INFO message=a challenge was begun user=\"user-4711\"",
        "INFO message=refused operation=\"answer_challenge\" user=\"user-4711\" code=\"invalid_code\" \
         denial=the code is not right",
        "INFO message=refused operation=\"open_token\" user=\"\" code=\"invalid_token\"",
        "ERROR message=failed operation=\"begin_login\" user=\"user-4711\" code=\"keys_do_not_fit\" \
         error=the keyring does not fit the data (sealed under the key a, which the keyring does not hold) \
         causes=sealed under the key a, which the keyring does not hold",
        "ERROR message=failed operation=\"key_usage\" user=\"user-4711\" code=\"store_failed\"",
        "ERROR message=failed operation=\"status\" user=\"user-4711\" code=\"store_failed\" \
         error=the store failed (the store does not answer) causes=the store does not answer",
    ] {
        assert!(traced.contains(told), "{told:?} is not in {traced}");
    }
    for secret in secrets {
        assert!(!traced.contains(&secret), "{secret:?} is in {traced}");
    }
}
