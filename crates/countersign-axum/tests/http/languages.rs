//! Refusals and the sheet of recovery codes in the language of a request.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use countersign::Denial;
use countersign::words::{Refusal, Words};
use countersign_axum::Auth;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::World;

#[tokio::test]
async fn a_refusal_is_said_in_the_language_of_the_request() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let mut refusals = Vec::new();
    for (accepts, tag, detail) in [
        (
            "",
            "en",
            "That code isn't correct, or it has been used already.",
        ),
        (
            "de-AT, en;q=0.5",
            "de",
            "Dieser Code ist falsch oder wurde schon verwendet.",
        ),
        (
            "it",
            "en",
            "That code isn't correct, or it has been used already.",
        ),
    ] {
        let headers = &mut browser.headers;
        headers.insert("accept-language".to_owned(), accepts.to_owned());
        let body = json!({ "mfaTempToken": token, "code": "000000" });
        let mut refused = browser.post("/auth/mfa/verify", body).await;
        assert_eq!(refused.header("content-language"), Some(tag), "{accepts}");
        let said = refused.json["detail"].take();
        assert!(said.as_str().unwrap().starts_with(detail), "{said}");
        refusals.push((refused.status, refused.json));
    }
    // Programs see no difference.
    assert_eq!(refusals[0].1["code"], "invalid_code");
    assert!(refusals.iter().all(|refused| *refused == refusals[0]));
}

#[tokio::test]
async fn a_pause_is_said_in_words_and_in_seconds() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let headers = &mut browser.headers;
    headers.insert("accept-language".to_owned(), "de".to_owned());
    let token = alice.challenge_at(&mut browser).await;
    for _ in 0..5 {
        let body = json!({ "mfaTempToken": token, "code": "000000" });
        browser.post("/auth/mfa/verify", body).await;
    }
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": "000000" });
    let refused = browser.post("/auth/mfa/verify", body).await;
    refused.clone().refused(429, "throttled");
    assert_eq!(refused.json["retryAfter"], 30);
    assert_eq!(
        refused.json["detail"],
        "Zu viele Versuche. Versuchen Sie es in 30 Sekunden erneut."
    );
}

#[tokio::test]
async fn what_the_router_refuses_itself_is_said_as_the_library_says_it() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    // No id at all, and an id that the account does not have.
    for id in ["x", "00000000000000000000000000000000"] {
        let proof = alice.proof();
        let path = format!("/auth/mfa/authenticators/{id}");
        let refused = alice.browser.delete(&path, Some(proof)).await;
        refused.clone().refused(404, "unknown_authenticator");
        assert_eq!(
            refused.json["detail"],
            "This authenticator has been removed already."
        );
    }
}

#[tokio::test]
async fn a_fault_and_a_foreign_request_are_not_said_in_a_language() {
    let world = World::new();
    let mut browser = world.browser();
    let headers = &mut browser.headers;
    headers.insert("accept-language".to_owned(), "de".to_owned());
    let refused = browser.get("/auth/nowhere").await;
    refused.clone().refused(404, "not_found");
    assert_eq!(refused.json["detail"], Value::Null);
    assert_eq!(refused.header("content-language"), None);
}

#[tokio::test]
async fn the_sheet_is_in_the_language_of_the_request() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let headers = &mut alice.browser.headers;
    headers.insert("accept-language".to_owned(), "de".to_owned());
    let body = json!({ "sheetTicket": alice.ticket });
    let sheet = alice
        .browser
        .post("/auth/mfa/recovery-codes/sheet", body)
        .await;
    assert!(
        sheet
            .text
            .starts_with("Wiederherstellungscodes für Tests\n"),
        "{}",
        sheet.text
    );
    assert_eq!(sheet.header("content-language"), Some("de"));
    assert!(alice.recovery.iter().all(|code| sheet.text.contains(code)));
}

struct French;

impl Words for French {
    fn tag(&self) -> &'static str {
        "fr"
    }

    fn refusal(&self, refusal: &Refusal) -> String {
        match refusal.denial {
            Denial::TokenInvalid => "Ce lien n’est pas valable.".to_owned(),
            _ => countersign::words::English.refusal(refusal),
        }
    }
}

#[tokio::test]
async fn an_application_adds_a_language() {
    let world = World::new();
    let origin = "https://acme.example";
    let auth = Auth::new(&world.mfa, world.host.clone(), origin).unwrap();
    let router: Router = auth.also_in(French).router("/auth");
    let request = Request::post("/auth/mfa/verify")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT_LANGUAGE, "fr-CA, de;q=0.9")
        .body(Body::from(
            json!({ "mfaTempToken": "x", "code": "123456" }).to_string(),
        ))
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_LANGUAGE], "fr");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["detail"], "Ce lien n’est pas valable.");
}
