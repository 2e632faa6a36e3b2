//! Attacks on the demo that once came through.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

// The browser of the other tests; not all of it is used here.
#[allow(dead_code)]
#[path = "demo/support.rs"]
mod support;

use countersign_demo::Settings;
use countersign_demo::testing::sqlite;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::json;
use support::{ALICE, Browser, Demo, OTHER_PASSWORD, PASSWORD};

async fn change_password(browser: &Browser) -> support::Answer {
    let body = json!({ "password": PASSWORD, "newPassword": OTHER_PASSWORD });
    browser.post("/auth/password", body).await
}

#[tokio::test]
async fn a_changed_password_ends_other_sessions_even_if_the_library_cannot_note_it() {
    use sqlx::{Connection, SqliteConnection};
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::on(sqlite(folder.path())).await;
    let owner = demo.confirmed(ALICE).await;
    let thief = demo.browser();
    thief.log_in(PASSWORD).await.expect(StatusCode::OK);

    let file = format!("sqlite:{}", folder.path().join("demo.db").display());
    let mut database = SqliteConnection::connect(&file).await.unwrap();
    for refused in ["INSERT", "UPDATE"] {
        let trigger = format!(
            "CREATE TRIGGER refuse_{refused} BEFORE {refused} ON mfa_users BEGIN SELECT RAISE(ABORT, 'no'); END"
        );
        let trigger = sqlx::AssertSqlSafe(trigger);
        sqlx::query(trigger).execute(&mut database).await.unwrap();
    }
    change_password(&owner)
        .await
        .refused(503, "outcome_unknown");
    assert!(!thief.is_signed_in().await);
    demo.running.mail(ALICE, "your password was changed").await;
}

#[tokio::test]
async fn a_stranger_who_guesses_keeps_nobody_from_changing_the_password() {
    let demo = Demo::start().await;
    let owner = demo.confirmed(ALICE).await;
    let stranger = demo.browser();
    for _ in 0..10 {
        stranger
            .log_in("not it at all")
            .await
            .refused(401, "invalid_credentials");
    }
    stranger.log_in(PASSWORD).await.refused(429, "throttled");
    change_password(&owner).await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn nobody_is_flooded_with_mail_by_accounts_that_others_open_and_delete() {
    let demo = Demo::start().await;
    let stranger = demo.browser();
    let victim = json!({ "email": ALICE, "password": PASSWORD });
    for _ in 0..20 {
        let opened = stranger.post("/auth/signup", victim.clone()).await;
        if opened.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        opened.expect(StatusCode::CREATED);
        let deleted = stranger.ask(
            Method::DELETE,
            "/auth/account",
            Some(json!({ "password": PASSWORD })),
        );
        deleted.await.expect(StatusCode::NO_CONTENT);
    }
    // Mail is sent beside the requests. One to somebody else comes last.
    demo.confirmed("bob@example.com").await;
    let mails = demo.running.mailbox().unwrap().mails();
    let flood = mails.iter().filter(|mail| mail.to == ALICE).count();
    assert!(flood <= 5, "{flood} mails");
}

#[tokio::test]
async fn nobody_is_flooded_with_mail_by_passwords_that_others_change() {
    let demo = Demo::start().await;
    let stranger = demo.browser();
    let victim = json!({ "email": ALICE, "password": PASSWORD });
    stranger
        .post("/auth/signup", victim)
        .await
        .expect(StatusCode::CREATED);
    for turn in 0..20 {
        let (old, new) = match turn % 2 {
            0 => (PASSWORD, OTHER_PASSWORD),
            _ => (OTHER_PASSWORD, PASSWORD),
        };
        let body = json!({ "password": old, "newPassword": new });
        let changed = stranger.post("/auth/password", body).await;
        changed.expect(StatusCode::NO_CONTENT);
    }
    demo.confirmed("bob@example.com").await;
    let mails = demo.running.mailbox().unwrap().mails();
    let flood = mails.iter().filter(|mail| mail.to == ALICE).count();
    assert!(flood <= 5, "{flood} mails");
}

#[tokio::test]
async fn nobody_is_flooded_with_mail_by_second_factors_that_others_turn_on_and_off() {
    let demo = Demo::start().await;
    let stranger = demo.browser();
    let victim = json!({ "email": ALICE, "password": PASSWORD });
    stranger
        .post("/auth/signup", victim)
        .await
        .expect(StatusCode::CREATED);
    for _ in 0..20 {
        let (_, codes) = stranger.enroll(&demo).await;
        let proof = json!({ "password": PASSWORD, "code": codes[0] });
        let disabled = stranger.post("/auth/mfa/disable", proof).await;
        disabled.expect(StatusCode::NO_CONTENT);
    }
    // The outbox delivers in turn.
    let bob = demo.confirmed("bob@example.com").await;
    bob.enroll(&demo).await;
    let bobs = "an authenticator was added";
    demo.running.mail("bob@example.com", bobs).await;
    let mails = demo.running.mailbox().unwrap().mails();
    let flood = mails.iter().filter(|mail| mail.to == ALICE).count();
    assert!((5..=25).contains(&flood), "{flood} mails");
}

#[tokio::test]
async fn a_session_alone_turns_nobodys_own_second_factor_off_not_even_an_administrators() {
    let demo = Demo::with(|settings| Settings {
        admin: Some(ALICE.parse().unwrap()),
        ..settings
    })
    .await;
    let administrator = demo.confirmed(ALICE).await;
    let (_, codes) = administrator.enroll(&demo).await;
    let challenge = administrator.log_in(PASSWORD).await;
    let challenge = challenge.expect(StatusCode::ACCEPTED);
    let answer = json!({ "mfaTempToken": challenge["mfaTempToken"], "code": codes[0] });
    let verified = administrator.post("/auth/mfa/verify", answer).await;
    verified.expect(StatusCode::OK);
    let me = administrator.get("/auth/me").await.expect(StatusCode::OK);
    let reset = format!(
        "/auth/mfa/admin/users/{}/reset",
        me["user"]["id"].as_str().unwrap()
    );
    let refused = administrator.post(&reset, json!({ "reason": "lost" }));
    refused.await.refused(403, "refused");
    let status = administrator.get("/auth/mfa/status").await;
    assert_eq!(status.expect(StatusCode::OK)["enabled"], true);
}

#[tokio::test]
async fn the_mailbox_is_not_behind_a_proxy_that_calls_this_machine_by_its_own_name() {
    let demo = Demo::start().await;
    let stranger = demo.browser();
    for header in [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
        "via",
    ] {
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static(header),
            HeaderValue::from_static("192.0.2.7"),
        )]);
        for path in ["/mailbox", "/mailbox.json"] {
            let asked = stranger.ask_with(Method::GET, path, None, headers.clone());
            assert_eq!(asked.await.status, StatusCode::NOT_FOUND, "{path} {header}");
        }
    }
}

#[tokio::test]
async fn one_address_has_so_many_password_hashes_a_minute_signed_in_or_not() {
    let demo = Demo::with(|settings| Settings {
        address_limit: 10,
        ..settings
    })
    .await;
    // Signing up and confirming are two of them.
    let owner = demo.confirmed(ALICE).await;
    let hashing = [
        (Method::POST, "/auth/password"),
        (Method::POST, "/auth/mfa/step-up"),
        (Method::POST, "/auth/mfa/disable"),
        (Method::POST, "/auth/mfa/setup/start"),
        (Method::POST, "/auth/mfa/recovery-codes/regenerate"),
        (Method::DELETE, "/auth/mfa"),
        (Method::DELETE, "/auth/account"),
        (Method::DELETE, "/auth/mfa/authenticators/none"),
    ];
    let ask = async |(method, path): &(Method, &str)| {
        let asked = owner.ask(method.clone(), path, Some(json!({})));
        asked.await.status
    };
    for one in &hashing {
        assert_ne!(ask(one).await, StatusCode::TOO_MANY_REQUESTS, "{one:?}");
    }
    for one in &hashing {
        assert_eq!(ask(one).await, StatusCode::TOO_MANY_REQUESTS, "{one:?}");
    }
    assert!(owner.is_signed_in().await, "to look is not limited");
}
