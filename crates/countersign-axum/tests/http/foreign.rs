//! What belongs to somebody else is out of reach, whatever is known of it.

use serde_json::json;

use crate::support::{Browser, Call, World, requiring};

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
    // The token is the right of whoever has it, and acts on the account that it is of, and on no
    // session of another.
    let session = mallory.browser.session().unwrap().to_owned();
    mallory.browser.jar.extend(alice.browser.bindings());
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
    let world = World::with(requiring());
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
