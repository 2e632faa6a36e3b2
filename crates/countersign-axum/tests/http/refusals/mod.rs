//! Every answer that the OpenAPI document promises is provoked by a real request, and no other
//! answer is given.

mod common;
pub(crate) mod ready;
mod special;

use std::collections::BTreeSet;

use crate::support::{Answer, Seen, World, provoked};

#[tokio::test] // S-54
async fn everything_that_is_documented_is_provoked_and_nothing_else_is_answered() {
    let document = World::new().document();
    let of_the_library = |seen: &Seen| {
        let path = seen.operation.split(' ').nth(1).unwrap();
        path.starts_with("/auth/mfa") || path == "/auth/openapi.json"
    };
    let promised: BTreeSet<_> = document.promised().iter().cloned().collect();
    let promised: BTreeSet<_> = promised.into_iter().filter(of_the_library).collect();
    assert!(promised.len() > 300, "{}", promised.len());

    let mut missed = Vec::new();
    for seen in &promised {
        // An answer that is not documented fails in there. A task of its own, so that all failures
        // are told.
        let Ok(answer) = tokio::spawn(story(seen.clone())).await else {
            missed.push(format!("{seen:?}: see above"));
            continue;
        };
        if answer.status != seen.status || answer.json["code"].as_str() != seen.code.as_deref() {
            missed.push(format!("{seen:?}: {} {}", answer.status, answer.text));
        }
    }
    assert!(missed.is_empty(), "not provoked:\n{}", missed.join("\n"));
    let missing: Vec<_> = promised.difference(&provoked()).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Has that happen which is answered so.
async fn story(seen: Seen) -> Answer {
    let mut ready = ready::ready(&seen.operation).await;
    let Some(code) = seen.code.as_deref() else {
        return ready.send().await;
    };
    let (_, path) = seen.operation.split_once(' ').unwrap();
    match special::story(ready, path, code).await {
        Ok(answer) => answer,
        Err(ready) => common::story(ready, code).await,
    }
}
