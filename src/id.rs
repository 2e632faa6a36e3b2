//! Random names for the parts of an account.

pub use crate::user::InvalidUserId;
use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};

use crate::entropy::{Random, RngError};

/// Text that is no id of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this library")]
pub struct InvalidId;

macro_rules! ids {
    ($($(#[$docs:meta])* $visibility:vis $name:ident($bytes:literal);)*) => {$(
        $(#[$docs])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        $visibility struct $name([u8; $bytes]);

        impl $name {
            pub(crate) fn random(random: Random<'_>) -> Result<Self, RngError> {
                random.bytes().map(Self)
            }

            pub(crate) const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            pub(crate) const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let mut bytes = [0; $bytes];
                match Base64UrlUnpadded::decode(text, &mut bytes) {
                    Ok(decoded) if decoded.len() == $bytes => Ok(Self(bytes)),
                    _ => Err(InvalidId),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    )*};
}

ids! {
    /// Names one authenticator of an account: 12 random bytes, as text 16 characters of base64url.
    /// It is no secret.
    pub AuthenticatorId(12);
    /// Names one trusted device of an account: 12 random bytes, as text 16 characters of base64url.
    /// It is no secret.
    pub DeviceId(12);
    /// Names one administrator's reset or one delayed recovery, so that what was mailed for it is
    /// good for no other. It has nothing to do with the host's name for an HTTP request
    /// ([`RequestContext::request_id`](crate::RequestContext::request_id)).
    pub CaseId(12);
    /// Names one set of recovery codes of an account: 12 random bytes, as text 16 characters of
    /// base64url. It is no secret.
    pub RecoveryCodeSetId(12);
    /// Names one token.
    pub(crate) Nonce(16);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_foreign_text_is_refused() {
        let id = AuthenticatorId::from_bytes([7; 12]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for foreign in [
            "",
            "AAAA",
            "AAAAAAAAAAAAAAA=",
            "AAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAA A",
        ] {
            assert_eq!(
                foreign.parse::<AuthenticatorId>(),
                Err(InvalidId),
                "{foreign:?}"
            );
        }
    }
}
