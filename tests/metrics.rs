//! The counters of the feature `metrics`, as Prometheus reads them, and the queries and alerts of
//! docs/observing.md.
//!
//! This test has its own process, because a recorder is one for the whole process.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;
use std::time::Duration;

use countersign::keys::Keyring;
use countersign::store::MemoryStore;
use countersign::testing::{Fate, Phone, ScriptedStore, SteppedClock};
use countersign::time::Timestamp;
use countersign::{FirstFactor, Login, Mfa, Policy, UserId};
use metrics_exporter_prometheus::PrometheusBuilder;

const KEY: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Has a user sign in, fail, wait, and lose a race, and the store fail.
async fn a_busy_hour() {
    let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
    let store = MemoryStore::new();
    let scripted = Arc::new(ScriptedStore::over(store));
    let builder = Mfa::builder(Arc::clone(&scripted)).keys(KEY.parse::<Keyring>().unwrap());
    let builder = builder
        .policy(Policy::new("tests", "Tests"))
        .clock(clock.clone());
    let (mfa, directory) = builder.build_with_directory().unwrap();
    let alice = UserId::from(42_u64);
    let password = || FirstFactor::password_at(clock.time());

    let setup = mfa
        .start_enrollment(&alice, "alice", password())
        .await
        .unwrap();
    let phone = Phone::scan(&setup.uri);
    let code = phone.code_at(clock.time());
    mfa.confirm_enrollment(&setup.token, &code).await.unwrap();
    clock.advance(Duration::from_secs(60));

    let Login::Challenge(challenge) = mfa.begin_login(&alice, password()).await.unwrap() else {
        panic!("she is enrolled");
    };
    let answer = async |code: &str| mfa.answer_challenge(&challenge.token, code).await;
    answer(&phone.wrong_code_at(clock.time()))
        .await
        .unwrap_err();
    answer(&phone.wrong_code_at(clock.time()))
        .await
        .unwrap_err();
    scripted.at_commit(1, Fate::Conflict);
    answer(&phone.code_at(clock.time())).await.unwrap();

    // Until the factor is blocked, and then three attempts that write nothing.
    let mut refused = 0;
    while refused < 3 {
        let Login::Challenge(challenge) = mfa.begin_login(&alice, password()).await.unwrap() else {
            panic!("she is enrolled");
        };
        let wrong = phone.wrong_code_at(clock.time());
        let error = mfa
            .answer_challenge(&challenge.token, &wrong)
            .await
            .unwrap_err();
        refused += u32::from(error.as_str() == "throttled");
    }

    // An outbox that comes 90 seconds late.
    let events = directory.events(&alice, None, 100).await.unwrap();
    let told = events
        .iter()
        .find(|recorded| recorded.event.notify_user())
        .unwrap();
    clock.set(told.event.at + Duration::from_secs(90));
    mfa.notification(std::slice::from_ref(&told.event)).unwrap();

    scripted.break_down();
    mfa.status(&alice).await.unwrap_err();
}

/// The series of a page of Prometheus: a name, its labels, and the value.
fn value(page: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let has = |series: &str| {
        let rest = series.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('{'))
            && labels.iter().all(|(label, value)| {
                let (name, wanted) = match label.strip_suffix('!') {
                    Some(name) => (name, false),
                    None => (*label, true),
                };
                series.contains(&format!("{name}=\"{value}\"")) == wanted
            })
    };
    let series = page.lines().filter_map(|line| line.rsplit_once(' '));
    let values: Vec<f64> = series
        .filter(|(series, _)| has(series))
        .map(|(_, value)| value.parse().unwrap())
        .collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// Each `name{label="value",…}` of a query that names a counter of the library. The label of a `!=`
/// ends with an exclamation mark.
fn selectors(query: &str) -> Vec<(String, Vec<(String, String)>)> {
    let starts = query.match_indices("countersign_").map(|(start, _)| start);
    let read = |start: usize| {
        let rest = &query[start..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let labels = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let labels = labels.map_or("", |(labels, _)| labels).split(',');
        let labels = labels.filter_map(|label| label.split_once('='));
        let labels = labels.map(|(label, value)| (label.to_owned(), value.replace('"', "")));
        (name.to_owned(), labels.collect())
    };
    starts.map(read).collect()
}

/// A fault that wakes nobody: the requests of one client raced each other.
const CONTENDED: &str =
    "countersign_faults_total{operation=\"answer_challenge\",code=\"contended\"} 1";

#[test]
fn counters_and_the_queries_over_them() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, || pollster::block_on(a_busy_hour()));
    let page = handle.render();

    let refused = |reason| {
        value(
            &page,
            "countersign_events_total",
            &[
                ("kind", "login_refused"),
                ("reason", reason),
                ("factor", "authenticator"),
            ],
        )
    };
    // Two by hand, and as many as block the factor.
    assert!(refused("wrong_code") >= Some(5.0), "{page}");
    for (name, labels, expected) in [
        (
            "events_total",
            &[("kind", "login_verified"), ("factor", "authenticator")][..],
            1.0,
        ),
        ("events_total", &[("kind", "factor_blocked")], 1.0),
        (
            "refusals_total",
            &[("operation", "answer_challenge"), ("code", "throttled")],
            3.0,
        ),
        (
            "faults_total",
            &[("operation", "status"), ("code", "store_failed")],
            1.0,
        ),
        ("conflicts_total", &[], 1.0),
        ("outbox_lag_seconds_sum", &[], 90.0),
    ] {
        let found = value(&page, &format!("countersign_{name}"), labels);
        assert_eq!(found, Some(expected), "{name} {labels:?} in {page}");
    }
    assert!(value(&page, "countersign_commits_total", &[]) > Some(5.0));
    for secret in ["42", "alice"] {
        let labels = page.lines().filter(|line| !line.starts_with('#'));
        let told = labels
            .filter_map(|line| line.rsplit_once(' '))
            .any(|(series, _)| series.contains(secret));
        assert!(!told, "{secret} is in {page}");
    }

    let observing = include_str!("../docs/observing.md");
    let queries = observing.split("```promql\n").skip(1);
    let queries: Vec<&str> = queries
        .map(|rest| rest.split_once("\n```").unwrap().0)
        .collect();
    assert!(queries.len() > 10);
    for query in queries {
        let selectors = selectors(query);
        assert!(!selectors.is_empty(), "{query}");
        for (name, labels) in selectors {
            let labels: Vec<_> = labels
                .iter()
                .map(|(label, value)| (label.as_str(), value.as_str()))
                .collect();
            assert!(
                value(&page, &name, &labels).is_some(),
                "{query} finds nothing in {page}"
            );
            let found = value(CONTENDED, &name, &labels);
            assert_eq!(
                found, None,
                "{query} wakes somebody for a client that retries"
            );
        }
    }
    // Each counter is on the page of documentation, and nothing else is.
    let counted = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    for name in counted.map(|line| line.split_once(' ').unwrap().0) {
        assert!(
            observing.contains(&format!("| `{name}` |")),
            "{name} is not explained"
        );
    }
}
