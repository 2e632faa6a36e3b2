//! Cookies: what tokens are bound to, and what else a browser sends along.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Request};
use countersign_axum::cookie;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::support::{Answer, Browser, Person, World, requiring};

/// The first 64 bits of the hash of what the token is.
pub(crate) fn binding_name(prefix: &str, token: &str) -> String {
    let hash = Sha256::digest(token);
    let hex: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}countersign-binding-{hex}")
}

async fn answer(browser: &mut Browser, token: &str, code: &str) -> Answer {
    let body = json!({ "mfaTempToken": token, "code": code });
    browser.post("/auth/mfa/verify", body).await
}

/// Answers a challenge with these `Cookie` headers and no others.
async fn answer_with(person: &Person, token: &str, cookies: &[Vec<u8>]) -> (u16, Value) {
    let body = json!({ "mfaTempToken": token, "code": person.next_code() });
    let mut request = Request::post("/auth/mfa/verify")
        .header("origin", "https://acme.example")
        .header("content-type", "application/json");
    for cookie in cookies {
        request = request.header("cookie", HeaderValue::from_bytes(cookie).unwrap());
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = person
        .world()
        .router
        .clone()
        .oneshot(request)
        .await
        .unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn foreign_cookies_never_matter_however_malformed() {
    let huge = [b"huge=".to_vec(), vec![b'x'; 100_000]].concat();
    let foreign: [&[u8]; 16] = [
        b"name=J\xc3\xb6rg",
        b"name=J\xf6rg",
        b"J\xc3\xb6rg=name",
        b"\xff\xfe",
        b"name=\t",
        b"",
        b";;; ;",
        b"=",
        b"=value",
        b"no equals sign",
        b"name=a=b==",
        b"name=\"quoted, and open",
        b"name=\"a\\\"b\"",
        b"$Version=1; $Path=/",
        b"name=%ff%zz%",
        &huge,
    ];
    for foreign in foreign {
        for place in ["before", "behind", "around", "headers"] {
            let world = World::new();
            let alice = world.enrolled("alice").await;
            let mut browser = world.browser();
            let token = alice.challenge_at(&mut browser).await;
            let (name, value) = browser.bindings().pop_first().unwrap();
            let ours = format!("{name}={value}").into_bytes();
            let joined = |parts: &[&[u8]]| parts.join(&b"; "[..]);
            let cookies = match place {
                "before" => vec![joined(&[foreign, &ours])],
                "behind" => vec![joined(&[&ours, foreign])],
                "around" => vec![joined(&[foreign, &ours, foreign])],
                _ => vec![foreign.to_vec(), ours, foreign.to_vec()],
            };
            let (status, body) = answer_with(&alice, &token, &cookies).await;
            let seen = foreign.escape_ascii().take(40).collect::<Vec<_>>();
            let seen = String::from_utf8(seen).unwrap();
            assert_eq!(status, 200, "{seen} {place}: {body}");
        }
    }
}

#[tokio::test]
async fn of_our_own_cookies_each_is_judged_by_itself() {
    let other = "1800000000.00112233445566778899aabbccddeeff";
    // Where `N` stands for the name and `V` for the value that were given.
    let cases = [
        ("N=V", 200),
        ("N = V ", 200),
        ("N=V; N=V", 200),
        // The first one that could be ours counts.
        ("N=; N=V", 200),
        ("N=J\u{f6}rg; N=V", 200),
        ("N=\"V\"; N=V", 200),
        ("N=V; N=O", 200),
        ("N=O; N=V", 401),
        // Names are not decoded, and tell big letters from small ones.
        ("P=V", 401),
        ("__%48ost-X=V", 401),
        ("__host-X=V", 401),
        ("X=V", 401),
        ("$N=V", 401),
        ("a=N=V", 401),
        // What is not as it was given is nothing.
        ("N=\"V\"", 401),
        ("N=V0", 401),
        ("N", 401),
        ("", 401),
    ];
    for (pattern, expected) in cases {
        let world = World::new();
        let alice = world.enrolled("alice").await;
        let mut browser = world.browser();
        let token = alice.challenge_at(&mut browser).await;
        let (name, value) = browser.bindings().pop_first().unwrap();
        let bare = name.strip_prefix("__Host-").unwrap();
        let letters = pattern.chars().map(|letter| match letter {
            'N' => name.clone(),
            'P' => name.replace('-', "%2d"),
            'X' => bare.to_owned(),
            'V' => value.clone(),
            'O' => other.to_owned(),
            letter => letter.to_string(),
        });
        let cookies: String = letters.collect();
        let (status, body) = answer_with(&alice, &token, &[cookies.into_bytes()]).await;
        assert_eq!(status, expected, "{pattern}: {body}");
    }
}

#[tokio::test]
async fn logins_in_flight_in_one_browser_are_all_answered() {
    let world = World::new();
    let (alice, bob) = (world.enrolled("alice").await, world.enrolled("bob").await);
    let browser = world.browser();
    // Both are under way before either is answered, so that neither brings a cookie of the other.
    let (mut first, mut second) = (browser.clone(), browser.clone());
    let (one, two) = (
        alice.challenge_at(&mut first).await,
        bob.challenge_at(&mut second).await,
    );
    let mut browser = first;
    browser.jar.extend(second.jar);
    answer(&mut browser, &one, &alice.code()).await.ok(200);
    answer(&mut browser, &two, &bob.code()).await.ok(200);
}

#[tokio::test]
async fn a_challenge_is_bound_by_a_cookie_of_its_own() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let first = alice.challenge_at(&mut browser).await;
    let second = alice.challenge_at(&mut browser).await;
    let bindings = browser.bindings();
    let names = [&first, &second].map(|token| binding_name("__Host-", token));
    let values = names.each_ref().map(|name| bindings[name].clone());
    assert_ne!(values[0], values[1]);
    // One doesn't stand in for the other, not even under its name.
    let mut swapped = browser.clone();
    swapped.jar.insert(names[0].clone(), values[1].clone());
    let refused = answer(&mut swapped, &first, &alice.code()).await;
    refused.refused(401, "invalid_token");
    // Its cookie stays when it is spent, so that whoever answers twice is told so.
    answer(&mut browser, &first, &alice.code()).await.ok(200);
    let again = answer(&mut browser, &first, &alice.code()).await;
    again.refused(410, "token_spent");
    answer(&mut browser, &second, &alice.recovery[0])
        .await
        .ok(200);
}

#[tokio::test]
async fn a_browser_keeps_the_bindings_of_four_tokens_and_drops_the_oldest() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let mut tokens = Vec::new();
    for _ in 0..6 {
        world.clock.advance(Duration::from_secs(1));
        tokens.push(alice.challenge_at(&mut browser).await);
        // What could not be ours is the first to go.
        let misshapen = binding_name("__Host-", "misshapen");
        browser.jar.insert(misshapen, "1800000000.short".to_owned());
    }
    let last = alice.login_at(&mut browser).await;
    // Browsers ignore a cookie of such a name that is not as safe as its name says, also to take it
    // away.
    let cookies = last.cookies();
    let removals = cookies.iter().filter(|(_, value, _)| value.is_empty());
    let mut count = 0;
    for (_, _, attributes) in removals {
        count += 1;
        for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=0"] {
            assert!(attributes.contains(&attribute), "{attributes:?}");
        }
    }
    assert_eq!(count, 2, "the oldest and what is misshapen: {cookies:?}");
    assert_eq!(browser.bindings().len(), 4);
    for token in &tokens[..3] {
        let refused = answer(&mut browser, token, &alice.code()).await;
        refused.refused(401, "invalid_token");
    }
    for (token, code) in
        tokens[3..]
            .iter()
            .zip([&alice.code(), &alice.recovery[0], &alice.recovery[1]])
    {
        answer(&mut browser, token, code).await.ok(200);
    }
}

#[tokio::test]
async fn an_enrolment_in_a_login_is_bound_from_the_grant_to_the_confirmation() {
    let world = World::with(requiring());
    let mut alice = world.sign_up("alice");
    let grant = alice.login().await.ok(202)["enrollmentGrant"].clone();
    let grant = grant.as_str().unwrap().to_owned();
    let granted = binding_name("__Host-", &grant);
    assert!(alice.browser.jar.contains_key(&granted));
    let body = json!({ "enrollmentGrant": grant });
    let mut thief = world.browser();
    let refused = thief.post("/auth/mfa/setup/start", body.clone()).await;
    refused.refused(401, "invalid_token");
    let setup = alice.browser.post("/auth/mfa/setup/start", body).await;
    let setup = setup.ok(200);
    alice.scan(&setup);
    let token = setup["enrollmentToken"].as_str().unwrap();
    let enrolling = binding_name("__Host-", token);
    let body = json!({ "enrollmentToken": token, "code": alice.code() });
    let refused = thief.post("/auth/mfa/setup/confirm", body.clone()).await;
    refused.refused(401, "invalid_token");
    let mut without = alice.browser.clone();
    without.jar.remove(&enrolling);
    let refused = without.post("/auth/mfa/setup/confirm", body.clone()).await;
    refused.refused(401, "invalid_token");
    let confirmed = alice.browser.post("/auth/mfa/setup/confirm", body).await;
    confirmed.ok(200);
}

#[tokio::test]
async fn what_a_session_is_given_is_bound_as_well() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let token = alice.step_up("disable", 1).await;
    let own = binding_name("__Host-", &token);
    assert!(alice.browser.jar.contains_key(&own));
    let body = json!({ "password": alice.password(), "stepUpToken": token });
    let mut thief = alice.browser.clone();
    thief.jar.remove(&own);
    let refused = thief.post("/auth/mfa/disable", body.clone()).await;
    refused.refused(401, "reauthentication_failed");
    alice.browser.post("/auth/mfa/disable", body).await.ok(204);
}

#[test]
fn an_applications_own_cookie_is_read_among_any_others() {
    let cases: [(&[&[u8]], Option<&str>); 9] = [
        (&[], None),
        (&[b"session=1"], Some("1")),
        (&[b"name=J\xc3\xb6rg; session=1; x"], Some("1")),
        (&[b"name=J\xf6rg", b"; ;=;session = 1 "], Some("1")),
        (&[b"session=\xff; session=2"], Some("2")),
        (&[b"session=1; session=2"], Some("1")),
        (&[b"session="], Some("")),
        (&[b"s%65ssion=1; Session=1; xsession=1; session"], None),
        (&[b"a=\"; session=1; b=\""], Some("1")),
    ];
    for (headers, value) in cases {
        let headers = headers.iter().map(|header| {
            let header = HeaderValue::from_bytes(header).unwrap();
            (axum::http::header::COOKIE, header)
        });
        let mut map = axum::http::HeaderMap::new();
        for (name, header) in headers {
            map.append(name, header);
        }
        assert_eq!(cookie(&map, "session"), value, "{map:?}");
    }
}
