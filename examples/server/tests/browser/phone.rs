//! The whole life of an account on a phone: sign-up, setup, sign-in, a lost phone, the end.

use serde_json::{Value, json};

use crate::accessibility::ALL;
use crate::authenticator::Authenticator;
use crate::browser::Browser;
use crate::stage::{ALICE, PASSWORD, ROOT, Stage};

/// A common phone, and the narrowest that the pages are made for, in CSS pixels.
const WIDTHS: [u32; 2] = [390, 320];

/// What a finger could not use on a page: it lies outside the width, is smaller than 24 by 24 CSS
/// pixels (WCAG 2.2, 2.5.8), or does not hold its own words. Excepted are links within a sentence,
/// as there. What a label belongs to is as large as the label.
const FAULTS: &str = "const wide = document.documentElement.clientWidth; \
    const faults = []; \
    if (document.documentElement.scrollWidth > wide) faults.push('scrolls sideways'); \
    const place = document.querySelector('dialog[open]') ?? document.body; \
    for (const one of place.querySelectorAll('a[href], button, input, select, textarea, summary')) { \
      if (!one.checkVisibility({ visibilityProperty: true }) || one.matches('.skip')) continue; \
      const target = one.closest('label') ?? one; \
      const { left, right, width, height } = target.getBoundingClientRect(); \
      const fault = (words) => faults.push(`${words}: ${one.outerHTML} (${width} x ${height})`); \
      if (left < 0 || right > wide) fault('outside'); \
      if (one.matches('button, .button') && one.scrollWidth > one.clientWidth) fault('too narrow'); \
      const inText = one.matches('a') && getComputedStyle(one).display === 'inline' \
        && one.parentElement.textContent.trim() !== one.textContent.trim(); \
      if (!inText && (width < 24 || height < 24)) fault('small'); \
    } \
    return faults;";

/// Whether a finger reaches the middle of an element once the page is scrolled to it, downwards
/// alone.
const REACHED: &str = "const one = document.getElementById(arguments[0]); \
    one.scrollIntoView({ block: 'center', inline: 'nearest' }); \
    const { left, top, width, height } = one.getBoundingClientRect(); \
    const there = document.elementFromPoint(left + width / 2, top + height / 2); \
    const reached = scrollX === 0 && one.contains(there); \
    scrollTo(0, 0); \
    return reached;";

impl Browser {
    /// A phone, whose window is as narrow as an emulated device alone can be.
    async fn phone(stage: &Stage) -> Self {
        let browser = Self::of_width(stage.app.origin(), 500).await;
        let touch = json!({ "enabled": true, "maxTouchPoints": 5 });
        browser
            .command("Emulation.setTouchEmulationEnabled", touch)
            .await;
        browser.held(WIDTHS[0], 844, false).await;
        browser
    }

    async fn held(&self, width: u32, height: u64, dark: bool) {
        self.emulate(width, dark).await;
        let phone =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        self.command("Emulation.setDeviceMetricsOverride", phone)
            .await;
    }

    /// Checks that fingers can use the page, and its main button among all, and takes pictures of
    /// its whole length.
    async fn fits(&self, what: &str, button: &str) {
        self.see(button).await;
        for (width, dark) in WIDTHS
            .into_iter()
            .flat_map(|width| [(width, false), (width, true)])
        {
            let what = format!(
                "phone-{what}-{width}-{}",
                if dark { "dark" } else { "light" }
            );
            self.held(width, 844, dark).await;
            assert_eq!(self.run(FAULTS).await, Value::Array(Vec::new()), "{what}");
            let reached = self.client.execute(REACHED, vec![json!(button)]).await;
            assert_eq!(reached.unwrap(), true, "{button} of {what}");
            let height = self
                .run("return document.documentElement.scrollHeight")
                .await;
            self.held(width, height.as_u64().unwrap(), dark).await;
            self.picture(&what).await;
        }
        self.held(WIDTHS[0], 844, false).await;
    }

    /// Checks that the link that opens an app stands before the picture, which a phone cannot scan
    /// off its own screen.
    async fn app_before_picture(&self) {
        let first = "const at = (id) => document.getElementById(id).getBoundingClientRect(); \
                     return at('open-app').height > 0 && at('open-app').bottom <= at('qr').top";
        assert_eq!(
            self.run(first).await,
            true,
            "the link to the app comes first"
        );
    }
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_whole_life_on_a_phone() {
    let stage = Stage::set(&ALL).await;
    let alice = Browser::phone(&stage).await;

    // Sign up, and confirm the address.
    alice.go("/").await;
    alice.fits("signin", "signin-submit").await;
    alice.click("signup-link").await;
    alice.at("/signup").await;
    alice.fits("signup", "signup-submit").await;
    alice.fill("email", ALICE).await;
    alice.fill("password", "password").await;
    alice.click("signup-submit").await;
    alice.reads("signup-message", "too common").await;
    alice.fits("signup-refused", "signup-submit").await;
    alice.is_wrong("password", "too common").await;
    alice.fill("password", PASSWORD).await;
    alice.click("signup-submit").await;
    alice.at("/profile").await;
    alice.fits("profile-off", "turn-on").await;
    let confirm = stage
        .link(ALICE, "Confirm your email address", "confirm")
        .await;
    alice.go("/mailbox").await;
    alice.fits("mailbox", "nav-mailbox").await;
    alice.go(&confirm).await;
    alice.fits("confirm", "act").await;
    alice.click("act").await;
    alice.see("step-done").await;
    alice.fits("confirmed", "step-done").await;

    // Set up, and save the recovery codes.
    alice.go("/profile").await;
    alice.fill("turn-on-password", PASSWORD).await;
    alice.click("turn-on").await;
    let app = Authenticator::open(&alice).await;
    alice.app_before_picture().await;
    alice.fits("setup", "open-app").await;
    alice.click("scanned").await;
    alice.fits("setup-running", "turn-on-now").await;
    alice.click("stop-countdown").await;
    alice.fill("enrollment-code", "000000").await;
    alice
        .reads("enrollment-code-message", "isn’t correct")
        .await;
    alice.fits("setup-wrong", "enrollment-submit").await;
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    let codes = alice.recovery_codes().await;
    alice.fits("codes", "codes-saved").await;
    alice.client.back().await.unwrap();
    alice.fits("codes-unsaved", "codes-show").await;
    alice.click("codes-show").await;
    alice.click("codes-saved").await;
    alice.reads("two-step-state", "On").await;
    alice.fits("profile-on", "turn-off").await;
    stage.next_code();

    // Sign in with the second step, and have the browser remembered.
    alice.click("sign-out").await;
    alice.at("/signin").await;
    alice.give_password(ALICE).await;
    alice.fits("second-step", "code-submit").await;
    alice.fill("code", "000000").await;
    alice.click("code-submit").await;
    alice.reads("code-message", "isn’t correct").await;
    alice.fits("second-step-wrong", "code-submit").await;
    alice.click("trust-device").await;
    alice.fill("code", &app.code(stage.now())).await;
    alice.at("/profile").await;
    alice.reads("devices", "this browser").await;
    alice.fits("profile-remembered", "delete-account").await;
    stage.next_code();
    alice.click("sign-out").await;
    alice.at("/signin").await;
    alice.give_password(ALICE).await;
    alice.at("/profile").await;
    alice.close().await;

    // The phone is lost, and the next one takes its place by a recovery code.
    let alice = Browser::phone(&stage).await;
    alice.give_password(ALICE).await;
    alice.click("use-email").await;
    alice.reads("code-title", "Check your email").await;
    alice.fits("second-step-email", "code-submit").await;
    alice.click("use-recovery-code").await;
    alice.fits("second-step-recovery", "code-submit").await;
    alice.fill("code", &codes[4]).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    alice.reads("code-was-used", "9 of 10 left").await;
    alice.fits("code-was-used", "regenerate").await;
    alice.click_within("authenticators", "Replace").await;
    alice.see("ask-confirmed").await;
    alice.fill("ask-name", "New phone").await;
    alice.fits("replace", "ask-submit").await;
    alice.click("ask-submit").await;
    let app = Authenticator::open(&alice).await;
    alice.app_before_picture().await;
    alice.fits("replacing", "open-app").await;
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    alice.reads("authenticators-status", "replaced").await;
    alice.reads("authenticators", "New phone").await;
    // The lost phone is not remembered any more.
    alice.see("devices-none").await;
    stage.next_code();

    // That one is lost as well, and so are the codes.
    alice.click("sign-out").await;
    alice.at("/signin").await;
    alice.give_password(ALICE).await;
    alice.click("use-lost").await;
    alice.fits("lost", "recovery-request").await;
    alice.click("recovery-request").await;
    alice.see("step-waiting").await;
    alice.fits("waiting", "step-waiting").await;
    alice.give_password(ALICE).await;
    alice.see("recovery-notice").await;
    alice.fits("recovery-waits", "code-submit").await;
    stage.step(72 * 3600);
    alice.give_password(ALICE).await;
    alice.fits("recovery-open", "recovery-complete").await;
    alice.click("recovery-complete").await;
    let app = Authenticator::open(&alice).await;
    alice.app_before_picture().await;
    alice.fits("recovering", "open-app").await;
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    alice.recovery_codes().await;
    alice.fits("codes-recovered", "codes-saved").await;
    alice.click("codes-saved").await;
    stage.next_code();
    alice.give_password(ALICE).await;
    alice.fill("code", &app.code(stage.now())).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    stage.next_code();

    // The end: two-step verification first, then the account.
    alice.click("turn-off").await;
    alice.fits("turn-off", "ask-submit").await;
    alice.fill("ask-password", "not this one").await;
    alice.fill("ask-code", &app.code(stage.now())).await;
    alice.click("ask-submit").await;
    alice.reads("ask-message", "password is incorrect").await;
    alice.fits("turn-off-wrong", "ask-submit").await;
    alice.prove(&app.code(stage.now())).await;
    alice.reads("two-step-state", "Off").await;
    alice.reads("two-step-status", "Delete the entry").await;
    alice.fits("turned-off", "turn-on").await;
    alice.click("lock-account").await;
    alice.fits("lock-warning", "ask-submit").await;
    alice.click("ask-cancel").await;

    // An administrator looks at it, with a phone as well.
    let root = Browser::phone(&stage).await;
    root.sign_up(&stage, ROOT).await;
    root.go("/admin").await;
    root.fill("find-email", ALICE).await;
    root.click("find-submit").await;
    root.fits("admin", "reset").await;
    root.close().await;

    alice.click("delete-account").await;
    alice.fill("ask-password", PASSWORD).await;
    alice.fits("delete", "ask-submit").await;
    alice.click("ask-submit").await;
    alice.at("/deleted").await;
    alice.fits("deleted", "main").await;
    assert_eq!(alice.me().await, 401);
    alice.go("/forgot").await;
    alice.fits("forgot", "forgot-submit").await;
    alice.close().await;
    stage.close().await;
}
