//! A token that was given for something else, to another browser, or was touched, is worth nothing
//! wherever it is presented.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Call, Person, World};

/// Each field of a body that takes a token, with what else makes the body whole, and the answer to
/// a token that is not good.
const FIELDS: [(&str, &str, &str, &str); 13] = [
    (
        "/auth/mfa/verify",
        "mfaTempToken",
        "challenge",
        "invalid_token",
    ),
    (
        "/auth/mfa/verify/cancel",
        "mfaTempToken",
        "challenge",
        "invalid_token",
    ),
    (
        "/auth/mfa/email/send",
        "mfaTempToken",
        "challenge",
        "invalid_token",
    ),
    (
        "/auth/mfa/sms/send",
        "mfaTempToken",
        "challenge",
        "invalid_token",
    ),
    (
        "/auth/mfa/voice/send",
        "mfaTempToken",
        "challenge",
        "invalid_token",
    ),
    ("/auth/mfa/email/void", "voidToken", "void", "invalid_token"),
    (
        "/auth/mfa/recovery/request",
        "mfaTempToken",
        "challenge",
        "invalid_token",
    ),
    (
        "/auth/mfa/recovery/complete",
        "mfaTempToken",
        "challenge",
        "invalid_token",
    ),
    (
        "/auth/mfa/recovery/cancel",
        "cancelToken",
        "cancel",
        "invalid_token",
    ),
    (
        "/auth/mfa/setup/start",
        "enrollmentGrant",
        "grant",
        "invalid_token",
    ),
    (
        "/auth/mfa/setup/confirm",
        "enrollmentToken",
        "enrollment",
        "invalid_token",
    ),
    (
        "/auth/mfa/recovery-codes/sheet",
        "sheetTicket",
        "sheet",
        "invalid_token",
    ),
    ("/auth/mfa/lock", "lockToken", "lock", "invalid_token"),
];

fn request(path: &str, field: &str, token: &str, person: &Person) -> Call {
    let call = Call::new("POST", path).with(field, token);
    match path {
        "/auth/mfa/verify" | "/auth/mfa/setup/confirm" => call.with("code", person.code()),
        _ => call,
    }
}

/// A token of each kind, of somebody who is signed in; and the browser that those are bound to
/// which are.
async fn tokens(world: &World, name: &str) -> (Person, BTreeMap<&'static str, String>) {
    let mut person = world.enrolled(name).await;
    let mut tokens = BTreeMap::new();
    let text = |json: &Value| json.as_str().unwrap().to_owned();

    // A grant of a recovery, because that one is also good beside an authenticator.
    let mut browser = person.browser.clone();
    let challenge = person.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": challenge });
    browser
        .post("/auth/mfa/recovery/request", body)
        .await
        .ok(202);
    world.clock.advance(Duration::from_secs(72 * 3600));
    let challenge = person.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": challenge });
    let completed = browser
        .post("/auth/mfa/recovery/complete", body)
        .await
        .ok(200);
    tokens.insert("grant", text(&completed["enrollmentGrant"]));
    tokens.insert("cancel", person.mailed(|letter| &letter.cancel).await);
    let body = person.recovery_proof(1);
    let setup = person
        .browser
        .post("/auth/mfa/setup/start", body)
        .await
        .ok(200);
    tokens.insert("enrollment", text(&setup["enrollmentToken"]));
    let new = person.recovery_proof(2);
    let new = person
        .browser
        .post("/auth/mfa/recovery-codes/regenerate", new)
        .await;
    let new = new.ok(200);
    person.keep(&new);
    tokens.insert("sheet", person.ticket.clone());
    let challenge = person.challenge_at(&mut browser).await;
    let body =
        json!({ "mfaTempToken": challenge, "code": person.recovery[0], "trustDevice": true });
    let verified = browser.post("/auth/mfa/verify", body).await;
    let cookies = verified.cookies();
    let device = cookies.iter().find(|(name, ..)| name.contains("device"));
    tokens.insert("device", device.unwrap().1.to_owned());
    tokens.insert("step up", person.step_up("add", 2).await);
    tokens.insert("lock", person.mailed(|letter| &letter.lock).await);
    // In a browser that is not trusted.
    browser.jar.retain(|name, _| !name.contains("device"));
    let challenge = person.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": challenge });
    browser.post("/auth/mfa/email/send", body).await.ok(202);
    tokens.insert("void", world.mail.void_token());
    tokens.insert("challenge", challenge);
    person.browser.jar.extend(browser.bindings());
    (person, tokens)
}

#[tokio::test] // S-32
async fn a_token_of_one_purpose_is_none_of_another() {
    let world = World::new();
    let (mut alice, tokens) = tokens(&world, "alice").await;
    assert_eq!(tokens.len(), 9);
    for (path, field, kind, code) in FIELDS {
        for (other, token) in &tokens {
            if *other != kind {
                let call = request(path, field, token, &alice);
                alice.browser.send(&call).await.refused(401, code);
            }
        }
        // The right one is no better with another last letter or prefix, in pieces, or doubled.
        let right = &tokens[kind];
        let swapped = if right.ends_with('A') { 'E' } else { 'A' };
        let letter = &right[..4];
        for forged in [
            format!("{}{swapped}", &right[..right.len() - 1]),
            right[..right.len() / 2].to_owned(),
            format!("{right}{right}"),
            format!("{right}=="),
            right.replace(letter, "cs2_"),
            String::new(),
            "x".repeat(10_000),
        ] {
            let call = request(path, field, &forged, &alice);
            alice.browser.send(&call).await.refused(401, code);
        }
    }
    // In the place of a step-up.
    for (other, token) in tokens.iter().filter(|(kind, _)| **kind != "step up") {
        let call = Call::new("POST", "/auth/transfer").json(json!({ "cents": 1 }));
        let call = call.header("x-step-up-token", token);
        let refused = alice.browser.send(&call).await;
        assert_eq!(refused.json["code"], "invalid_token", "{other}");
    }
    // None of it is a session.
    for token in tokens.values() {
        let mut browser = world.browser();
        browser.jar.insert("session".to_owned(), token.clone());
        browser
            .get("/auth/me")
            .await
            .refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn what_is_bound_to_one_browser_is_refused_in_another() {
    let world = World::new();
    let (alice, tokens) = tokens(&world, "alice").await;
    let mallory = world.enrolled("mallory").await;
    // In a browser that never was here, in one of somebody else, and in a program that has no
    // cookies.
    let mut program = world.browser();
    program.headers.clear();
    for browser in [
        &mut world.browser(),
        &mut mallory.browser.clone(),
        &mut program,
    ] {
        for (path, field, kind, code) in FIELDS {
            if ["challenge", "grant", "enrollment"].contains(&kind) {
                let call = request(path, field, &tokens[kind], &alice);
                browser.send(&call).await.refused(401, code);
            }
        }
    }
    // It was not used up by that.
    let mut browser = alice.browser.clone();
    let call = request(
        "/auth/mfa/verify",
        "mfaTempToken",
        &tokens["challenge"],
        &alice,
    );
    browser.send(&call).await.ok(200);
}
