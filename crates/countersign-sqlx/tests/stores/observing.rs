//! The statements of docs/observing.md, over each database.

use std::time::Duration;

use countersign::testing::SteppedClock;

use crate::databases::{Database, Store, on_each};
use crate::support::{NOW, challenge, enroll, mfa_at, policy};

on_each!(the_statements_of_the_page_find_what_it_says);

async fn the_statements_of_the_page_find_what_it_says<D: Database>(database: D) {
    let store = database.with_outbox().await;
    let clock = SteppedClock::at(NOW);
    let mfa = mfa_at(store.clone(), policy(), &clock);
    let alice = enroll(&mfa, "alice").await;
    mfa.register(&"bob".parse().unwrap()).await.unwrap();
    let login = challenge(&mfa, &alice.user).await;
    mfa.answer_challenge(&login, "000000").await.unwrap_err();
    clock.advance(Duration::from_secs(50));

    let page = include_str!("../../../../docs/observing.md");
    let prefix = database.prefix();
    let statements: Vec<String> = page
        .split("```sql\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0)
        .map(|sql| sql.replace("$1", &clock.time().as_unix().to_string()))
        .map(|sql| sql.replace("mfa_", prefix.as_str()))
        .collect();
    let [failed, without, lag, parked] = statements.try_into().unwrap();
    assert_eq!(store.number(failed).await, 1);
    assert_eq!(store.texts(without).await, ["bob"]);
    assert_eq!(store.number(lag.clone()).await, 50);
    assert_eq!(store.number(parked.clone()).await, 0);

    let outbox = format!("{}outbox", prefix.as_str());
    let now = clock.time().as_unix();
    store
        .run(format!("UPDATE {outbox} SET parked_at = {now}"))
        .await;
    assert_eq!(store.number(lag).await, 0);
    let waiting = store.number(format!("SELECT count(*) FROM {outbox}")).await;
    assert!(waiting > 0);
    assert_eq!(store.number(parked).await, waiting);
}
