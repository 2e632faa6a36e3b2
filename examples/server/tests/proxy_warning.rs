//! The warning about a proxy that names no client.
//!
//! This test has its own process, because a subscriber misses a warning that another thread was the
//! first to reach.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::io;
use std::sync::{Arc, Mutex};

use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign_demo::SecretText;
use countersign_demo::testing::{Running, sqlite};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn that_no_address_is_told_is_logged_once() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = sqlite(folder.path());
    // The demo asks for a mail server behind a proxy. No mail is sent here.
    settings.smtp_url = Some(SecretText::from("smtp://127.0.0.1:9"));
    settings.address_limit = 20;
    settings.client_address_header = Some("x-real-ip".parse().unwrap());
    let clock = SteppedClock::at(Timestamp::from_unix(1_767_225_600));
    let running = Running::start(settings, clock).await.unwrap();
    for _ in 0..2 {
        let client = reqwest::Client::new();
        let login = client
            .post(format!("{}/auth/login", running.origin()))
            .header("origin", running.origin())
            .header("x-real-ip", "somebody's own words")
            .json(&serde_json::json!({ "email": "alice@example.com", "password": "a wrong one" }));
        assert_eq!(login.send().await.unwrap().status(), 401);
    }
    running.stop().await.unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let warnings: Vec<_> = log
        .lines()
        .filter(|line| line.contains("x-real-ip"))
        .collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("WARN"), "{log}");
    assert!(!log.contains("own words"), "{log}");
}
