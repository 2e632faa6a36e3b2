//! Pages of users and events.

use std::time::Duration;

use countersign::UserId;
use countersign::event::{EventKind, Reason};
use countersign::store::UserDirectory;
use countersign::testing::SteppedClock;
use sqlx::{AssertSqlSafe, Row};

use crate::databases::{Database, Sqlite, Store, on_each};
use crate::support::{NOW, builder_at, challenge, enroll, events, mfa, mfa_at, policy};

on_each!(
    users_come_in_the_order_of_their_bytes,
    who_is_due_is_listed_from_then_on,
    events_go_back_page_by_page,
    an_event_of_a_newer_release_is_listed_among_the_others,
);

fn ids(users: &[UserId]) -> Vec<&str> {
    users.iter().map(UserId::as_str).collect()
}

async fn users_come_in_the_order_of_their_bytes<D: Database>(database: D) {
    let store = database.store().await;
    assert_eq!(store.users(None, 10).await.unwrap(), []);
    // In the order of their UTF-8: a collation for people would mix these.
    let right = [
        "10", "9", "A", "B", "a", "a b", "a-b", "ab", "b", "ä", "ａ", "💥",
    ];
    let mfa = mfa(store.clone());
    for user in right.iter().rev() {
        enroll(&mfa, user).await;
    }
    let all = store.users(None, usize::MAX).await.unwrap();
    assert_eq!(ids(&all), right);
    assert_eq!(store.users(None, 0).await.unwrap(), []);
    // From an id that is nobody's.
    let after = UserId::new("a c").unwrap();
    let page = store.users(Some(&after), 3).await.unwrap();
    assert_eq!(ids(&page), ["a-b", "ab", "b"]);
}

async fn who_is_due_is_listed_from_then_on<D: Database>(database: D) {
    let store = database.store().await;
    let clock = SteppedClock::at(NOW);
    let wait = Duration::from_secs(72 * 60 * 60);
    let policy = policy().delayed_recovery_after(wait);
    let builder = builder_at(store.clone(), policy, &clock);
    let (mfa, directory) = builder.build_with_directory().unwrap();
    for user in ["B", "a", "c", "nobody"] {
        let person = enroll(&mfa, user).await;
        let challenge = challenge(&mfa, &person.user).await;
        if user != "nobody" {
            mfa.request_delayed_recovery(&challenge).await.unwrap();
        }
    }
    assert_eq!(store.due(NOW, None, 10).await.unwrap(), []);
    let then = NOW + wait;
    let all = store.due(then, None, 10).await.unwrap();
    assert_eq!(ids(&all), ["B", "a", "c"]);
    let first = store.due(then, None, 1).await.unwrap();
    assert_eq!(ids(&first), ["B"]);
    let rest = store.due(then, first.last(), 10).await.unwrap();
    assert_eq!(ids(&rest), ["a", "c"]);

    mfa.cancel_delayed_recovery(&all[1]).await.unwrap();
    let left = store.due(then, None, 10).await.unwrap();
    assert_eq!(ids(&left), ["B", "c"]);
    clock.advance(wait);
    assert_eq!(directory.run_due(then).await.unwrap().settled, 2);
    // Open for a day from now on: due when that is over.
    assert_eq!(store.due(then, None, 10).await.unwrap(), []);
}

async fn events_go_back_page_by_page<D: Database>(database: D) {
    use EventKind::{AuthenticatorBound, EnrollmentStarted, RecoveryCodesIssued};
    let store = database.store().await;
    let mfa = mfa(store.clone());
    let (alice, _bob) = (enroll(&mfa, "alice").await, enroll(&mfa, "bob").await);
    let page = store.events(&alice.user, None, 2).await.unwrap();
    let kinds: Vec<_> = page.iter().map(|recorded| recorded.event.kind).collect();
    assert_eq!(kinds, [RecoveryCodesIssued, AuthenticatorBound]);
    let before = page.last().map(|recorded| recorded.position);
    let page = store.events(&alice.user, before, 2).await.unwrap();
    let kinds: Vec<_> = page.iter().map(|recorded| recorded.event.kind).collect();
    assert_eq!(kinds, [EnrollmentStarted]);
    let before = page.last().map(|recorded| recorded.position);
    assert_eq!(store.events(&alice.user, before, 2).await.unwrap(), []);
}

async fn an_event_of_a_newer_release_is_listed_among_the_others<D: Database>(database: D) {
    let store = database.store().await;
    let clock = SteppedClock::at(NOW);
    let mfa = mfa_at(store.clone(), policy(), &clock);
    let alice = enroll(&mfa, "alice").await;
    let challenge = challenge(&mfa, &alice.user).await;
    mfa.answer_challenge(&challenge, "1234567")
        .await
        .unwrap_err();
    let table = format!("{}events", database.prefix());
    for (known, later) in [
        ("authenticator_bound", "invented_later"),
        ("wrong_code", "thought_of_later"),
    ] {
        let rename = format!("UPDATE {table} SET event = replace(event, '{known}', '{later}')");
        store.run(rename).await;
    }
    let listed = events(&store, &alice.user).await;
    let listed: Vec<_> = listed.iter().map(|e| (e.kind, e.reason)).collect();
    let right = [
        (EventKind::EnrollmentStarted, None),
        (EventKind::Unknown, None),
        (EventKind::RecoveryCodesIssued, None),
        (EventKind::LoginRefused, Some(Reason::Unknown)),
    ];
    assert_eq!(listed, right);
}

/// A list of a few users among many does not walk through all of them.
#[tokio::test]
async fn a_list_of_the_few_has_an_index() {
    let database = Sqlite::fresh();
    let (store, prefix) = (database.store().await, database.prefix());
    for (state, index) in [
        ("NOT enabled", "off"),
        ("locked", "locked"),
        ("reset_pending", "reset"),
        ("delayed_recovery", "recovery"),
    ] {
        let plan = format!(
            "EXPLAIN QUERY PLAN SELECT id FROM {prefix}users WHERE id > 'a' AND {state} ORDER BY id"
        );
        let plan = sqlx::query(AssertSqlSafe(plan))
            .fetch_all(store.pool())
            .await;
        let plan: Vec<String> = plan
            .unwrap()
            .iter()
            .map(|step| step.get("detail"))
            .collect();
        let index = format!("INDEX {prefix}users_{index} ");
        assert!(plan.len() == 1 && plan[0].contains(&index), "{plan:?}");
    }
}
