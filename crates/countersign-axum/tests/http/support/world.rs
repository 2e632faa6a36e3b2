//! The application, its router, and what is checked of every answer.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use countersign::keys::Keyring;
use countersign::policy::Requirement;
use countersign::store::MemoryStore;
use countersign::testing::{ScriptedStore, SteppedClock, TestCeremonies};
use countersign::time::Timestamp;
use countersign::{Directory, Mfa, Policy};
use countersign_axum::Auth;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::app::{self, App};
use super::browser::{Answer, Browser, Call};
use super::document::Document;
use super::host::TestHost;
use super::logs;
use super::mail::Mail;

const KEY: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ORIGIN: &str = "https://acme.example";

pub(crate) type Store = ScriptedStore<MemoryStore>;

/// An application with its database, its clock and its mail. Cloning gives the same one.
#[derive(Clone)]
pub(crate) struct World(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) auth: Auth,
    pub(crate) router: Router,
    pub(crate) mfa: Mfa,
    pub(crate) directory: Directory,
    pub(crate) store: Arc<Store>,
    pub(crate) clock: SteppedClock,
    pub(crate) host: TestHost,
    pub(crate) mail: Mail,
    origin: &'static str,
    requests: AtomicU32,
    /// What must not be in any log.
    secrets: Mutex<BTreeSet<String>>,
    /// Where this world's lines begin among those of the thread.
    first_line: usize,
}

/// What tells an application from another over the same database.
struct Settings {
    restored_at: Option<Timestamp>,
    has_directory: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            restored_at: None,
            has_directory: true,
        }
    }
}

/// A policy that requires a second factor of everybody.
pub(crate) fn requiring() -> Policy {
    policy().requirement(Requirement::Now)
}

/// Everything that can be turned on.
pub(crate) fn policy() -> Policy {
    let policy = Policy::new("tests", "Tests");
    policy
        .trusted_devices(true)
        .email_codes(true)
        .sms_codes(true)
        .voice_codes(true)
        .delayed_recovery(true)
        .passkeys(true)
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(policy())
    }

    pub(crate) fn with(policy: Policy) -> Self {
        Self::at(ORIGIN, policy)
    }

    pub(crate) fn at(origin: &'static str, policy: Policy) -> Self {
        logs::capture();
        let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
        let store = Arc::new(ScriptedStore::over(MemoryStore::new()));
        let (host, mail) = (TestHost::default(), Mail::default());
        Self::over(
            origin,
            policy,
            clock,
            store,
            host,
            mail,
            Settings::default(),
        )
    }

    /// The same application after its policy was changed.
    pub(crate) fn under(&self, policy: Policy) -> Self {
        self.again(policy, Settings::default())
    }

    /// The same application over a store that is no directory.
    pub(crate) fn without_directory(&self) -> Self {
        self.again(
            policy(),
            Settings {
                has_directory: false,
                ..Settings::default()
            },
        )
    }

    /// The same application after its database came back from a backup, just now.
    pub(crate) fn restored(&self) -> Self {
        let restored_at = Some(self.clock.time());
        self.again(
            policy(),
            Settings {
                restored_at,
                ..Settings::default()
            },
        )
    }

    fn again(&self, policy: Policy, settings: Settings) -> Self {
        let Inner {
            origin,
            clock,
            store,
            host,
            mail,
            ..
        } = &*self.0;
        let (store, host) = (Arc::clone(store), host.clone());
        let (clock, mail) = (clock.clone(), mail.clone());
        Self::over(origin, policy, clock, store, host, mail, settings)
    }

    fn over(
        origin: &'static str,
        policy: Policy,
        clock: SteppedClock,
        store: Arc<Store>,
        host: TestHost,
        mail: Mail,
        settings: Settings,
    ) -> Self {
        let office = mail.clone();
        let mut builder = Mfa::builder(Arc::clone(&store));
        if let Some(moment) = settings.restored_at {
            builder = builder.restored_at(moment);
        }
        let (mfa, directory) = builder
            .keys(KEY.parse::<Keyring>().unwrap())
            .passkeys(TestCeremonies)
            .policy(policy)
            .clock(clock.clone())
            .code_sender(mail.clone())
            .notifier(mail.clone(), move |delivery| office.wait(delivery))
            .build_with_directory()
            .unwrap();
        let auth = Auth::new(&mfa, host.clone(), origin).unwrap();
        let auth = match settings.has_directory {
            true => auth.directory(&directory),
            false => auth,
        };
        let own = app::routes(App {
            auth: auth.clone(),
            host: host.clone(),
        });
        Self(Arc::new(Inner {
            router: auth.router_with("/auth", own),
            auth,
            mfa,
            directory,
            store,
            clock,
            host,
            mail,
            origin,
            requests: AtomicU32::new(0),
            secrets: Mutex::default(),
            first_line: logs::line_count(),
        }))
    }

    /// A browser that was never here, on a page of the application.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self, self.origin)
    }

    pub(super) fn next_request_id(&self) -> String {
        format!("request-{}", self.requests.fetch_add(1, Ordering::SeqCst))
    }

    pub(crate) fn request_count(&self) -> usize {
        self.requests.load(Ordering::SeqCst) as usize
    }

    /// What every answer has to be like. S-54
    pub(super) fn examine(&self, call: &Call, answer: &Answer, request_id: &str) {
        self.hide(&call.body.clone().unwrap_or_default());
        if answer.status < 400 {
            self.hide(&answer.json);
        }
        let what = format!("{} {}: {}", call.method, call.path, answer.text);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
        assert_eq!(answer.header("x-request-id"), Some(request_id), "{what}");
        if answer.status >= 400 {
            examine_problem(answer, &what);
            let mut sent = Vec::new();
            strings(&call.body.clone().unwrap_or_default(), &mut sent);
            for sent in sent.iter().filter(|sent| sent.len() > 4) {
                assert!(!answer.text.contains(sent), "{sent:?} came back in {what}");
            }
        } else if answer.json != Value::Null {
            assert_eq!(
                answer.header("content-type"),
                Some("application/json"),
                "{what}"
            );
        }
        let document = document(&self.router);
        let (status, text) = (answer.status, answer.text.as_str());
        document.judge(call.method, &call.path, status, &answer.json, text);
    }

    /// Remembers the secrets of a body.
    pub(crate) fn hide(&self, body: &Value) {
        match body {
            Value::Object(members) => {
                for (name, value) in members {
                    if is_secret(name) {
                        let mut found = Vec::new();
                        strings(value, &mut found);
                        self.hide_all(found);
                    } else {
                        self.hide(value);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.hide(item)),
            _ => {}
        }
    }

    pub(crate) fn hide_all(&self, secrets: impl IntoIterator<Item = String>) {
        let secrets = secrets.into_iter().filter(|secret| secret.len() > 4);
        self.0.secrets.lock().unwrap().extend(secrets);
    }

    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        self.0.secrets.lock().unwrap().clone()
    }

    /// What was traced since this world was made.
    pub(crate) fn logs(&self) -> Vec<String> {
        self.0.logs()
    }

    /// The document that every answer is held against.
    pub(crate) fn document(&self) -> &'static Document {
        document(&self.router)
    }
}

impl Deref for World {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Inner {
    fn logs(&self) -> Vec<String> {
        logs::lines_from(self.first_line)
    }
}

impl Drop for Inner {
    /// Whatever a test was about, no secret of it is in the logs. S-52
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let logs = self.logs();
        for secret in self.secrets.lock().unwrap().iter() {
            let told = logs.iter().find(|line| line.contains(secret));
            assert_eq!(told, None, "{secret:?} is in the logs");
        }
    }
}

fn is_secret(name: &str) -> bool {
    let ends = [
        "token", "ticket", "grant", "password", "code", "codes", "url",
    ];
    let name = name.to_lowercase();
    matches!(&*name, "secret" | "signature") || ends.iter().any(|end| name.ends_with(end))
}

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|value| strings(value, found)),
        _ => {}
    }
}

/// RFC 9457, with a stable code, and `Retry-After` where there is something to wait for (RFC 6585
/// §4).
fn examine_problem(answer: &Answer, what: &str) {
    let json = &answer.json;
    let kind = answer.header("content-type");
    assert_eq!(kind, Some("application/problem+json"), "{what}");
    assert_eq!(json["type"], "about:blank", "{what}");
    assert_eq!(json["status"], answer.status, "{what}");
    assert!(
        json["title"]
            .as_str()
            .is_some_and(|title| !title.is_empty()),
        "{what}"
    );
    assert!(json["code"].is_string(), "{what}");
    let language = answer.header("content-language");
    assert!(
        language.is_none() || json["detail"].is_string(),
        "{what} in no words"
    );
    let pause = answer
        .header("retry-after")
        .map(|pause| pause.parse::<u64>().unwrap());
    assert_eq!(json["retryAfter"].as_u64(), pause, "{what}");
    assert_eq!(
        matches!(answer.status, 429 | 503),
        pause.is_some(),
        "{what}"
    );
    assert_ne!(pause, Some(0), "{what}");
}

fn document(router: &Router) -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let request = Request::get("/auth/openapi.json")
            .body(Body::empty())
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let router = router.clone();
        // A runtime of its own, because the caller stands in one.
        let served = std::thread::spawn(move || {
            runtime.block_on(async {
                let response = router.oneshot(request).await.unwrap();
                response.into_body().collect().await.unwrap().to_bytes()
            })
        });
        let bytes = served.join().unwrap();
        Document::new(serde_json::from_slice(&bytes).unwrap())
    })
}
