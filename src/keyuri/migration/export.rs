//! Writes an export, as Google Authenticator does.

#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};
use percent_encoding::utf8_percent_encode;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::protobuf::{push_bytes, push_number};
use super::{ExportError, MigrationUri, PREFIX, batch, key};
use crate::keyuri::build::PARAMETER;
use crate::keyuri::{KeyUri, KeyUriKind};
use crate::otp::{Algorithm, Digits, Period};

/// A key as a message.
type Message = Zeroizing<Vec<u8>>;

/// The largest sum of the keys in a URI, in bytes, so that a QR code of level M holds the URI.
/// Names of hundreds of characters reach this sum before ten keys do.
const MAX_BYTES: usize = 1_000;
/// An upper bound for the parts of fixed length in the message of a key: tags, lengths, and the
/// longest numbers.
const FIXED_KEY: usize = 48;
/// An upper bound for the parts of fixed length in a batch, and for each key in it.
const FIXED_BATCH: usize = 32;
const FIXED_IN_BATCH: usize = 4;

impl MigrationUri {
    /// Writes keys as an export. A URI holds ten keys, or fewer if names are long.
    ///
    /// Show each URI as a QR code of its own. Apps ask for the next code until they have all. The
    /// random number generator draws the number by which apps know that the URIs belong together.
    /// The format has no place for the image of a key, so that the image is lost, as in every app.
    /// Everything else is kept.
    ///
    /// # Errors
    ///
    /// - [`ExportError::Empty`] for no key, [`ExportError::TooManyKeys`] for more keys than 64 URIs
    ///   hold.
    /// - [`ExportError::Period`], [`ExportError::Digits`] or [`ExportError::Counter`] for a key
    ///   that the format cannot express, because the app would show wrong codes.
    /// - [`ExportError::Rng`] if the random number generator fails.
    pub fn export<R: TryCryptoRng + ?Sized>(
        keys: &[KeyUri],
        rng: &mut R,
    ) -> Result<Vec<Self>, ExportError<R::Error>> {
        let keys: Vec<Message> = keys
            .iter()
            .enumerate()
            .map(|(position, key)| message(position, key))
            .collect::<Result<_, _>>()?;
        let batches = batches(&keys);
        match batches.len() {
            0 => return Err(ExportError::Empty),
            1..=Self::MAX_URIS => {}
            _ => return Err(ExportError::TooManyKeys),
        }
        let mut id = [0; 4];
        rng.try_fill_bytes(&mut id).map_err(ExportError::Rng)?;
        // Protobuf writes a negative 32-bit number as a 64-bit number.
        let id = i64::from(i32::from_le_bytes(id)).cast_unsigned();
        let uri = |(index, keys)| Self::write(id, batches.len(), index, keys);
        Ok(batches.iter().copied().enumerate().map(uri).collect())
    }

    fn write(id: u64, size: usize, index: usize, keys: &[Message]) -> Self {
        let bytes: usize = keys.iter().map(|key| FIXED_IN_BATCH + key.len()).sum();
        // The buffers here and below have room for everything, so that no copy stays behind when
        // they grow.
        let mut message = Zeroizing::new(Vec::with_capacity(FIXED_BATCH + bytes));
        for key in keys {
            push_bytes(&mut message, batch::KEY, key);
        }
        // Fields that are zero are written too, as Google Authenticator does.
        push_number(&mut message, batch::VERSION, 1);
        push_number(&mut message, batch::SIZE, size as u64);
        push_number(&mut message, batch::INDEX, index as u64);
        push_number(&mut message, batch::ID, id);

        let data = Zeroizing::new(Base64::encode_string(&message));
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 3 * data.len()));
        text.push_str(PREFIX);
        text.extend(utf8_percent_encode(&data, PARAMETER));
        Self { text }
    }
}

/// The keys in order, in groups that fit a URI.
fn batches(mut keys: &[Message]) -> Vec<&[Message]> {
    let mut batches = Vec::new();
    while !keys.is_empty() {
        let mut bytes = 0;
        let fitting = keys.iter().take(MigrationUri::MAX_KEYS).take_while(|key| {
            bytes += key.len();
            bytes <= MAX_BYTES
        });
        let (batch, rest) = keys.split_at(fitting.count().max(1));
        batches.push(batch);
        keys = rest;
    }
    batches
}

fn message<E>(position: usize, uri: &KeyUri) -> Result<Message, ExportError<E>> {
    let (kind, counter) = match uri.kind {
        KeyUriKind::Hotp { counter } if i64::try_from(counter).is_ok() => (1, Some(counter)),
        KeyUriKind::Hotp { .. } => return Err(ExportError::Counter { position }),
        KeyUriKind::Totp { period } if period == Period::default() => (2, None),
        KeyUriKind::Totp { .. } => return Err(ExportError::Period { position }),
    };
    let algorithm = match uri.algorithm {
        Algorithm::Sha1 => 1,
        Algorithm::Sha256 => 2,
        Algorithm::Sha512 => 3,
    };
    let digits = match uri.digits {
        Digits::SIX => 1,
        Digits::EIGHT => 2,
        _ => return Err(ExportError::Digits { position }),
    };
    let secret = uri.secret.expose_bytes();
    let issuer = uri.issuer();
    let labels = uri.account.len() + 2 * issuer.map_or(0, str::len);

    let mut message = Zeroizing::new(Vec::with_capacity(FIXED_KEY + secret.len() + labels));
    push_bytes(&mut message, key::SECRET, secret);
    match issuer {
        // Readers take the text before a colon for the issuer.
        Some(issuer) if uri.account.contains(':') => {
            let mut name = Zeroizing::new(String::with_capacity(labels + 1));
            name.push_str(issuer);
            name.push(':');
            name.push_str(&uri.account);
            push_bytes(&mut message, key::NAME, name.as_bytes());
        }
        _ => push_bytes(&mut message, key::NAME, uri.account.as_bytes()),
    }
    if let Some(issuer) = issuer {
        push_bytes(&mut message, key::ISSUER, issuer.as_bytes());
    }
    push_number(&mut message, key::ALGORITHM, algorithm);
    push_number(&mut message, key::DIGITS, digits);
    push_number(&mut message, key::KIND, kind);
    if let Some(counter) = counter {
        push_number(&mut message, key::COUNTER, counter);
    }
    Ok(message)
}
