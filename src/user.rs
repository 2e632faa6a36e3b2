//! The user to whom an account belongs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The application's own id of a user. The library does not interpret it.
///
/// An id is 1 to 255 bytes of UTF-8 without control characters. It must never change or pass to
/// another person, because keys are sealed under it and every token names it. Use a primary key or
/// a UUID, and not an e-mail address.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use countersign::UserId;
///
/// let by_row = UserId::from(42_u64);
/// let by_name = UserId::new("user_01J9Z")?;
/// assert_eq!(by_row.as_str(), "42");
/// # let _ = by_name; Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

impl UserId {
    /// The longest id, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 255;

    /// Takes the application's id unchanged: it is not trimmed, folded or normalized.
    ///
    /// # Errors
    ///
    /// [`InvalidUserId`] if the id is empty, is longer than 255 bytes, or contains a control
    /// character.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidUserId> {
        let id = id.into();
        if id.is_empty() || id.len() > Self::MAX_BYTES || id.chars().any(char::is_control) {
            return Err(InvalidUserId);
        }
        Ok(Self(id))
    }

    /// The id of a user who has a UUID, in the hyphenated form: `UserId::uuid(id.as_u128())`.
    #[must_use]
    pub fn uuid(uuid: u128) -> Self {
        let hex = format!("{uuid:032x}");
        Self(format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        ))
    }

    /// The id as the application gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for UserId {
            fn from(id: $integer) -> Self {
                Self(id.to_string())
            }
        }
    )*};
}

from_integers!(u32, u64, i32, i64);

impl TryFrom<String> for UserId {
    type Error = InvalidUserId;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::new(id)
    }
}

impl std::str::FromStr for UserId {
    type Err = InvalidUserId;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Self::new(id)
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

/// A user id that is empty, is longer than 255 bytes, or contains a control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a user id is 1 to 255 bytes without control characters")]
pub struct InvalidUserId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_kept_to_the_letter_or_refused() {
        for good in ["a", " Alice ", "日本", &"x".repeat(255)] {
            assert_eq!(UserId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a\nb", "a\u{7f}", &"x".repeat(256)] {
            assert_eq!(UserId::new(bad), Err(InvalidUserId), "{bad:?}");
        }
        assert!(serde_json::from_str::<UserId>(r#""""#).is_err());
    }

    #[test]
    fn a_uuid_is_written_as_rfc_9562_writes_it() {
        // RFC 9562 §4: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6".
        let id = UserId::uuid(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6);
        assert_eq!(id.as_str(), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    }
}
