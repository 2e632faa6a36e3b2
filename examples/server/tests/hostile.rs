//! Attacks on the demo that once came through.

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
