//! The resident memory of the demo in its own process, after many sign-ups.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;
use serde_json::json;

const SIGN_UPS: usize = 1_000;
const CONNECTIONS: usize = 16;
/// In MiB. Four hashes at a time take 76 MiB of it.
const MOST: u64 = 150;

/// The demo in its own process, until it is dropped.
struct Server {
    child: Child,
    origin: String,
}

impl Server {
    fn start(database_url: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign-demo"))
            .env("DATABASE_URL", database_url)
            .env("COUNTERSIGN_ADDR", "127.0.0.1:0")
            .env("COUNTERSIGN_ADDRESS_LIMIT", "0")
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        // The rest of the output is read, so that the pipe never fills.
        std::thread::spawn(move || lines.for_each(drop));
        let (_, origin) = first.split_once(" is at ").unwrap();
        let origin = origin.to_owned();
        Self { child, origin }
    }

    /// Resident memory in MiB.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kibibytes: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
        kibibytes / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
    let server = Server::start(&format!("sqlite:{}", database.display()));
    let before = server.resident();
    let connections = (0..CONNECTIONS).map(|one| tokio::spawn(sign_up(server.origin.clone(), one)));
    for connection in connections.collect::<Vec<_>>() {
        connection.await.unwrap();
    }
    let after = server.resident();
    println!("resident: {before} MiB before and {after} MiB after {SIGN_UPS} sign-ups");
    assert!(after < MOST, "{after} MiB");
}
