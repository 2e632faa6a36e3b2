//! What a reload, Back, a second tab, a discarded tab or a lost answer leaves of a step.

use fantoccini::Locator;

use crate::authenticator::Authenticator;
use crate::browser::Browser;
use crate::logs;
use crate::stage::{ALICE, PASSWORD, ROOT, Stage};

/// Answers to these paths are lost once: the server acts, and the page sees a broken connection.
const LOSE: &str = "const path = arguments[0]; const real = window.fetch; \
    window.fetch = async (...request) => { \
      const answer = await real(...request); \
      if (request[0] !== path) return answer; \
      window.fetch = real; \
      throw new TypeError('Failed to fetch'); };";

/// Holds requests to this path back until `release` is called, and notes the paths of all.
const HOLD: &str = "const path = arguments[0]; const real = window.fetch; window.asked = []; \
    const held = new Promise((resolve) => { window.release = resolve; }); \
    window.fetch = async (...request) => { \
      window.asked.push(request[0]); \
      if (request[0] === path) await held; \
      return real(...request); };";

impl Browser {
    async fn holds(&self, path: &str) {
        let path = vec![serde_json::json!(path)];
        self.client.execute(HOLD, path).await.unwrap();
    }

    async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    async fn loses_the_answer_of(&self, path: &str) {
        let path = vec![serde_json::json!(path)];
        self.client.execute(LOSE, path).await.unwrap();
    }

    async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// Begins to turn two-step verification on.
    async fn begin(&self) -> Authenticator {
        self.go("/profile").await;
        self.fill("turn-on-password", PASSWORD).await;
        self.click("turn-on").await;
        Authenticator::scan(self).await
    }

    async fn is_displayed(&self, id: &str) -> bool {
        match self.client.find(Locator::Id(id)).await {
            Ok(element) => element.is_displayed().await.unwrap(),
            Err(_) => false,
        }
    }
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_second_step_survives_a_reload_and_back_goes_one_step_back() {
    let stage = Stage::set(&["--delayed-recovery=72h"]).await;
    let alice = stage.browser().await;
    let (app, codes) = alice.come_to_second_step(&stage, ALICE).await;
    alice.see("code").await;
    let first = alice.title().await;
    assert!(!first.starts_with("Sign in"), "{first}");

    alice.reload().await;
    alice.see("code").await;
    assert_eq!(alice.title().await, first);
    alice.click("use-recovery-code").await;
    alice.reads("code-title", "recovery code").await;
    alice.reload().await;
    alice.reads("code-title", "recovery code").await;
    alice.click("use-lost").await;
    alice.see("step-lost").await;
    alice.reload().await;
    alice.see("step-lost").await;
    assert_eq!(alice.me().await, 401);

    // One step at a time, to the password, and forward again without it.
    alice.client.back().await.unwrap();
    alice.reads("code-title", "recovery code").await;
    alice.client.back().await.unwrap();
    alice.see("code").await;
    assert_eq!(alice.title().await, first);
    alice.client.back().await.unwrap();
    alice.see("password").await;
    let email = alice
        .run("return document.getElementById('email').value")
        .await;
    assert_eq!(email, ALICE);
    alice.client.forward().await.unwrap();
    alice.see("code").await;
    alice.fill("code", &app.code(stage.now())).await;
    alice.at("/profile").await;
    let storage = alice.run("return sessionStorage.getItem('sign-in')").await;
    assert!(storage.is_null(), "a sign-in that is done is not kept");
    stage.next_code();

    // After its time the step is over, and says so beside the password.
    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice.see("code").await;
    stage.step(6 * 60);
    alice.reload().await;
    alice.reads("signin-message", "has ended").await;
    logs::must_not_tell(&codes[0]);
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_setup_survives_a_reload_and_its_codes_until_they_are_saved() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let app = alice.begin().await;
    alice.reload().await;
    let same = Authenticator::scan(&alice).await;
    assert_eq!(same.code(stage.now()), app.code(stage.now()));
    assert!(alice.title().await.starts_with("Set up"));
    alice.client.back().await.unwrap();
    alice.see("turn-on-password").await;
    alice.click("setup-continue").await;
    Authenticator::scan(&alice).await;

    alice.fill("enrollment-code", &app.code(stage.now())).await;
    alice.see("code-list").await;
    alice.picture("codes").await;
    alice.click("codes-saved").await;
    assert!(
        alice.is_displayed("code-list").await,
        "nobody says by accident that they are saved"
    );
    let guarded = "const leave = new Event('beforeunload', { cancelable: true }); \
                   dispatchEvent(leave); return leave.defaultPrevented";
    assert_eq!(alice.run(guarded).await, true, "leaving asks first");
    // Back shows the account, which says that they are not saved.
    alice.client.back().await.unwrap();
    alice.see("codes-unsaved").await;
    alice.picture("codes-unsaved").await;
    alice.click("codes-show").await;
    let codes = alice.recovery_codes().await;
    alice.reload().await;
    alice.see("codes-unsaved").await;
    alice.sees_no("codes-show").await;
    alice.click("codes-again").await;
    let sheet = alice
        .downloaded("countersign-demo-recovery-codes-alice@example.com.txt")
        .await;
    assert!(codes.iter().all(|code| sheet.contains(code.as_str())));
    alice.click("codes-kept").await;
    alice.sees_no("codes-unsaved").await;
    assert_eq!(alice.run(guarded).await, false);
    alice.reload().await;
    alice.reads("codes-left", "10 of 10").await;
    alice.sees_no("codes-unsaved").await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_lost_answer_to_a_confirmation_leads_on() {
    let stage = Stage::set(&[]).await;
    for signed_out in [false, true] {
        let person = if signed_out { "bob@example.com" } else { ALICE };
        let browser = stage.browser().await;
        browser.sign_up(&stage, person).await;
        let app = browser.begin().await;
        let before = browser.client.get_all_cookies().await.unwrap();
        browser.loses_the_answer_of("/auth/mfa/setup/confirm").await;
        browser
            .fill("enrollment-code", &app.code(stage.now()))
            .await;
        browser.reads("enrollment-code-message", "reached").await;
        stage.mail(person, "Two-step verification is on").await;
        if signed_out {
            // The new cookie was lost with the answer.
            for cookie in before {
                browser.client.add_cookie(cookie).await.unwrap();
            }
        }
        stage.next_code();
        browser.click("enrollment-submit").await;
        if signed_out {
            browser.at("/signin").await;
            browser.sign_in(&stage, person, &app).await;
        }
        browser.reads("two-step-state", "On").await;
        browser.see("codes-unsaved").await;
        browser.sees_no("setup-open").await;
        browser.picture("lost-answer").await;
        browser.click("codes-new").await;
        stage.next_code();
        browser.click("ask-submit").await;
        browser.recovery_codes().await;
        browser.click("codes-saved").await;
        browser.reads("codes-left", "10 of 10").await;
        browser.sees_no("codes-unsaved").await;
        browser.close().await;
    }
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_setup_that_is_over_says_why_and_starts_again() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let app = alice.begin().await;
    let tab = alice.client.window().await.unwrap();

    // Another tab starts another one.
    let other = alice.client.new_window(true).await.unwrap().handle;
    alice.client.switch_to_window(other).await.unwrap();
    alice.begin().await;
    alice.client.close_window().await.unwrap();
    alice.client.switch_to_window(tab).await.unwrap();
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    alice.reads("enrollment-message", "Another setup").await;
    alice.picture("superseded").await;
    alice.click("enrollment-again").await;

    // The password that began it begins the next one, too.
    alice.sees_no("enrollment-again").await;
    Authenticator::scan(&alice).await;
    for wrong in 0..10 {
        alice
            .run("document.getElementById('enrollment-code-message').textContent = ''")
            .await;
        alice.fill("enrollment-code", "000000").await;
        let message = if wrong < 9 {
            "enrollment-code-message"
        } else {
            "enrollment-message"
        };
        alice.reads(message, "code").await;
    }
    alice.reads("enrollment-message", "too many").await;
    alice.picture("guessed-away").await;
    alice.click("enrollment-again").await;
    alice.sees_no("enrollment-again").await;
    let last = Authenticator::scan(&alice).await;
    stage.step(11 * 60);
    alice.fill("enrollment-code", &last.code(stage.now())).await;
    alice.see("enrollment-again").await;
    alice.picture("expired").await;
    let faded = "return getComputedStyle(document.getElementById('enrollment-steps')).opacity < 1";
    assert_eq!(alice.run(faded).await, true, "its picture fades");
    alice.click("enrollment-again").await;
    alice.sees_no("enrollment-again").await;
    let app = Authenticator::scan(&alice).await;
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    alice.recovery_codes().await;
    alice.click("codes-saved").await;
    alice.reads("two-step-state", "On").await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_used_link_says_what_is_true_and_leads_on() {
    let stage = Stage::set(&[
        "--codeless=1",
        "--delayed-recovery=72h",
        "--admin=root@example.com",
    ])
    .await;
    let alice = stage.browser().await;
    alice.go("/signup").await;
    alice.fill("email", ALICE).await;
    alice.fill("password", PASSWORD).await;
    alice.click("signup-submit").await;
    alice.at("/profile").await;
    let confirm = stage
        .link(ALICE, "Confirm your email address", "confirm")
        .await;
    for first in [true, false] {
        alice.go(&confirm).await;
        alice.reload().await;
        alice.click("act").await;
        alice
            .see(if first { "step-done" } else { "over-title" })
            .await;
    }
    // A reload says again what is true, and not that the link is incomplete.
    alice.reads("over-title", "is confirmed").await;
    alice.reload().await;
    alice.reads("over-title", "is confirmed").await;
    alice.click("over-next").await;
    alice.at("/profile").await;
    let (app, _) = alice.enroll(&stage).await;
    alice.sign_out().await;

    alice.give_password(ALICE).await;
    alice.click("use-lost").await;
    alice.click("recovery-request").await;
    alice.see("step-waiting").await;
    let cancel = stage
        .link(ALICE, "Account recovery requested", "cancel")
        .await;
    alice.go(&cancel).await;
    alice.click("act").await;
    alice.see("step-done").await;
    alice.go(&cancel).await;
    alice.click("act").await;
    alice.see("over-title").await;
    alice.picture("used-cancel").await;
    alice.click("over-next").await;
    alice.at("/signin").await;

    alice.go("/forgot").await;
    alice.fill("email", ALICE).await;
    alice.click("forgot-submit").await;
    alice.see("step-sent").await;
    let reset = stage.link(ALICE, "Reset your password", "reset").await;
    let new = "eleven quiet lanterns";
    logs::must_not_tell(new);
    for first in [true, false] {
        alice.go(&reset).await;
        alice.fill("password", new).await;
        alice.click("reset-submit").await;
        alice
            .see(if first { "step-done" } else { "over-title" })
            .await;
    }
    alice.reads("over-title", "have used this link").await;
    alice.reload().await;
    alice.reads("over-title", "have used this link").await;
    alice.picture("used-reset").await;
    alice.click("over-next").await;
    alice.at("/signin").await;
    alice.fill("email", ALICE).await;
    alice.fill("password", new).await;
    alice.click("signin-submit").await;
    alice.fill("code", &app.code(stage.now())).await;
    alice.at("/profile").await;

    let lock = stage
        .link(ALICE, "Two-step verification is on", "lock")
        .await;
    // Whoever opens it again is told the same: the account is locked.
    for _ in 0..2 {
        alice.go(&lock).await;
        alice.click("act").await;
        alice.see("step-done").await;
    }
    alice.close().await;

    // A reset's link that was used leads to the sign-in.
    let root = stage.browser().await;
    root.sign_up(&stage, ROOT).await;
    root.go("/admin").await;
    root.fill("find-email", ALICE).await;
    root.click("find-submit").await;
    root.click("unlock").await;
    root.fill("ask-reason", "called back").await;
    root.click("ask-submit").await;
    root.see("lock").await;
    root.click("reset").await;
    root.fill("ask-reason", "lost phone").await;
    root.click("ask-submit").await;
    root.reads("user-enabled", "eset").await;
    let enroll = stage
        .link(ALICE, "Two-step verification was reset", "enroll")
        .await;
    let alice = stage.browser().await;
    alice.go(&enroll).await;
    alice.reload().await;
    alice.click("act").await;
    Authenticator::scan(&alice).await;
    alice.reload().await;
    let app = Authenticator::scan(&alice).await;
    // Whoever stole the link must not get in by waiting.
    alice.sees_no("codeless").await;
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    alice.recovery_codes().await;
    alice.click("codes-saved").await;
    alice.see("step-done").await;
    alice.go(&enroll).await;
    alice.click("act").await;
    alice.see("over-title").await;
    alice.reload().await;
    alice.reads("over-title", "set up already").await;
    alice.picture("used-enroll").await;
    alice.click("over-next").await;
    alice.at("/signin").await;
    alice.close().await;
    root.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_tab_that_the_phone_discards_comes_back_to_its_step() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    let (app, _) = alice.come_to_second_step(&stage, ALICE).await;
    alice.see("code").await;
    // A discarded tab has its address, its history and its storage, and nothing that a script held.
    // Meanwhile somebody looked at another site in it.
    alice.client.goto("about:blank").await.unwrap();
    alice.client.back().await.unwrap();
    alice.see("code").await;
    alice.fill("code", &app.code(stage.now())).await;
    alice.at("/profile").await;
    stage.next_code();

    // Whoever signs out leaves nothing in the tab.
    alice.click("add-authenticator").await;
    alice.fill("ask-name", "Tablet").await;
    alice.click("ask-submit").await;
    Authenticator::scan(&alice).await;
    let kept = "return sessionStorage.length";
    assert_eq!(alice.run(kept).await, 1);
    alice.click("sign-out").await;
    alice.at("/signin").await;
    assert_eq!(alice.run(kept).await, 0);
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn what_a_tab_keeps_is_its_owners_alone_and_outlives_a_fault_of_the_server() {
    const KEPT: &str = "return sessionStorage.getItem('codes') !== null";
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let app = alice.begin().await;
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    alice.see("code-list").await;
    let tab = alice.client.window().await.unwrap();

    // A server that fails shows the page of somebody who is not signed in.
    let cookies = alice.client.get_all_cookies().await.unwrap();
    let blocked = async |urls: &[&str]| {
        alice.command("Network.enable", serde_json::json!({})).await;
        let urls = serde_json::json!({ "urls": urls });
        alice.command("Network.setBlockedURLs", urls).await;
    };
    blocked(&["*/auth/me"]).await;
    alice.client.delete_all_cookies().await.unwrap();
    alice.go("/profile").await;
    alice.at("/signin").await;
    alice.see("email").await;
    alice.sees_no("codes-unsaved").await;
    assert_eq!(alice.run(KEPT).await, true);
    blocked(&[]).await;
    for cookie in cookies {
        alice.client.add_cookie(cookie).await.unwrap();
    }
    alice.go("/profile").await;
    alice.see("codes-again").await;

    // She signs out in another tab, and the next one finds nothing of hers.
    let other = alice.client.new_window(true).await.unwrap().handle;
    alice.client.switch_to_window(other.clone()).await.unwrap();
    alice.sign_out().await;
    alice.client.switch_to_window(tab.clone()).await.unwrap();
    alice.go("/profile").await;
    alice.at("/signin").await;
    alice.see("email").await;
    let gone = async || (alice.run(KEPT).await == false).then_some(());
    alice.soon("nothing is kept", gone).await;

    // Whoever signs in there does not take over what another one left.
    alice.sign_up(&stage, "bob@example.com").await;
    alice.begin().await;
    alice.client.switch_to_window(other).await.unwrap();
    alice.sign_out().await;
    alice.sign_up(&stage, "carol@example.com").await;
    alice.client.switch_to_window(tab).await.unwrap();
    alice.reload().await;
    alice.see("turn-on-password").await;
    alice.sees_no("setup-open").await;
    assert_eq!(alice.run("return sessionStorage.length").await, 0);

    // Neither does whoever comes after an account that is deleted.
    alice.begin().await;
    alice.client.back().await.unwrap();
    alice.click("delete-account").await;
    alice.fill("ask-password", PASSWORD).await;
    alice.click("ask-submit").await;
    alice.at("/deleted").await;
    assert_eq!(alice.run("return sessionStorage.length").await, 0);
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn whoever_turns_away_sees_the_codes_that_are_on_their_way_and_asks_for_nothing_more() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    for (person, by_back) in [("bob@example.com", true), (ALICE, false)] {
        alice.sign_up(&stage, person).await;
        let app = alice.begin().await;
        alice.holds("/auth/mfa/setup/confirm").await;
        alice.fill("enrollment-code", &app.code(stage.now())).await;
        let sent = async || {
            let sent = "return window.asked.includes('/auth/mfa/setup/confirm')";
            (alice.run(sent).await == true).then_some(())
        };
        alice.soon("the confirmation is on its way", sent).await;
        if by_back {
            alice.client.back().await.unwrap();
            alice.see("turn-on-password").await;
        } else {
            alice.click("enrollment-cancel").await;
        }
        alice.run("window.release()").await;
        alice.recovery_codes().await;
        alice.click("codes-saved").await;
        alice.reads("two-step-state", "On").await;
        stage.next_code();
        if by_back {
            alice.sign_out().await;
            continue;
        }

        // A question that was cancelled asks for nothing more, and leaves the next one alone.
        alice.later(&stage).await;
        alice.holds("/auth/mfa/step-up").await;
        alice.click("add-authenticator").await;
        alice.fill("ask-name", "Tablet").await;
        alice.prove(&app.code(stage.now())).await;
        alice.click("ask-cancel").await;
        alice.click_within("authenticators", "Rename").await;
        alice.fill("ask-name", "Telephone").await;
        alice.click("ask-submit").await;
        alice.reads("authenticators", "Telephone").await;
        alice.click_within("authenticators", "Rename").await;
        alice.run("window.release()").await;
        let known = "return performance.getEntriesByName(new URL('/auth/mfa/step-up', location).href).length";
        let answered = async || (alice.run(known).await == 1).then_some(());
        alice.soon("the step-up is answered", answered).await;
        let more = "return window.asked.includes('/auth/mfa/setup/start')";
        assert_eq!(alice.run(more).await, false);
        let name = "return document.getElementById('ask-name').value";
        assert_eq!(alice.run(name).await, "Telephone");
    }
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn the_clock_of_a_setup_without_a_code_stops_with_the_tab() {
    let stage = Stage::set(&["--codeless=1"]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    alice.begin().await;
    alice.click("scanned").await;
    alice.reads("codeless-timer", "0:3").await;
    // A person looks at their app instead of this tab.
    let hide = "Object.defineProperty(document, 'hidden', { configurable: true, get: () => arguments[0] }); \
                document.dispatchEvent(new Event('visibilitychange'));";
    let hidden = async |is: bool| {
        let script = hide.replace("arguments[0]", if is { "true" } else { "false" });
        alice.run(&script).await;
        alice.texts("#codeless-timer").await.remove(0)
    };
    let before = hidden(true).await;
    // Time passes in the page, whose clock is the browser's.
    let later = "const done = arguments[arguments.length - 1]; setTimeout(done, 2500);";
    alice.client.execute_async(later, Vec::new()).await.unwrap();
    assert_eq!(hidden(false).await, before);
    alice.reads("codeless-timer", "0:3").await;
    // A line that is always in view says so, wherever the page is scrolled to.
    let in_view = "scrollTo(0, 0); const box = document.getElementById('codeless-timer').getBoundingClientRect(); \
                   return box.bottom <= innerHeight && box.top >= 0";
    assert_eq!(alice.run(in_view).await, true);
    alice.click("stop-countdown").await;
    alice.close().await;
    stage.close().await;
}
