//! What belongs to somebody else, or was given for something else, is worth nothing wherever it is presented.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Browser, Call, Person, World, policy};

/// Each field of a body that takes a token, with what else makes the body whole, and the answer to a token that is not good.
const FIELDS: [(&str, &str, &str, &str); 10] = [
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

/// A token of each kind, of somebody who is signed in; and the browser that those are bound to which are.
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
    world.clock.forward(72 * 3600);
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
    tokens.insert("challenge", person.challenge_at(&mut browser).await);
    (person, tokens)
}

#[tokio::test] // S-32
async fn a_token_of_one_purpose_is_none_of_another() {
    let world = World::new();
    let (mut alice, tokens) = tokens(&world, "alice").await;
    assert_eq!(tokens.len(), 8);
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
    // In a browser that never was here, in one of somebody else, and in a program that has no cookies.
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

#[tokio::test]
async fn a_step_up_of_somebody_else_another_browser_or_another_purpose_is_refused() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut mallory = world.enrolled("mallory").await;
    let transfer = |token: &str| {
        let call = Call::new("POST", "/auth/transfer").json(json!({ "cents": 1 }));
        call.header("x-step-up-token", token)
    };
    let token = alice.step_up("app:transfer", 1).await;
    let stolen = mallory.browser.send(&transfer(&token)).await;
    stolen.refused(401, "invalid_token");
    // With her session as well, but not with what her browser is bound to.
    let mut thief = world.browser();
    let session = alice.browser.session().unwrap().to_owned();
    thief.jar.insert("session".to_owned(), session);
    thief
        .send(&transfer(&token))
        .await
        .refused(401, "invalid_token");
    let other = alice.step_up("app:transfer2", 2).await;
    let refused = alice.browser.send(&transfer(&other)).await;
    refused.refused(401, "invalid_token");
    let other = alice.step_up("disable", 3).await;
    let refused = alice.browser.send(&transfer(&other)).await;
    refused.refused(401, "invalid_token");

    alice.browser.send(&transfer(&token)).await.ok(204);
    alice
        .browser
        .send(&transfer(&token))
        .await
        .refused(410, "token_spent");
    let token = alice.step_up("app:transfer", 4).await;
    world.clock.forward(300);
    alice
        .browser
        .send(&transfer(&token))
        .await
        .refused(410, "token_expired");

    // In the place of a code it is wrong, and charged.
    let token = alice.step_up("regenerate", 5).await;
    for (person, password) in [(&mut mallory, "mallory"), (&mut alice, "alice")] {
        let password = format!("password of {password}");
        let body = json!({ "password": password, "stepUpToken": token });
        let refused = person.browser.post("/auth/mfa/disable", body).await;
        refused.refused(401, "reauthentication_failed");
    }
    let body = json!({ "password": alice.password(), "stepUpToken": token });
    let right = alice
        .browser
        .post("/auth/mfa/recovery-codes/regenerate", body)
        .await;
    right.ok(200);
}

#[tokio::test]
async fn a_step_up_is_demanded_before_the_body_is_read_and_costs_nothing_if_that_is_wrong() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let call = Call::new("POST", "/auth/transfer").json(json!({ "cents": 1 }));
    world
        .browser()
        .send(&call)
        .await
        .refused(401, "unauthenticated");
    let refused = alice.browser.send(&call).await;
    refused.refused(403, "reauthentication_required");
    let token = alice.step_up("app:transfer", 1).await;
    let call = call.header("x-step-up-token", &token);
    let wrong = call.clone().with("cents", -1);
    alice
        .browser
        .send(&wrong)
        .await
        .refused(422, "invalid_request");
    alice.browser.send(&call).await.ok(204);
}

#[tokio::test] // S-45
async fn ids_of_somebody_elses_things_name_nothing() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut mallory = world.enrolled("mallory").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": alice.code(), "trustDevice": true });
    browser.post("/auth/mfa/verify", body).await.ok(200);
    let before = alice.browser.get("/auth/mfa/status").await.ok(200);
    let authenticator = before["authenticators"][0]["id"].as_str().unwrap();
    let device = before["trustedDevices"][0]["id"].as_str().unwrap();

    let path = format!("/auth/mfa/authenticators/{authenticator}");
    let rename = Call::new("PATCH", &path).json(json!({ "label": "Mine" }));
    let refused = mallory.browser.send(&rename).await;
    refused.refused(404, "unknown_authenticator");
    let proof = mallory.proof();
    let refused = mallory.browser.delete(&path, Some(proof.clone())).await;
    refused.refused(404, "unknown_authenticator");
    let start = Call::new("POST", "/auth/mfa/setup/start").json(proof);
    let refused = mallory
        .browser
        .send(&start.with("replaces", authenticator))
        .await;
    refused.refused(404, "unknown_authenticator");
    let path = format!("/auth/mfa/devices/{device}");
    mallory
        .browser
        .delete(&path, None)
        .await
        .refused(404, "unknown_device");
    mallory
        .browser
        .delete("/auth/mfa/devices", None)
        .await
        .ok(204);
    let after = alice.browser.get("/auth/mfa/status").await.ok(200);
    assert_eq!(after, before);
}

#[tokio::test]
async fn somebody_elses_code_or_recovery_code_or_mailed_code_is_wrong() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut mallory = world.enrolled("mallory").await;
    let mut browser = world.browser();
    let mut hers = world.browser();
    let token = alice.challenge_at(&mut hers).await;
    hers.post("/auth/mfa/email/send", json!({ "mfaTempToken": token }))
        .await
        .ok(202);
    let mailed = world.mail.code();
    world.hide_all([mailed.clone()]);
    let token = mallory.challenge_at(&mut browser).await;
    for (code, method) in [
        (alice.code(), "totp"),
        (alice.recovery[0].clone(), "recovery_code"),
        (mailed, "email"),
    ] {
        let body = json!({ "mfaTempToken": token, "code": code, "method": method });
        browser
            .post("/auth/mfa/verify", body)
            .await
            .refused(401, "invalid_code");
    }
    let body = json!({ "password": mallory.password(), "code": alice.recovery[0] });
    let refused = mallory.browser.post("/auth/mfa/disable", body).await;
    refused.refused(401, "reauthentication_failed");
    let body = json!({ "password": alice.password(), "code": mallory.recovery[0] });
    let refused = mallory.browser.post("/auth/mfa/disable", body).await;
    refused.refused(401, "reauthentication_failed");
}

#[tokio::test]
async fn somebody_elses_pending_enrolment_is_out_of_reach() {
    let world = World::new();
    let mut alice = world.signed_in("alice").await;
    let mut mallory = world.signed_in("mallory").await;
    let setup = alice.start().await;
    let body = json!({ "code": alice.code() });
    let refused = mallory.browser.post("/auth/mfa/setup/confirm", body).await;
    refused.refused(409, "nothing_pending");
    mallory
        .browser
        .delete("/auth/mfa/setup", None)
        .await
        .ok(204);
    // The token is the right of whoever has it, and acts on the account that it is of, and on no session of another.
    let session = mallory.browser.session().unwrap().to_owned();
    let binding = alice
        .browser
        .jar
        .iter()
        .find(|(name, _)| name.contains("browser"));
    let (name, value) = binding.unwrap();
    mallory.browser.jar.insert(name.clone(), value.clone());
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": alice.code() });
    let confirmed = mallory.browser.post("/auth/mfa/setup/confirm", body).await;
    confirmed.ok(200);
    assert_eq!(mallory.browser.session(), Some(session.as_str()));
    assert!(!world.mfa.status(&mallory.user).await.unwrap().enabled);
    assert!(world.mfa.status(&alice.user).await.unwrap().enabled);
    alice
        .browser
        .get("/auth/me")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_link_of_somebody_elses_mail_acts_on_their_account_and_not_on_the_readers() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut bob = world.enrolled("bob").await;
    let token = alice.mailed(|letter| &letter.lock).await;
    let body = json!({ "lockToken": token });
    for _ in 0..2 {
        bob.browser
            .post("/auth/mfa/lock", body.clone())
            .await
            .ok(204);
    }
    bob.browser.get("/auth/me").await.ok(200);
    alice
        .browser
        .get("/auth/me")
        .await
        .refused(401, "unauthenticated");
    alice.login().await.refused(423, "locked");
    bob.login_at(&mut world.browser()).await.ok(202);
}

#[tokio::test]
async fn a_trusted_browser_is_trusted_for_its_own_user_alone() {
    let world = World::new();
    let (alice, bob) = (world.enrolled("alice").await, world.enrolled("bob").await);
    let mut shared: Browser = world.browser();
    for person in [&alice, &bob] {
        let token = person.challenge_at(&mut shared).await;
        let body = json!({ "mfaTempToken": token, "code": person.code(), "trustDevice": true });
        shared.post("/auth/mfa/verify", body).await.ok(200);
    }
    let devices = shared.jar.keys().filter(|name| name.contains("device"));
    assert_eq!(devices.count(), 2);
    for person in [&alice, &bob] {
        person.login_at(&mut shared).await.ok(200);
    }
    // Alice's under Bob's name.
    let names: Vec<_> = shared
        .jar
        .keys()
        .filter(|name| name.contains("device"))
        .cloned()
        .collect();
    let values: Vec<_> = names.iter().map(|name| shared.jar[name].clone()).collect();
    let mut swapped = shared.clone();
    swapped.jar.insert(names[0].clone(), values[1].clone());
    swapped.jar.insert(names[1].clone(), values[0].clone());
    for person in [&alice, &bob] {
        person.login_at(&mut swapped).await.ok(202);
        person.login_at(&mut shared).await.ok(200);
    }
}

#[tokio::test]
async fn before_the_second_step_there_is_no_session_anywhere() {
    let world = World::with(policy().require(true));
    let document = world.document();
    let sessions = document.promised().iter();
    let sessions = sessions.filter(|seen| seen.code.as_deref() == Some("unauthenticated"));
    let mut browser = world.browser();
    world.sign_up("alice").login_at(&mut browser).await.ok(202);
    browser.jar.insert(
        "session".to_owned(),
        "session-of-user-alice-number-1".to_owned(),
    );
    let mut count = 0;
    for seen in sessions {
        let (method, path) = seen.operation.split_once(' ').unwrap();
        let method = ["GET", "POST", "PATCH", "DELETE"]
            .into_iter()
            .find(|one| *one == method);
        let mut call = Call::new(method.unwrap(), &path.replace("{id}", "0"));
        if method != Some("GET") && !path.ends_with("/devices") && !path.ends_with("/setup") {
            let body = json!({
                "password": "x", "newPassword": "x", "code": "123456", "purpose": "add",
                "label": "x", "reason": "x", "email": "x",
            });
            call = call.json(body);
        }
        let answer = browser.send(&call).await;
        if path != "/auth/login" {
            answer.refused(401, "unauthenticated");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
