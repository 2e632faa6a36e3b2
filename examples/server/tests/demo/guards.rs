//! Limits, confirmed addresses, administrators, the mailbox and settings.

use std::time::Duration;

use crate::support::{ALICE, Demo, OTHER_PASSWORD, PASSWORD, START};
use countersign::testing::SteppedClock;
use countersign_demo::testing::{Running, sqlite};
use countersign_demo::{Settings, StartError};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn one_address_has_so_many_sign_ins_a_minute() {
    let demo = Demo::with(|settings| Settings {
        address_limit: 3,
        ..settings
    })
    .await;
    let browser = demo.browser();
    let answer = async || {
        let body = json!({ "mfaTempToken": "none", "code": "000000" });
        browser.post("/auth/mfa/verify", body).await
    };
    for _ in 0..3 {
        answer().await.refused(401, "invalid_token");
    }
    let limited = answer().await;
    assert_eq!(limited.headers["retry-after"], "20");
    assert_eq!(limited.refused(429, "throttled")["retryAfter"], 20);
    browser.log_in(PASSWORD).await.refused(429, "throttled");
    assert_eq!(
        browser.get("/signin").await.status,
        StatusCode::OK,
        "pages are not limited"
    );
    demo.running.clock().advance(Duration::from_secs(20));
    answer().await.refused(401, "invalid_token");
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_limits_of_its_own_and_all_without_an_address_share_one() {
    let demo = Demo::with(|settings| Settings {
        address_limit: 2,
        client_address_header: Some("x-forwarded-for".parse().unwrap()),
        smtp_url: Some("smtp://127.0.0.1:1".into()),
        ..settings
    })
    .await;
    let browser = demo.browser();
    let answer = async |entry: &str| {
        let body = json!({ "mfaTempToken": "none", "code": "000000" });
        let told = HeaderName::from_static("x-forwarded-for");
        let headers = HeaderMap::from_iter([(told, entry.parse().unwrap())]);
        let path = "/auth/mfa/verify";
        let answer = browser.ask_with(Method::POST, path, Some(body), headers);
        answer.await.status.as_u16()
    };
    for [first, second, third] in [
        // A port does not tell clients apart.
        ["203.0.113.7:51234", "203.0.113.7:51235", "203.0.113.7"],
        ["[2001:db8::1]:443", "2001:db8::1", "\"[2001:db8::2]:80\""],
        ["unknown", "_hidden", ""],
        // Clients without an address share a limit of their own, which the unspecified address does
        // not use up.
        ["0.0.0.0", "0.0.0.0:1", "0.0.0.0:2"],
        ["::", "[::]", "[::]:1"],
    ] {
        assert_eq!(answer(first).await, 401, "{first}");
        assert_eq!(answer(second).await, 401, "{second}");
        assert_eq!(answer(third).await, 429, "{third}");
    }
}

#[tokio::test] // S-53
async fn guesses_are_limited_for_a_name_that_nobody_has_as_for_one_that_somebody_has() {
    let demo = Demo::start().await;
    demo.confirmed(ALICE).await;
    let browser = demo.browser();
    let guess = async |email: &str, password: &str| {
        let body = json!({ "email": email, "password": password });
        browser.post("/auth/login", body).await
    };
    for email in [ALICE, "nobody@example.com", "no address"] {
        for _ in 0..10 {
            guess(email, "not it at all")
                .await
                .refused(401, "invalid_credentials");
        }
        let limited = guess(&email.to_uppercase(), "not it at all").await;
        assert_eq!(
            limited.refused(429, "throttled")["retryAfter"],
            60,
            "{email}"
        );
    }
    // A right password does not count as a guess, but waits while the limit is reached.
    guess(ALICE, PASSWORD).await.refused(429, "throttled");
    demo.running.clock().advance(Duration::from_secs(60));
    for _ in 0..3 {
        guess(ALICE, PASSWORD).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn an_address_that_is_not_confirmed_is_no_administrators_and_gets_no_leave_to_enrol() {
    let change = |settings| Settings {
        admin: Some("root@example.com".parse().unwrap()),
        ..settings
    };
    let demo = Demo::with(change).await;
    let impostor = demo.browser();
    impostor.sign_up("root@example.com").await;
    let find = format!("/auth/admin/users?email={ALICE}");
    impostor.get(&find).await.refused(403, "forbidden");
    demo.confirm(&impostor, "root@example.com").await;
    let administrator = impostor;
    administrator.get(&find).await.refused(404, "unknown_user");
    administrator
        .get("/auth/admin/users")
        .await
        .refused(422, "invalid_request");

    let alice = demo.browser();
    alice.sign_up(ALICE).await;
    alice.enroll(&demo).await;
    let found = administrator.get(&find).await.expect(StatusCode::OK);
    assert_eq!(
        (&found["confirmed"], &found["enabled"]),
        (&json!(false), &json!(true))
    );
    alice.get(&find).await.refused(403, "forbidden");

    let reset = format!(
        "/auth/mfa/admin/users/{}/reset",
        found["id"].as_str().unwrap()
    );
    let reason = json!({ "reason": "lost phone" });
    administrator
        .post(&reset, reason.clone())
        .await
        .expect(StatusCode::NO_CONTENT);
    let mail = demo
        .running
        .mail(ALICE, "Two-step verification was reset")
        .await;
    assert_eq!(mail.token("enroll"), None, "{}", mail.text);
    assert!(mail.text.contains("never confirmed"), "{}", mail.text);

    // Following the link proves that the user reads the mail.
    demo.confirm(&demo.browser(), ALICE).await;
    administrator
        .post(&reset, reason)
        .await
        .expect(StatusCode::NO_CONTENT);
    let grant = demo
        .link(ALICE, "Two-step verification was reset", "enroll")
        .await;
    let started = alice
        .post("/auth/mfa/setup/start", json!({ "enrollmentGrant": grant }))
        .await;
    started.expect(StatusCode::OK);
}

#[tokio::test]
async fn an_administrator_with_a_second_factor_has_to_show_it() {
    let change = |settings| Settings {
        admin: Some(ALICE.parse().unwrap()),
        email_codes: true,
        ..settings
    };
    let demo = Demo::with(change).await;
    let alice = demo.confirmed(ALICE).await;
    let find = format!("/auth/admin/users?email={ALICE}");
    alice.get(&find).await.expect(StatusCode::OK);
    let (_, codes) = alice.enroll(&demo).await;
    // The confirmation raised the session, so that nobody signs in anew.
    alice.get(&find).await.expect(StatusCode::OK);

    let challenge = alice.log_in(PASSWORD).await.expect(StatusCode::ACCEPTED);
    let token = challenge["mfaTempToken"].clone();
    let sent = alice
        .post("/auth/mfa/email/send", json!({ "mfaTempToken": token }))
        .await;
    sent.expect(StatusCode::ACCEPTED);
    let mail = demo.running.mail(ALICE, "verification code").await;
    let mut numbers = mail.text.split(|letter: char| !letter.is_ascii_digit());
    let code = numbers.find(|number| number.len() == 8).unwrap();
    let answer = json!({ "mfaTempToken": token, "code": code, "method": "email" });
    alice
        .post("/auth/mfa/verify", answer)
        .await
        .expect(StatusCode::OK);
    alice.get(&find).await.refused(403, "forbidden");

    let challenge = alice.log_in(PASSWORD).await.expect(StatusCode::ACCEPTED);
    let answer = json!({ "mfaTempToken": challenge["mfaTempToken"], "code": codes[0] });
    alice
        .post("/auth/mfa/verify", answer)
        .await
        .expect(StatusCode::OK);
    let found = alice.get(&find).await.expect(StatusCode::OK);
    let unlock = format!(
        "/auth/mfa/admin/users/{}/unlock",
        found["id"].as_str().unwrap()
    );
    let unlocked = alice.post(&unlock, json!({ "reason": "a try" })).await;
    unlocked.expect(StatusCode::NO_CONTENT);
}

#[tokio::test] // S-31
async fn codes_by_mail_go_to_a_confirmed_address_alone() {
    let demo = Demo::with(|settings| Settings {
        email_codes: true,
        ..settings
    })
    .await;
    let browser = demo.browser();
    browser.sign_up(ALICE).await;
    let confirm = demo
        .link(ALICE, "Confirm your email address", "confirm")
        .await;
    browser.enroll(&demo).await;
    let send = async || {
        let login = browser.log_in(PASSWORD).await.expect(StatusCode::ACCEPTED);
        let body = json!({ "mfaTempToken": login["mfaTempToken"] });
        (
            login["mfaTempToken"].clone(),
            browser.post("/auth/mfa/email/send", body).await,
        )
    };
    send().await.1.refused(403, "method_unavailable");
    let confirmed = browser
        .post("/auth/email/confirm", json!({ "token": confirm }))
        .await;
    confirmed.expect(StatusCode::NO_CONTENT);
    let (challenge, sent) = send().await;
    sent.expect(StatusCode::ACCEPTED);
    let mail = demo.running.mail(ALICE, "verification code").await;
    let digits = mail
        .text
        .split(|c: char| !c.is_ascii_digit())
        .find(|word| word.len() == 8);
    let body = json!({ "mfaTempToken": challenge, "code": digits.unwrap(), "method": "email" });
    browser
        .post("/auth/mfa/verify", body)
        .await
        .expect(StatusCode::OK);
    assert!(browser.is_signed_in().await);
}

/// A password that a mailed link set is no more than the mailbox.
#[tokio::test] // S-48
async fn whoever_reads_the_mails_alone_resets_a_password_and_gets_no_second_factor() {
    let demo = Demo::with(|settings| Settings {
        email_codes: true,
        ..settings
    })
    .await;
    let owner = demo.confirmed(ALICE).await;
    let (_, codes) = owner.enroll(&demo).await;
    let thief = demo.browser();
    thief.reset_by_mail(&demo).await;
    let send = async || {
        let login = thief.log_in(OTHER_PASSWORD).await;
        let login = login.expect(StatusCode::ACCEPTED);
        let challenge = login["mfaTempToken"].clone();
        let body = json!({ "mfaTempToken": challenge });
        (challenge, thief.post("/auth/mfa/email/send", body).await)
    };
    let (challenge, sent) = send().await;
    sent.refused(403, "method_unavailable");
    // A second factor says that it is the owner who has the new password.
    demo.running.clock().advance(Duration::from_secs(1));
    let body = json!({ "mfaTempToken": challenge, "code": codes[0], "method": "recovery_code" });
    let verified = thief.post("/auth/mfa/verify", body).await;
    verified.expect(StatusCode::OK);
    send().await.1.expect(StatusCode::ACCEPTED);
}

#[tokio::test] // S-48
async fn a_second_step_beside_the_old_password_says_nothing_of_the_new_one() {
    let demo = Demo::with(|settings| Settings {
        email_codes: true,
        ..settings
    })
    .await;
    let owner = demo.confirmed(ALICE).await;
    let (_, codes) = owner.enroll(&demo).await;
    let login = owner.log_in(PASSWORD).await.expect(StatusCode::ACCEPTED);
    let thief = demo.browser();
    let asked = json!({ "email": ALICE });
    thief.post("/auth/password/forgot", asked).await;
    let token = demo.link(ALICE, "Reset your password", "reset").await;
    // Sign-ins of others make the reset wait for its hash.
    let others = (0..40).map(|number| {
        let other = demo.browser();
        let name = format!("{number}@example.com");
        let login = json!({ "email": name, "password": PASSWORD });
        tokio::spawn(async move { other.post("/auth/login", login).await })
    });
    let others: Vec<_> = others.collect();
    let let_run = async || {
        for _ in 0..10 {
            owner.get("/healthz").await;
        }
    };
    let_run().await;
    let reset = json!({ "token": token, "newPassword": OTHER_PASSWORD });
    let reset = async || thief.post("/auth/password/reset", reset.clone()).await;
    let sign_in = async || {
        let_run().await;
        demo.running.clock().advance(Duration::from_secs(2));
        let token = &login["mfaTempToken"];
        let body = json!({ "mfaTempToken": token, "code": codes[0], "method": "recovery_code" });
        owner.post("/auth/mfa/verify", body).await
    };
    let (reset, signed_in) = tokio::join!(reset(), sign_in());
    reset.expect(StatusCode::NO_CONTENT);
    signed_in.expect(StatusCode::OK);
    for other in others {
        let refused = other.await.unwrap();
        refused.refused(401, "invalid_credentials");
    }
    let login = thief.log_in(OTHER_PASSWORD).await;
    let login = login.expect(StatusCode::ACCEPTED);
    let body = json!({ "mfaTempToken": login["mfaTempToken"] });
    let sent = thief.post("/auth/mfa/email/send", body).await;
    sent.refused(403, "method_unavailable");
}

#[tokio::test]
async fn the_mailbox_is_for_this_machine_alone() {
    let demo = Demo::start().await;
    let browser = demo.confirmed(ALICE).await;
    let asked = browser
        .post("/auth/password/forgot", json!({ "email": ALICE }))
        .await;
    asked.expect(StatusCode::ACCEPTED);
    let mail = demo
        .running
        .mailbox()
        .unwrap()
        .take(|mail| mail.to == ALICE)
        .await;
    assert!(mail.subject.ends_with("Reset your password"));
    browser
        .post("/auth/password/forgot", json!({ "email": ALICE }))
        .await;
    while demo.running.mailbox().unwrap().mails().is_empty() {
        tokio::task::yield_now().await;
    }
    let mails = browser.get("/mailbox.json").await.expect(StatusCode::OK);
    assert_eq!(mails[0]["to"], ALICE);
    assert_eq!(mails[0]["at"], "2027-01-15T08:00:00Z");
    // A page of another site would send this name after DNS rebinding.
    for path in ["/mailbox.json", "/mailbox"] {
        let headers =
            HeaderMap::from_iter([("host".parse().unwrap(), "evil.example".parse().unwrap())]);
        let answer = browser.ask_with(Method::GET, path, None, headers).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn settings_that_are_not_safe_do_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let start = async |settings| {
        Running::start(settings, SteppedClock::at(START))
            .await
            .unwrap_err()
    };
    let settings = || sqlite(folder.path());
    let everywhere = || Settings {
        address: "0.0.0.0:0".parse().unwrap(),
        ..settings()
    };
    assert!(matches!(
        start(everywhere()).await,
        StartError::OriginNeeded
    ));
    let https = Some("https://accounts.example".to_owned());
    let mailless = Settings {
        origin: https.clone(),
        ..everywhere()
    };
    assert!(matches!(start(mailless).await, StartError::SmtpNeeded));
    let proxied = Settings {
        origin: https,
        ..settings()
    };
    assert!(matches!(start(proxied).await, StartError::SmtpNeeded));
    // A setting for the header of a proxy means that there is a proxy.
    let behind = Settings {
        client_address_header: Some("x-real-ip".parse().unwrap()),
        ..settings()
    };
    assert!(matches!(start(behind).await, StartError::SmtpNeeded));
    let smtp_url = Some("smtp://127.0.0.1:1".into());
    let plain = Settings {
        origin: Some("http://accounts.example".into()),
        smtp_url,
        ..everywhere()
    };
    assert!(matches!(start(plain).await, StartError::Origin(_)));
    for url in ["mysql://somewhere", "sqlite::memory:", "sqlite:"] {
        let settings = Settings {
            database_url: url.into(),
            ..settings()
        };
        assert!(
            matches!(start(settings).await, StartError::Open(_)),
            "{url}"
        );
    }
    let keys = Settings {
        keys: Some("first:short".into()),
        ..settings()
    };
    assert!(matches!(start(keys).await, StartError::Keys(_)));
    let issuer = Settings {
        issuer: "a:b".to_owned(),
        ..settings()
    };
    assert!(matches!(start(issuer).await, StartError::Build(_)));
}

#[tokio::test]
async fn keys_that_accounts_need_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || Running::start(sqlite(folder.path()), SteppedClock::at(START)).await;
    let demo = Demo::on(sqlite(folder.path())).await;
    demo.confirmed(ALICE).await;
    demo.running.stop().await.unwrap();
    start().await.unwrap().stop().await.unwrap();
    std::fs::remove_file(folder.path().join("demo.keys")).unwrap();
    assert!(matches!(start().await, Err(StartError::KeyFile(_))));
}

#[tokio::test]
async fn a_session_that_cannot_be_written_is_a_problem_and_nobody_is_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::on(sqlite(folder.path())).await;
    let browser = demo.confirmed(ALICE).await;
    browser
        .post("/auth/logout", json!({}))
        .await
        .expect(StatusCode::NO_CONTENT);
    let url = format!("sqlite:{}", folder.path().join("demo.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query("ALTER TABLE demo_sessions RENAME TO gone")
        .execute(&pool)
        .await
        .unwrap();
    let refused = browser.log_in(PASSWORD).await;
    assert!(!refused.headers.contains_key("set-cookie"));
    refused.refused(503, "unavailable");
}

#[tokio::test]
async fn a_demo_of_everything_has_an_account_to_look_around_with() {
    use countersign_demo::seed::{EMAIL, PASSWORD};
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    let demo = Demo::with(|settings| Settings {
        everything: true,
        ..settings
    })
    .await;
    let browser = demo.browser();
    let login = browser.post("/auth/login", body.clone()).await;
    login.expect(StatusCode::OK);
    // The address is confirmed: there is nothing to send.
    let sent = browser.post("/auth/email/send", json!({})).await;
    sent.refused(409, "already_confirmed");

    // Everybody knows the password, so that no other demo has the account, and none that sends
    // mail.
    let plain = Demo::start().await;
    let login = plain.browser().post("/auth/login", body.clone()).await;
    login.refused(401, "invalid_credentials");
    let sending = Demo::with(|settings| Settings {
        everything: true,
        smtp_url: Some("smtp://127.0.0.1:1".into()),
        ..settings
    })
    .await;
    let login = sending.browser().post("/auth/login", body).await;
    login.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn a_demo_that_sends_mail_does_not_start_over_the_account_to_look_around_with() {
    let folder = tempfile::tempdir().unwrap();
    let everything = Settings {
        everything: true,
        ..sqlite(folder.path())
    };
    let seeded = Running::start(everything, SteppedClock::at(START)).await;
    seeded.unwrap().stop().await.unwrap();
    let sending = Settings {
        smtp_url: Some("smtp://127.0.0.1:1".into()),
        ..sqlite(folder.path())
    };
    let refused = Running::start(sending, SteppedClock::at(START)).await;
    assert!(matches!(refused.unwrap_err(), StartError::Seeded));
}
