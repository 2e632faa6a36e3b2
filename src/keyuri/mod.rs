//! `otpauth://` key URIs: how a key gets into an authenticator app.
//!
//! Written strictly, so that every app reads the same: a literal `:` between issuer and account, `%20` and never `+`,
//! an upper-case secret without padding, and the issuer both in the label and as a parameter. Read leniently, so that
//! what other services and apps export can be imported, with a [`Warning`] for what a strict reader would refuse.

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

/// A key with all that an authenticator app needs to show its codes.
///
/// [`KeyUri::totp`] and [`KeyUri::hotp`] make one, [`KeyUri::parse`] reads one, and [`KeyUri::expose_uri`] writes it.
///
/// # Security
///
/// It contains the key: `Debug` is redacted, there is neither `Display` nor `Serialize`, and key, issuer and account
/// are wiped on drop; keys are compared in constant time. Its text belongs in a QR code on its owner's screen, and in no log, link or mail.
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
    /// The longest URI that [`KeyUri::parse`] looks at, in bytes; every URI that this type writes is shorter.
    pub const MAX_LENGTH: usize = 4_096;

    /// A key for time-based codes.
    ///
    /// The `issuer` is the service's name and the `account` what tells two accounts of a person apart, such as an
    /// e-mail address; both are shown in the app.
    ///
    /// # Errors
    ///
    /// - [`KeyUriError::EmptyLabel`] if either is empty or blank.
    /// - [`KeyUriError::LabelTooLong`] if either is longer than 255 bytes.
    /// - [`KeyUriError::Colon`] if either contains a colon, which apps take for the border between the two.
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

    /// A key for counter-based codes, the first of them that of `counter`.
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

    /// Adds the address of a picture, which FreeOTP and a few other apps show beside the account.
    ///
    /// Apps fetch it, so it tells the image's server who enrols when. It also makes the QR code denser.
    ///
    /// # Errors
    ///
    /// [`KeyUriError::Image`] unless it begins with `https://`, has at most 255 bytes, and consists of printable ASCII
    /// without spaces.
    pub fn with_image(mut self, address: &str) -> Result<Self, KeyUriError> {
        self.image = Some(checked_image(address)?);
        Ok(self)
    }

    /// Whether codes follow the time or a counter.
    #[must_use]
    pub const fn kind(&self) -> KeyUriKind {
        self.kind
    }

    /// The service's name; `None` only if a URI was read that has none.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_ref().map(|issuer| issuer.as_str())
    }

    /// The account's name; empty only if a URI was read that has none.
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

    /// How many digits a code has.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// What a [`Totp`](crate::otp::Totp) takes beside the key, with the default skew; `None` if codes follow a counter.
    #[must_use]
    pub fn totp_params(&self) -> Option<TotpParams> {
        let KeyUriKind::Totp { period } = self.kind else {
            return None;
        };
        let params = TotpParams::default().with_algorithm(self.algorithm);
        Some(params.with_digits(self.digits).with_period(period))
    }

    /// What a [`Hotp`](crate::otp::Hotp) takes beside the key, with the default look-ahead; `None` if codes follow the time.
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

/// An issuer or account that has something to show, and nothing that would break the line it is shown on; trimmed.
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

/// What a code follows.
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

/// A key URI as it was read, with what a strict reader would have refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parsed {
    /// What was read.
    pub uri: KeyUri,
    /// What was forgiven; each at most once.
    pub warnings: Vec<Warning>,
}
