//! Converts the CBOR of a record to JSON and back, so that a seed is readable and its parts can be
//! changed.
//!
//! Keys are decimal numbers. Bytes are `x:` and hexadecimal digits.

use ciborium::Value as Item;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Value};

pub fn to_json(bytes: &[u8]) -> Value {
    read(&mut Decoder::new(bytes)).unwrap_or_default()
}

pub fn from_json(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut Encoder::new(&mut bytes));
    bytes
}

/// What another reader (ciborium) finds at the beginning of the bytes, and what comes after it.
/// `None` for what it takes for malformed. The library reads with minicbor.
pub fn first(bytes: &[u8]) -> Option<(Item, &[u8])> {
    let mut rest = bytes;
    let item = ciborium::from_reader(&mut rest).ok()?;
    Some((item, rest))
}

/// The one item that takes all of the bytes.
pub fn whole(bytes: &[u8]) -> Option<Item> {
    let (item, rest) = first(bytes)?;
    rest.is_empty().then_some(item)
}

/// The item as the other writer writes it.
pub fn written(item: &Item) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(item, &mut bytes).expect("memory can be written");
    bytes
}

/// The value of a key that a map has once.
pub fn get<'a>(map: &'a Item, key: &Item) -> Option<&'a Item> {
    let mut found = map.as_map()?.iter().filter(|(name, _)| name == key);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

/// Bytes as a string of JSON.
pub fn hex(bytes: &[u8]) -> Value {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("x:{}", digits.collect::<String>()).into()
}

fn read(from: &mut Decoder<'_>) -> Option<Value> {
    Some(match from.datatype().ok()? {
        Type::Bool => from.bool().ok()?.into(),
        Type::Bytes => hex(from.bytes().ok()?),
        Type::String => from.str().ok()?.into(),
        Type::Array => {
            let length = from.array().ok()??;
            (0..length).map(|_| read(from)).collect::<Option<_>>()?
        }
        Type::Map => {
            let length = from.map().ok()??;
            let entry = |_| Some((from.u64().ok()?.to_string(), read(from)?));
            Value::Object((0..length).map(entry).collect::<Option<Map<_, _>>>()?)
        }
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => from.u64().ok()?.into(),
        _ => from.i64().ok()?.into(),
    })
}

fn write(value: &Value, to: &mut Encoder<&mut Vec<u8>>) {
    // Writing to memory cannot fail.
    let _ = match value {
        Value::Null => to.null(),
        Value::Bool(value) => to.bool(*value),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => to.u64(number),
            (None, Some(number)) => to.i64(number),
            (None, None) => to.f64(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => match bytes(text) {
            Some(bytes) => to.bytes(&bytes),
            None => to.str(text),
        },
        Value::Array(values) => {
            let _ = to.array(values.len() as u64);
            values.iter().for_each(|value| write(value, to));
            return;
        }
        Value::Object(members) => {
            let _ = to.map(members.len() as u64);
            // The order is numeric, because as text "10" precedes "2".
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| key.parse::<u64>().unwrap_or(u64::MAX));
            for (key, value) in members {
                let _ = match key.parse() {
                    Ok(key) => to.u64(key),
                    Err(_) => to.str(key),
                };
                write(value, to);
            }
            return;
        }
    };
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    // A repeated string stands for repeated bytes.
    let digits = text.strip_prefix("x:")?.replace("x:", "");
    let pair = |place| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}
