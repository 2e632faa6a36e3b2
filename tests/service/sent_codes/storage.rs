//! What is kept of a code that was sent by e-mail, and what is shown of it.

use countersign::internals::Keys;
use countersign::notify::Destination;
use countersign::testing::SeededRng;
use countersign::{Answer, Denial};

use crate::sent_codes::codes::{Office, alice};
use crate::support::{KEY_A, KEY_B, World, denied, policy};

#[tokio::test] // S-31, S-42, S-52
async fn no_code_and_no_address_is_printed_or_kept() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    let (_, mail) = office.world.mails.codes().pop().unwrap();
    let address = alice();
    let answer = Answer::email(&code);
    let shown = format!(
        "{mail:?} {mail:#?} {address:?} {answer:?} {:?}",
        mail.clone()
    );
    let expires_at = mail.expires_at();
    assert_eq!(
        format!("{mail:?}"),
        format!("SentCode {{ expires_at: {expires_at:?}, .. }}")
    );
    let record = office.world.opened(&office.person.user).await.to_string();
    let events = office.world.events(&office.person.user).await;
    let events = serde_json::to_string(&events).unwrap();
    for text in [shown, record, events] {
        assert!(!text.contains(&code), "{text}");
        assert!(!text.contains("alice@"), "{text}");
    }
}

/// The code that is sent under this master key, and what the record of its user says.
async fn kept(key: &str) -> (String, Vec<u8>) {
    let world = World::with(policy().email_codes(true));
    // Two worlds draw the same.
    let world = world.again(|builder| {
        let builder = builder.rng(SeededRng::new(7));
        builder.keys(key.parse().unwrap())
    });
    let person = world.enroll(1).await;
    let challenge = world.challenge(&person.user).await;
    let sent = world
        .mfa
        .send_code(&challenge, Destination::Email(&alice()))
        .await;
    sent.unwrap();
    let stored = world.stored(&person.user).await;
    let keys = Keys::new(key.parse().unwrap(), "tests");
    let opened = keys.open_record(&person.user, &stored).unwrap();
    (world.mails.code().unwrap(), opened.to_vec())
}

#[tokio::test] // S-28, S-30
async fn a_code_is_kept_as_a_hash_in_a_record_that_takes_the_master_key_and_the_user() {
    // The generator gives the same numbers each time.
    let (code, opened) = kept(KEY_A).await;
    assert_eq!(kept(KEY_B).await, (code.clone(), opened.clone()));
    let holds = |part: &[u8]| opened.windows(part.len()).any(|window| window == part);
    assert!(!holds(code.as_bytes()), "the digits");
    let number: u32 = code.parse().unwrap();
    assert!(!holds(&number.to_be_bytes()), "the number");
}

#[tokio::test] // S-41
async fn a_code_is_good_while_the_master_key_that_signed_its_login_verifies() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    let store = office.world.store.clone();
    for (keys, right) in [
        (format!("{KEY_B},-{KEY_A}"), Err(Denial::TokenInvalid)),
        (format!("{KEY_B},{KEY_A}"), Ok(())),
    ] {
        let rotated = World::over(store.clone(), policy().email_codes(true), &keys);
        let answer = rotated
            .mfa
            .answer_challenge(&challenge, Answer::email(&code))
            .await;
        assert_eq!(denied(answer).map(drop), right, "{keys}");
    }
}

#[tokio::test] // S-24
async fn a_policy_that_sends_no_codes_drops_the_one_of_before_for_good() {
    let office = Office::new().await;
    let challenge = office.challenge().await;
    let code = office.mailed(&challenge).await;
    let store = office.world.store.clone();
    let off = World::over(store.clone(), policy(), KEY_A);
    let answer = off.mfa.answer_challenge(&challenge, "000000").await;
    assert_eq!(denied(answer).unwrap_err(), Denial::InvalidCode);
    let on = World::over(store, policy().email_codes(true), KEY_A);
    let answer = on
        .mfa
        .answer_challenge(&challenge, Answer::email(&code))
        .await;
    assert_eq!(denied(answer).unwrap_err(), Denial::InvalidCode);
}

#[tokio::test] // S-30, S-50
async fn nothing_is_kept_of_a_code_that_was_used_or_that_a_new_epoch_ended() {
    for used in [true, false] {
        let office = Office::new().await;
        let challenge = office.challenge().await;
        let code = office.mailed(&challenge).await;
        let kept = async || {
            let record = office.world.opened(&office.person.user).await;
            record["email"]["live"][0].is_object()
        };
        assert!(kept().await);
        match used {
            true => drop(
                office
                    .answer(&challenge, Answer::email(&code))
                    .await
                    .unwrap(),
            ),
            false => {
                let mfa = &office.world.mfa;
                mfa.password_changed(&office.person.user).await.unwrap();
            }
        }
        assert!(!kept().await, "used: {used}");
    }
}
