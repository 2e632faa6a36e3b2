//! What is traced: each line within its request, and no secret in any of them.

use serde_json::json;

use crate::refusals::ready::ready;
use crate::support::{Call, World};

#[tokio::test] // S-52
async fn each_line_names_its_request_and_no_line_has_a_secret() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    alice.sign_in_at(&mut browser).await;
    let body = json!({ "sheetTicket": alice.ticket });
    alice
        .browser
        .post("/auth/mfa/recovery-codes/sheet", body)
        .await
        .ok(200);
    let token = alice.challenge_at(&mut browser).await;
    browser
        .post("/auth/mfa/email/send", json!({ "mfaTempToken": token }))
        .await
        .ok(202);
    world.hide_all([world.mail.code()]);
    for code in [alice.wrong_code(), alice.code(), alice.recovery[0].clone()] {
        let body = json!({ "mfaTempToken": token, "code": code, "trustDevice": true });
        browser.post("/auth/mfa/verify", body).await;
    }
    alice.step_up("app:transfer", 2).await;
    let list = alice.browser.get("/auth/mfa/authenticators").await.ok(200);
    let id = list["authenticators"][0]["id"].as_str().unwrap().to_owned();
    let rename = Call::new("PATCH", &format!("/auth/mfa/authenticators/{id}"));
    alice
        .browser
        .send(&rename.json(json!({ "label": "Her phone" })))
        .await
        .ok(200);
    let query = "/auth/mfa/events?before=9007199254740993";
    alice.browser.get(query).await.ok(200);
    let proof = json!({ "password": "a wrong one", "code": alice.code() });
    alice.browser.post("/auth/mfa/disable", proof).await;
    let proof = alice.recovery_proof(3);
    alice.browser.post("/auth/mfa/disable", proof).await.ok(204);

    let logs = world.logs();
    let answered = logs.iter().filter(|line| line.contains("message=answered"));
    assert_eq!(answered.count(), world.request_count());
    for line in &logs {
        let (_, rest) = line.split_once(" [request: method=").expect(line);
        assert!(rest.contains(" request_id=\"request-"), "{line}");
        assert!(rest.contains(" route=\"/auth/"), "{line}");
    }
    let refused = logs.iter().filter(|line| line.contains("message=refused"));
    assert_eq!(refused.clone().count(), 3);
    // By the application's id, for whoever helps the user.
    assert!(refused.clone().any(|line| line.contains("user-alice")));
    let renamed = logs
        .iter()
        .find(|line| line.contains("method=PATCH"))
        .unwrap();
    assert!(
        renamed.contains("route=\"/auth/mfa/authenticators/{id}\""),
        "{renamed}"
    );

    let secrets = world.secrets();
    let uri = format!(
        "otpauth://totp/Tests:alice@example.com?secret={}&issuer=Tests",
        alice.secret.clone().unwrap()
    );
    let known = [
        alice.password(),
        alice.ticket.clone(),
        token,
        uri,
        "a wrong one".to_owned(),
    ];
    for secret in alice.recovery.iter().chain(&known).chain(&alice.secret) {
        assert!(secrets.contains(secret), "{secret} was not looked for");
    }
    let others = [
        &alice.email,
        &id,
        "Her phone",
        "9007199254740993",
        "Firefox",
    ];
    let others = others.map(String::from);
    for secret in secrets.iter().chain(&others) {
        assert!(
            logs.iter().all(|line| !line.contains(secret)),
            "{secret} is in the logs"
        );
    }
}

#[test]
fn routes_that_lack_their_directory_are_named_when_the_router_is_made() {
    let world = World::new();
    let warnings = || {
        let lines = world.logs().into_iter();
        lines.filter(|line| line.contains("routes without a directory"))
    };
    assert_eq!(warnings().count(), 0);
    // Without a request.
    world.without_directory();
    let warnings: Vec<_> = warnings().collect();
    let [line] = &warnings[..] else {
        panic!("{warnings:?}");
    };
    let named: Vec<_> = line.split('"').filter(|part| part.contains('/')).collect();
    let lacking = [
        "/mfa/events",
        "/mfa/admin/users",
        "/mfa/admin/users/{id}/events",
    ];
    assert_eq!(named, lacking, "{line}");
}

#[tokio::test]
async fn an_id_of_a_request_is_kept_if_it_can_stand_in_a_log() {
    let mut ready = ready("GET /auth/mfa/status").await;
    let world = ready.world();
    let odd = ["a b", "a\"b", "é", &"x".repeat(65), "a,b", "a;b"];
    for id in odd {
        let request = axum::http::Request::get("/auth/mfa/status");
        let request = request.header("x-request-id", id.as_bytes());
        let request = request.body(axum::body::Body::empty()).unwrap();
        let router = world.router.clone();
        let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
        let given = response.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(given.len(), 32, "{given}");
        assert!(
            given.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{given}"
        );
    }
    // It is in the security log as well, for whoever runs the service.
    let mut alice = world.sign_up("bob");
    alice.login().await.ok(200);
    alice.start().await;
    let events = world.directory.events(&alice.user, None, 1).await.unwrap();
    let source = &events[0].event.source;
    assert!(
        source
            .request_id
            .as_deref()
            .unwrap()
            .starts_with("request-")
    );
    ready.send().await.ok(200);
}
