//! Edges of e-mail codes: clocks that differ, logins that alternate, and a factor that is available
//! again.

use countersign::account::Administrator;
use countersign::policy::Throttle;
use countersign::{Answer, Denial, NewAuthenticator};

use crate::sent_codes::codes::{Office, other_than};
use crate::support::policy;

#[tokio::test] // S-27, S-29
async fn a_code_for_another_login_renews_no_tries() {
    let throttle = Throttle::DEFAULT.block_at(10);
    let office = Office::with(policy().email_codes(true).throttle(throttle)).await;
    let (a, b) = (office.challenge().await, office.challenge().await);
    office.send(&a).await.unwrap();
    for _ in 0..4 {
        office.answer(&a, other_than("00000000")).await.unwrap_err();
    }
    office.world.forward(60);
    office.send(&b).await.unwrap();
    office.world.forward(60);
    let code = office.mailed(&a).await;
    office.answer(&a, other_than("00000000")).await.unwrap_err();
    assert_eq!(
        office.answer(&a, Answer::email(&code)).await.unwrap_err(),
        Denial::InvalidCode,
        "sixth try"
    );
}

#[tokio::test] // S-27, S-29
async fn no_dead_code_is_sent() {
    let throttle = Throttle::DEFAULT.block_at(10);
    let office = Office::with(policy().email_codes(true).throttle(throttle)).await;
    let a = office.challenge().await;
    office.send(&a).await.unwrap();
    for _ in 0..5 {
        office.answer(&a, other_than("00000000")).await.unwrap_err();
    }
    office.world.forward(60);
    let sent = office.send(&a).await;
    let code = office.world.mails.code().unwrap();
    assert!(
        sent.is_err() || office.answer(&a, Answer::email(&code)).await.is_ok(),
        "a code that is dead was mailed"
    );
}

#[tokio::test] // S-27, S-29
async fn a_disabled_mail_factor_comes_back() {
    let throttle = Throttle::DEFAULT.block_at(2).exhaust_at(3);
    let policy = policy().email_codes(true).throttle(throttle);
    let office = Office::with(policy.password_change_after(5)).await;
    let (world, person) = (&office.world, &office.person);
    for _ in 0..3 {
        let challenge = office.challenge().await;
        office
            .answer(&challenge, other_than("00000000"))
            .await
            .unwrap_err();
        world.forward(3600);
    }
    let new = NewAuthenticator::new("alice").replacing(person.setup.authenticator);
    world
        .add(&person.user, new, world.with_code(&person.recovery[0]))
        .await;
    world
        .mfa
        .regenerate_recovery_codes(&person.user, world.with_code(&person.recovery[1]))
        .await
        .unwrap();
    world.mfa.password_changed(&person.user).await.unwrap();
    world
        .mfa
        .admin_lock_account(&person.user, Administrator::new("r").because("x"))
        .await
        .unwrap();
    world
        .mfa
        .admin_unlock_account(&person.user, Administrator::new("r").because("x"))
        .await
        .unwrap();
    let challenge = office.challenge().await;
    assert!(office.send(&challenge).await.is_ok());
}
