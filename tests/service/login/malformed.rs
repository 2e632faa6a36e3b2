//! A text that cannot be a code is no attempt. The text alone decides, before the account is read.

use std::time::Duration;

use countersign::account::{Administrator, Factor, FirstFactorCheck, MalformedCode, StepUpPurpose};
use countersign::otp::Totp;
use countersign::token::{Challenge, Enrollment, Token};
use countersign::{
    Answer, Denial, FailedFirstFactor, Login, NewAuthenticator, RequestContext, UserId,
};

use crate::sent_codes::codes::Office;
use crate::support::{Person, WRONG_CODE, World, code_at, denied, password, policy, world};

/// Nothing of these is a code, of whatever kind.
const MALFORMED: [&str; 9] = [
    "",
    "   ",
    "letters",
    "12345",
    "123456789",
    "+123456",
    "12345\0",
    "\u{202e}123456",
    "uuuu-uuuu-uuuu-uuuu-uuuu-uuuu",
];

/// Texts that can be recovery codes of another service, if the answer says that they are recovery
/// codes.
const OF_ANOTHER_SERVICE: [&str; 2] = ["123456789", "uuuu-uuuu-uuuu-uuuu-uuuu-uuuu"];

fn everything() -> countersign::Policy {
    policy()
        .email_codes(true)
        .trusted_devices(true)
        .delayed_recovery(true)
}

/// Each way to answer with a text, at each place that takes one.
async fn everywhere(
    world: &World,
    user: &UserId,
    password: &FirstFactorCheck,
    (challenge, setup): (&Token<Challenge>, &Token<Enrollment>),
    typed: &str,
) -> Vec<(&'static str, Result<(), Denial>)> {
    let mfa = &world.mfa;
    let purpose = StepUpPurpose::Add;
    let mut refusals = vec![
        (
            "answer",
            denied(mfa.answer_challenge(challenge, typed).await).map(drop),
        ),
        (
            "answer, named",
            denied(mfa.answer_challenge(challenge, Answer::totp(typed)).await).map(drop),
        ),
        (
            "answer, by e-mail",
            denied(mfa.answer_challenge(challenge, Answer::email(typed)).await).map(drop),
        ),
        (
            "answer, two in a row",
            denied(
                mfa.answer_challenge(challenge, Answer::resync(typed, WRONG_CODE))
                    .await,
            )
            .map(drop),
        ),
        (
            "answer, the second of two",
            denied(
                mfa.answer_challenge(challenge, Answer::resync(WRONG_CODE, typed))
                    .await,
            )
            .map(drop),
        ),
        (
            "confirm, token",
            denied(mfa.confirm_enrollment(setup, typed).await).map(drop),
        ),
        (
            "confirm, session",
            denied(mfa.confirm_pending_enrollment(user, typed).await).map(drop),
        ),
        (
            "step up",
            denied(mfa.step_up(user, password.clone(), typed, purpose).await).map(drop),
        ),
    ];
    if !OF_ANOTHER_SERVICE.contains(&typed) {
        let answer = mfa
            .answer_challenge(challenge, Answer::recovery_code(typed))
            .await;
        refusals.push(("answer, recovery code", denied(answer).map(drop)));
    }
    refusals
}

#[tokio::test] // S-16, S-53
async fn what_cannot_be_a_code_is_refused_alike_in_every_state_and_charged_to_nobody() {
    for state in [
        "absent",
        "on",
        "pending",
        "blocked",
        "disabled",
        "password due",
        "locked",
        "reset",
        "session ended",
        "restored",
    ] {
        let mut world = World::with(everything());
        let person = world.enroll(1).await;
        let user = &person.user;
        let challenge = world.challenge(user).await;
        let bob = UserId::from(2_u64);
        let setup = world.mfa.start_enrollment(&bob, "bob", world.password());
        let tokens = (&challenge, &setup.await.unwrap().token);
        arrange(&mut world, &person, state).await;
        let written = world.written(user).await;
        for typed in MALFORMED {
            for password in [
                FirstFactorCheck::from(world.password()),
                FailedFirstFactor.into(),
            ] {
                for (place, refusal) in everywhere(&world, user, &password, tokens, typed).await {
                    let malformed = Err(Denial::MalformedCode);
                    assert_eq!(refusal, malformed, "{place} when {state}: {typed:?}");
                }
            }
        }
        assert_eq!(world.written(user).await, written, "{state}");
    }
}

async fn arrange(world: &mut World, person: &Person, state: &str) {
    let (mfa, user) = (world.mfa.clone(), &person.user);
    let because = || Administrator::new("root").because("stolen");
    match state {
        "absent" => mfa.erase_user(user).await.unwrap(),
        "on" => {}
        "pending" => {
            let proof = world.with_code(&person.recovery[0]);
            drop(mfa.start_enrollment(user, "alice", proof).await.unwrap());
        }
        "blocked" => world.fail(person, Factor::Authenticator, 5).await,
        "disabled" => world.fail(person, Factor::Authenticator, 50).await,
        "password due" => {
            for _ in 0..40 {
                world.forward(3600);
                world.sign_in(user, WRONG_CODE).await.unwrap_err();
            }
            let login = mfa.begin_login(user, password()).await.unwrap();
            assert!(matches!(login, Login::PasswordChangeRequired));
        }
        "locked" => drop(mfa.admin_lock_account(user, because()).await.unwrap()),
        "reset" => drop(mfa.admin_reset_account(user, because()).await.unwrap()),
        "session ended" => {
            let epoch = mfa.status(user).await.unwrap().epoch;
            mfa.password_changed(user).await.unwrap();
            world.mfa = mfa.with_context(RequestContext::new().session(epoch.unwrap()));
        }
        "restored" => {
            world.forward(60);
            let restored = world.builder(world.store.clone());
            world.mfa = restored.restored_at(world.clock.time()).build().unwrap();
        }
        _ => panic!("what is {state}?"),
    }
}

#[tokio::test]
async fn five_malformed_in_a_row_block_nothing() {
    let world = World::with(everything());
    let person = world.enroll(1).await;
    let challenge = world.challenge(&person.user).await;
    for _ in 0..5 {
        let denial = denied(world.mfa.answer_challenge(&challenge, "12345").await).unwrap_err();
        assert_eq!(denial, Denial::MalformedCode);
    }
    // The right one passes, and so does the very challenge.
    let code = world.code(&person);
    assert!(world.mfa.answer_challenge(&challenge, &code).await.is_ok());

    // So at a confirmation, which ten wrong ones end.
    let user = UserId::from(2_u64);
    let start = world.mfa.start_enrollment(&user, "bob", world.password());
    let setup = start.await.unwrap();
    for _ in 0..10 {
        let confirmed = world.mfa.confirm_enrollment(&setup.token, "").await;
        assert_eq!(denied(confirmed).unwrap_err(), Denial::MalformedCode);
        let confirmed = world.mfa.confirm_pending_enrollment(&user, "").await;
        assert_eq!(denied(confirmed).unwrap_err(), Denial::MalformedCode);
    }
    let totp = Totp::new(&setup.secret, world.mfa.policy().totp_params());
    let code = code_at(&totp, world.clock.time());
    assert!(
        world
            .mfa
            .confirm_enrollment(&setup.token, &code)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn five_malformed_by_mail_block_nothing() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let mailed = office.mailed(&challenge).await;
    let written = office.written().await;
    for typed in [
        "",
        &mailed[..5],
        "letters",
        &office.person.recovery[0],
        "1. 12345678",
    ] {
        let answer = office.answer(&challenge, Answer::email(typed)).await;
        assert_eq!(answer.unwrap_err(), Denial::MalformedCode, "{typed:?}");
    }
    assert_eq!(office.written().await, written);
    assert!(
        office
            .answer(&challenge, Answer::email(&mailed))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn the_mac_of_a_token_is_judged_first_and_its_time_is_not() {
    let world = world();
    let person = world.enroll(1).await;
    let challenge = world.challenge(&person.user).await;
    let forged = Token::<Challenge>::from(format!("{}A", challenge.expose()));
    let denial = denied(
        world
            .mfa
            .answer_challenge(&forged, "letters")
            .await
            .map(drop),
    );
    assert_eq!(denial, Err(Denial::TokenInvalid));
    let elsewhere = world
        .mfa
        .with_context(RequestContext::new().binding("another browser"));
    let bound = elsewhere
        .begin_login(&person.user, password())
        .await
        .unwrap();
    let Login::Challenge(bound) = bound else {
        panic!("{bound:?}");
    };
    let denial = denied(
        world
            .mfa
            .answer_challenge(&bound.token, "letters")
            .await
            .map(drop),
    );
    assert_eq!(denial, Err(Denial::TokenInvalid));

    let forged = Token::from("cs1e_");
    let denial = denied(
        world
            .mfa
            .confirm_enrollment(&forged, "letters")
            .await
            .map(drop),
    );
    assert_eq!(denial, Err(Denial::TokenInvalid));

    world.forward(86_400);
    let denial = denied(
        world
            .mfa
            .answer_challenge(&challenge, "letters")
            .await
            .map(drop),
    );
    assert_eq!(denial, Err(Denial::MalformedCode));
}

#[tokio::test] // S-16
async fn six_to_eight_digits_of_another_length_are_an_attempt() {
    let world = world();
    let person = world.enroll(1).await;
    for _ in 0..2 {
        let denial = world.sign_in(&person.user, "1234567").await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
        let denial = world.sign_in(&person.user, "12345678").await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
    let longer = "zzzz-zzzz-zzzz-zzzz-zzzz-zzzz-zzzz-zzzz";
    let denial = world.sign_in(&person.user, longer).await.unwrap_err();
    assert_eq!(denial, Denial::InvalidCode, "of the other factor");
    let denial = world.sign_in(&person.user, WRONG_CODE).await.unwrap_err();
    assert_eq!(denial, Denial::InvalidCode, "the fifth");
    let code = world.code(&person);
    let retry_at = world.clock.time() + Duration::from_secs(30);
    let denial = world.sign_in(&person.user, &code).await.unwrap_err();
    assert_eq!(denial, Denial::Throttled { retry_at });
}

/// What people's devices make of a code is the code, at each place that takes one.
#[tokio::test]
async fn a_code_is_read_alike_at_every_place() {
    let world = world();
    let person = world.enroll(1).await;
    let (mfa, user) = (&world.mfa, &person.user);
    let arabic = |code: &str| {
        let digit = |digit: u8| char::from_u32(0x660 + u32::from(digit - b'0')).unwrap();
        let digits: String = code.bytes().map(digit).collect();
        format!("\u{200f}{digits}\n")
    };
    let next = || {
        world.forward(30);
        arabic(&world.code(&person))
    };
    assert!(world.sign_in(user, &next()).await.is_ok());
    let numbered = format!("   2. {}", person.recovery[1]);
    assert!(world.sign_in(user, &numbered).await.is_ok());
    let typed = next();
    let step_up = mfa.step_up(user, world.password(), &typed, StepUpPurpose::Add);
    assert!(step_up.await.is_ok());
    let proof = world.with_code(&next());
    let setup = mfa.start_enrollment(user, NewAuthenticator::new("alice"), proof);
    let setup = setup.await.unwrap();
    let totp = Totp::new(&setup.secret, mfa.policy().totp_params());
    let code = arabic(&code_at(&totp, world.clock.time()));
    assert!(mfa.confirm_pending_enrollment(user, code).await.is_ok());
}

#[test]
fn an_answer_is_told_apart_by_its_shape() {
    let kind = |typed: &str| format!("{:?}", Answer::parse(typed).unwrap());
    for code in ["123456", "1234567", "1234 5678", "１２３４５６"] {
        assert_eq!(kind(code), "Answer(Authenticator)", "{code}");
    }
    for code in [
        "k7qf-2m4x-9d3h-0abc-tvwz-5ny8",
        "1) 000000000000000000000000",
    ] {
        assert_eq!(kind(code), "Answer(RecoveryCode)", "{code}");
    }
    for typed in MALFORMED {
        assert_eq!(
            Answer::parse(typed).unwrap_err(),
            MalformedCode,
            "{typed:?}"
        );
    }
}
