//! How many codes are sent by e-mail, how many are tried, and what no new code renews.

use std::time::Duration;

use countersign::account::{Factor, Method};
use countersign::event::{EventKind, Reason};
use countersign::notify::{Channel, ConfirmedAddress, Destination};
use countersign::policy::Throttle;
use countersign::token::{Challenge, Token};
use countersign::{Answer, Denial, Error, Login, Mfa, NewAuthenticator};

use crate::sent_codes::codes::{Office, alice, other_than};
use crate::support::{HOUR, WRONG_CODE, World, code_at, denied, everything, password, policy};

fn throttled_for(office: &Office, seconds: u64) -> Denial {
    Denial::Throttled {
        retry_at: office.world.clock.time() + Duration::from_secs(seconds),
    }
}

/// Answers with as many wrong codes.
async fn fail(office: &Office, challenge: &Token<Challenge>, times: u32) {
    for _ in 0..times {
        let wrong = office.answer(challenge, other_than("00000000")).await;
        assert_eq!(wrong.unwrap_err(), Denial::InvalidCode);
    }
}

#[tokio::test] // S-29
async fn a_code_that_is_sent_again_takes_the_place_of_the_first() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let first = office.mailed(&challenge).await;
    office.world.forward(60);
    let second = office.mailed(&challenge).await;
    assert_ne!(first, second);
    let answer = office.answer(&challenge, Answer::email(&first)).await;
    assert_eq!(answer.unwrap_err(), Denial::InvalidCode);

    // One for another login takes its place as well.
    let other = office.challenge().await;
    office.world.forward(60);
    let third = office.mailed(&other).await;
    let answer = office.answer(&challenge, Answer::email(&second)).await;
    assert_eq!(answer.unwrap_err(), Denial::InvalidCode);
    assert!(office.answer(&other, Answer::email(&third)).await.is_ok());
}

#[tokio::test] // S-29
async fn there_is_a_minute_between_two_mails_whoever_asks() {
    let office = Office::new().await;
    let first = office.challenge().await;
    office.send(&first).await.unwrap();
    let new_login = office.challenge().await;
    let written = office.written().await;
    for challenge in [&first, &new_login] {
        let answer = office.send(challenge).await;
        assert_eq!(answer, Err(throttled_for(&office, 60)));
    }
    office.world.forward(59);
    for challenge in [&first, &new_login] {
        let answer = office.send(challenge).await;
        assert_eq!(answer, Err(throttled_for(&office, 1)));
    }
    assert_eq!(office.written().await, written, "a refusal writes nothing");
    assert_eq!(office.world.mails.codes().len(), 1);
    office.world.forward(1);
    assert!(office.send(&new_login).await.is_ok());
}

#[tokio::test] // S-29
async fn there_are_five_mails_an_hour() {
    let office = Office::new().await;
    for _ in 0..5 {
        let challenge = office.challenge().await;
        office.send(&challenge).await.unwrap();
        office.world.forward(600);
    }
    // 3,000 s after the first.
    let challenge = office.challenge().await;
    let sixth = office.send(&challenge).await;
    assert_eq!(sixth, Err(throttled_for(&office, 600)));
    // Neither a success nor a new password makes room.
    office
        .world
        .mfa
        .password_changed(&office.person.user)
        .await
        .unwrap();
    let challenge = office.challenge().await;
    let recovery = office.person.recovery[0].as_str();
    office.answer(&challenge, recovery).await.unwrap();
    office.world.forward(599);
    let challenge = office.challenge().await;
    assert_eq!(
        office.send(&challenge).await,
        Err(throttled_for(&office, 1))
    );
    office.world.forward(1);
    assert!(office.send(&challenge).await.is_ok());
    assert_eq!(office.world.mails.codes().len(), 6);
    office.world.forward(60);
    let next = office.send(&challenge).await;
    assert_eq!(next, Err(throttled_for(&office, 540)), "the second's hour");
}

#[tokio::test] // S-29
async fn of_many_who_ask_at_once_one_gets_a_mail() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let builder = office.world.builder(office.world.crowd());
    let mfa: Mfa = builder.build().unwrap();
    let address = alice();
    let send = || mfa.send_code(&challenge, Destination::Email(&address));
    let (a, b, c, d) = tokio::join!(send(), send(), send(), send());
    let outcomes = [a, b, c, d].map(denied);
    assert_eq!(outcomes.iter().filter(|sent| sent.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(refused, throttled_for(&office, 60));
    }
    assert_eq!(office.world.mails.codes().len(), 1);
    let code = office.world.mails.code().unwrap();
    assert!(
        office
            .answer(&challenge, Answer::email(&code))
            .await
            .is_ok()
    );
}

#[tokio::test] // S-14, S-27
async fn a_new_code_or_login_never_resets_the_failures() {
    let office = Office::new().await;
    let user = &office.person.user;
    // One wrong answer to each of two codes for one login, and to each of two more logins.
    let challenge = office.challenge().await;
    for _ in 0..2 {
        office.send(&challenge).await.unwrap();
        fail(&office, &challenge, 1).await;
        office.world.forward(60);
    }
    for _ in 0..2 {
        let challenge = office.challenge().await;
        office.send(&challenge).await.unwrap();
        fail(&office, &challenge, 1).await;
        office.world.forward(60);
    }
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    fail(&office, &challenge, 1).await;
    let blocked = office.world.events(user).await.pop().unwrap();
    assert_eq!(
        (blocked.kind, blocked.reason, blocked.notify_user()),
        (EventKind::FactorBlocked, Some(Reason::Blocked), true)
    );

    // The right code is not checked, no mail is sent, and the challenge is over for other factors
    // as well.
    let written = office.written().await;
    let right = office.answer(&challenge, Answer::email(&code)).await;
    assert_eq!(right.unwrap_err(), throttled_for(&office, 30));
    let recovery = office.person.recovery[0].as_str();
    let other = office.answer(&challenge, recovery).await;
    assert_eq!(other.unwrap_err(), Denial::TokenExpired);
    let new_login = office.challenge().await;
    for challenge in [&challenge, &new_login] {
        let sent = office.send(challenge).await;
        assert_eq!(sent, Err(throttled_for(&office, 30)));
    }
    assert_eq!(office.written().await, written);
    assert!(office.answer(&new_login, recovery).await.is_ok());

    office.world.forward(30);
    let stale = office.answer(&challenge, Answer::email(&code)).await;
    assert_eq!(stale.unwrap_err(), Denial::TokenExpired);
    assert_eq!(office.send(&challenge).await, Err(Denial::TokenExpired));
}

#[tokio::test] // S-27
async fn five_tries_are_all_that_a_login_has_however_long_the_budget() {
    let throttle = Throttle::DEFAULT.block_at(10);
    let office = Office::with(policy().email_codes(true).throttle(throttle)).await;
    // Four wrong ones leave the fifth try.
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    fail(&office, &challenge, 4).await;
    assert!(
        office
            .answer(&challenge, Answer::email(&code))
            .await
            .is_ok()
    );

    // The fifth wrong one is the last try, though a code was sent again before it.
    office.world.forward(60);
    let challenge = office.challenge().await;
    office.send(&challenge).await.unwrap();
    fail(&office, &challenge, 4).await;
    office.world.forward(60);
    let code = office.mailed(&challenge).await;
    fail(&office, &challenge, 1).await;
    let sixth = office.answer(&challenge, Answer::email(&code)).await;
    assert_eq!(sixth.unwrap_err(), Denial::InvalidCode);

    // Another login has no tries of its own until that code is over.
    office.world.forward(60);
    let early = office.send(&office.challenge().await).await;
    let Err(Denial::Throttled { retry_at }) = early else {
        panic!("{early:?}");
    };
    let wait = retry_at.since(office.world.clock.time());
    office.world.forward(wait.as_secs());
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    assert!(
        office
            .answer(&challenge, Answer::email(&code))
            .await
            .is_ok()
    );
}

#[tokio::test] // S-15
async fn success_by_mail_clears_the_budget_of_mail_alone() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    fail(&office, &challenge, 4).await;
    for _ in 0..4 {
        let wrong = office.answer(&challenge, WRONG_CODE).await;
        assert_eq!(wrong.unwrap_err(), Denial::InvalidCode);
    }
    office
        .answer(&challenge, Answer::email(&code))
        .await
        .unwrap();
    let challenge = office.challenge().await;
    // Mail has five again; the authenticators have one.
    fail(&office, &challenge, 4).await;
    let fifth = office.answer(&challenge, WRONG_CODE).await;
    assert_eq!(fifth.unwrap_err(), Denial::InvalidCode);
    let sixth = office.world.sign_in(&office.person.user, WRONG_CODE).await;
    assert_eq!(sixth.unwrap_err(), throttled_for(&office, 30));
}

#[tokio::test]
async fn a_code_of_another_length_by_mail_is_charged_to_it_like_a_wrong_one() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let mailed = office.mailed(&challenge).await;
    let code = office.world.code(&office.person);
    // The end of a code that was cut off is not taken for the whole.
    for typed in [WRONG_CODE, &code, &mailed[..6], &mailed[..7], &mailed[1..]] {
        let answer = office.answer(&challenge, Answer::email(typed)).await;
        assert_eq!(answer.unwrap_err(), Denial::InvalidCode, "{typed:?}");
    }
    let answer = office.answer(&challenge, Answer::email(&mailed)).await;
    assert_eq!(answer.unwrap_err(), throttled_for(&office, 30));
    let events = office.world.events(&office.person.user).await;
    let wrong = (Some(Factor::EmailCode), Some(Reason::WrongCode));
    let wrong = events
        .iter()
        .filter(|event| (event.factor, event.reason) == wrong);
    assert_eq!(wrong.count(), 5);
}

#[tokio::test] // S-13
async fn a_disabled_factor_sends_and_takes_nothing_and_is_not_offered() {
    let throttle = Throttle::DEFAULT.block_at(2).exhaust_at(3);
    let policy = policy().email_codes(true).throttle(throttle);
    let office = Office::with(policy.password_change_after(5)).await;
    for _ in 0..3 {
        let challenge = office.challenge().await;
        fail(&office, &challenge, 1).await;
        office.world.forward(3600);
    }
    let Login::Challenge(challenge) = office
        .world
        .mfa
        .begin_login(&office.person.user, password())
        .await
        .unwrap()
    else {
        panic!("there is a second factor");
    };
    assert_eq!(challenge.kinds(), [Method::Totp, Method::RecoveryCode]);
    let written = office.written().await;
    let sent = office.send(&challenge.token).await;
    assert_eq!(sent, Err(Denial::FactorExhausted));
    let answer = office
        .answer(&challenge.token, Answer::email("12345678"))
        .await;
    assert_eq!(answer.unwrap_err(), Denial::FactorExhausted);
    assert_eq!(office.written().await, written);
}

#[tokio::test] // S-33, S-50
async fn a_login_that_is_over_sends_nothing() {
    let office = Office::new().await;
    let mfa = &office.world.mfa;
    let spent = office.challenge().await;
    let code = office.world.code(&office.person);
    office.answer(&spent, code.as_str()).await.unwrap();
    let abandoned = office.challenge().await;
    mfa.cancel_login(&abandoned).await.unwrap();
    let before = office.challenge().await;
    let mailed = office.mailed(&before).await;
    office.world.forward(60);
    mfa.password_changed(&office.person.user).await.unwrap();
    let locked_out = office.challenge().await;
    let cases = [
        (spent, Denial::TokenSpent),
        (abandoned, Denial::TokenSpent),
        (before.clone(), Denial::TokenExpired),
        (Token::from("cs1c_AAAA"), Denial::TokenInvalid),
    ];
    let written = office.written().await;
    for (challenge, right) in cases {
        assert_eq!(office.send(&challenge).await, Err(right));
    }
    assert_eq!(office.written().await, written);
    for challenge in [&before, &locked_out] {
        let answer = office.answer(challenge, Answer::email(&mailed)).await;
        assert!(answer.is_err(), "a new password ends the code");
    }
    mfa.lock_account(&office.person.user).await.unwrap();
    assert_eq!(office.send(&locked_out).await, Err(Denial::Locked));
    assert_eq!(office.world.mails.codes().len(), 1);
}

#[tokio::test] // S-44
async fn a_mail_that_could_not_be_sent_is_said_and_may_be_asked_for_again() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    office.world.mails.break_down();
    let mfa = &office.world.mfa;
    let failed = mfa
        .send_code(&challenge, Destination::Email(&alice()))
        .await
        .unwrap_err();
    assert!(matches!(failed, Error::NotSent(Channel::Email)));
    assert_eq!(failed.denial(), None, "it is no refusal");
    office.world.mails.repair();
    office.world.forward(59);
    let early = office.send(&challenge).await.unwrap_err();
    assert!(matches!(early, Denial::Throttled { .. }));
    office.world.forward(1);
    let code = office.mailed(&challenge).await;
    assert!(
        office
            .answer(&challenge, Answer::email(&code))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn email_codes_that_were_disabled_come_back_by_a_proof_of_another_factor() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    for _ in 0..50 {
        world.forward(HOUR);
        if let Login::PasswordChangeRequired = world
            .mfa
            .begin_login(&alice.user, password())
            .await
            .unwrap()
        {
            world.mfa.password_changed(&alice.user).await.unwrap();
        }
        let challenge = world.challenge(&alice.user).await;
        let _ = world
            .mfa
            .answer_challenge(&challenge, Answer::email("00000000"))
            .await;
    }
    world.mfa.password_changed(&alice.user).await.unwrap();
    let id = alice.setup.authenticator;
    let proof = world.with_code(&world.code(&alice));
    let (_, totp) = world
        .add(&alice.user, NewAuthenticator::new("a").replacing(id), proof)
        .await;
    world.forward(90);
    let proof = world.with_code(&code_at(&totp, world.clock.time()));
    world
        .mfa
        .regenerate_recovery_codes(&alice.user, proof)
        .await
        .unwrap();
    let challenge = world.challenge(&alice.user).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    let sent = denied(
        world
            .mfa
            .send_code(&challenge, Destination::Email(&to))
            .await
            .map(drop),
    );
    assert_eq!(sent, Ok(()));
}

#[tokio::test]
async fn a_resend_does_not_renew_the_tries() {
    let throttle = countersign::policy::Throttle::DEFAULT.block_at(10);
    let world = World::with(everything().throttle(throttle));
    let alice = world.enroll(1).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    let challenge = world.email_tries_used_up(&alice.user, &to).await;
    let code = world.mails.code().unwrap();
    let right = world.mfa.answer_challenge(&challenge, Answer::email(&code));
    assert_eq!(denied(right.await.map(drop)), Err(Denial::InvalidCode));
    world.forward(60);
    let again = denied(
        world
            .mfa
            .send_code(&challenge, Destination::Email(&to))
            .await,
    );
    assert!(matches!(again, Err(Denial::Throttled { .. })), "{again:?}");
}
