//! What another reader of CBOR finds in a record, beside what the library finds. The numbers of
//! fields are those of `src/account/state/schema.rs`, written down a second time.

use ciborium::Value as Item;
use serde_json::Value;

use crate::cbor;

/// A field: its name in the account, its number in the record, and what is in it.
type Field = (&'static str, u8, Form);

enum Form {
    /// A number, a truth value or a text; what is left out is zero.
    Plain,
    Struct(&'static [Field]),
    List(&'static [Field]),
}

use Form::{List, Plain, Struct};

const ACCOUNT: &[Field] = &[
    ("epoch", 2, Plain),
    ("written_at", 3, Plain),
    ("counters", 4, Struct(COUNTERS)),
    ("authenticators", 5, List(AUTHENTICATOR)),
    ("pending", 6, Struct(PENDING)),
    ("recovery_codes", 7, Struct(RECOVERY_CODES)),
    ("devices", 8, List(DEVICE)),
    ("last_verified_at", 11, Plain),
    ("locked_at", 14, Plain),
    ("unlocked_at", 15, Plain),
    ("grace_began", 17, Plain),
];
const COUNTERS: &[Field] = &[
    ("authenticator", 0, Struct(BUDGET)),
    ("recovery_code", 1, Struct(BUDGET)),
    ("email_code", 2, Struct(BUDGET)),
    ("email_failures", 3, Plain),
    ("delayed_recovery", 4, Struct(DELAYED_RECOVERY)),
    ("failures_since_password", 5, Plain),
    ("password_demanded", 6, Plain),
    ("pending_failures", 7, Plain),
    ("round", 8, Plain),
    ("failure_told_at", 9, Plain),
    ("reuse_told_at", 10, Plain),
    ("phone_code", 11, Struct(BUDGET)),
    ("phone_failures", 12, Plain),
    ("passkey", 13, Struct(BUDGET)),
    ("clone_told_at", 14, Plain),
];
const BUDGET: &[Field] = &[("failures", 0, Plain), ("blocked_until", 1, Plain)];
const DELAYED_RECOVERY: &[Field] = &[
    ("requested_at", 1, Plain),
    ("remind_at", 2, Plain),
    ("effective_at", 3, Plain),
    ("restarts", 6, Plain),
];
const AUTHENTICATOR: &[Field] = &[
    ("label", 1, Plain),
    ("proven", 4, Plain),
    ("created_at", 5, Plain),
    ("last_used_at", 6, Plain),
];
const PENDING: &[Field] = &[
    ("label", 1, Plain),
    ("started_at", 4, Plain),
    ("expires_at", 5, Plain),
];
const RECOVERY_CODES: &[Field] = &[
    ("letters", 2, Plain),
    ("generated_at", 5, Plain),
    ("stale", 6, Plain),
    ("acknowledged", 7, Plain),
];
const DEVICE: &[Field] = &[
    ("label", 1, Plain),
    ("created_at", 2, Plain),
    ("expires_at", 3, Plain),
    ("last_used_at", 4, Plain),
];

/// Checks that an account has what another reader finds in its record.
pub fn same_account(account: &Value, record: &Item) {
    same(account, Some(record), ACCOUNT);
}

fn same(value: &Value, item: Option<&Item>, fields: &[Field]) {
    for (name, number, form) in fields {
        let part = &value[name];
        let found = item.and_then(|item| cbor::get(item, &(*number).into()));
        match form {
            Plain => assert_eq!(
                plain(Some(part)),
                found.map_or(Value::Null, |one| plain(json(one).as_ref())),
                "{name}"
            ),
            Struct(fields) => same(part, found, fields),
            List(fields) => {
                let parts = part.as_array().map_or(&[][..], Vec::as_slice);
                let found = found
                    .and_then(Item::as_array)
                    .map_or(&[][..], Vec::as_slice);
                assert_eq!(parts.len(), found.len(), "{name}");
                for (part, found) in parts.iter().zip(found) {
                    same(part, Some(found), fields);
                }
            }
        }
    }
}

fn json(item: &Item) -> Option<Value> {
    Some(match item {
        Item::Bool(value) => (*value).into(),
        Item::Text(text) => text.as_str().into(),
        Item::Integer(number) => match u64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => i64::try_from(*number).ok()?.into(),
        },
        _ => return None,
    })
}

/// A value, or nothing for what a record leaves out.
fn plain(value: Option<&Value>) -> Value {
    let value = value.cloned().unwrap_or_default();
    match value == Value::from(0) || value == Value::from(false) {
        true => Value::Null,
        false => value,
    }
}
