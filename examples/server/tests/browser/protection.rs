//! A stolen account, and the help of an administrator.

use crate::authenticator::Authenticator;
use crate::stage::{ALICE, ROOT, Stage};

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_mail_locks_the_account_and_an_administrator_unlocks_it() {
    let stage = Stage::set(&["--admin=root@example.com"]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (app, _) = alice.enroll(&stage).await;
    let link = stage
        .link(ALICE, "Two-step verification is on", "lock")
        .await;

    let phone = stage.browser().await;
    phone.go(&link).await;
    phone.see("act").await;
    assert_eq!(alice.me().await, 200, "opening a link does nothing");
    phone.picture("lock").await;
    phone.click("act").await;
    phone.see("step-done").await;
    assert_eq!(alice.me().await, 401, "all sessions have ended");
    alice.give_password(ALICE).await;
    alice.reads("over-title", "locked").await;

    let root = stage.browser().await;
    root.sign_up(&stage, ROOT).await;
    root.go("/admin").await;
    root.fill("find-email", ALICE).await;
    root.click("find-submit").await;
    root.reads("user-locked", "Locked").await;
    root.reads("users", ROOT).await;
    root.picture("admin").await;
    root.click("unlock").await;
    root.fill("ask-reason", "called back").await;
    root.click("ask-submit").await;
    root.see("lock").await;
    let reason = root.reads("user-log", "Reason: called back").await;
    assert!(reason.contains(&format!("by {ROOT}")), "{reason}");
    stage.mail(ALICE, "Your account is unlocked").await;

    // Whoever has no second factor is listed, and the own account is not locked by mistake.
    let listed = root.reads("users", ROOT).await;
    assert!(!listed.contains(ALICE), "{listed}");
    root.click_within("users", "Show").await;
    root.reads("user-email", ROOT).await;
    root.see("user-own").await;
    root.sees_no("lock").await;
    root.sees_no("reset").await;
    root.picture("admin-own").await;
    alice.sign_in(&stage, ALICE, &app).await;

    // A link from before the unlocking no longer works.
    phone.go(&link).await;
    phone.click("act").await;
    phone.reads("over-title", "no longer works").await;
    assert_eq!(alice.me().await, 200);

    alice.click("lock-account").await;
    alice.click("ask-submit").await;
    alice.picture("lock-warning").await;
    assert_eq!(alice.me().await, 200, "the warning was not taken in");
    alice.click("ask-sure").await;
    alice.click("ask-submit").await;
    alice.at("/locked").await;
    alice.picture("locked").await;
    assert_eq!(alice.me().await, 401);
    alice.close().await;
    phone.close().await;
    root.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn after_a_reset_only_the_mail_leads_back() {
    let stage = Stage::set(&["--admin=root@example.com"]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (lost, _) = alice.enroll(&stage).await;
    let root = stage.browser().await;
    root.sign_up(&stage, ROOT).await;
    root.go("/admin").await;
    root.fill("find-email", ALICE).await;
    root.click("find-submit").await;
    root.click("reset").await;
    root.fill("ask-reason", "lost phone, seen on video").await;
    root.click("ask-submit").await;
    root.reads("user-enabled", "eset").await;
    let page = root.run("return document.documentElement.outerHTML").await;
    assert!(
        !page.as_str().unwrap().contains("cs1g_"),
        "the grant is not the administrator's to see"
    );
    assert_eq!(alice.me().await, 401, "all sessions have ended");

    // The password alone cannot enrol a phone.
    let mallory = stage.browser().await;
    mallory.give_password(ALICE).await;
    mallory.reads("over-title", "reset").await;
    assert_eq!(mallory.me().await, 401);

    let link = stage
        .link(ALICE, "Two-step verification was reset", "enroll")
        .await;
    alice.go(&link).await;
    alice.fill("new-name", "New phone").await;
    alice.click("act").await;
    let new = Authenticator::scan(&alice).await;
    assert_eq!(new.entry, ALICE);
    alice.fill("enrollment-code", &new.code(stage.now())).await;
    alice.recovery_codes().await;
    alice.click("codes-saved").await;
    assert_eq!(alice.me().await, 401, "there is no session: sign in");
    stage.next_code();
    alice.give_password(ALICE).await;
    alice.fill("code", &lost.code(stage.now())).await;
    alice.reads("code-message", "isn’t correct").await;
    alice.sign_in(&stage, ALICE, &new).await;
    alice.reads("authenticators", "New phone").await;
    mallory.go(&link).await;
    mallory.click("act").await;
    mallory.see("over-title").await;
    mallory.sees_no("qr").await;

    // No other user is an administrator.
    alice.go("/admin").await;
    let (status, _) = alice
        .post(
            "/auth/mfa/admin/users/1/reset",
            serde_json::json!({ "reason": "x" }),
        )
        .await;
    assert_eq!(status, 403);
    alice.close().await;
    mallory.close().await;
    root.close().await;
    stage.close().await;
}
