//! The link in the mail of a code, for somebody who did not ask for that code.

use countersign::event::{Actor, EventKind, Severity};
use countersign::notify::Channel;
use countersign::policy::Throttle;
use countersign::token::{Token, VoidCode};
use countersign::{Answer, Denial, Policy, RequestContext};

use crate::sent_codes::codes::{Office, other_than};
use crate::sent_codes::phone::sent;
use crate::support::{HOUR, denied, policy};

/// The token in the last mail.
fn link(office: &Office) -> Token<VoidCode> {
    let (_, mail) = office.world.mails.codes().pop().unwrap();
    mail.void_token().unwrap().clone()
}

/// Presses the button of the page behind the link, in whatever browser, and says whether the code
/// was still good.
async fn press(office: &Office, link: &Token<VoidCode>) -> Result<bool, Denial> {
    let elsewhere = RequestContext::new().binding("the browser that the mail was read in");
    let mfa = office.world.mfa.with_context(elsewhere);
    let voided = denied(mfa.void_code(link).await)?;
    assert_eq!(voided.user, office.person.user);
    Ok(voided.was_live)
}

#[tokio::test] // S-28, S-72
async fn the_owner_voids_a_code_that_somebody_else_asked_for() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    assert_eq!(press(&office, &link(&office)).await, Ok(true));
    let event = office
        .world
        .events(&office.person.user)
        .await
        .pop()
        .unwrap();
    assert_eq!(
        (
            event.kind,
            event.actor.clone(),
            event.severity,
            event.notify_user()
        ),
        (EventKind::CodeVoided, Actor::User, Severity::Warning, false),
    );
    let late = office.answer(&challenge, Answer::email(&code)).await;
    assert_eq!(late.unwrap_err(), Denial::InvalidCode);

    // Pressing again says so, and writes nothing.
    let written = office.written().await;
    assert_eq!(press(&office, &link(&office)).await, Ok(false));
    assert_eq!(office.written().await, written);

    // The login goes on with anything else, and with the next code.
    office.world.forward(60);
    let code = office.mailed(&challenge).await;
    assert!(
        office
            .answer(&challenge, Answer::email(&code))
            .await
            .is_ok()
    );
}

#[tokio::test] // S-72
async fn an_older_link_voids_nothing() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    office.mailed(&challenge).await;
    let older = link(&office);
    office.world.forward(60);
    let code = office.mailed(&challenge).await;
    let written = office.written().await;
    assert_eq!(press(&office, &older).await, Ok(false));
    assert_eq!(office.written().await, written);
    assert!(
        office
            .answer(&challenge, Answer::email(&code))
            .await
            .is_ok()
    );
    // A code that was used is not live.
    assert_eq!(press(&office, &link(&office)).await, Ok(false));
}

#[tokio::test] // S-72
async fn a_link_is_of_one_user_and_one_mail_and_lives_for_seven_days() {
    let office = Office::with(policy().email_codes(true).sms_codes(true)).await;
    let bob = office.world.enroll(2).await;
    let challenge = office.challenge().await;
    office.mailed(&challenge).await;
    let alices = link(&office);
    let theirs = office.world.challenge(&bob.user).await;
    let code = office.mailed(&theirs).await;
    assert_eq!(press(&office, &alices).await, Ok(true));
    let bobs = office
        .world
        .mfa
        .answer_challenge(&theirs, Answer::email(&code));
    assert!(bobs.await.is_ok(), "Bob's code is as good as before");

    // A text message has no room for a link.
    sent(&office, Channel::Sms, &challenge).await.unwrap();
    let (_, message) = office.world.mails.codes().pop().unwrap();
    assert!(message.void_token().is_none());

    // Late, the page still has its advice.
    office.world.forward(7 * 24 * HOUR - 1);
    assert_eq!(press(&office, &alices).await, Ok(false));
    office.world.forward(1);
    assert_eq!(press(&office, &alices).await, Err(Denial::TokenExpired));
    let forged = Token::from("cs1v_AAAA");
    assert_eq!(press(&office, &forged).await, Err(Denial::TokenInvalid));
    office
        .world
        .mfa
        .lock_account(&office.person.user)
        .await
        .unwrap();
    office.world.back(HOUR);
    assert_eq!(press(&office, &alices).await, Err(Denial::Locked));
}

#[tokio::test] // S-27, S-72
async fn voiding_a_code_clears_no_budget() {
    let policy: Policy = policy()
        .email_codes(true)
        .throttle(Throttle::DEFAULT.block_at(6));
    let office = Office::with(policy).await;
    let challenge = office.challenge().await;
    for round in 0..2 {
        let code = office.mailed(&challenge).await;
        for _ in 0..3 - round {
            let wrong = office.answer(&challenge, other_than(&code)).await;
            assert_eq!(wrong.unwrap_err(), Denial::InvalidCode);
        }
        assert_eq!(press(&office, &link(&office)).await, Ok(true));
        office.world.forward(60);
    }
    // The sixth failure in a row blocks the factor, whatever was voided in between.
    let code = office.mailed(&challenge).await;
    office
        .answer(&challenge, other_than(&code))
        .await
        .unwrap_err();
    let blocked = office.answer(&challenge, Answer::email(&code)).await;
    assert!(
        matches!(blocked, Err(Denial::Throttled { .. })),
        "{blocked:?}"
    );
}
