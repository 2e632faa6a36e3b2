//! `otpauth-migration://` URIs, which carry all keys of an app into another app at once.
//!
//! The format belongs to Google Authenticator, which shows it as QR codes under "Transfer
//! accounts". Most other apps read it, and nobody documents it. This module follows what others
//! found out: each URI is base64 of a protobuf message with a batch of the keys.

mod error;
mod export;
mod import;
mod protobuf;
#[cfg(test)]
mod samples;

use alloc::string::String;
use core::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

pub use error::{ExportError, ImportError};

/// A URI with several keys. An export consists of one or more of them.
///
/// [`MigrationUri::export`] writes [`KeyUri`](super::KeyUri)s, and [`MigrationUri::import`] reads
/// them.
///
/// # Security
///
/// The value contains the keys. `Debug` is redacted, there is neither `Display` nor `Serialize`,
/// and the value is wiped on drop. Its text belongs in a QR code on the owner's screen, and in no
/// log, link or mail, because it gives access to all of the owner's second factors.
///
/// # Examples
///
/// ```
/// use countersign::keyuri::MigrationUri;
///
/// let scanned = "otpauth-migration://offline?data=CjUKEPqlBekzoNEukL7qlsjBCDYSDnBpQHJhc3BiZXJyeXBpGgtyYXNwYmVy\
///                cnlwaSABKAEwAhABGAEgACjr4JKK%2B%2F%2F%2F%2F%2F8B";
/// let mut keys = Vec::new();
/// for key in MigrationUri::import([scanned])? {
///     keys.push(key?.uri);
/// }
/// assert_eq!((keys[0].issuer(), keys[0].account()), (Some("raspberrypi"), "pi@raspberrypi"));
///
/// // And the other way, for a new phone.
/// let uris = MigrationUri::export(&keys, &mut getrandom::SysRng)?;
/// assert_eq!(uris.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MigrationUri {
    text: Zeroizing<String>,
}

impl MigrationUri {
    /// The longest URI that [`MigrationUri::import`] reads, in bytes. It is ten times the content
    /// of a QR code, because some apps export to a file.
    pub const MAX_LENGTH: usize = 32_768;
    /// The largest number of URIs in an export.
    pub const MAX_URIS: usize = 64;
    /// The largest number of keys in a URI that is written, as in Google Authenticator. With more
    /// keys the QR code becomes hard to scan.
    pub const MAX_KEYS: usize = 10;

    /// The URI, for a QR code on the owner's screen.
    #[must_use]
    pub fn expose_uri(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for MigrationUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MigrationUri([redacted])")
    }
}

impl ZeroizeOnDrop for MigrationUri {}

/// The start of every migration URI. The rest is its data.
const PREFIX: &str = "otpauth-migration://offline?data=";

/// The fields of a batch.
mod batch {
    pub(super) const KEY: u32 = 1;
    pub(super) const VERSION: u32 = 2;
    pub(super) const SIZE: u32 = 3;
    pub(super) const INDEX: u32 = 4;
    pub(super) const ID: u32 = 5;
}

/// The fields of a key.
mod key {
    pub(super) const SECRET: u32 = 1;
    pub(super) const NAME: u32 = 2;
    pub(super) const ISSUER: u32 = 3;
    pub(super) const ALGORITHM: u32 = 4;
    pub(super) const DIGITS: u32 = 5;
    pub(super) const KIND: u32 = 6;
    pub(super) const COUNTER: u32 = 7;
}
