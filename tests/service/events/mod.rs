//! The JSON of events, which is stable, and the schema that promises it.

mod names;
pub(crate) mod schema;

use std::collections::BTreeSet;

use countersign::UserId;
use countersign::account::{Factor, FirstFactorKind};
use countersign::event::{Actor, Event, EventKind, Outcome, Reason, Severity, Source};
use countersign::notify::Channel;
use serde_json::{Value, json};

use crate::support::{WRONG_CODE, world};
use names::names_of;
use schema::{LATER, SCHEMA, check};

/// The names that a part of the schema lists.
fn listed(pointer: &str) -> BTreeSet<&'static str> {
    let part = SCHEMA.pointer(pointer).unwrap();
    if let Some(members) = part
        .as_object()
        .filter(|_| pointer.ends_with("/properties"))
    {
        return members.keys().map(String::as_str).collect();
    }
    let names = part["oneOf"].as_array().unwrap().iter();
    names
        .map(|one| {
            let member = one["required"][0].as_str();
            one["const"].as_str().or(member).unwrap()
        })
        .collect()
}

#[test]
fn each_name_of_the_code_is_in_the_schema_and_each_of_the_schema_in_the_code() {
    assert_eq!(listed("/properties"), names_of::<Event>());
    assert_eq!(
        listed("/properties/source/properties"),
        names_of::<Source>()
    );
    assert_eq!(listed("/$defs/kind"), names_of::<EventKind>());
    assert_eq!(listed("/$defs/severity"), names_of::<Severity>());
    assert_eq!(listed("/$defs/actor"), names_of::<Actor>());
    assert_eq!(listed("/$defs/reason"), names_of::<Reason>());
    assert_eq!(listed("/$defs/factor"), names_of::<Factor>());
    let first_factors = names_of::<FirstFactorKind>();
    assert_eq!(listed("/$defs/first_factor"), first_factors);
    assert_eq!(listed("/$defs/channel"), names_of::<Channel>());
    assert_eq!(listed("/properties/outcome"), names_of::<Outcome>());
    assert!(names_of::<EventKind>().len() > 40);
}

#[test]
fn the_schema_takes_names_of_later_releases() {
    for place in [
        "kind",
        "severity",
        "actor",
        "reason",
        "factor",
        "first_factor",
        "channel",
    ] {
        let part = &SCHEMA["properties"][place]["anyOf"];
        assert_eq!(part[0]["$ref"], format!("#/$defs/{place}"));
        assert_eq!(part[1]["$ref"], LATER, "{place}");
    }
    assert_eq!(SCHEMA["additionalProperties"], Value::Null);
}

/// Two releases that share a database read each other's events.
#[test]
fn names_of_later_releases_read_as_unknown_or_as_none() {
    let later = json!({
        "kind": "invented",
        "severity": "invented",
        "user": "1",
        "actor": { "robot": { "of": "acme" } },
        "at": 1_800_000_000,
        "outcome": "refused",
        "reason": "invented",
        "factor": "invented",
        "channel": { "invented": [1] },
        "first_factor": "invented",
        "invented": true,
    });
    let event: Event = serde_json::from_value(later).unwrap();
    assert_eq!(event.kind, EventKind::Unknown);
    assert_eq!(event.severity, Severity::Warning);
    assert_eq!(event.actor, Actor::Unknown);
    assert_eq!(event.reason, Some(Reason::Unknown));
    let names = (event.factor, event.channel, event.first_factor);
    assert_eq!(names, (None, None, None));
    assert!(serde_json::from_value::<Event>(json!({ "actor": "user" })).is_err());
}

#[tokio::test]
async fn what_is_not_of_the_schema_is_found() {
    let world = world();
    let alice = world.enroll(1).await;
    world.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    let events = world.events(&alice.user).await;
    let refused = serde_json::to_value(events.last().unwrap()).unwrap();
    check(&refused).unwrap();

    let change = |pointer: &str, value: Value| {
        let mut event = refused.clone();
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    let id = json!("0123456789abcdef");
    let with = |name: &str, value: Value| {
        let mut event = refused.clone();
        event[name] = value;
        event
    };
    let mut without = refused.clone();
    without.as_object_mut().unwrap().remove("user");
    for right in [
        change("/actor", json!({ "administrator": "root" })),
        with("source", json!({ "ip": "2001:db8::1", "user_agent": "" })),
        with("device", id.clone()),
        with("code_number", json!(1)),
    ] {
        check(&right).unwrap_or_else(|error| panic!("{right}: {error}"));
    }
    for wrong in [
        without,
        change("/kind", json!("invented")),
        change("/at", json!("2027-01-15")),
        change("/at", json!(-1)),
        change("/user", json!("")),
        change("/actor", json!({ "robot": "root" })),
        change("/outcome", json!("maybe")),
        with("invented", json!(1)),
        with("source", json!({ "ip": "nowhere" })),
        with("source", json!({ "invented": 1 })),
        with("device", json!("short")),
        with("code_number", json!(0)),
        with("note", json!("é".repeat(501))),
        with("notify", json!(false)),
    ] {
        assert!(check(&wrong).is_err(), "{wrong}");
    }
}

/// Events of users with any id, and of any address.
#[tokio::test]
async fn the_longest_values_are_of_the_schema() {
    use countersign::RequestContext;
    use countersign::account::Administrator;
    let world = world();
    let user = UserId::new("é".repeat(127)).unwrap();
    let from = RequestContext::new()
        .ip([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into())
        .user_agent(&"é".repeat(300))
        .request_id(&"é".repeat(300));
    let by = Administrator::new("é".repeat(255)).because("é".repeat(500));
    let locking = world.mfa.with_context(from);
    locking.admin_lock_account(&user, by).await.unwrap();
    let locked = world.events(&user).await.pop().unwrap();
    assert_eq!(
        locked.source.user_agent.as_ref().unwrap().chars().count(),
        255
    );
    check(&serde_json::to_value(&locked).unwrap()).unwrap();
}
