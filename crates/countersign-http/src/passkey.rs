//! What browsers get and send in the ceremonies of passkeys.

use std::fmt;

use countersign::Answer;
use countersign::token::{PasskeyAssertion, Token};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::problem::Problem;

/// A JSON object, kept as it is written: a parsed one would hide members that are there twice.
pub(crate) struct JsonObject(Box<RawValue>);

impl JsonObject {
    /// The object that a text holds.
    ///
    /// # Errors
    ///
    /// The text is no JSON.
    pub(crate) fn of(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    pub(crate) fn text(&self) -> &str {
        self.0.get()
    }
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get().starts_with('{') {
            true => Ok(Self(raw)),
            false => Err(D::Error::custom("it has to be an object")),
        }
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonObject(…)")
    }
}

/// The answer of a passkey, if a body has one: the assertion and the token of its ceremony.
pub(crate) fn passkey_answer(
    assertion: Option<&JsonObject>,
    ceremony: Option<&Token<PasskeyAssertion>>,
) -> Result<Option<Answer>, Problem> {
    match (assertion, ceremony) {
        (None, None) => Ok(None),
        (Some(assertion), Some(token)) => {
            Ok(Some(Answer::passkey(token.clone(), assertion.text())))
        }
        (Some(_), None) => Err(Problem::invalid("the field `ceremonyToken` is missing")),
        (None, Some(_)) => Err(Problem::invalid("the field `assertion` is missing")),
    }
}
