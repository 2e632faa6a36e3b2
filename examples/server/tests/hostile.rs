//! Attacks on the demo that once succeeded.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

// This file uses a part of the module.
#[allow(dead_code)]
#[path = "demo/support.rs"]
mod support;

use countersign_demo::Settings;
use countersign_demo::testing::sqlite;
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
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
    demo.running.mail(ALICE, "Your password was changed").await;
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
async fn ten_wrong_passwords_end_the_session_they_were_typed_in_and_no_other() {
    let demo = Demo::start().await;
    let owner = demo.confirmed(ALICE).await;
    let thief = demo.browser();
    thief.log_in(PASSWORD).await.expect(StatusCode::OK);
    let wrong = json!({ "password": "not it at all", "newPassword": OTHER_PASSWORD });
    for turn in 0..9 {
        if turn % 2 == 0 {
            let guessed = thief.post("/auth/password", wrong.clone()).await;
            guessed.refused(401, "invalid_credentials");
        } else {
            let guessed = thief.ask(Method::DELETE, "/auth/account", Some(wrong.clone()));
            guessed.await.refused(401, "reauthentication_failed");
        }
    }
    let tenth = thief.post("/auth/password", wrong).await;
    tenth.refused(401, "unauthenticated");
    assert!(!thief.is_signed_in().await);
    assert!(owner.is_signed_in().await);
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
    // Mail is sent beside the requests, so that the test waits for a mail to another user.
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
        if changed.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
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
    // The outbox delivers in order, so that a mail to another user marks the end.
    let bob = demo.confirmed("bob@example.com").await;
    bob.enroll(&demo).await;
    let bobs = "Two-step verification is on";
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
    // The sign-up and the confirmation are two requests of the limit.
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

#[tokio::test]
async fn a_thief_who_changes_the_password_to_and_fro_neither_floods_nor_keeps_out_its_owner() {
    let demo = Demo::start().await;
    demo.confirmed(ALICE).await;
    let thief = demo.browser();
    thief.log_in(PASSWORD).await.expect(StatusCode::OK);
    let passwords = [PASSWORD, OTHER_PASSWORD];
    let change = async |turn: usize| {
        let body =
            json!({ "password": passwords[turn % 2], "newPassword": passwords[(turn + 1) % 2] });
        thief.post("/auth/password", body).await
    };
    for turn in 0..5 {
        change(turn).await.expect(StatusCode::NO_CONTENT);
    }
    change(5).await.refused(429, "throttled");

    let owner = demo.browser();
    let forgot = owner
        .post("/auth/password/forgot", json!({ "email": ALICE }))
        .await;
    forgot.expect(StatusCode::ACCEPTED);
    let token = demo.link(ALICE, "Reset your password", "reset").await;
    change(5).await.refused(429, "throttled");
    let body = json!({ "token": token, "newPassword": "nobody else knows this" });
    let reset = owner.post("/auth/password/reset", body).await;
    reset.expect(StatusCode::NO_CONTENT);
    assert!(!thief.is_signed_in().await);
}

#[tokio::test]
async fn a_stranger_at_one_place_keeps_nobody_from_signing_in_at_another() {
    let demo = Demo::with(|settings| Settings {
        client_address_header: Some(HeaderName::from_static("x-real-ip")),
        smtp_url: Some("smtp://127.0.0.1:1".into()),
        ..settings
    })
    .await;
    let owner = demo.browser();
    let alice = json!({ "email": ALICE, "password": PASSWORD });
    let signed_up = owner.post("/auth/signup", alice).await;
    signed_up.expect(StatusCode::CREATED);
    let stranger = demo.browser();
    let log_in = async |password: &str, place: &'static str| {
        let place = (
            HeaderName::from_static("x-real-ip"),
            HeaderValue::from_static(place),
        );
        let body = json!({ "email": ALICE, "password": password });
        let headers = HeaderMap::from_iter([place]);
        stranger
            .ask_with(Method::POST, "/auth/login", Some(body), headers)
            .await
    };
    for _ in 0..10 {
        let guess = log_in("not it at all", "192.0.2.1").await;
        guess.refused(401, "invalid_credentials");
    }
    log_in(PASSWORD, "192.0.2.1")
        .await
        .refused(429, "throttled");
    log_in(PASSWORD, "192.0.2.2").await.expect(StatusCode::OK);
    // The limit over all places is a hundred guesses.
    for place in [
        "192.0.2.3",
        "192.0.2.4",
        "192.0.2.5",
        "192.0.2.6",
        "192.0.2.7",
    ] {
        for _ in 0..10 {
            log_in("not it at all", place).await;
        }
    }
    for place in [
        "2001:db8:1::1",
        "2001:db8:2::1",
        "2001:db8:3::1",
        "2001:db8:4::1",
    ] {
        for _ in 0..10 {
            log_in("not it at all", place).await;
        }
    }
    log_in(PASSWORD, "192.0.2.8")
        .await
        .refused(429, "throttled");
}

#[tokio::test]
async fn a_page_of_another_site_does_not_use_up_what_its_visitor_may_ask_for() {
    let demo = Demo::with(|settings| Settings {
        address_limit: 3,
        ..settings
    })
    .await;
    let visitor = demo.browser();
    for _ in 0..5 {
        let headers = HeaderMap::from_iter(
            [
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.example"),
            ]
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            }),
        );
        let body = json!({ "email": ALICE, "password": PASSWORD });
        let asked = visitor.ask_with(Method::POST, "/auth/login", Some(body), headers);
        asked.await.refused(403, "foreign_origin");
    }
    let guess = visitor.log_in(PASSWORD).await;
    guess.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn nobody_is_flooded_with_mail_to_addresses_with_a_plus_sign() {
    let demo = Demo::start().await;
    let stranger = demo.browser();
    for turn in 0..20 {
        let body = json!({ "email": format!("alice+{turn}@example.com"), "password": PASSWORD });
        let opened = stranger.post("/auth/signup", body).await;
        opened.expect(StatusCode::CREATED);
    }
    demo.confirmed("bob@example.com").await;
    let mails = demo.running.mailbox().unwrap().mails();
    let flood = mails
        .iter()
        .filter(|mail| mail.to.starts_with("alice+"))
        .count();
    assert_eq!(flood, 5);
}

/// Recovery codes are shown once, so that a failed session must not lose the response.
#[tokio::test]
async fn recovery_codes_are_shown_even_if_the_session_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::on(sqlite(folder.path())).await;
    let alice = demo.confirmed(ALICE).await;
    let setup = alice
        .post("/auth/mfa/setup/start", json!({ "password": PASSWORD }))
        .await;
    let setup = setup.expect(StatusCode::OK);
    let url = format!("sqlite:{}", folder.path().join("demo.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let refuse =
        "CREATE TRIGGER refuse BEFORE INSERT ON demo_sessions BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::query(refuse).execute(&pool).await.unwrap();
    let code = demo.code(setup["secret"].as_str().unwrap());
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": code });
    let enrolled = alice.post("/auth/mfa/setup/confirm", body).await;
    let enrolled = enrolled.expect(StatusCode::OK);
    assert_eq!(enrolled["recoveryCodes"].as_array().unwrap().len(), 10);
    assert!(!alice.is_signed_in().await);
}

/// Hashing a password occupies a core, so that each operation with a password in its body is
/// limited.
#[tokio::test]
async fn whatever_takes_a_password_is_limited_by_address() {
    let demo = Demo::with(|settings| Settings {
        address_limit: 1,
        ..settings
    })
    .await;
    let anybody = demo.browser();
    let document = anybody
        .get("/auth/openapi.json")
        .await
        .expect(StatusCode::OK);
    let mut taking = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let body =
                operation["requestBody"]["content"]["application/json"]["schema"].to_string();
            let mut schemas = document["components"]["schemas"]
                .as_object()
                .unwrap()
                .iter();
            let takes_password = schemas.any(|(name, schema)| {
                body.contains(&format!("/{name}\""))
                    && ["password", "newPassword"]
                        .iter()
                        .any(|field| !schema["properties"][field].is_null())
            });
            if !takes_password {
                continue;
            }
            taking += 1;
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{id}", "none");
            demo.running
                .clock()
                .advance(std::time::Duration::from_secs(60));
            let first = anybody.ask(method.clone(), &path, Some(json!({}))).await;
            assert_ne!(
                first.status,
                StatusCode::TOO_MANY_REQUESTS,
                "{method} {path}"
            );
            let second = anybody.ask(method.clone(), &path, Some(json!({}))).await;
            assert_eq!(
                second.status,
                StatusCode::TOO_MANY_REQUESTS,
                "{method} {path}"
            );
            // A cookie that is dropped does not make it a request that is refused anyway.
            let client = reqwest::Client::new();
            let url = format!("{}{path}", demo.running.origin());
            let disguised = client.request(method.clone(), url).header(COOKIE, "%=1");
            let third = disguised.json(&json!({})).send().await.unwrap();
            assert_eq!(
                third.status(),
                StatusCode::TOO_MANY_REQUESTS,
                "{method} {path}"
            );
        }
    }
    assert!(taking >= 10, "{taking}");
}
