//! Reads an export, in whatever order its URIs were scanned.

#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod tests;

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

use super::protobuf::{Fields, Malformed};
use super::{ImportError, MigrationUri, PREFIX, batch, key};
use crate::keyuri::parse::{Warnings, decode, issuer_and_account, strip_prefix, tidied};
use crate::keyuri::{KeyUri, KeyUriError, KeyUriKind, Parsed, Warning};
use crate::otp::{Algorithm, Digits, Period};
use crate::secret::Secret;

impl MigrationUri {
    /// Reads an export of Google Authenticator or another app. It takes all URIs of the export, in
    /// any order.
    ///
    /// The keys come in the order of the export. A key that cannot be used (for instance because
    /// its hash is MD5, or its name is not UTF-8) is an error in its place and does not affect the
    /// other keys. Use `collect` to turn it into one error for all keys. Issuers, accounts and weak
    /// keys are treated as in [`KeyUri::parse`]. The format has no period, so that the period is 30
    /// seconds.
    ///
    /// The reader accepts base64 of either alphabet, with and without padding, fields of a later
    /// version of the format, white space around a URI, and a repeated URI.
    ///
    /// # Errors
    ///
    /// See [`ImportError`], and [`KeyUriError`] for a single key. No error contains any of the
    /// text. [`ImportError::Missing`] means that scanning has to continue.
    pub fn import(
        uris: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<Vec<Result<Parsed, KeyUriError>>, ImportError> {
        let mut batches = BTreeMap::new();
        let mut export = None;
        for uri in uris {
            let message = data(uri.as_ref())?;
            let batch = Batch::read(&message)?;
            if *export.get_or_insert((batch.id, batch.size)) != (batch.id, batch.size) {
                return Err(ImportError::MixedExports);
            }
            // A picture that is scanned twice gives the same batch.
            let (first, _) = batches
                .entry(batch.index)
                .or_insert_with(|| (message.clone(), batch.keys));
            if *first != message {
                return Err(ImportError::Duplicate);
            }
        }
        let (_, size) = export.ok_or(ImportError::Empty)?;
        if (batches.len() as u64) < size {
            return Err(ImportError::Missing);
        }
        let keys: Vec<_> = batches.into_values().flat_map(|(_, keys)| keys).collect();
        if keys.is_empty() {
            return Err(ImportError::Empty);
        }
        Ok(keys)
    }
}

/// The message of a URI.
fn data(uri: &str) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    if uri.len() > MigrationUri::MAX_LENGTH {
        return Err(ImportError::TooLong);
    }
    let data = strip_prefix(tidied(uri), PREFIX).ok_or(ImportError::Scheme)?;
    let data = decode(data).map_err(|_| ImportError::Encoding)?;
    let letters = data.trim_end_matches('=');
    if data.len() > letters.len() && data.len() != letters.len().next_multiple_of(4) {
        return Err(ImportError::Encoding);
    }
    let mut letters = Zeroizing::new(letters.as_bytes().to_vec());
    for letter in letters.iter_mut() {
        match letter {
            b'-' => *letter = b'+',
            b'_' => *letter = b'/',
            _ => {}
        }
    }
    let mut bytes = Zeroizing::new(vec![0; letters.len()]);
    let length = Base64Unpadded::decode(&*letters, &mut bytes)
        .map_err(|_| ImportError::Encoding)?
        .len();
    bytes.truncate(length);
    Ok(bytes)
}

#[derive(Default)]
struct Batch {
    size: u64,
    index: u64,
    id: u64,
    keys: Vec<Result<Parsed, KeyUriError>>,
}

impl Batch {
    fn read(message: &[u8]) -> Result<Self, ImportError> {
        let mut batch = Self::default();
        for field in Fields(message) {
            match field? {
                (batch::KEY, value) => {
                    let key = Key::read(value.bytes()?);
                    let key = key.map_err(|Malformed| KeyUriError::Malformed);
                    batch.keys.push(key.and_then(Key::parse));
                }
                (batch::SIZE, value) => batch.size = value.number()?,
                (batch::INDEX, value) => batch.index = value.number()?,
                (batch::ID, value) => batch.id = value.number()?,
                // Also the version: 1 and 2 occur and mean the same.
                _ => {}
            }
        }
        // A single batch does not have to state its number and size.
        batch.size = batch.size.max(1);
        if batch.size > MigrationUri::MAX_URIS as u64 || batch.index >= batch.size {
            return Err(ImportError::Number);
        }
        Ok(batch)
    }
}

/// A key of a batch.
#[derive(Default)]
struct Key<'a> {
    secret: &'a [u8],
    name: &'a str,
    issuer: &'a str,
    algorithm: u64,
    digits: u64,
    kind: u64,
    counter: u64,
}

impl<'a> Key<'a> {
    fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut key = Self::default();
        for field in Fields(message) {
            match field? {
                (key::SECRET, value) => key.secret = value.bytes()?,
                (key::NAME, value) => key.name = value.text()?,
                (key::ISSUER, value) => key.issuer = value.text()?,
                (key::ALGORITHM, value) => key.algorithm = value.number()?,
                (key::DIGITS, value) => key.digits = value.number()?,
                (key::KIND, value) => key.kind = value.number()?,
                (key::COUNTER, value) => key.counter = value.number()?,
                _ => {}
            }
        }
        Ok(key)
    }

    fn parse(self) -> Result<Parsed, KeyUriError> {
        let mut warnings = Warnings::default();
        let kind = self.kind(&mut warnings)?;
        let (issuer, account) = issuer_and_account(Some(self.issuer), self.name, &mut warnings)?;
        let uri = KeyUri {
            kind,
            issuer,
            account,
            secret: self.secret(&mut warnings)?,
            algorithm: match self.algorithm {
                0 | 1 => Algorithm::Sha1,
                2 => Algorithm::Sha256,
                3 => Algorithm::Sha512,
                // 4 is MD5.
                _ => return Err(KeyUriError::Algorithm),
            },
            digits: match self.digits {
                0 | 1 => Digits::SIX,
                2 => Digits::EIGHT,
                _ => return Err(KeyUriError::Digits),
            },
            image: None,
        };
        Ok(Parsed {
            uri,
            warnings: warnings.0,
        })
    }

    fn kind(&self, warnings: &mut Warnings) -> Result<KeyUriKind, KeyUriError> {
        let period = Period::default();
        match (self.kind, self.counter) {
            // The counter is a signed number.
            (1, counter) if i64::try_from(counter).is_err() => Err(KeyUriError::Counter),
            (1, counter) => Ok(KeyUriKind::Hotp { counter }),
            // Every app reads a missing type as TOTP or refuses it.
            (0 | 2, 0) => Ok(KeyUriKind::Totp { period }),
            (2, _) => {
                warnings.add(Warning::UnknownParameter);
                Ok(KeyUriKind::Totp { period })
            }
            _ => Err(KeyUriError::Kind),
        }
    }

    fn secret(&self, warnings: &mut Warnings) -> Result<Secret, KeyUriError> {
        if self.secret.is_empty() {
            return Err(KeyUriError::MissingSecret);
        }
        let secret = Secret::dangerous_from_weak_bytes(self.secret).map_err(KeyUriError::Secret)?;
        warnings.add_if_weak(&secret);
        Ok(secret)
    }
}
