//! The language of pages, problems and mails.

use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{ALICE, Browser, Demo, PASSWORD};

/// A browser whose user prefers some languages.
fn asks_for(languages: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static(languages))])
}

impl Browser {
    async fn page_in(&self, languages: &'static str) -> String {
        let page = self.ask_with(Method::GET, "/signin", None, asks_for(languages));
        let page = page.await.expect(StatusCode::OK);
        page.as_str().unwrap().to_owned()
    }

    async fn post_in(
        &self,
        languages: &'static str,
        path: &str,
        body: serde_json::Value,
    ) -> crate::support::Answer {
        self.ask_with(Method::POST, path, Some(body), asks_for(languages))
            .await
    }
}

#[tokio::test]
async fn a_page_is_in_the_language_that_is_chosen_or_else_accepted() {
    let demo = Demo::start().await;
    let browser = demo.browser();
    for (accepted, tag, words) in [
        ("de-AT, en;q=0.5", "de", "Passwort vergessen?"),
        ("en, de;q=0.9", "en", "Forgot your password?"),
        ("fr, de;q=0.1", "de", "Passwort vergessen?"),
        ("fr", "en", "Forgot your password?"),
        ("", "en", "Forgot your password?"),
    ] {
        let page = browser.page_in(accepted).await;
        assert!(
            page.contains(&format!("<html lang=\"{tag}\">")),
            "{accepted}"
        );
        assert!(page.contains(words), "{accepted}");
        // Its modules are those of its language.
        assert!(page.contains(&format!("/{tag}/phrases.js")), "{accepted}");
    }
    // The choice comes back to the page, and counts more than what the browser asks for.
    let chosen = browser
        .ask(Method::POST, "/language/de?/forgot", None)
        .await;
    let page = chosen.expect(StatusCode::OK);
    assert!(page.as_str().unwrap().contains("id=\"forgot-form\""));
    assert!(browser.page_in("en").await.contains("<html lang=\"de\">"));
    // No other site, and no other language.
    let chosen = browser
        .ask(Method::POST, "/language/en?//evil.example", None)
        .await;
    let page = chosen.expect(StatusCode::OK);
    assert!(page.as_str().unwrap().contains("id=\"signin-form\""));
    assert!(browser.page_in("de").await.contains("<html lang=\"en\">"));
    let unknown = browser
        .ask(Method::POST, "/language/fr?/signin", None)
        .await;
    unknown.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn scripts_get_the_phrases_of_the_page() {
    let demo = Demo::start().await;
    let browser = demo.browser();
    for (accepted, words) in [
        ("de", "Wählen Sie ein anderes Passwort."),
        ("en", "Choose another."),
    ] {
        let page = browser.page_in(accepted).await;
        let (before, _) = page.split_once("/phrases.js").unwrap();
        let folder = before.rsplit_once('"').unwrap().1;
        let module = browser.get(&format!("{folder}/phrases.js")).await;
        assert_eq!(
            module.headers["cache-control"],
            "public, max-age=31536000, immutable"
        );
        let module = module.expect(StatusCode::OK);
        let module = module.as_str().unwrap();
        let json = module.strip_prefix("export const PHRASES = ").unwrap();
        let phrases: serde_json::Value =
            serde_json::from_str(json.trim_end().trim_end_matches(';')).unwrap();
        let refusal = phrases["refusal-unsuitable_password"].as_str().unwrap();
        assert!(refusal.ends_with(words), "{refusal}");
    }
}

#[tokio::test]
async fn mails_are_in_the_language_of_the_latest_session() {
    let demo = Demo::start().await;
    let browser = demo.browser();
    let account = |password: &str| json!({ "email": ALICE, "password": password });
    let refused = browser
        .post_in("de", "/auth/signup", account("passwort"))
        .await;
    let refused = refused.refused(422, "unsuitable_password");
    assert_eq!(refused["detail"], "Dieses Passwort ist zu verbreitet.");
    let created = browser
        .post_in("de", "/auth/signup", account(PASSWORD))
        .await;
    created.expect(StatusCode::CREATED);
    let mail = demo
        .running
        .mail(ALICE, "Bestätigen Sie Ihre E-Mail-Adresse")
        .await;
    let body = json!({ "token": mail.token("confirm") });
    browser
        .post("/auth/email/confirm", body)
        .await
        .expect(StatusCode::NO_CONTENT);
    browser.enroll(&demo).await;
    // The library's mails, whatever language the request asked for.
    demo.running
        .mail(ALICE, "Bestätigung in zwei Schritten ist eingeschaltet")
        .await;

    // Whoever knows no more than the password changes nothing.
    let thief = demo.browser();
    thief
        .post_in("en", "/auth/login", account(PASSWORD))
        .await
        .expect(StatusCode::ACCEPTED);
    let forgot = json!({ "email": ALICE });
    thief
        .post_in("en", "/auth/password/forgot", forgot.clone())
        .await
        .expect(StatusCode::ACCEPTED);
    demo.running
        .mail(ALICE, "Setzen Sie Ihr Passwort zurück")
        .await;
    // A user who is signed in does.
    browser
        .ask(Method::POST, "/language/en?/profile", None)
        .await
        .expect(StatusCode::OK);
    browser
        .post("/auth/password/forgot", forgot)
        .await
        .expect(StatusCode::ACCEPTED);
    demo.running.mail(ALICE, "Reset your password").await;
}
