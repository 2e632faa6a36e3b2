//! A router without a framework around it: what it refuses by itself, and what every answer has.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use countersign::keys::Keyring;
use countersign::store::MemoryStore;
use countersign::{Mfa, Policy};
use countersign_http::{Auth, Head, Headers, Request, Response, Router};

include!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/readme/application.rs"
));

fn router() -> Router<Headers> {
    let keyring: Keyring = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        .parse()
        .unwrap();
    let builder = Mfa::builder(MemoryStore::new()).keys(keyring);
    let builder = builder.policy(Policy::new("tests", "Tests"));
    let (mfa, directory) = builder.build_with_directory().unwrap();
    let auth = Auth::new(&mfa, Application, "https://acme.example").unwrap();
    auth.directory(&directory).router("/auth")
}

fn text<'a>(response: &'a Response, header: &str) -> Option<&'a str> {
    let value = response.headers.value(header);
    value.map(|value| str::from_utf8(value).unwrap())
}

fn ask(method: &str, path: &str, headers: Headers) -> Response {
    let request = Request::new(method, path, Head::new(headers.clone()));
    let response = pollster::block_on(router().answer(request, headers));
    let id = text(&response, "x-request-id").unwrap();
    assert!(!id.is_empty() && id != "-", "{id}");
    assert_eq!(text(&response, "cache-control"), Some("no-store"));
    response
}

fn problem(response: &Response) -> (u16, String) {
    let content_type = text(response, "content-type");
    assert_eq!(content_type, Some("application/problem+json"));
    let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    (
        response.status,
        body["code"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn a_page_of_another_site_changes_nothing() {
    for (origin, expected) in [
        ("https://evil.example", (403, "foreign_origin")),
        ("https://acme.example", (401, "unauthenticated")),
    ] {
        let headers = Headers::new()
            .with("origin", origin)
            .with("cookie", "session=1");
        let refused = ask("POST", "/auth/mfa/lock", headers);
        let (status, code) = problem(&refused);
        assert_eq!((status, code.as_str()), expected, "{origin}");
    }
}

#[test]
fn what_is_no_route_is_not_found_and_another_method_says_which_there_are() {
    for path in [
        "/mfa/status",
        "/auth/mfa/nothing",
        "/auth",
        "/authmfa/status",
    ] {
        let (status, code) = problem(&ask("GET", path, Headers::new()));
        assert_eq!((status, code.as_str()), (404, "not_found"), "{path}");
    }
    for (path, methods) in [
        ("/auth/mfa/status", "GET"),
        ("/auth/mfa/devices/current", "DELETE"),
        ("/auth/mfa/authenticators/one", "PATCH, DELETE"),
    ] {
        let refused = ask("PUT", path, Headers::new());
        let (status, code) = problem(&refused);
        assert_eq!((status, code.as_str()), (405, "method_not_allowed"));
        assert_eq!(text(&refused, "allow"), Some(methods), "{path}");
    }
}

#[test]
fn a_head_is_answered_like_a_get_without_its_body() {
    let [get, head] = ["GET", "HEAD"].map(|method| ask(method, "/auth/mfa/status", Headers::new()));
    assert_eq!((get.status, head.status), (401, 401));
    assert!(!get.body.is_empty() && head.body.is_empty());
    let [get, head] = [&get, &head].map(|one| text(one, "content-type"));
    assert_eq!(get, head);
}

#[test]
fn a_refusal_is_in_the_language_of_the_request() {
    let headers = Headers::new()
        .with("accept-language", "de")
        .with("content-type", "application/json");
    let request = Request::new("POST", "/auth/mfa/verify", Head::new(headers.clone()));
    let body = br#"{"mfaTempToken":"cs1c_no","code":"123456"}"#.to_vec();
    let request = request.content(countersign_http::Content::Whole(body));
    let response = pollster::block_on(router().answer(request, headers));
    assert_eq!(problem(&response), (401, "invalid_token".to_owned()));
    assert_eq!(text(&response, "content-language"), Some("de"));
}
