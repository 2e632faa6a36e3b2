//! What the feature `tracing` tells: that something was refused or failed and why, and nothing that anybody typed.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use countersign::token::{Challenge, Token};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::{KEY_B, World, policy, world};

/// Keeps everything that is traced, as text.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
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

#[test] // S-52
fn refusals_and_faults_are_traced_without_what_was_typed() {
    let captured = Captured::default();
    let secrets = tracing::subscriber::with_default(captured.clone(), || {
        pollster::block_on(async {
            let world = world();
            let person = world.enroll(1).await;
            let challenge = world.challenge(&person.user).await;
            let code = world.code(&person);
            for answer in [code.as_str(), &person.recovery[0], "a typed password", ""] {
                let _ = world.sign_in(&person.user, answer).await;
                let _ = world.mfa.answer(&challenge, answer).await;
            }
            let forged = Token::<Challenge>::from("cs1c_forged");
            world.mfa.answer(&forged, code.as_str()).await.unwrap_err();
            let lost = World::over(Arc::clone(&world.store), policy(), KEY_B);
            let challenge = lost.challenge(&person.user).await;
            lost.mfa
                .answer(&challenge, code.as_str())
                .await
                .unwrap_err();
            let mut secrets = person.recovery.clone();
            secrets.extend([code, challenge.expose().to_owned(), "forged".into()]);
            secrets.extend(["typed password".into(), person.user.to_string()]);
            secrets.push(person.setup.secret.expose_base32().to_string());
            secrets
        })
    });
    let traced = captured.0.lock().unwrap().clone();
    for told in [
        "INFO message=refused denial=the code is not right",
        "INFO message=refused denial=the token is not valid",
        "ERROR message=failed error=the keyring does not fit the data",
    ] {
        assert!(traced.contains(told), "{told:?} is not in {traced}");
    }
    let words: Vec<_> = traced.split([' ', '=', '\n']).collect();
    for secret in secrets {
        let shown = traced.contains(&secret) && (secret.len() > 3 || words.contains(&&*secret));
        assert!(!shown, "{secret:?} is in {traced}");
    }
}
