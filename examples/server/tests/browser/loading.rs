//! Pages whose scripts are slow or fail.

use serde_json::json;

use crate::browser::Browser;
use crate::stage::{ALICE, PASSWORD, Stage};

impl Browser {
    /// From the next page on, files with these names do not arrive.
    async fn without(&self, patterns: &[&str]) {
        self.command("Network.enable", json!({})).await;
        self.command("Network.setBlockedURLs", json!({ "urls": patterns }))
            .await;
    }
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver"]
async fn a_script_that_fails_is_said_and_no_form_is_lost() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    // One that is imported, the page's own, and the style that keeps the line back.
    for missing in ["*/api.js", "*/signin.js", "*/style.css"] {
        alice.without(&[missing]).await;
        alice.go("/signin").await;
        if missing != "*/style.css" {
            alice.see("not-loaded").await;
            alice.picture("not-loaded").await;
            // The button waits, and so does the key that would press it.
            alice.fill("email", ALICE).await;
            alice.fill("password", &format!("{PASSWORD}\u{e007}")).await;
            alice.click("signin-submit").await;
        }
        assert_eq!(alice.path().await, "/signin");
        alice.see("email").await;
    }
    alice.without(&[]).await;
    alice.go("/signin").await;
    alice.sees_no("not-loaded").await;

    // A form that is sent all the same comes back to its page.
    alice
        .run("document.createElement('form').submit.call(document.getElementById('signin-form'))")
        .await;
    alice.see("sent-early").await;
    assert_eq!(alice.path().await, "/signin");
    alice.picture("sent-early").await;
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver"]
async fn a_slow_script_holds_the_form_back_until_it_is_there() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    alice.sign_out().await;
    alice.command("Network.enable", json!({})).await;
    let slow = json!({ "offline": false, "latency": 300, "downloadThroughput": 20_000, "uploadThroughput": 20_000 });
    alice
        .command("Network.emulateNetworkConditions", slow)
        .await;
    let no_cache = json!({ "cacheDisabled": true });
    alice.command("Network.setCacheDisabled", no_cache).await;
    // Somebody is faster than the scripts: they press Enter in the form as soon as it can be read.
    let hasty = "new MutationObserver((_, observer) => { \
        const form = document.getElementById('signin-form'); \
        if (form === null || document.readyState === 'loading') return; \
        observer.disconnect(); \
        sessionStorage.early = !('ready' in document.documentElement.dataset); \
        document.getElementById('signin-submit').click(); \
        }).observe(document, { subtree: true, childList: true, attributes: true });";
    let on_new_document = "Page.addScriptToEvaluateOnNewDocument";
    alice
        .command(on_new_document, json!({ "source": hasty }))
        .await;
    alice.give_password(ALICE).await;
    alice.at("/profile").await;
    alice.close().await;
    stage.close().await;
}
