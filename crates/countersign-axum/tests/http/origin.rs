//! Requests of other sites' pages, and the cookies that browsers keep.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::post;
use countersign::keys::Keyring;
use countersign::store::MemoryStore;
use countersign::{Mfa, Policy};
use countersign_axum::{Auth, InvalidOrigin};
use countersign_webauthn::RelyingParty;
use serde_json::json;
use tower::ServiceExt;

use crate::cookies::binding_name;
use crate::refusals::ready::ready;
use crate::support::{Browser, World, policy};

#[test]
fn passkeys_of_another_origin_are_noticed_when_the_application_starts() {
    let key = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let acme = |passkeys| {
        let builder = Mfa::builder(MemoryStore::new()).keys(key.parse::<Keyring>().unwrap());
        let builder = builder.policy(Policy::new("tests", "Tests").passkeys(passkeys));
        let party = RelyingParty::at("https://acme.example").unwrap();
        builder.passkeys(party).build().unwrap()
    };
    let host = World::new().host.clone();
    let lacking = Some(InvalidOrigin::NoPasskeys);
    for (passkeys, origin, expected) in [
        (true, "https://acme.example", None),
        (true, "https://ACME.example/", None),
        (true, "https://www.acme.example", lacking),
        (true, "https://acme.example:8443", lacking),
        (true, "http://localhost:3000", lacking),
        (true, "acme.example", Some(InvalidOrigin::Malformed)),
        (false, "https://www.acme.example", None),
    ] {
        let auth = Auth::new(&acme(passkeys), host.clone(), origin);
        assert_eq!(auth.map(drop).err(), expected, "{origin}");
    }
    // A second origin need not have passkeys.
    let auth = Auth::new(&acme(true), host, "https://acme.example").unwrap();
    assert!(auth.also_at("https://www.acme.example").is_ok());
}

/// What another site's page makes a browser send, with our cookies.
const FOREIGN: [&[(&str, &str)]; 11] = [
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "http://acme.example")],
    &[("origin", "https://acme.example:8443")],
    &[("origin", "https://acme.example.evil.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ],
    // A foreign name that resolves to this server.
    &[
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "same-origin"),
    ],
    &[("origin", "null"), ("sec-fetch-site", "none")],
    &[],
];

const OWN: [&[(&str, &str)]; 4] = [
    &[("origin", "https://acme.example")],
    &[("origin", "https://ACME.example")],
    &[("sec-fetch-site", "same-origin")],
    &[
        ("origin", "https://acme.example"),
        ("sec-fetch-site", "same-origin"),
    ],
];

fn from(browser: &mut Browser, headers: &[(&str, &str)]) {
    browser.headers.remove("origin");
    for (name, value) in headers {
        browser
            .headers
            .insert((*name).to_owned(), (*value).to_owned());
    }
}

#[tokio::test]
async fn no_other_sites_page_changes_anything() {
    let document = World::new().document();
    let unsafe_ones = document.operations().into_keys();
    let unsafe_ones = unsafe_ones.filter(|name| !name.starts_with("GET") && name.contains("/mfa"));
    let mut count = 0;
    for operation in unsafe_ones {
        count += 1;
        let mut ready = ready(&operation).await;
        let (world, user) = (ready.world(), ready.person.user.clone());
        let before = world
            .directory
            .events(&user, None, usize::MAX)
            .await
            .unwrap();
        let jar = ready.browser().jar.clone();
        for headers in FOREIGN {
            let browser = ready.browser();
            let kept = browser.headers.clone();
            from(browser, headers);
            ready.send().await.refused(403, "foreign_origin");
            ready.browser().headers = kept;
        }
        assert_eq!(ready.browser().jar, jar);
        let after = world
            .directory
            .events(&user, None, usize::MAX)
            .await
            .unwrap();
        assert_eq!(after, before, "{operation}");
    }
    assert_eq!(count, 30);
}

#[tokio::test]
async fn our_own_pages_do() {
    for headers in OWN {
        let mut ready = ready("POST /auth/mfa/disable").await;
        from(ready.browser(), headers);
        ready.send().await.ok(204);
    }
}

#[tokio::test]
async fn the_applications_own_routes_and_those_that_are_none_are_protected_alike() {
    let world = World::new();
    let mut browser = world.browser();
    from(&mut browser, &[("origin", "https://evil.example")]);
    for path in ["/auth/login", "/auth/nothing", "/auth/mfa/status"] {
        let answer = browser.post(path, json!({})).await;
        answer.refused(403, "foreign_origin");
    }
}

#[tokio::test]
async fn reading_is_free_and_answers_nobody_elses_page_can_read() {
    let mut ready = ready("GET /auth/mfa/status").await;
    from(ready.browser(), &[("origin", "https://evil.example")]);
    let answer = ready.send().await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    answer.ok(200);
}

#[tokio::test]
async fn a_program_without_cookies_needs_no_page() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut program = world.browser();
    program.headers.clear();
    let begun = alice.login_at(&mut program).await;
    assert!(begun.cookies().is_empty());
    let body = json!({ "mfaTempToken": begun.ok(202)["mfaTempToken"], "code": alice.code() });
    program.post("/auth/mfa/verify", body).await.ok(200);
    // From here on it has one.
    let refused = program.post("/auth/mfa/lock", json!({})).await;
    refused.refused(403, "foreign_origin");
}

#[tokio::test]
async fn cookies_are_as_safe_as_the_origin_allows() {
    let lax = ["HttpOnly", "SameSite=Lax", "Path=/"];
    for (origin, prefix, secure) in [
        ("https://acme.example", "__Host-", true),
        ("http://127.0.0.1:3000", "", false),
        ("http://localhost:3000", "", false),
        ("http://[::1]:3000", "", false),
    ] {
        let world = World::at(origin, policy());
        let alice = world.enrolled("alice").await;
        let mut browser = world.browser();
        let begun = alice.login_at(&mut browser).await;
        let cookies = begun.cookies();
        let [(name, value, attributes)] = &cookies[..] else {
            panic!("{cookies:?}");
        };
        let token = begun.json["mfaTempToken"].as_str().unwrap();
        assert_eq!(*name, binding_name(prefix, token));
        // When it was given, and 128 random bits.
        let (given_at, secret) = value.split_once('.').unwrap();
        assert_eq!(given_at, "1800000000");
        assert_eq!(secret.len(), 32);
        assert!(
            lax.iter().all(|one| attributes.contains(one)),
            "{attributes:?}"
        );
        assert_eq!(attributes.contains(&"Secure"), secure);
        assert_eq!(attributes.len(), 3 + usize::from(secure), "{attributes:?}");

        let body = json!({
            "mfaTempToken": begun.clone().ok(202)["mfaTempToken"],
            "code": alice.code(),
            "trustDevice": true,
        });
        let verified = browser.post("/auth/mfa/verify", body).await;
        let cookies = verified.cookies();
        let device = cookies.iter().find(|(name, ..)| name.contains("device"));
        let (name, _, attributes) = device.unwrap();
        // From `printf user-alice | sha256sum`.
        assert_eq!(*name, format!("{prefix}countersign-device-{ALICE}"));
        assert!(
            lax.iter().all(|one| attributes.contains(one)),
            "{attributes:?}"
        );
        assert_eq!(attributes.contains(&"Secure"), secure);
        // 30 days after the sign-in, whatever the machine's own clock says.
        assert!(
            attributes.contains(&"Expires=Sun, 14 Feb 2027 08:00:00 GMT"),
            "{attributes:?}"
        );
        assert_eq!(attributes.len(), 4 + usize::from(secure), "{attributes:?}");
    }
}

const ALICE: &str = "0e7b8c3e3b7f94ed";

#[tokio::test]
async fn other_routers_stand_under_the_same_protection() {
    let world = World::new();
    let shop = Router::new().route("/shop", post(|| async { "sold" }));
    let shop = world.auth.protect(shop);
    for (origin, status) in [("https://acme.example", 200), ("https://evil.example", 403)] {
        let request = Request::post("/shop").header("origin", origin);
        let request = request.header("cookie", "session=1");
        let request = request.body(Body::empty()).unwrap();
        let response = shop.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(response.headers().contains_key("x-request-id"));
    }
    let request = Request::get("/shop").body(Body::empty()).unwrap();
    let response = shop.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 405);
    let kind = &response.headers()["content-type"];
    assert_eq!(kind, "application/problem+json");

    // What is not there is the application's to say, and it may say so beside routes that are
    // protected.
    let pages: Router = Router::new().fallback(|| async { "a page" });
    let all = pages.merge(world.auth.router("/auth")).merge(shop);
    for (path, kind) in [
        ("/nothing", "text/plain; charset=utf-8"),
        ("/auth/nothing", "application/problem+json"),
    ] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = all.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()["content-type"], kind, "{path}");
    }
}

#[tokio::test]
async fn pages_at_a_second_origin_may_make_requests() {
    let world = World::new();
    let also = world
        .auth
        .clone()
        .also_at("https://www.acme.example")
        .unwrap();
    let router: Router = also.router("/auth");
    for (origin, status) in [
        ("https://acme.example", 401),
        ("https://www.acme.example", 401),
        ("https://w.acme.example", 403),
    ] {
        let request = Request::post("/auth/mfa/lock").header("origin", origin);
        let request = request.body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{origin}");
    }
}
