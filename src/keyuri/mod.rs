//! `otpauth://` key URIs, which carry a key into an authenticator app.
//!
//! Writing is strict, so that every app reads the same: a literal `:` between issuer and account,
//! `%20` and never `+`, an upper-case secret without padding, and the issuer both in the label and
//! as a parameter. Reading is lenient, so that exports of other services and apps can be imported.
//! A [`Warning`] names each defect that a strict reader would refuse.

mod build;
mod error;
#[cfg(feature = "migration")]
mod migration;
mod parse;
#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::otp::{Algorithm, Digits, HotpParams, Period, TotpParams};
use crate::secret::Secret;

pub use error::{KeyUriError, Warning};
#[cfg(feature = "migration")]
pub use migration::{ExportError, ImportError, MigrationUri};

/// A key with everything that an authenticator app needs to show its codes.
///
/// [`KeyUri::totp`] and [`KeyUri::hotp`] make a value, [`KeyUri::parse`] reads a URI, and
/// [`KeyUri::expose_uri`] writes it.
///
/// # Security
///
/// The value contains the key. `Debug` is redacted, and there is neither `Display` nor `Serialize`.
/// Key, issuer and account are wiped on drop, and keys are compared in constant time. The text of
/// the URI belongs in a QR code on its owner's screen, and in no log, link or mail.
///
/// # Examples
///
/// ```
/// use countersign::keyuri::KeyUri;
/// use countersign::otp::TotpParams;
/// use countersign::secret::Secret;
///
/// let secret = Secret::from_base32("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")?;
/// let uri = KeyUri::totp("Acme Inc", "alice@example.com", secret, &TotpParams::default())?;
/// assert_eq!(
///     uri.expose_uri().as_str(),
///     "otpauth://totp/Acme%20Inc:alice@example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme%20Inc",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KeyUri {
    kind: KeyUriKind,
    issuer: Option<Zeroizing<String>>,
    account: Zeroizing<String>,
    secret: Secret,
    algorithm: Algorithm,
    digits: Digits,
    image: Option<Zeroizing<String>>,
}

impl KeyUri {
    /// The longest issuer, account or image address, in bytes.
    pub const MAX_LABEL: usize = 255;
    /// The longest URI that [`KeyUri::parse`] reads, in bytes. Every URI that this type writes is
    /// shorter.
    pub const MAX_LENGTH: usize = 4_096;

    /// A key for time-based codes.
    ///
    /// The `issuer` is the name of the service. The `account` distinguishes two accounts of one
    /// person, for instance by the e-mail address. The app shows both.
    ///
    /// # Errors
    ///
    /// - [`KeyUriError::EmptyLabel`] if either is empty or blank.
    /// - [`KeyUriError::LabelTooLong`] if either is longer than 255 bytes.
    /// - [`KeyUriError::Colon`] if either contains a colon, because apps take it for the border
    ///   between issuer and account.
    /// - [`KeyUriError::ControlCharacter`] if either contains a control character.
    pub fn totp(
        issuer: &str,
        account: &str,
        secret: Secret,
        params: &TotpParams,
    ) -> Result<Self, KeyUriError> {
        let kind = KeyUriKind::Totp {
            period: params.period,
        };
        Self::strict(
            kind,
            issuer,
            account,
            secret,
            params.algorithm,
            params.digits,
        )
    }

    /// A key for counter-based codes. The first code is that of `counter`.
    ///
    /// # Errors
    ///
    /// As for [`KeyUri::totp`].
    pub fn hotp(
        issuer: &str,
        account: &str,
        secret: Secret,
        params: &HotpParams,
        counter: u64,
    ) -> Result<Self, KeyUriError> {
        let kind = KeyUriKind::Hotp { counter };
        Self::strict(
            kind,
            issuer,
            account,
            secret,
            params.algorithm,
            params.digits,
        )
    }

    fn strict(
        kind: KeyUriKind,
        issuer: &str,
        account: &str,
        secret: Secret,
        algorithm: Algorithm,
        digits: Digits,
    ) -> Result<Self, KeyUriError> {
        if issuer.contains(':') || account.contains(':') {
            return Err(KeyUriError::Colon);
        }
        Ok(Self {
            kind,
            issuer: Some(checked_label(issuer)?),
            account: checked_label(account)?,
            secret,
            algorithm,
            digits,
            image: None,
        })
    }

    /// Adds the address of a picture. FreeOTP and a few other apps show it beside the account.
    ///
    /// Apps fetch the picture, so that its server learns who enrols and when. The address also
    /// makes the QR code denser.
    ///
    /// # Errors
    ///
    /// [`KeyUriError::Image`] unless the address begins with `https://`, has at most 255 bytes, and
    /// consists of printable ASCII without spaces.
    pub fn with_image(mut self, address: &str) -> Result<Self, KeyUriError> {
        self.image = Some(checked_image(address)?);
        Ok(self)
    }

    /// Whether the codes follow the time or a counter.
    #[must_use]
    pub const fn kind(&self) -> KeyUriKind {
        self.kind
    }

    /// The name of the service. It is `None` only for a URI that was read without an issuer.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_ref().map(|issuer| issuer.as_str())
    }

    /// The name of the account. It is empty only for a URI that was read without an account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The key.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The hash under the HMAC.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The number of digits of a code.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The parameters for a [`Totp`](crate::otp::Totp), with the default skew, or `None` if the
    /// codes follow a counter.
    #[must_use]
    pub fn totp_params(&self) -> Option<TotpParams> {
        let KeyUriKind::Totp { period } = self.kind else {
            return None;
        };
        let params = TotpParams::default().with_algorithm(self.algorithm);
        Some(params.with_digits(self.digits).with_period(period))
    }

    /// The parameters for a [`Hotp`](crate::otp::Hotp), with the default look-ahead, or `None` if
    /// the codes follow the time.
    #[must_use]
    pub fn hotp_params(&self) -> Option<HotpParams> {
        let KeyUriKind::Hotp { .. } = self.kind else {
            return None;
        };
        let params = HotpParams::default().with_algorithm(self.algorithm);
        Some(params.with_digits(self.digits))
    }

    /// The address of a picture.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        self.image.as_ref().map(|image| image.as_str())
    }
}

/// A trimmed issuer or account. It is not blank, and it contains no control character.
fn checked_label(text: &str) -> Result<Zeroizing<String>, KeyUriError> {
    if text.trim().is_empty() {
        return Err(KeyUriError::EmptyLabel);
    }
    if text.len() > KeyUri::MAX_LABEL {
        return Err(KeyUriError::LabelTooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(KeyUriError::ControlCharacter);
    }
    Ok(Zeroizing::new(text.trim().into()))
}

fn checked_image(address: &str) -> Result<Zeroizing<String>, KeyUriError> {
    let printable = address.bytes().all(|byte| byte.is_ascii_graphic());
    if !address.starts_with("https://") || address.len() > KeyUri::MAX_LABEL || !printable {
        return Err(KeyUriError::Image);
    }
    Ok(Zeroizing::new(address.into()))
}

impl fmt::Debug for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyUri([redacted])")
    }
}

impl ZeroizeOnDrop for KeyUri {}

/// The moving factor of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the format has these two types, and a reader has to handle both"
)]
pub enum KeyUriKind {
    /// The time (RFC 6238).
    Totp {
        /// How long a time step lasts.
        period: Period,
    },
    /// A counter (RFC 4226).
    Hotp {
        /// The counter of the first code.
        counter: u64,
    },
}

/// A key URI that was read, with the defects that a strict reader would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parsed {
    /// What was read.
    pub uri: KeyUri,
    /// The accepted defects, each at most once.
    pub warnings: Vec<Warning>,
}
