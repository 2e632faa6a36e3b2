//! The schema of an event, and whether an event is of it.
//!
//! The schema is open for later releases. An event of this release has to do without that: each of
//! its names has to be one that the schema lists.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, LazyLock};

use countersign::store::{MemoryStore, UserDirectory};
use serde_json::Value;

pub(crate) static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../../docs/events.schema.json");
    serde_json::from_str(text).unwrap()
});

/// The part of the schema that takes what a later release names.
pub(crate) const LATER: &str = "#/$defs/later";

/// The events of a world, which have to be of the schema when the world ends.
pub(crate) struct Trail(pub(crate) Arc<MemoryStore>);

impl Drop for Trail {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let page = pollster::block_on(self.0.events_after(None, usize::MAX));
        for recorded in page.unwrap().events {
            let event = serde_json::to_value(&recorded.event).unwrap();
            check(&event).unwrap_or_else(|error| panic!("{error} in {event}"));
        }
    }
}

/// Whether an event is of the schema, as this release writes it.
pub(crate) fn check(event: &Value) -> Result<(), String> {
    is_of(&SCHEMA, event, "event")
}

fn is_of(schema: &Value, value: &Value, place: &str) -> Result<(), String> {
    for (keyword, wanted) in schema.as_object().unwrap() {
        let number = || wanted.as_u64().unwrap();
        let text = || value.as_str().unwrap_or_default();
        let length = || u64::try_from(text().chars().count()).unwrap();
        let fits = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" if wanted == LATER => false,
            "$ref" => {
                let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                is_of(SCHEMA.pointer(pointer).unwrap(), value, place)?;
                true
            }
            "const" => value == wanted,
            "type" => has_type(wanted.as_str().unwrap(), value),
            "format" => match wanted.as_str().unwrap() {
                "ipv4" => text().parse::<Ipv4Addr>().is_ok(),
                "ipv6" => text().parse::<Ipv6Addr>().is_ok(),
                other => panic!("the format {other} is new"),
            },
            "minLength" => length() >= number(),
            "maxLength" => length() <= number(),
            "minimum" => value.as_u64().is_some_and(|value| value >= number()),
            "maximum" => value.as_u64().is_some_and(|value| value <= number()),
            "anyOf" | "oneOf" => {
                let choices = wanted.as_array().unwrap().iter();
                let fitting = choices.filter(|one| is_of(one, value, place).is_ok());
                // Of an open place, the choice for later releases is left out.
                fitting.count() == 1
            }
            "required" => {
                let mut names = wanted.as_array().unwrap().iter();
                names.all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "properties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let place = format!("{place}.{name}");
                    let schema = wanted.get(name).ok_or(format!("{place} is unknown"))?;
                    is_of(schema, value, &place)?;
                }
                true
            }
            other => panic!("the keyword {other} is new"),
        };
        if !fits {
            return Err(format!("{place} does not fit {keyword}"));
        }
    }
    Ok(())
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the type {other} is new"),
    }
}
