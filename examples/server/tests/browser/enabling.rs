//! Turning two-step sign-in on and off, with a code and without.

use crate::authenticator::Authenticator;
use crate::logs;
use crate::security_key::PLATFORM;
use crate::stage::{ALICE, PASSWORD, Stage};

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_newcomer_turns_it_on_with_a_code_and_off_again() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up_in_pages(&stage, ALICE).await;
    alice.go("/profile").await;
    alice.reads("two-step-state", "Off").await;
    alice
        .reads("check-up-next", "Next step: Turn on two-step verification")
        .await;
    alice.picture("profile-off").await;

    alice.fill("turn-on-password", "not this one").await;
    alice.click("turn-on").await;
    alice.reads("turn-on-message", "incorrect").await;
    alice.fill("turn-on-password", PASSWORD).await;
    alice.click("turn-on").await;
    let app = Authenticator::scan(&alice).await;
    alice.reads("enrollment-steps", "Step 1 of 3.").await;
    alice.picture("enrolment").await;
    assert!(app.code(stage.now()) != "000000", "the wrong code is wrong");
    alice.fill("enrollment-code", "000000").await;
    alice
        .reads("enrollment-code-message", "isn’t correct")
        .await;
    // An unconfirmed authenticator protects nothing yet: the password alone signs in.
    let before = alice.cookies().await;
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    let codes = alice.recovery_codes().await;
    alice.reads("codes", "Step 3 of 3.").await;
    alice.picture("recovery-codes").await;
    assert_ne!(alice.cookies().await, before, "the session has a new id");

    // The recovery codes can be downloaded once.
    alice.click("codes-download").await;
    let sheet = alice
        .downloaded("countersign-demo-recovery-codes-alice@example.com.txt")
        .await;
    assert!(sheet.contains(ALICE), "the sheet says whose codes they are");
    for code in &codes {
        assert!(sheet.contains(code.as_str()), "the sheet has all codes");
    }
    alice.reads("codes-status", "Downloaded").await;
    alice.click("codes-saved").await;
    alice.reads("two-step-state", "On").await;
    assert!(
        alice.texts("[data-testid=recovery-code]").await.is_empty(),
        "they are shown once"
    );
    // Nobody named it, and another one will have to be told apart from it.
    let labels = alice.texts("[data-testid=authenticator-label]").await;
    assert!(
        labels[0].starts_with("Authenticator app, Jan 15, 2027"),
        "{labels:?}"
    );
    alice
        .reads("check-up-next", "Next step: Add a passkey or a second")
        .await;
    alice.reads("log", "Authenticator app, Jan 15, 2027").await;
    alice.picture("profile-on").await;
    stage.mail(ALICE, "Two-step verification is on").await;

    stage.next_code();
    alice.click("turn-off").await;
    alice.prove("000000").await;
    alice.reads("ask-message", "isn’t correct").await;
    alice.fill("ask-password", "not this one").await;
    alice.fill("ask-code", &app.code(stage.now())).await;
    alice.click("ask-submit").await;
    alice.reads("ask-message", "password is incorrect").await;
    alice
        .is_wrong("ask-password", "password is incorrect")
        .await;
    // The request with the wrong password did not use the code up.
    alice.prove(&app.code(stage.now())).await;
    alice.reads("two-step-state", "Off").await;
    stage.mail(ALICE, "Two-step verification is off").await;
    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice.at("/profile").await;
    alice.click("delete-account").await;
    alice.fill("ask-password", PASSWORD).await;
    alice.click("ask-submit").await;
    alice.at("/deleted").await;
    alice.picture("deleted").await;
    assert_eq!(alice.me().await, 401);

    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn without_a_code_it_turns_on_by_a_button_or_by_itself() {
    let stage = Stage::set(&["--codeless=1"]).await;
    for by_itself in [false, true] {
        let person = if by_itself { "bob@example.com" } else { ALICE };
        let browser = stage.browser().await;
        browser.sign_up(&stage, person).await;
        browser.go("/profile").await;
        let seconds = browser
            .run("return Number(document.getElementById('codeless').dataset.seconds)")
            .await;
        assert!(seconds.as_f64().unwrap() <= 40.0, "within 40 s");
        if by_itself {
            // The countdown is cut short.
            browser
                .run("document.getElementById('codeless').dataset.seconds = 2")
                .await;
        }
        browser.fill("turn-on-password", PASSWORD).await;
        browser.click("turn-on").await;
        let app = Authenticator::scan(&browser).await;
        // No clock runs before the person says that the app has the key.
        browser.sees_no("codeless-timer").await;
        browser.click("scanned").await;
        if !by_itself {
            browser.reads("codeless-timer", "0:3").await;
            browser.picture("codeless").await;
            browser.click("stop-countdown").await;
            browser.sees_no("codeless-timer").await;
            browser.click("scanned").await;
            browser.click("turn-on-now").await;
        }
        browser.recovery_codes().await;
        browser.click("codes-saved").await;
        // The page asks for the code that shows whether the authenticator works.
        browser.see("verify-code").await;
        browser.sees_no("verify-password").await;
        browser.picture("verify").await;
        if by_itself {
            browser.click("verify-later").await;
            browser.see("unproven").await;
            browser.click("verify-now").await;
            browser.fill("verify-password", PASSWORD).await;
        }
        browser.fill("verify-code", "000000").await;
        browser.reads("verify-message", "code").await;
        browser.fill("verify-code", &app.code(stage.now())).await;
        browser.reads("two-step-state", "On").await;
        browser.sees_no("unproven").await;
        assert_eq!(browser.me().await, 200);
        browser.close().await;
    }
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_first_authenticator_has_the_name_that_was_typed() {
    let stage = Stage::set(&[]).await;
    for (person, passkey) in [(ALICE, false), ("bob@example.com", true)] {
        let browser = stage.browser().await;
        if passkey {
            browser.plug_in(PLATFORM).await;
        }
        browser.sign_up(&stage, person).await;
        browser.go("/profile").await;
        browser.fill("turn-on-password", PASSWORD).await;
        browser.click("turn-on").await;
        let app = Authenticator::scan(&browser).await;
        browser.fill("enrollment-name", "Red phone").await;
        browser.picture("setup-name").await;
        if passkey {
            browser.click("enrollment-passkey").await;
        } else {
            browser.client.refresh().await.unwrap();
            browser.see("enrollment-name").await;
            let typed = "return document.getElementById('enrollment-name').value";
            assert_eq!(browser.run(typed).await, "Red phone", "a reload keeps it");
            browser
                .fill("enrollment-code", &app.code(stage.now()))
                .await;
        }
        browser.recovery_codes().await;
        browser.click("codes-saved").await;
        browser.reads("two-step-state", "On").await;
        let labels = browser.texts("[data-testid=authenticator-label]").await;
        assert_eq!(labels, ["Red phone"]);
        browser.close().await;
    }
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn where_everybody_needs_one_there_is_no_session_before_it() {
    let stage = Stage::set(&["--require-mfa=1"]).await;
    let alice = stage.browser().await;
    alice.go("/signup").await;
    alice.fill("email", ALICE).await;
    alice.fill("password", PASSWORD).await;
    alice.click("signup-submit").await;
    let app = Authenticator::scan(&alice).await;
    assert_eq!(
        alice.me().await,
        401,
        "there is no session before the second step"
    );
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    alice.recovery_codes().await;
    assert_eq!(alice.me().await, 200, "the enrolment was the second step");
    alice.click("codes-saved").await;
    alice.at("/profile").await;
    alice.reads("two-step-state", "On").await;
    alice.reads("danger-title", "Lock or delete").await;
    alice.sees_no("turn-off").await;
    stage.next_code();
    alice.sign_out().await;
    alice.sign_in(&stage, ALICE, &app).await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn authenticators_are_added_renamed_and_removed_and_codes_replaced() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (phone, old) = alice.enroll(&stage).await;

    alice.later(&stage).await;
    alice.click("add-authenticator").await;
    alice.fill("ask-name", "Tablet").await;
    alice.prove(&phone.code(stage.now())).await;
    let tablet = Authenticator::scan(&alice).await;
    assert_eq!(phone.entry, ALICE);
    assert_eq!(tablet.entry, "alice@example.com (Tablet)");
    alice
        .fill("enrollment-code", &tablet.code(stage.now()))
        .await;
    alice.reads("authenticators", "Tablet").await;
    alice.click_within("authenticators", "Rename").await;
    alice.fill("ask-name", "Telephone").await;
    alice.click("ask-submit").await;
    alice.reads("authenticators", "Telephone").await;
    alice.picture("authenticators").await;
    stage.next_code();

    // The first entry is the telephone. Its codes stop working with the removal.
    // Whoever proved it a moment ago need not do it again.
    alice.click_within("authenticators", "Remove").await;
    alice.see("ask-confirmed").await;
    alice.sees_no("ask-password").await;
    alice.sees_no("ask-code").await;
    alice.picture("confirmed-a-moment-ago").await;
    alice.click("ask-submit").await;
    alice
        .soon("one is left", async || {
            (alice.texts("[data-testid=authenticator]").await.len() == 1).then_some(())
        })
        .await;
    stage.next_code();

    // The page was open for longer than that, and does not know it: the server asks.
    stage.step(301);
    alice.click("regenerate").await;
    alice.see("ask-confirmed").await;
    alice.click("ask-submit").await;
    alice.see("ask-password").await;
    alice.sees_no("ask-confirmed").await;
    alice.prove(&tablet.code(stage.now())).await;
    let new = alice.recovery_codes().await;
    assert!(new.iter().all(|code| !old.contains(code)));
    alice.click("codes-saved").await;
    alice.reads("codes-left", "10 of 10").await;
    stage.next_code();

    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice.fill("code", &phone.code(stage.now())).await;
    alice.reads("code-message", "isn’t correct").await;
    alice.click("use-recovery-code").await;
    alice.fill("code", &old[0]).await;
    alice.click("code-submit").await;
    alice.reads("code-message", "isn’t correct").await;
    alice.fill("code", &new[0]).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    alice.reads("codes-left", "9 of 10").await;
    logs::search();
    alice.close().await;
    stage.close().await;
}
