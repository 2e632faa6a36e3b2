//! The demo in German: from the choice of the language to the account page, in a narrow window and
//! with large letters.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::accessibility::{ALL, axe};
use crate::authenticator::Authenticator;
use crate::browser::Browser;
use crate::stage::{ALICE, PASSWORD, Stage};

/// The words of the English phrases that no German phrase has.
static ENGLISH: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let german: BTreeSet<_> = words(include_str!("../../phrases/de.ftl")).collect();
    let english = words(include_str!("../../phrases/en.ftl"));
    english.filter(|word| !german.contains(word)).collect()
});

/// The words of the phrases in a file, without their keys.
fn words(phrases: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = phrases.lines().filter(|line| !line.starts_with('#'));
    let texts = lines.map(|line| line.split_once(" = ").map_or(line, |(_, text)| text));
    texts
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| !word.is_empty())
}

/// All texts of a page, also hidden ones and those for screen readers. Left out is what has no
/// language: addresses, and what is marked so.
const TEXTS: &str = "const silent = 'script, style, noscript, [translate=no], [lang=en]'; \
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ALL, \
      (node) => node.matches?.(silent) && node !== document.documentElement ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT); \
    const texts = []; \
    for (let node = walker.currentNode; node !== null; node = walker.nextNode()) { \
      if (node.nodeType === Node.TEXT_NODE) texts.push(node.data); \
      for (const name of ['aria-label', 'alt', 'title', 'placeholder', 'aria-roledescription']) \
        if (node.hasAttribute?.(name)) texts.push(node.getAttribute(name)); \
    } \
    return texts.join('\\n').replace(/\\S+@\\S+|https?:\\S+/g, '')";

impl Browser {
    /// Checks that the page is German and has no word of English, also not for screen readers.
    async fn is_german(&self, what: &str) {
        let lang = self.run("return document.documentElement.lang").await;
        assert_eq!(lang, "de", "{what}");
        let text = self.run(TEXTS).await;
        // An authenticator keeps the name that it got in another language.
        let text = text.as_str().unwrap().replace("Authenticator app, ", "");
        let english: BTreeSet<_> = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| ENGLISH.contains(word))
            .collect();
        assert!(english.is_empty(), "{english:?} on {what}: {text}");
    }
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver and oathtool"]
async fn another_language_changes_what_a_step_has_said() {
    let stage = Stage::set(&ALL).await;
    let alice = stage.browser().await;
    alice.sign_up(&stage, ALICE).await;
    let (phone, codes) = alice.enroll(&stage).await;
    let german = async |what: &str| {
        alice.click_within("languages", "English").await;
        alice.click_within("languages", "Deutsch").await;
        let soon = async || {
            let lang = alice.run("return document.documentElement.lang").await;
            let ready = "return 'ready' in document.documentElement.dataset";
            (lang == "de" && alice.run(ready).await == true).then_some(())
        };
        alice.soon(what, soon).await;
        alice.is_german(what).await;
    };

    // The setup of another authenticator says what it is for.
    alice.click("add-authenticator").await;
    alice.fill("ask-name", "Tablet").await;
    alice.click("ask-submit").await;
    let tablet = Authenticator::scan(&alice).await;
    alice.reads("enrollment-why", "Set up “Tablet”").await;
    german("setup").await;
    alice.reads("enrollment-why", "„Tablet“").await;
    alice
        .fill("enrollment-code", &tablet.code(stage.now()))
        .await;
    alice.reads("authenticators-status", "hinzugefügt").await;
    stage.next_code();

    // A second step, by each of its ways.
    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice.reads("code-title", "ein").await;
    german("second-step").await;
    alice.click("use-recovery-code").await;
    alice.reads("code-title", "Wiederherstellung").await;
    german("second-step-recovery").await;
    alice.fill("code", "AAAA-AAAA-AAAA").await;
    alice.click("code-submit").await;
    alice.reads("code-message", "code").await;
    alice.is_german("second-step-wrong").await;
    alice.click("use-lost").await;
    alice.see("step-lost").await;
    german("lost").await;
    alice.click("recovery-request").await;
    alice.see("step-waiting").await;
    german("waiting").await;
    alice.reads("effective-at", "2027").await;
    alice.go("/forgot").await;
    alice.fill("email", ALICE).await;
    alice.click("forgot-submit").await;
    alice.see("step-sent").await;
    german("forgot-sent").await;
    alice.see("step-sent").await;
    alice.client.back().await.unwrap();
    alice.see("forgot-submit").await;
    alice.give_password(ALICE).await;
    alice.see("recovery-notice").await;
    german("recovery-waits").await;
    alice.click("use-recovery-code").await;
    alice.fill("code", &codes[0]).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    german("profile").await;

    // A change of the address, with its links.
    alice.fill("new-email", "alice@example.org").await;
    alice.click("email-submit").await;
    alice.see("ask-cancel").await;
    alice.is_german("new-email-ask").await;
    alice.prove(&phone.code(stage.now())).await;
    alice.reads("email-status", "Link").await;
    let link = stage
        .link(
            "alice@example.org",
            "Bestätigen Sie Ihre neue E-Mail-Adresse",
            "new-email",
        )
        .await;
    alice.go(&link).await;
    alice.see("act").await;
    german("new-email").await;
    alice.click("act").await;
    alice.see("step-done").await;
    // What is done stays said.
    german("new-email-done").await;
    alice.see("step-done").await;

    // The other links of mails, and how they are over.
    for page in [
        "confirm",
        "cancel",
        "void",
        "lock",
        "enroll",
        "new-email",
        "keep-email",
    ] {
        alice.go(&format!("/{page}#token")).await;
        alice.see("act").await;
        german(page).await;
        alice.click("act").await;
        alice.see("over-title").await;
        german(&format!("{page}-over")).await;
        alice.see("over-title").await;
    }
    alice.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium, ChromeDriver, oathtool and axe-core"]
async fn a_life_in_german() {
    let axe = axe();
    let stage = Stage::set(&ALL).await;
    let alice = Browser::of_width(stage.app.origin(), 500).await;
    alice.emulate(320, false).await;
    let look = async |what: &str| {
        alice.is_german(what).await;
        alice.is_accessible(&axe, &format!("german-{what}")).await;
        alice.enlarge(true).await;
        alice
            .is_accessible(&axe, &format!("german-{what}-large"))
            .await;
        alice.enlarge(false).await;
    };

    // The choice leads back to the page, and stays.
    alice.go("/signup").await;
    alice.click_within("languages", "Deutsch").await;
    alice.reads("signup-submit", "Konto erstellen").await;
    alice.at("/signup").await;
    for path in [
        "/signin",
        "/forgot",
        "/lock",
        "/cancel",
        "/void",
        "/confirm",
        "/enroll",
        "/reset",
        "/nothing",
        "/locked",
        "/deleted",
        "/mailbox",
        "/new-email",
        "/keep-email",
        "/signup",
    ] {
        alice.go(path).await;
        look(path.trim_start_matches('/')).await;
    }
    alice.fill("email", ALICE).await;
    alice.fill("password", "passwort").await;
    alice.click("signup-submit").await;
    alice.reads("signup-message", "anderes Passwort").await;
    look("unsuitable").await;
    alice.fill("password", PASSWORD).await;
    alice.click("signup-submit").await;
    alice.at("/profile").await;

    // The mail speaks the language of the sign-up, and its page takes a token along.
    let link = stage
        .link(ALICE, "Bestätigen Sie Ihre E-Mail-Adresse", "confirm")
        .await;
    alice.go(&link).await;
    alice.reads("act", "Bestätigen").await;
    alice.click_within("languages", "English").await;
    alice.reads("act", "Confirm").await;
    alice.click_within("languages", "Deutsch").await;
    alice.reads("act", "Bestätigen").await;
    look("confirm-with-token").await;
    alice.click("act").await;
    alice.see("step-done").await;

    alice.go("/profile").await;
    alice.reads("two-step-state", "Aus").await;
    look("profile-off").await;
    alice.fill("turn-on-password", PASSWORD).await;
    alice.click("turn-on").await;
    let app = Authenticator::scan(&alice).await;
    look("enrolment").await;
    alice.fill("enrollment-code", "000000").await;
    alice.reads("enrollment-code-message", "falsch").await;
    look("enrolment-wrong").await;
    alice.fill("enrollment-code", &app.code(stage.now())).await;
    let codes = alice.recovery_codes().await;
    look("recovery-codes").await;
    alice.click("codes-saved").await;
    alice.reads("two-step-state", "Ein").await;
    look("profile-on").await;
    stage
        .mail(ALICE, "Bestätigung in zwei Schritten ist eingeschaltet")
        .await;

    // Each act has its dialog.
    for act in [
        "regenerate",
        "turn-off",
        "lock-account",
        "delete-account",
        "add-authenticator",
    ] {
        alice.click(act).await;
        alice.see("ask-cancel").await;
        look(act).await;
        alice.click("ask-cancel").await;
    }
    stage.next_code();
    alice.click("sign-out").await;
    alice.at("/signin").await;
    alice.give_password(ALICE).await;
    alice.see("code").await;
    look("second-step").await;
    alice.fill("code", "000000").await;
    alice.click("code-submit").await;
    alice.reads("code-message", "falsch").await;
    look("second-step-wrong").await;
    alice.click("use-lost").await;
    alice.see("step-lost").await;
    look("lost").await;
    alice.click("lost-back").await;
    alice.click("use-recovery-code").await;
    alice.fill("code", &codes[0]).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;
    alice.see("code-was-used").await;
    look("profile-code-used").await;
    alice.go("/mailbox").await;
    look("mailbox-full").await;
    alice.close().await;
    stage.close().await;
}
