//! A session in which both factors were given a moment ago needs no new proof, where the policy
//! says so.

use std::time::Duration;

use countersign::account::{Assurance, Reauthentication, StepUpPurpose};
use countersign::event::EventKind;
use countersign::otp::Totp;
use countersign::{
    Answer, Denial, Epoch, FirstFactor, Login, Mfa, NewAuthenticator, Policy, RequestContext,
    SessionChange, UserId,
};

use crate::support::{Person, World, code_at, denied, everything, password, policy};

/// The freshness of a first factor and the lifetime of a step-up.
const FIVE_MINUTES: u64 = 300;

fn honoring() -> Policy {
    policy().confirmed_sessions(true)
}

/// A session as a host keeps it.
struct Session {
    epoch: Epoch,
    assurance: Assurance,
}

impl Session {
    async fn begin(world: &World, person: &Person) -> Self {
        let verified = world.sign_in(&person.user, &world.code(person)).await;
        Self::of(verified.unwrap().sessions)
    }

    fn of(change: SessionChange) -> Self {
        Self {
            epoch: change.epoch,
            assurance: change.assurance.unwrap(),
        }
    }

    fn mfa(&self, world: &World) -> Mfa {
        let context = RequestContext::new().session(self.epoch);
        world.mfa.with_context(context)
    }

    fn proof(&self) -> Reauthentication {
        self.assurance.into()
    }

    async fn regenerate(&self, world: &World, person: &Person) -> Result<(), Denial> {
        let codes = self.mfa(world);
        let codes = codes.regenerate_recovery_codes(&person.user, self.proof());
        denied(codes.await).map(drop)
    }
}

async fn enrolled(world: &World) -> Person {
    let person = world.enroll(1).await;
    world.forward(30);
    person
}

#[tokio::test]
async fn several_changes_within_five_minutes_of_a_sign_in_ask_for_nothing_more() {
    let world = World::with(honoring());
    let person = enrolled(&world).await;
    let session = Session::begin(&world, &person).await;
    let (mfa, user) = (session.mfa(&world), &person.user);

    let new = NewAuthenticator::new("alice");
    let setup = mfa.start_enrollment(user, new, session.proof());
    let setup = setup.await.unwrap();
    let totp = Totp::new(&setup.secret, Default::default());
    let code = code_at(&totp, world.clock.time());
    mfa.confirm_enrollment(&setup.token, &code).await.unwrap();
    assert_eq!(session.regenerate(&world, &person).await, Ok(()));
    // The password was given 30 seconds before the code.
    world.forward(FIVE_MINUTES - 30);
    let id = setup.authenticator;
    mfa.remove_authenticator(user, id, session.proof())
        .await
        .unwrap();
    let told = world.last(user, EventKind::AuthenticatorRemoved).await;
    assert!(told.notify_user());
}

#[tokio::test] // S-45
async fn after_five_minutes_the_session_is_no_proof_and_a_step_up_makes_it_one() {
    let world = World::with(honoring());
    let person = enrolled(&world).await;
    let session = Session::begin(&world, &person).await;
    world.forward(FIVE_MINUTES + 1);
    let stale = session.regenerate(&world, &person).await;
    assert_eq!(stale, Err(Denial::ReauthenticationRequired));

    let mfa = session.mfa(&world);
    let granted = mfa.step_up(
        &person.user,
        FirstFactor::password_at(world.clock.time()),
        Answer::parse(&world.code(&person)).unwrap(),
        StepUpPurpose::Regenerate,
    );
    let again = Session::of(granted.await.unwrap().sessions);
    assert_eq!(again.regenerate(&world, &person).await, Ok(()));
    world.back(FIVE_MINUTES);
    let early = again.regenerate(&world, &person).await;
    assert_eq!(
        early,
        Err(Denial::ReauthenticationRequired),
        "in the future"
    );
}

#[tokio::test]
async fn a_shorter_step_up_makes_the_session_stale_before_its_password_is() {
    let world = World::with(honoring().step_up_lifetime(Duration::from_secs(60)));
    let person = enrolled(&world).await;
    let session = Session::begin(&world, &person).await;
    world.forward(31);
    let stale = session.regenerate(&world, &person).await;
    assert_eq!(stale, Err(Denial::ReauthenticationRequired));
}

#[tokio::test] // S-45
async fn what_takes_the_protection_away_always_asks() {
    let world = World::with(everything().confirmed_sessions(true));
    let person = enrolled(&world).await;
    let session = Session::begin(&world, &person).await;
    let (mfa, user) = (session.mfa(&world), &person.user);
    let off = denied(mfa.disable_mfa(user, session.proof()).await);
    assert_eq!(off.map(drop), Err(Denial::ReauthenticationRequired));
    let trusted = mfa.trust_device(user, "Browser", session.proof()).await;
    let trusted = denied(trusted).map(drop);
    assert_eq!(trusted, Err(Denial::ReauthenticationRequired));
}

#[tokio::test]
async fn without_the_policy_a_second_factor_or_the_sessions_epoch_it_is_no_proof() {
    let required = Err(Denial::ReauthenticationRequired);
    let world = World::with(policy());
    let person = enrolled(&world).await;
    let session = Session::begin(&world, &person).await;
    assert_eq!(session.regenerate(&world, &person).await, required);

    let honoring = world.under(honoring());
    let elsewhere = honoring
        .mfa
        .regenerate_recovery_codes(&person.user, session.proof());
    assert_eq!(denied(elsewhere.await).map(drop), required);

    // Whoever had no second factor yet gave a password alone, and the code of an e-mail is none.
    let world = World::with(everything().confirmed_sessions(true));
    let user = UserId::from(2_u64);
    let login = world.mfa.begin_login(&user, password()).await.unwrap();
    let Login::Completed(completed) = login else {
        panic!("nothing more is needed");
    };
    let session = Session::of(completed.sessions);
    let new = NewAuthenticator::new("alice");
    let mfa = session.mfa(&world);
    let start = mfa.start_enrollment(&user, new, session.proof());
    assert!(denied(start.await).is_err());
}

#[tokio::test]
async fn a_new_password_that_is_due_and_an_epoch_that_is_over_refuse() {
    let world = World::with(honoring().password_change_after(5));
    let person = enrolled(&world).await;
    let session = Session::begin(&world, &person).await;
    for _ in 0..5 {
        let wrong = world.wrong_code(&person);
        world.sign_in(&person.user, &wrong).await.unwrap_err();
    }
    let due = session.regenerate(&world, &person).await;
    assert_eq!(due, Err(Denial::PasswordChangeRequired));
    world.mfa.password_changed(&person.user).await.unwrap();
    let over = session.regenerate(&world, &person).await;
    assert_eq!(over, Err(Denial::SessionEnded));
}
