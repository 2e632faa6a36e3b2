//! Signing in, with each method.

use crate::stage::{ALICE, PASSWORD, Stage};

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_code_signs_in_once() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    let (app, _) = alice.come_to_second_step(&stage, ALICE).await;
    alice.see("code").await;
    alice.picture("second-step").await;
    assert_eq!(
        alice.me().await,
        401,
        "there is no session before the second step"
    );
    let code = app.code(stage.now());
    alice.fill("code", &code).await;
    alice.at("/profile").await;
    alice.sign_out().await;

    // A used code is worthless for a person who watched it being typed.
    let thief = stage.browser().await;
    thief.give_password(ALICE).await;
    thief.fill("code", &code).await;
    thief.reads("code-message", "isn’t correct").await;
    assert_eq!(thief.me().await, 401);
    stage.mail(ALICE, "Sign-in blocked: used code").await;
    thief.click("cancel-signin").await;
    thief.see("email").await;

    alice.close().await;
    thief.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn guessing_is_stopped_and_the_wait_is_shown() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    let (app, codes) = alice.come_to_second_step(&stage, ALICE).await;
    for _ in 0..5 {
        // The message of the last attempt is cleared, so that the test waits for the next one.
        alice
            .run("document.getElementById('code-message').textContent = ''")
            .await;
        alice.fill("code", "000000").await;
        alice.reads("code-message", "isn’t correct").await;
    }
    // The fifth wrong code blocks the codes of the authenticator.
    alice.fill("code", &app.code(stage.now())).await;
    alice.reads("code-message", "Too many").await;
    alice.picture("throttled").await;
    assert_eq!(alice.me().await, 401);
    stage.mail(ALICE, "Too many incorrect codes").await;

    // The block refuses a right code but not a recovery code.
    alice.give_password(ALICE).await;
    alice.fill("code", &app.code(stage.now())).await;
    alice.reads("code-message", "Too many").await;
    alice.click("use-recovery-code").await;
    alice.fill("code", &codes[3]).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    alice.sign_out().await;
    stage.step(30);
    alice.sign_in(&stage, ALICE, &app).await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_recovery_code_signs_in_once() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    let (_, codes) = alice.come_to_second_step(&stage, ALICE).await;
    alice.click("use-recovery-code").await;
    // People type spaces for dashes, and other case.
    alice
        .fill("code", &codes[6].replace('-', " ").to_uppercase())
        .await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    alice.reads("codes-left", "9 of 10").await;
    alice.reads("code-was-used", "9 of 10 left").await;
    alice.picture("code-was-used").await;
    alice
        .run("document.getElementById('codes-used').open = true")
        .await;
    alice.reads("codes-used-list", "Code 7").await;
    stage.mail(ALICE, "Recovery code used").await;
    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice.click("use-recovery-code").await;
    alice.fill("code", &codes[6]).await;
    alice.click("code-submit").await;
    alice
        .reads("code-message", "recovery code isn’t correct")
        .await;
    alice.is_wrong("code", "recovery code isn’t correct").await;
    assert_eq!(alice.me().await, 401);
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_code_by_mail_signs_in_and_is_good_for_nothing_else() {
    let stage = Stage::set(&["--email-codes=1"]).await;
    let alice = stage.browser().await;
    alice.come_to_second_step(&stage, ALICE).await;
    alice.click("use-email").await;
    let mail = stage.mail(ALICE, "verification code").await;
    let mut numbers = mail.text.split(|letter: char| !letter.is_ascii_digit());
    let code = numbers
        .find(|number| number.len() == 8)
        .expect("a code of eight digits");
    crate::logs::must_not_tell(code);
    alice.reads("use-email", "Resend in 0:").await;
    alice.fill("code", code).await;
    alice.at("/profile").await;
    alice.click("turn-off").await;
    alice.prove(code).await;
    alice.reads("ask-message", "isn’t correct").await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_browser_that_is_remembered_needs_no_code_until_it_is_forgotten() {
    let stage = Stage::set(&["--trusted-devices=1"]).await;
    let alice = stage.browser().await;
    let (app, _) = alice.come_to_second_step(&stage, ALICE).await;
    alice.click("trust-device").await;
    alice.fill("code", &app.code(stage.now())).await;
    alice.at("/profile").await;
    alice.reads("devices", "Chrome on Linux").await;
    stage.mail(ALICE, "Browser remembered").await;
    alice.sign_out().await;

    alice.give_password(ALICE).await;
    alice.at("/profile").await;
    let elsewhere = stage.browser().await;
    elsewhere.give_password(ALICE).await;
    elsewhere.see("code").await;
    assert_eq!(elsewhere.me().await, 401, "another browser is not this one");

    // Both sessions are listed, and this one is named.
    stage.next_code();
    elsewhere.fill("code", &app.code(stage.now())).await;
    elsewhere.click("code-submit").await;
    elsewhere.at("/profile").await;
    stage.next_code();
    alice.go("/profile").await;
    alice.reads("sessions", "this session").await;
    alice.picture("sessions").await;
    alice.click_within("sessions", "Sign out").await;
    alice.reads("sessions-status", "signed out").await;
    assert_eq!((elsewhere.me().await, alice.me().await), (401, 200));

    alice.click_within("devices", "Remove").await;
    alice.see("devices-none").await;
    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice.see("code").await;
    alice.close().await;
    elsewhere.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_challenge_is_worth_nothing_in_another_browser() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (app, _) = alice.enroll(&stage).await;
    alice.sign_out().await;
    let credentials = serde_json::json!({ "email": ALICE, "password": PASSWORD });
    let (status, challenge) = alice.post("/auth/login", credentials).await;
    assert_eq!(status, 202);
    let token = challenge["mfaTempToken"].as_str().unwrap();
    crate::logs::must_not_tell(token);
    let answer = serde_json::json!({ "mfaTempToken": token, "code": app.code(stage.now()) });

    let thief = stage.browser().await;
    thief.go("/signin").await;
    let (status, problem) = thief.post("/auth/mfa/verify", answer.clone()).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (401, Some("invalid_token"))
    );
    assert_eq!(thief.me().await, 401);
    let (status, _) = alice.post("/auth/mfa/verify", answer).await;
    assert_eq!(status, 200, "the code was not spent");
    alice.close().await;
    thief.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_new_password_takes_a_code() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (app, _) = alice.enroll(&stage).await;
    let new = "eleven quiet lanterns";
    crate::logs::must_not_tell(new);
    alice.fill("old-password", PASSWORD).await;
    alice.fill("new-password", "password").await;
    alice.click("password-submit").await;
    alice.fill("ask-code", "000000").await;
    alice.click("ask-submit").await;
    alice.reads("ask-message", "isn’t correct").await;
    alice.is_wrong("ask-code", "isn’t correct").await;
    alice.picture("new-password").await;
    alice.fill("ask-code", &app.code(stage.now())).await;
    alice.click("ask-submit").await;
    // An unsuitable one is no fault of the code, which stands for the next one, too.
    alice.reads("password-message", "too common").await;
    alice.is_wrong("new-password", "too common").await;
    alice.fill("new-password", new).await;
    alice.click("password-submit").await;
    alice.see("ask-confirmed").await;
    alice.sees_no("ask-code").await;
    alice.click("ask-submit").await;
    alice.reads("password-status", "Password changed").await;
    assert_eq!(alice.me().await, 200);
    stage.mail(ALICE, "Your password was changed").await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test] // S-48
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_forgotten_password_leaves_the_second_factor() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (app, _) = alice.enroll(&stage).await;
    let elsewhere = stage.browser().await;
    elsewhere.go("/forgot").await;
    elsewhere.fill("email", ALICE).await;
    elsewhere.click("forgot-submit").await;
    elsewhere.see("step-sent").await;
    let link = stage.link(ALICE, "Reset your password", "reset").await;
    elsewhere.go(&link).await;
    let new = "eleven quiet lanterns";
    crate::logs::must_not_tell(new);
    elsewhere.fill("password", "password").await;
    elsewhere.click("reset-submit").await;
    elsewhere.reads("reset-message", "too common").await;
    elsewhere.is_wrong("password", "too common").await;
    elsewhere.fill("password", new).await;
    elsewhere.click("reset-submit").await;
    elsewhere.see("step-done").await;
    assert_eq!(elsewhere.me().await, 401, "nobody is signed in by it");
    assert_eq!(alice.me().await, 401, "and whoever was is not any more");

    elsewhere.go(&link).await;
    elsewhere.fill("password", "twelve loud lanterns").await;
    elsewhere.click("reset-submit").await;
    elsewhere.reads("over-title", "have used this link").await;
    elsewhere.go("/signin").await;
    elsewhere.fill("email", ALICE).await;
    elsewhere.fill("password", new).await;
    elsewhere.click("signin-submit").await;
    elsewhere.see("code").await;
    elsewhere.fill("code", &app.code(stage.now())).await;
    elsewhere.at("/profile").await;
    alice.close().await;
    elsewhere.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn the_last_try_is_announced_and_the_other_ways_stay_open() {
    let stage = Stage::set(&["--delayed-recovery=72h"]).await;
    let alice = stage.browser().await;
    let (app, codes) = alice.come_to_second_step(&stage, ALICE).await;
    for wrong in 1..=5 {
        alice
            .run("document.getElementById('code-message').textContent = ''")
            .await;
        alice.fill("code", "000000").await;
        alice.reads("code-message", "code").await;
        let warning = alice.texts("#tries-left").await;
        assert_eq!(
            warning[0].contains("One attempt left"),
            wrong == 4,
            "{wrong}"
        );
        if wrong == 4 {
            alice.picture("one-try-left").await;
        }
    }
    alice.fill("code", &app.code(stage.now())).await;
    alice.see("code-message").await;
    let clock = "[data-testid=countdown]";
    let counts = async || {
        let clocks = alice.texts(clock).await;
        clocks
            .iter()
            .any(|text| text.starts_with("0:"))
            .then_some(())
    };
    alice.soon("the clock of this way", counts).await;

    // Another way has no clock, a reload forgets none, and the address stays.
    alice.click("use-recovery-code").await;
    assert!(alice.texts(clock).await.is_empty());
    alice.click("use-authenticator").await;
    alice.soon("the clock again", counts).await;
    alice.client.refresh().await.unwrap();
    alice.soon("the clock after a reload", counts).await;
    alice.picture("paused").await;
    alice.click("cancel-signin").await;
    alice.see("password").await;
    let email = alice
        .run("return document.getElementById('email').value")
        .await;
    assert_eq!(email, ALICE);

    // A code of the authenticator is taken in the field of the recovery codes, and the other way
    // round.
    stage.step(30);
    alice.give_password(ALICE).await;
    alice.click("use-recovery-code").await;
    alice.fill("code", &app.code(stage.now())).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice.reads("code-title", "").await;
    alice.fill("code", &codes[2]).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    alice.reads("codes-left", "9 of 10").await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_keyboard_comes_by_the_box_that_remembers_the_browser() {
    let stage = Stage::set(&["--trusted-devices=1"]).await;
    let alice = stage.browser().await;
    let (app, _) = alice.come_to_second_step(&stage, ALICE).await;
    // The six digits send nothing yet: Tab leads to the box, Space ticks it, Enter sends.
    let keys = format!("{}\u{e004} ", app.code(stage.now()));
    let field = alice.see("code").await;
    field.send_keys(&keys).await.unwrap();
    let ticked = "return document.getElementById('trust-device').checked";
    assert_eq!(alice.run(ticked).await, true);
    assert_eq!(alice.path().await, "/signin");
    let focused = alice.client.active_element().await.unwrap();
    focused.send_keys("\u{e007}").await.unwrap();
    alice.at("/profile").await;
    alice.reads("devices", "Chrome on Linux").await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn an_address_is_changed_and_kept_by_the_links_of_two_mails() {
    const NEW: &str = "alice@example.org";
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (app, _) = alice.enroll(&stage).await;
    stage.next_code();
    // Both factors were given a moment ago, and are asked for all the same.
    alice.fill("new-email", NEW).await;
    alice.click("email-submit").await;
    alice.sees_no("ask-confirmed").await;
    alice.picture("new-email-ask").await;
    alice.prove(&app.code(stage.now())).await;
    alice
        .reads("email-status", "a link to the new address")
        .await;
    let confirm = stage
        .link(NEW, "Confirm your new email address", "new-email")
        .await;
    let keep = stage
        .link(ALICE, "Your email address is about to change", "keep-email")
        .await;
    alice.go(&confirm).await;
    alice.see("act").await;
    alice.picture("new-email").await;
    alice.click("act").await;
    alice.see("step-done").await;
    alice.go("/profile").await;
    alice.reads("account-email", NEW).await;
    alice.go(&confirm).await;
    alice.click("act").await;
    alice.reads("over-text", "more than an hour").await;

    let phone = stage.browser().await;
    phone.go(&keep).await;
    phone.see("act").await;
    phone.picture("keep-email").await;
    phone.click("act").await;
    phone.see("step-done").await;
    assert_eq!(alice.me().await, 401);
    phone.give_password(ALICE).await;
    phone.see("code").await;
    phone.close().await;
    alice.close().await;
    stage.close().await;
}
