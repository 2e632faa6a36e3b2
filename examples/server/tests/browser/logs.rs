//! Captures the log of the process, and searches it for secrets.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

/// The secrets that the log must not contain.
static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn captured() -> &'static Captured {
    static CAPTURED: OnceLock<Captured> = OnceLock::new();
    CAPTURED.get_or_init(|| {
        let captured = Captured::default();
        // All events of the library and the demo, and the default level of the other crates.
        let filter = "trace,hyper=info,hyper_util=info,sqlx=info,h2=info,mio=info";
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(false)
            .with_writer(captured.clone())
            .init();
        captured
    })
}

/// Begins to capture the log.
pub(crate) fn capture() {
    captured();
}

/// Adds a secret to the search.
pub(crate) fn must_not_tell(secret: &str) {
    SECRETS.lock().unwrap().push(secret.to_owned());
}

/// Searches the log for each secret.
pub(crate) fn search() {
    let log = captured().0.lock().unwrap().clone();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("request_id="), "nothing was captured");
    for secret in SECRETS.lock().unwrap().iter() {
        let found = log
            .match_indices(secret.as_str())
            .find(|(at, _)| stands_alone(&log, *at, secret.len()));
        if let Some((at, _)) = found {
            let line = log[..at].rfind('\n').map_or(0, |line| line + 1);
            let end = log[at..].find('\n').map_or(log.len(), |end| at + end);
            panic!("a secret was logged: {}", &log[line..end]);
        }
    }
}

/// A match inside a longer number or word is no match.
fn stands_alone(log: &str, at: usize, length: usize) -> bool {
    let is_part = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = log.as_bytes();
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    !is_part(before) && before != Some(&b'.') && !is_part(bytes.get(at + length))
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
