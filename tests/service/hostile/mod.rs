//! What a hostile reading of the rules asks.

mod rules;
mod time;

use std::time::Duration;

use countersign::event::{Event, EventKind};
use countersign::notify::ConfirmedAddress;
use countersign::otp::{Totp, TotpParams};
use countersign::secret::Secret;
use countersign::token::{Challenge, Token};
use countersign::{
    Administrator, Answer, Denial, Factor, Import, Login, NewAuthenticator, PasswordCheck, Policy,
    RequestContext, StepUpPurpose, UserId,
};

use crate::support::{Person, WRONG_CODE, World, code_at, denied, policy};

pub(super) const HOUR: u64 = 3600;

pub(super) fn whole() -> Policy {
    policy()
        .trusted_devices(true)
        .email_codes(true)
        .delayed_recovery(true)
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
