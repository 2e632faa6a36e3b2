//! Sets of recovery codes, and the sheet that they are downloaded as.

use countersign::event::EventKind;
use countersign::token::{RecoveryCodeSheet, Token};
use countersign::words::{English, German};
use countersign::{Denial, UserId};

use crate::support::{Person, World, denied, world};

#[tokio::test] // S-21, S-22
async fn new_recovery_codes_void_the_old_ones_and_are_told_of() {
    let world = world();
    let person = world.enroll(1).await;
    world
        .sign_in(&person.user, &person.recovery[1])
        .await
        .unwrap();
    let before = world
        .mfa
        .status(&person.user)
        .await
        .unwrap()
        .recovery_codes
        .unwrap();
    assert_eq!((before.total, before.remaining, before.low), (10, 9, false));
    assert_eq!(before.codes[1].used_at, Some(world.clock.time()));
    assert_eq!(before.codes[0].used_at, None);

    world.forward(60);
    let (sheet, _) = regenerate(&world, &person, &person.recovery[0]).await;
    let last = world.events(&person.user).await.pop().unwrap();
    assert_eq!(last.kind, EventKind::RecoveryCodesIssued);
    assert!(last.notify_user());
    let after = world
        .mfa
        .status(&person.user)
        .await
        .unwrap()
        .recovery_codes
        .unwrap();
    assert_eq!(
        (after.remaining, after.generated_at),
        (10, world.clock.time())
    );
    for old in &person.recovery[..4] {
        assert!(!sheet.contains(old.as_str()));
        let denial = world.sign_in(&person.user, old).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
    }
    let fresh = sheet.lines().last().unwrap();
    assert!(world.sign_in(&person.user, fresh).await.is_ok(), "{fresh}");
}

#[tokio::test] // S-22
async fn the_sheet_is_downloaded_once() {
    let world = world();
    let person = world.enroll(1).await;
    let (sheet, ticket) = regenerate(&world, &person, &person.recovery[0]).await;
    assert_eq!(
        sheet
            .lines()
            .filter(|line| line.matches('-').count() == 5)
            .count(),
        10
    );
    world.forward(599);
    let again = world.mfa.redeem_sheet(&ticket).await.unwrap();
    assert_eq!(*again.expose_text(&English), sheet);
    let last = world.events(&person.user).await.pop().unwrap();
    assert_eq!(last.kind, EventKind::RecoveryCodeSheetDownloaded);
    let third = denied(world.mfa.redeem_sheet(&ticket).await);
    assert_eq!(third.unwrap_err(), Denial::TokenSpent);
}

#[tokio::test]
async fn the_sheet_is_in_the_language_of_its_reader() {
    let world = world();
    let person = world.enroll(1).await;
    let (english, ticket) = regenerate(&world, &person, &person.recovery[0]).await;
    let sheet = world.mfa.redeem_sheet(&ticket).await.unwrap();
    let german = sheet.expose_text(&German);
    let head = "Wiederherstellungscodes für Tests\n\
                Erstellt am 15. Januar 2027, 08:00 Uhr (UTC)\n\n\
                Mit jedem Code können Sie sich einmal anmelden, wenn Sie Ihren Authenticator nicht nutzen können.\n\
                Neue Codes machen diese ungültig. Bewahren Sie sie so auf, dass nur Sie sie finden.\n\n   1. ";
    assert!(german.starts_with(head), "{}", *german);
    let codes = |text: &str| {
        text.lines()
            .rev()
            .take(10)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&german), codes(&english));
}

#[tokio::test] // S-21, S-22, S-50
async fn a_ticket_dies_with_its_set() {
    for end in ["age", "new set", "disable", "password", "erase"] {
        let world = world();
        let person = world.enroll(1).await;
        let (_, ticket) = regenerate(&world, &person, &person.recovery[0]).await;
        let code = world.code(&person);
        match end {
            "age" => world.forward(600),
            "new set" => drop(regenerate(&world, &person, &code).await),
            "disable" => {
                let proof = world.with_code(&code);
                world.mfa.disable_mfa(&person.user, proof).await.unwrap();
            }
            "password" => drop(world.mfa.password_changed(&person.user).await.unwrap()),
            _ => world.mfa.erase_user(&person.user).await.unwrap(),
        }
        let written = world.written(&person.user).await;
        let answer = denied(world.mfa.redeem_sheet(&ticket).await);
        assert_eq!(answer.unwrap_err(), Denial::TokenExpired, "{end}");
        assert_eq!(world.written(&person.user).await, written, "{end}");
    }
}

#[tokio::test]
async fn the_longest_ticket_there_can_be_is_still_a_token() {
    let policy = countersign::Policy::new("a".repeat(64), "Tests").recovery_codes(
        countersign::recovery_codes::RecoveryCodePolicy::standard()
            .letters(32)
            .count(16),
    );
    let key = crate::support::KEY_A.replacen('a', &"k".repeat(32), 1);
    let world = World::over(Default::default(), policy, &key);
    let user = UserId::new("u".repeat(255)).unwrap();
    let setup = world
        .mfa
        .start_enrollment(&user, "alice", world.password())
        .await
        .unwrap();
    let totp = countersign::otp::Totp::new(&setup.secret, Default::default());
    let code = crate::support::code_at(&totp, world.clock.time());
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    let delivered = enrolled.unwrap().recovery_codes.unwrap().deliver();
    assert!(delivered.ticket().expose().len() <= 1024);
    let sheet = world.mfa.redeem_sheet(delivered.ticket()).await.unwrap();
    assert_eq!(
        sheet.expose_text(&English),
        delivered.sheet().expose_text(&English)
    );
}

/// New codes, and the ticket for their sheet.
async fn regenerate(
    world: &World,
    person: &Person,
    proof: &str,
) -> (String, Token<RecoveryCodeSheet>) {
    let proof = world.with_code(proof);
    let regenerated = world
        .mfa
        .regenerate_recovery_codes(&person.user, proof)
        .await;
    let delivered = regenerated.unwrap().recovery_codes.deliver();
    (
        delivered.sheet().expose_text(&English).to_string(),
        delivered.ticket().clone(),
    )
}
