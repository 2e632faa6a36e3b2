//! The resident memory of the demo in its own process, after many sign-ups.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

// A part of the module is for benches.
#[allow(dead_code)]
mod process;

use process::Process;
use reqwest::StatusCode;
use serde_json::json;

const SIGN_UPS: usize = 1_000;
const CONNECTIONS: usize = 16;
/// In MiB. Four hashes at a time take 76 MiB of it.
const MOST: u64 = 150;

/// Signs users up one after another, over one connection.
async fn sign_up(origin: String, connection: usize) {
    let client = reqwest::Client::new();
    for number in (connection..SIGN_UPS).step_by(CONNECTIONS) {
        let body =
            json!({ "email": format!("user{number}@example.com"), "password": "correct horse" });
        let request = client.post(format!("{origin}/auth/signup")).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        answer.bytes().await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs a release build: a thousand sign-ups"]
async fn a_thousand_sign_ups_leave_little_memory_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("demo.db");
    let url = format!("sqlite:{}", database.display());
    let demo = Process::start(&mut Process::command(&url)).unwrap();
    let before = demo.memory().unwrap();
    let origin = format!("http://{}", demo.address());
    let connections = (0..CONNECTIONS).map(|one| tokio::spawn(sign_up(origin.clone(), one)));
    for connection in connections.collect::<Vec<_>>() {
        connection.await.unwrap();
    }
    let after = demo.memory().unwrap();
    println!("resident: {before} MiB before and {after} MiB after {SIGN_UPS} sign-ups");
    assert!(after < MOST, "{after} MiB");
}
