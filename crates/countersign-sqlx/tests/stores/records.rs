//! What was written once is read ever after, and what cannot be read is an error.

use countersign::store::{UserDirectory, UserStore};
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign::{Error, FirstFactor, Login, Mfa, UserId};
use countersign_sqlx::Prefix;
use serde_json::Value;

use crate::databases::{Database, Store, on_each};
use crate::support::{NOW, challenge, enroll, events, mfa, mfa_at, policy};

on_each!(
    what_an_older_release_wrote_still_opens,
    a_summary_is_in_columns,
    what_cannot_be_read_is_an_error,
);

async fn what_an_older_release_wrote_still_opens<D: Database>(database: D) {
    let old: Value = serde_json::from_str(include_str!("../fixtures/release-0.1.0.json")).unwrap();
    let prefix = Prefix::new(&format!("{}old_", database.prefix())).unwrap();
    let store = database.store().await.unmigrated(prefix.clone());
    store.run(D::Store::migrations(&prefix).remove(0).sql).await;
    let record = D::Store::bytes(old["record"].as_str().unwrap());
    let version = &old["version"];
    store
        .run(format!(
            "INSERT INTO {prefix}users VALUES ('alice', {version}, {record}, TRUE, 1800000000, 1800000000, 10, FALSE, FALSE, FALSE, 5, NULL)"
        ))
        .await;
    for event in old["events"].as_array().unwrap() {
        let event = event.as_str().unwrap();
        store
            .run(format!(
                "INSERT INTO {prefix}events (user_id, at, kind, event) VALUES ('alice', 1800000000, '', '{event}')"
            ))
            .await;
    }

    store.migrate().await.unwrap();
    let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_060));
    let mfa = mfa_at(store.clone(), policy(), &clock);
    let alice = UserId::new("alice").unwrap();
    assert_eq!(events(&store, &alice).await.len(), 3);
    for code in ["code", "recovery_code"] {
        let challenge = challenge(&mfa, &alice).await;
        let code = old[code].as_str().unwrap();
        mfa.answer_challenge(&challenge, code).await.unwrap();
    }
}

async fn a_summary_is_in_columns<D: Database>(database: D) {
    let (store, prefix) = (database.store().await, database.prefix());
    let mfa = mfa(store.clone());
    let alice = enroll(&mfa, "alice").await;
    let now = NOW.as_unix();
    let rows = |which: String| {
        let count = format!("SELECT count(*) FROM {prefix}users WHERE {which}");
        store.number(count)
    };
    let facts = format!(
        "id = 'alice' AND enabled AND confirmed_at = {now} AND last_verified_at = {now} AND NOT locked AND NOT reset_pending AND NOT delayed_recovery AND methods = 5 AND due_at IS NULL"
    );
    assert_eq!(
        rows(format!("{facts} AND recovery_remaining = 10")).await,
        1
    );
    let challenge = challenge(&mfa, &alice.user).await;
    let verified = mfa
        .answer_challenge(&challenge, alice.recovery[0].as_str())
        .await;
    verified.unwrap();
    let facts = format!("{facts} AND recovery_remaining = 9");
    assert_eq!(rows(facts).await, 1);
    mfa.lock_account(&alice.user).await.unwrap();
    assert_eq!(rows("locked".to_owned()).await, 1);
    let kinds = format!(
        "SELECT count(*) FROM {prefix}events WHERE user_id = 'alice' AND at = {now} AND kind = 'recovery_code_used'"
    );
    assert_eq!(store.number(kinds).await, 1);
}

async fn what_cannot_be_read_is_an_error<D: Database>(database: D) {
    let (store, prefix) = (database.store().await, database.prefix());
    let mfa = mfa(store.clone());
    let alice = enroll(&mfa, "alice").await;
    store
        .run(format!("UPDATE {prefix}events SET event = '{{}}'"))
        .await;
    let unread = store.events(&alice.user, None, 10).await;
    assert!(matches!(unread, Err(sqlx::Error::Decode(_))));

    let garbage = D::Store::bytes("0100");
    store
        .run(format!("UPDATE {prefix}users SET record = {garbage}"))
        .await;
    let refused = login(&mfa, &alice.user).await;
    assert!(matches!(refused, Err(Error::Keys(_))), "{refused:?}");

    store.run(format!("DROP TABLE {prefix}users")).await;
    assert!(store.load(&alice.user).await.is_err());
    let refused = login(&mfa, &alice.user).await;
    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
}

async fn login(mfa: &Mfa, user: &UserId) -> Result<Login, Error> {
    mfa.begin_login(user, FirstFactor::password_at(NOW)).await
}
