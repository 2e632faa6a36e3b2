use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// The hash function of a one-time password's HMAC.
///
/// [`Algorithm::Sha1`] is the default because it is the only hash that every authenticator app
/// supports. Several apps use it silently whatever the URI says. HMAC-SHA-1 does not depend on the
/// collision resistance that SHA-1 has lost (RFC 6194 §3.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(
    clippy::exhaustive_enums,
    reason = "RFC 6238 §1.2 names these three and no successor is coming; a caller may match on all of them"
)]
pub enum Algorithm {
    /// HMAC-SHA-1, as in RFC 4226.
    #[default]
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Algorithm {
    /// The recommended key length, which is the length of the hash: 20, 32 or 64 bytes (RFC 6238
    /// §5.1).
    #[must_use]
    pub const fn recommended_key_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The name in an `otpauth` URI.
    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }
}

impl fmt::Display for Algorithm {
    /// The name in an `otpauth` URI: `SHA1`, `SHA256` or `SHA512`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Reads the spellings that other software writes: `SHA1`, `sha1`, `SHA-1`, `HmacSHA1`.
    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        let hash = match text.split_at_checked(4) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("hmac") => {
                rest.strip_prefix('-').unwrap_or(rest)
            }
            _ => text,
        };
        [Self::Sha1, Self::Sha256, Self::Sha512]
            .into_iter()
            .find(|algorithm| {
                let name = algorithm.name();
                let (sha, size) = name.split_at(3);
                hash.eq_ignore_ascii_case(name)
                    || hash
                        .split_once('-')
                        .is_some_and(|(h, s)| h.eq_ignore_ascii_case(sha) && s == size)
            })
            .ok_or(UnknownAlgorithm)
    }
}

/// The text does not name one of the three algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the algorithm is unknown")]
pub struct UnknownAlgorithm;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    const ALL: [Algorithm; 3] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];

    #[test]
    fn spellings_in_the_wild_are_read() {
        for (text, algorithm) in [
            ("SHA1", Algorithm::Sha1),
            ("sha1", Algorithm::Sha1),
            ("SHA-1", Algorithm::Sha1),
            ("HmacSHA1", Algorithm::Sha1),
            ("HMAC-SHA1", Algorithm::Sha1),
            ("HmacSHA256", Algorithm::Sha256),
            ("sha-256", Algorithm::Sha256),
            ("Sha512", Algorithm::Sha512),
        ] {
            assert_eq!(text.parse(), Ok(algorithm), "{text}");
        }
        for text in [
            "", "MD5", "SHA", "SHA2", "SHA3-256", "SHA11", "hmac", "SHA--1", "SHА1", "ééé",
        ] {
            assert_eq!(text.parse::<Algorithm>(), Err(UnknownAlgorithm), "{text}");
        }
    }

    #[test]
    fn display_and_serde_agree_and_read_back() {
        for algorithm in ALL {
            let name = algorithm.to_string();
            assert_eq!(name.parse(), Ok(algorithm));
            let json = serde_json::to_string(&algorithm).unwrap();
            assert_eq!(json, alloc::format!("\"{name}\""));
            assert_eq!(serde_json::from_str::<Algorithm>(&json).unwrap(), algorithm);
        }
        assert!(serde_json::from_str::<Algorithm>("\"MD5\"").is_err());
    }
}
