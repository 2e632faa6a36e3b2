//! Writes a key URI in the one form that every app reads.

use alloc::string::String;
use core::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{KeyUri, KeyUriKind};
use crate::otp::{Algorithm, Digits, Period};

/// All characters except the unreserved ones of RFC 3986 §2.3, so that a space is `%20` and a `+`
/// is `%2B`.
pub(super) const PARAMETER: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// An `@` is allowed in a path. Every app shows it, and most accounts contain one.
const LABEL: &AsciiSet = &PARAMETER.remove(b'@');

impl KeyUri {
    /// The URI, for a QR code or a link on the owner's own device.
    ///
    /// Parameters that equal the defaults of the format are left out, because each parameter makes
    /// the QR code denser. Every app assumes the default for a missing parameter, and several apps
    /// ignore those that are there.
    #[must_use]
    pub fn expose_uri(&self) -> Zeroizing<String> {
        let secret = self.secret.expose_base32();
        let labels = self.account.len() + 2 * self.issuer().map_or(0, str::len);
        let image = self.image().map_or(0, str::len);
        // The buffer has room for the whole text, so that no copy stays behind when it grows. An
        // escape takes three bytes for one.
        let mut uri = Zeroizing::new(String::with_capacity(
            FIXED + 3 * (labels + image) + secret.len(),
        ));

        uri.push_str(match self.kind {
            KeyUriKind::Totp { .. } => "otpauth://totp/",
            KeyUriKind::Hotp { .. } => "otpauth://hotp/",
        });
        if let Some(issuer) = self.issuer() {
            uri.extend(utf8_percent_encode(issuer, LABEL));
            uri.push(':');
        }
        uri.extend(utf8_percent_encode(&self.account, LABEL));
        uri.push_str("?secret=");
        uri.push_str(&secret);
        if let Some(issuer) = self.issuer() {
            uri.push_str("&issuer=");
            uri.extend(utf8_percent_encode(issuer, PARAMETER));
        }
        self.push_numbers(&mut uri);
        if let Some(image) = self.image() {
            uri.push_str("&image=");
            uri.extend(utf8_percent_encode(image, PARAMETER));
        }
        uri
    }

    fn push_numbers(&self, uri: &mut String) {
        // Writing to a `String` cannot fail.
        if self.algorithm != Algorithm::default() {
            let _ = write!(uri, "&algorithm={}", self.algorithm);
        }
        if self.digits != Digits::default() {
            let _ = write!(uri, "&digits={}", self.digits.get());
        }
        let _ = match self.kind {
            KeyUriKind::Totp { period } if period == Period::default() => Ok(()),
            KeyUriKind::Totp { period } => write!(uri, "&period={}", period.seconds()),
            // The format requires the counter, even if it is zero.
            KeyUriKind::Hotp { counter } => write!(uri, "&counter={counter}"),
        };
    }
}

/// An upper bound for the parts of fixed length: the names of all parameters, and the longest
/// numbers.
const FIXED: usize = 128;
