//! Codes by e-mail: a fallback for the login, and good for nothing else.

use std::time::Duration;

use countersign::account::{Factor, Method, SessionEffect, StepUpPurpose, Verified};
use countersign::event::{EventKind, Severity};
use countersign::keys::Keyring;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::policy::PolicyError;
use countersign::service::BuildError;
use countersign::store::MemoryStore;
use countersign::time::Timestamp;
use countersign::token::{Challenge, Token};
use countersign::words::{English, German};
use countersign::{Answer, Denial, Login, Mfa, NewAuthenticator, Policy};

use crate::support::{KEY_A, Person, World, denied, password, policy};

pub(crate) fn alice() -> ConfirmedAddress {
    ConfirmedAddress::attested("alice@example.com")
}

/// Eight digits that are not the code.
pub(crate) fn other_than(code: &str) -> Answer {
    let number: u32 = code.parse().unwrap();
    Answer::email(&format!("{:08}", (number + 1) % 100_000_000)).unwrap()
}

/// A service that sends codes, and somebody who lost a phone.
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) person: Person,
}

impl Office {
    pub(crate) async fn with(policy: Policy) -> Self {
        let world = World::with(policy);
        let person = world.enroll(1).await;
        Self { world, person }
    }

    pub(crate) async fn new() -> Self {
        Self::with(policy().email_codes(true)).await
    }

    pub(crate) async fn challenge(&self) -> Token<Challenge> {
        self.world.challenge(&self.person.user).await
    }

    /// Sends a code for this login, and says until when it is good.
    pub(crate) async fn send(&self, challenge: &Token<Challenge>) -> Result<Timestamp, Denial> {
        denied(
            self.world
                .mfa
                .send_code(challenge, Destination::Email(&alice()))
                .await,
        )
    }

    /// Sends a code for this login and reads it.
    pub(crate) async fn mailed(&self, challenge: &Token<Challenge>) -> String {
        self.send(challenge).await.unwrap();
        self.world.mails.code().unwrap()
    }

    pub(crate) async fn answer(
        &self,
        challenge: &Token<Challenge>,
        answer: impl TryInto<Answer, Error: Into<Denial>>,
    ) -> Result<Verified, Denial> {
        denied(self.world.mfa.answer_challenge(challenge, answer).await)
    }

    pub(crate) async fn written(&self) -> (Option<Vec<u8>>, usize) {
        self.world.written(&self.person.user).await
    }
}

pub(crate) async fn methods(office: &Office) -> Vec<Method> {
    match office
        .world
        .mfa
        .begin_login(&office.person.user, password())
        .await
    {
        Ok(Login::Challenge(challenge)) => challenge.kinds(),
        other => panic!("no challenge but {other:?}"),
    }
}

#[tokio::test] // S-24
async fn by_default_no_code_is_sent_and_none_is_taken() {
    let office = Office::with(policy()).await;
    let challenge = office.challenge().await;
    let written = office.written().await;
    let unavailable = Denial::MethodUnavailable;
    assert_eq!(office.send(&challenge).await, Err(unavailable));
    let answer = office.answer(&challenge, Answer::email("12345678")).await;
    assert_eq!(answer.unwrap_err(), unavailable);
    assert_eq!(office.written().await, written, "and uncharged");
    assert!(office.world.mails.codes().is_empty());
    assert!(!methods(&office).await.contains(&Method::EmailCode));

    // The policy allows it, and there is nobody who sends.
    let built = Mfa::builder(MemoryStore::new())
        .keys(KEY_A.parse::<Keyring>().unwrap())
        .policy(policy().email_codes(true))
        .build();
    assert_eq!(built.map(drop).unwrap_err(), BuildError::NoCodeSender);

    let built = Mfa::builder(MemoryStore::new())
        .keys(KEY_A.parse::<Keyring>().unwrap())
        .policy(Policy::strict("tests", "Tests").email_codes(true))
        .build();
    let refused = BuildError::Policy(PolicyError::NotStrict);
    assert_eq!(built.map(drop).unwrap_err(), refused);
}

#[tokio::test] // S-24, S-25, S-31, S-51
async fn a_code_by_mail_signs_in_and_is_no_second_authenticator() {
    let office = Office::new().await;
    let (world, user) = (&office.world, &office.person.user);
    world.forward(60);
    let before = world.mfa.status(user).await.unwrap();
    assert!(methods(&office).await.contains(&Method::EmailCode));
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    let mails = office.world.mails.codes();
    let [(to, mail)] = &mails[..] else {
        panic!("one mail");
    };
    assert_eq!(to.as_str(), "alice@example.com");
    assert!(code.len() == 8 && code.bytes().all(|digit| digit.is_ascii_digit()));
    assert_eq!(
        *mail.expose_mail(&German, None),
        format!(
            "Ihr Bestätigungscode für Tests:\n\n{code}\n\n\
             Der Code läuft in 5 Minuten ab und gilt nur für die Anmeldung, zu der Sie ihn angefordert haben. Tests wird Sie \
             niemals nach diesem Code fragen.\n\n\
             Wenn Sie sich gerade nicht anmelden, kennt jemand Ihr Passwort: Ändern Sie es, und geben Sie diesen Code nicht \
             weiter.\n"
        )
    );
    assert!(mail.expose_mail(&English, None).contains(&code));
    assert_eq!(
        mail.subject(&English),
        "Your Tests verification code",
        "no code: it is shown on a locked screen"
    );
    let sent = world.events(user).await.pop().unwrap();
    assert_eq!(
        (sent.kind, sent.factor, sent.severity, sent.notify_user()),
        (
            EventKind::CodeSent,
            Some(Factor::EmailCode),
            Severity::Info,
            false
        )
    );

    let short = office.answer(&challenge, Answer::email(&code[..7])).await;
    assert_eq!(short.unwrap_err(), Denial::InvalidCode, "seven digits");
    let typed = format!(" {} {}-{}", &code[..3], &code[3..6], &code[6..]);
    let verified = office.answer(&challenge, Answer::email(&typed)).await;
    let verified = verified.unwrap();
    assert_eq!(verified.method, Method::EmailCode);
    assert_eq!(verified.sessions.assurance.unwrap().amr(), ["pwd", "email"]);
    assert_eq!(verified.authenticator, None);
    assert_eq!(verified.recovery_codes_remaining, 10);
    assert_eq!(verified.sessions.effect, SessionEffect::Rotate);
    assert!(before.honors(verified.sessions.epoch));
    let event = world.events(user).await.pop().unwrap();
    assert_eq!(
        (event.kind, event.factor),
        (EventKind::LoginVerified, Some(Factor::EmailCode))
    );
    let after = world.mfa.status(user).await.unwrap();
    assert_eq!(after.last_verified_at, before.last_verified_at);
}

#[tokio::test] // S-28
async fn a_code_is_good_for_the_login_that_asked_for_it_alone() {
    let office = Office::new().await;
    let bob = office.world.enroll(2).await;
    let (asked, other) = (office.challenge().await, office.challenge().await);
    let theirs = office.world.challenge(&bob.user).await;
    let code = office.mailed(&asked).await;
    for challenge in [&other, &theirs] {
        let answer = office.answer(challenge, Answer::email(&code)).await;
        assert_eq!(answer.unwrap_err(), Denial::InvalidCode);
    }
    // Eight digits say by their shape that they are an authenticator's.
    let answer = office.answer(&asked, code.as_str()).await;
    assert_eq!(answer.unwrap_err(), Denial::InvalidCode);
    let refused = office.world.events(&office.person.user).await.pop();
    assert_eq!(refused.unwrap().factor, Some(Factor::Authenticator));
    assert!(office.answer(&asked, Answer::email(&code)).await.is_ok());
}

#[tokio::test] // S-9, S-33
async fn a_code_passes_once() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    let mfa = office.world.builder(office.world.crowd()).build().unwrap();
    let answer = || mfa.answer_challenge(&challenge, Answer::email(&code));
    let (a, b, c, d) = tokio::join!(answer(), answer(), answer(), answer());
    let outcomes = [a, b, c, d].map(denied);
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(won, 1);
    for lost in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(lost, Denial::TokenSpent);
    }
    let next = office.challenge().await;
    let again = office.answer(&next, Answer::email(&code)).await;
    assert_eq!(again.unwrap_err(), Denial::InvalidCode);
}

#[tokio::test] // S-26
async fn a_code_lives_until_its_challenge_ends_and_ten_minutes_at_most() {
    let minutes = |minutes| Duration::from_secs(minutes * 60);
    for (challenge_lives, asked_after, lives) in [(5, 0, 5), (5, 2, 3), (15, 0, 10), (15, 6, 9)] {
        for early in [true, false] {
            let policy = policy().email_codes(true);
            let office = Office::with(policy.challenge_lifetime(minutes(challenge_lives))).await;
            let clock = &office.world.clock;
            let challenge = office.challenge().await;
            clock.advance(Duration::from_secs(asked_after * 60));
            let until = office.send(&challenge).await.unwrap();
            assert_eq!(until, clock.time() + minutes(lives));
            let code = office.world.mails.code().unwrap();
            let (_, mail) = office.world.mails.codes().pop().unwrap();
            assert_eq!(mail.expires_at(), until);
            assert!(
                mail.expose_mail(&English, None)
                    .contains(&format!("{lives} minutes"))
            );

            clock.advance(Duration::from_secs(lives * 60 - u64::from(early)));
            let answer = office.answer(&challenge, Answer::email(&code)).await;
            let challenge_is_over = asked_after + lives == challenge_lives;
            match answer {
                Ok(_) => assert!(early),
                Err(denial) if challenge_is_over => assert_eq!(denial, Denial::TokenExpired),
                Err(denial) => assert_eq!(denial, Denial::InvalidCode),
            }
            if !early && !challenge_is_over {
                let recovery = office.person.recovery[0].as_str();
                assert!(office.answer(&challenge, recovery).await.is_ok());
            }
        }
    }
}

#[tokio::test] // S-36, S-37, S-45
async fn a_code_by_mail_proves_no_sensitive_action_and_earns_no_trust() {
    let office = Office::with(policy().email_codes(true).trusted_devices(true)).await;
    let (mfa, user) = (&office.world.mfa, &office.person.user);
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    let password = office.world.password();
    let proof = || password.clone().with_code(Answer::email(&code).unwrap());
    let written = office.written().await;
    let id = office.person.setup.authenticator;
    let replace = NewAuthenticator::new("alice").replacing(id);
    let step_up = mfa.step_up(
        user,
        password.clone(),
        Answer::email(&code),
        StepUpPurpose::Add,
    );
    let refusals = [
        denied(mfa.disable_mfa(user, proof()).await.map(drop)),
        denied(mfa.regenerate_recovery_codes(user, proof()).await.map(drop)),
        denied(mfa.start_enrollment(user, "alice", proof()).await.map(drop)),
        denied(mfa.start_enrollment(user, replace, proof()).await.map(drop)),
        denied(mfa.trust_device(user, "Firefox", proof()).await.map(drop)),
        denied(step_up.await.map(drop)),
    ];
    assert_eq!(refusals, [Err(Denial::MethodUnavailable); 6]);
    assert_eq!(office.written().await, written, "and nothing is charged");

    let answer = Answer::email(&code).unwrap().trust_device("Firefox");
    let verified = office.answer(&challenge, answer).await.unwrap();
    assert!(verified.device.is_none());
    let kinds = office.world.kinds(user).await;
    assert!(!kinds.contains(&EventKind::DeviceTrusted));
    assert!(mfa.status(user).await.unwrap().trusted_devices.is_empty());
}

#[tokio::test] // S-36
async fn a_code_by_mail_removes_and_confirms_nothing() {
    let office = Office::new().await;
    let (world, person) = (&office.world, &office.person);
    let new = || NewAuthenticator::new("alice");
    let proof = world.with_code(&person.recovery[0]);
    let (second, _) = world.add(&person.user, new(), proof).await;
    let proof = world.with_code(&person.recovery[1]);
    let setup = world.mfa.start_enrollment(&person.user, new(), proof).await;
    let setup = setup.unwrap();
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    let confirmed = world
        .mfa
        .confirm_enrollment(&setup.token, Answer::email(&code));
    assert_eq!(denied(confirmed.await).unwrap_err(), Denial::InvalidCode);
    let proof = world.password().with_code(Answer::email(&code).unwrap());
    let removed = world.mfa.remove_authenticator(&person.user, second, proof);
    assert_eq!(
        denied(removed.await).unwrap_err(),
        Denial::MethodUnavailable
    );
    let status = world.mfa.status(&person.user).await.unwrap();
    assert_eq!(status.authenticators.len(), 2);
}

#[tokio::test]
async fn a_login_by_mail_does_not_cancel_a_delayed_recovery_and_a_wrong_code_restarts_it() {
    let office = Office::with(policy().email_codes(true).delayed_recovery(true)).await;
    let (world, user) = (&office.world, &office.person.user);
    let challenge = office.challenge().await;
    let requested = world
        .mfa
        .request_delayed_recovery(&challenge)
        .await
        .unwrap();
    world.forward(3600);
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    let verified = office.answer(&challenge, Answer::email(&code)).await;
    assert_eq!(verified.unwrap().method, Method::EmailCode);
    let status = world.mfa.status(user).await.unwrap();
    assert_eq!(status.delayed_recovery, Some(requested));

    let challenge = office.challenge().await;
    let wrong = office.answer(&challenge, Answer::email("1234567")).await;
    assert_eq!(wrong.unwrap_err(), Denial::InvalidCode);
    let status = world.mfa.status(user).await.unwrap();
    let moved = status.delayed_recovery.unwrap().effective_at;
    assert_eq!(moved, world.clock.time() + Duration::from_secs(72 * 3600));
}
