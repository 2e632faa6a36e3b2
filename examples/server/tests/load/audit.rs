//! The audit: what stands in the database, compared with the ledger.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::ledger::{Act, Book, End, Entry, Fate};

/// How long a process has for a delivery before another one takes it over.
pub(crate) const LEASE: Duration = Duration::from_secs(60);
/// All deliveries that are under way take no longer.
const LONG: Duration = Duration::from_secs(30);

/// An event of the security log.
struct Found {
    user: String,
    kind: String,
    /// The number of the request, if a request was its source.
    number: Option<usize>,
    recovery_code: Option<u64>,
}

/// Compares all events, accounts and messages with the ledger. Returns how many events there are of
/// each kind.
pub(crate) async fn audit(url: &str, book: &Book) -> BTreeMap<String, usize> {
    let rows = rows(
        url,
        "SELECT user_id, CAST(event AS TEXT) FROM mfa_events ORDER BY position",
    );
    let events: Vec<_> = rows.await.into_iter().map(Found::read).collect();
    each_request_left_its_events(&events, book);
    each_account_is_as_answered(&events, book);
    no_recovery_code_was_used_twice(&events);
    let accounts = self::rows(url, "SELECT id, email FROM demo_users").await;
    let accounts: BTreeMap<_, _> = accounts.into_iter().collect();
    for (user, fate) in &book.users {
        let stands = accounts.contains_key(user);
        assert!(
            *fate == Fate::Unknown || stands == (*fate == Fate::Kept),
            "{user}: {fate:?}"
        );
    }
    let mut kinds = BTreeMap::new();
    for event in events {
        *kinds.entry(event.kind).or_insert(0) += 1;
    }
    kinds
}

/// Waits until all messages are delivered, but for those of so many users.
///
/// A message that a process was delivering when it was killed waits for [`LEASE`], and further ones
/// of its user wait behind it.
pub(crate) async fn all_are_told_but(url: &str, most: usize) {
    let begun = Instant::now();
    let mut often = tokio::time::interval(Duration::from_millis(100));
    loop {
        often.tick().await;
        let waiting = rows(url, "SELECT user_id, CAST(events AS TEXT) FROM mfa_outbox").await;
        let users: BTreeMap<_, _> = waiting.into_iter().collect();
        if users.len() <= most {
            return;
        }
        assert!(begun.elapsed() < LONG, "{users:?}");
    }
}

fn each_request_left_its_events(events: &[Found], book: &Book) {
    let mut left: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for Found {
        user, kind, number, ..
    } in events
    {
        // A quarter of an hour after a login that nobody completed, the next one tells of it.
        if kind == "login_unanswered" {
            continue;
        }
        match number {
            Some(number) => left.entry(*number).or_default().push(kind),
            None => assert!(
                ["registered", "erased"].contains(&&**kind),
                "{user}: {kind}"
            ),
        }
    }
    for (number, entry) in book.entries.iter().enumerate() {
        let events = left.remove(&number).unwrap_or_default();
        assert!(
            entry.explains(&events),
            "request {number}, {entry:?}, left {events:?}"
        );
    }
    assert!(left.is_empty(), "nobody asked for {left:?}");
}

fn each_account_is_as_answered(events: &[Found], book: &Book) {
    let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for event in events {
        let [registered, erased] = counts.entry(&event.user).or_default();
        *registered += usize::from(event.kind == "registered");
        *erased += usize::from(event.kind == "erased");
    }
    for (user, fate) in &book.users {
        let [registered, erased] = counts.remove(&**user).unwrap_or_default();
        let is_right = match fate {
            Fate::Kept => erased == 0,
            Fate::Deleted => erased == 1,
            Fate::Unknown => erased <= 1,
        };
        assert!(
            registered == 1 && is_right,
            "{user}, {fate:?}: {registered}, {erased}"
        );
    }
    let unread = |entry: &&Entry| entry.act == Act::SignUp && entry.end == End::Unknown;
    let unread = book.entries.iter().filter(unread).count();
    assert!(
        counts.len() <= unread,
        "{} users, {unread} unread sign-ups",
        counts.len()
    );
    assert!(counts.values().all(|count| *count == [1, 0]), "{counts:?}");
}

fn no_recovery_code_was_used_twice(events: &[Found]) {
    let mut used: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for event in events {
        let used = used.entry(&event.user).or_default();
        match (&*event.kind, event.recovery_code) {
            ("recovery_codes_issued", _) => used.clear(),
            ("recovery_code_used", Some(code)) => {
                assert!(!used.contains(&code), "{}: code {code} again", event.user);
                used.push(code);
            }
            _ => {}
        }
    }
}

impl Found {
    fn read((user, event): (String, String)) -> Self {
        let event: Value = serde_json::from_str(&event).unwrap();
        let client = event["source"]["user_agent"].as_str();
        let number = client.and_then(|client| client.strip_prefix("load/"));
        Self {
            user,
            kind: event["kind"].as_str().unwrap().to_owned(),
            number: number.map(|number| number.parse().unwrap()),
            recovery_code: event["code_number"].as_u64(),
        }
    }
}

async fn rows(url: &str, query: &'static str) -> Vec<(String, String)> {
    if url.starts_with("sqlite:") {
        let mut database = SqliteConnection::connect(url).await.unwrap();
        sqlx::query_as(query)
            .fetch_all(&mut database)
            .await
            .unwrap()
    } else {
        let mut database = PgConnection::connect(url).await.unwrap();
        sqlx::query_as(query)
            .fetch_all(&mut database)
            .await
            .unwrap()
    }
}
