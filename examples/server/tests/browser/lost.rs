//! A user without phone and recovery codes.

use crate::authenticator::Authenticator;
use crate::stage::{ALICE, Stage};

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn after_the_wait_a_new_authenticator_takes_the_place_of_all() {
    let stage = Stage::set(&["--delayed-recovery=72h", "--codeless=1"]).await;
    let alice = stage.browser().await;
    let (lost, codes) = alice.come_to_second_step(&stage, ALICE).await;
    alice.click("use-lost").await;
    alice.see("step-lost").await;
    alice.picture("lost").await;
    alice.click("recovery-request").await;
    alice.see("step-waiting").await;
    stage.mail(ALICE, "Account recovery requested").await;
    alice.give_password(ALICE).await;
    alice.see("recovery-notice").await;
    alice.sees_no("recovery-complete").await;
    assert_eq!(alice.me().await, 401);

    stage.step(72 * 3600);
    alice.give_password(ALICE).await;
    stage.mail(ALICE, "Account recovery is open").await;
    alice.fill("recovery-name", "New phone").await;
    alice.click("recovery-complete").await;
    Authenticator::scan(&alice).await;
    alice.client.refresh().await.unwrap();
    let new = Authenticator::scan(&alice).await;
    assert_eq!(alice.me().await, 401, "the leave to enrol is no session");
    alice.sees_no("codeless").await;
    alice.fill("enrollment-code", &new.code(stage.now())).await;
    alice.recovery_codes().await;
    alice.click("codes-saved").await;
    stage.mail(ALICE, "Account recovered").await;
    assert_eq!(alice.me().await, 401, "and neither is its end");

    stage.next_code();
    alice.give_password(ALICE).await;
    alice.fill("code", &lost.code(stage.now())).await;
    alice.reads("code-message", "isn’t correct").await;
    alice.click("use-recovery-code").await;
    alice.fill("code", &codes[0]).await;
    alice.click("code-submit").await;
    alice.reads("code-message", "isn’t correct").await;
    alice.sign_in(&stage, ALICE, &new).await;
    alice.reads("authenticators", "New phone").await;
    // They were saved before there was a session that could note it.
    alice.see("codes-summary").await;
    alice.sees_no("codes-unsaved").await;
    alice.client.refresh().await.unwrap();
    alice.see("codes-summary").await;
    alice.sees_no("codes-unsaved").await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn its_owner_stops_a_recovery_by_the_link_in_the_mail() {
    let stage = Stage::set(&["--delayed-recovery=72h"]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (app, _) = alice.enroll(&stage).await;
    let mallory = stage.browser().await;
    mallory.give_password(ALICE).await;
    mallory.click("use-lost").await;
    mallory.click("recovery-request").await;
    mallory.see("step-waiting").await;
    let link = stage
        .link(ALICE, "Account recovery requested", "cancel")
        .await;
    alice.go("/profile").await;
    alice.see("recovery-banner").await;

    alice.go(&link).await;
    alice.see("act").await;
    assert_eq!(
        alice.run("return location.hash").await,
        "",
        "the token is not left in the address"
    );
    alice.go("/profile").await;
    alice.see("recovery-banner").await;
    // Opening the link changed nothing: the button acts.
    alice.go(&link).await;
    alice.click("act").await;
    alice.see("step-done").await;
    stage.step(73 * 3600);
    mallory.give_password(ALICE).await;
    mallory.see("code").await;
    mallory.sees_no("recovery-notice").await;
    alice.sign_in(&stage, ALICE, &app).await;
    alice.close().await;
    mallory.close().await;
    stage.close().await;
}
