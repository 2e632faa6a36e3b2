//! Runs axe-core on every page, light and dark, wide and narrow.

use std::path::PathBuf;

use serde_json::Value;

use crate::authenticator::Authenticator;
use crate::browser::Browser;
use crate::security_key::PLATFORM;
use crate::stage::{ALICE, PASSWORD, ROOT, Stage};

pub(crate) const ALL: [&str; 5] = [
    "--codeless=1",
    "--trusted-devices=1",
    "--email-codes=1",
    "--delayed-recovery=72h",
    "--admin=root@example.com",
];

/// The script that `npm install axe-core` installs.
pub(crate) fn axe() -> String {
    let unset = || {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../target/axe/node_modules/axe-core/axe.min.js")
    };
    let file = std::env::var_os("COUNTERSIGN_AXE").map_or_else(unset, PathBuf::from);
    std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("axe-core is needed at {}: {error}", file.display()))
}

impl Browser {
    /// Checks that axe finds no serious or critical fault, and that the page fits its width.
    pub(crate) async fn is_accessible(&self, axe: &str, what: &str) {
        self.run(axe).await;
        let script = "const done = arguments[arguments.length - 1]; \
                      axe.run().then((found) => done(found.violations.filter((one) => ['serious', 'critical'].includes(one.impact)) \
                      .map((one) => [one.id, one.help, one.nodes.map((node) => node.html)])));";
        let found = self.client.execute_async(script, Vec::new()).await.unwrap();
        assert_eq!(found, Value::Array(Vec::new()), "{what}");
        let sideways = "const wide = document.documentElement.clientWidth; \
                        if (document.documentElement.scrollWidth <= wide) return []; \
                        const sticksOut = (one) => one.getBoundingClientRect().right > wide; \
                        return Array.from(document.body.querySelectorAll('*')).filter(sticksOut).map((one) => one.outerHTML.slice(0, 200))";
        let sideways = self.run(sideways).await;
        assert_eq!(
            sideways,
            Value::Array(Vec::new()),
            "{what} scrolls sideways"
        );
        self.picture(what).await;
    }
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver, oathtool and axe-core"]
async fn no_page_has_a_serious_fault() {
    let axe = axe();
    let stage = Stage::set(&ALL).await;
    for (name, width, dark) in [("wide-light", 1280, false), ("narrow-dark", 360, true)] {
        let person = format!("{name}@example.com");
        let browser = Browser::of_width(stage.app.origin(), width).await;
        // A window of Chromium is at least 500 pixels wide; an emulated device may be narrower.
        browser.emulate(width, dark).await;
        let look = async |what: &str| browser.is_accessible(&axe, &format!("{name}-{what}")).await;
        for path in [
            "/signin", "/signup", "/forgot", "/mailbox", "/lock", "/cancel", "/confirm", "/enroll",
            "/reset", "/nothing", "/locked", "/deleted",
        ] {
            browser.go(path).await;
            look(path.trim_start_matches('/')).await;
        }
        for page in [
            "lock",
            "cancel",
            "confirm",
            "enroll",
            "reset",
            "new-email",
            "keep-email",
        ] {
            browser.go(&format!("/{page}#token")).await;
            look(&format!("{page}-with-token")).await;
        }
        browser.sign_up(&stage, &person).await;
        browser.go("/profile").await;
        browser.reads("two-step-state", "Off").await;
        look("profile-off").await;
        browser.fill("turn-on-password", PASSWORD).await;
        browser.click("turn-on").await;
        let app = Authenticator::scan(&browser).await;
        browser.click("scanned").await;
        look("enrolment").await;
        browser.click("stop-countdown").await;
        browser
            .fill("enrollment-code", &app.code(stage.now()))
            .await;
        let codes = browser.recovery_codes().await;
        look("recovery-codes").await;
        browser.click("codes-saved").await;
        browser.reads("two-step-state", "On").await;
        look("profile-on").await;
        stage.next_code();
        browser.click("turn-off").await;
        browser.see("ask-password").await;
        look("proof").await;
        browser.fill("ask-password", "not this one").await;
        browser.fill("ask-code", &app.code(stage.now())).await;
        browser.click("ask-submit").await;
        browser.reads("ask-message", "password is incorrect").await;
        look("proof-wrong").await;
        browser.click("ask-cancel").await;
        browser.plug_in(PLATFORM).await;
        browser.later(&stage).await;
        browser.click("add-passkey").await;
        browser.fill("ask-name", "Laptop").await;
        browser.prove(&app.code(stage.now())).await;
        browser
            .reads("authenticators-status", "Passkey added")
            .await;
        let labels = browser.texts("[data-testid=authenticator-label]").await;
        assert_eq!(labels[0], "Laptop", "passkeys stand first");
        look("profile-passkey").await;
        browser.click("turn-off").await;
        browser.see("ask-use-code").await;
        look("proof-passkey").await;
        stage.next_code();
        browser.sign_out().await;
        browser.give_password(&person).await;
        browser.reads("code-submit", "Use a passkey").await;
        look("second-step-passkey").await;
        browser.click("use-authenticator").await;
        browser.see("code").await;
        look("second-step").await;
        browser.fill("code", "000000").await;
        browser.click("code-submit").await;
        browser.reads("code-message", "isn’t correct").await;
        look("second-step-wrong").await;
        browser.click("use-lost").await;
        browser.see("step-lost").await;
        look("lost").await;
        browser.give_password(&person).await;
        browser.reads("code-submit", "Use a passkey").await;
        browser.click("use-recovery-code").await;
        browser.fill("code", &codes[0]).await;
        browser.click("code-submit").await;
        browser.at("/profile").await;
        browser.see("code-was-used").await;
        look("recovery-code-used").await;
        browser.click("regenerate").await;
        browser.see("ask-confirmed").await;
        look("proof-confirmed").await;
        browser.click("ask-cancel").await;
        browser.click("lock-account").await;
        browser.see("ask-sure").await;
        look("lock-warning").await;
        browser.close().await;
    }
    let root = stage.browser().await;
    root.sign_up(&stage, ROOT).await;
    root.go("/admin").await;
    root.fill("find-email", "wide-light@example.com").await;
    root.click("find-submit").await;
    root.see("user").await;
    root.is_accessible(&axe, "admin").await;
    root.click_within("users", "Show").await;
    root.see("user-own").await;
    root.is_accessible(&axe, "admin-own").await;
    root.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn a_keyboard_is_enough_to_sign_in() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (app, _) = alice.enroll(&stage).await;
    alice.sign_out().await;
    alice.go("/signin").await;
    let enter = "\u{e007}";
    alice.fill("email", ALICE).await;
    alice.fill("password", &format!("{PASSWORD}{enter}")).await;
    alice.see("code").await;
    // The focus moves to the new field, so that the user can type on.
    let focused = alice.client.active_element().await.unwrap();
    assert_eq!(focused.attr("id").await.unwrap().as_deref(), Some("code"));
    assert_eq!(
        focused.attr("autocomplete").await.unwrap().as_deref(),
        Some("one-time-code")
    );
    assert_eq!(
        focused.attr("inputmode").await.unwrap().as_deref(),
        Some("numeric")
    );
    focused.send_keys(&app.code(stage.now())).await.unwrap();
    alice.at("/profile").await;
    alice.close().await;
    stage.close().await;
}
