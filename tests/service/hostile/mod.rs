//! What a hostile reading of the rules asks.

mod rules;
mod time;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::event::{Event, EventKind};
use countersign::keys::Keyring;
use countersign::notify::{CodeSender, ConfirmedAddress, EmailCode, Notification, Notifier};
use countersign::otp::{Totp, TotpParams};
use countersign::secret::Secret;
use countersign::store::MemoryStore;
use countersign::token::{Challenge, Token};
use countersign::{
    Administrator, Answer, Denial, Factor, Import, Login, Mfa, NewAuthenticator, PasswordCheck,
    Policy, RequestContext, StepUpPurpose, UserId,
};

use crate::support::{KEY_A, Person, Stepped, WRONG_CODE, World, code_at, denied, policy};

pub(super) const HOUR: u64 = 3600;

#[derive(Clone, Default)]
pub(super) struct Mails(pub(super) Arc<Mutex<Vec<(String, String, bool)>>>);

impl Notifier for Mails {
    type Error = Infallible;
    async fn notify(&self, n: &Notification) -> Result<(), Infallible> {
        let lock = n.links().lock.is_some();
        self.0
            .lock()
            .unwrap()
            .push((n.subject(), n.text(|_| "LINK".to_owned()), lock));
        Ok(())
    }
}

impl CodeSender for Mails {
    type Error = Infallible;
    async fn send(&self, _: &ConfirmedAddress, code: &EmailCode) -> Result<(), Infallible> {
        let text = code.expose_digits().to_string();
        self.0.lock().unwrap().push(("code".into(), text, false));
        Ok(())
    }
}

pub(super) fn whole() -> Policy {
    policy()
        .trusted_devices(true)
        .email_codes(true)
        .delayed_recovery(true)
}

pub(super) fn with(
    store: Arc<MemoryStore>,
    clock: Stepped,
    policy: Policy,
    mails: &Mails,
) -> World {
    let keyring: Keyring = KEY_A.parse().unwrap();
    let (mfa, directory) = Mfa::builder(Arc::clone(&store))
        .keys(keyring)
        .policy(policy)
        .clock(clock.clone())
        .code_sender(mails.clone())
        .notifier(mails.clone(), pollster::block_on)
        .build_with_directory()
        .unwrap();
    World {
        mfa,
        directory,
        store,
        clock,
    }
}

pub(super) fn fresh(policy: Policy) -> (World, Mails) {
    let mails = Mails::default();
    let world = with(Arc::default(), Stepped::at(1_800_000_000), policy, &mails);
    (world, mails)
}

pub(super) fn order() -> countersign::Intervention {
    Administrator::new("root").because("asked for")
}

pub(super) async fn last(world: &World, user: &UserId, kind: EventKind) -> Event {
    let events = world.events(user).await;
    events.into_iter().rfind(|e| e.kind == kind).unwrap()
}

pub(super) async fn request(world: &World, person: &Person) {
    let challenge = world.challenge(&person.user).await;
    world
        .mfa
        .request_delayed_recovery(&challenge)
        .await
        .unwrap();
}

/// A challenge whose code by e-mail was tried as often as it may be.
pub(super) async fn email_tries_used_up(
    world: &World,
    user: &UserId,
    to: &ConfirmedAddress,
) -> Token<Challenge> {
    let challenge = world.challenge(user).await;
    world.mfa.send_email_code(&challenge, to).await.unwrap();
    for _ in 0..5 {
        let wrong = world
            .mfa
            .answer_challenge(&challenge, Answer::email(WRONG_CODE));
        wrong.await.unwrap_err();
    }
    challenge
}
