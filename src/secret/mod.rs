//! The key that an authenticator and its verifier share.

#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base32::Alphabet;
use rand_core::TryCryptoRng;
use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::otp::Algorithm;

/// The longest base32 text that is looked at, in bytes: a key of [`Secret::MAX_BYTES`] in groups of four.
const MAX_TEXT: usize = 512;
/// The longest run of trailing `=` that padding can be (RFC 4648 §6).
const MAX_PADDING: usize = 6;

/// What some editors put in front of a text.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

const ALPHABET: Alphabet = Alphabet::Rfc4648 { padding: false };

/// An OTP key.
///
/// [`Secret::generate`] makes one, [`Secret::from_base32`] reads what an authenticator app or another service exported,
/// and [`Secret::from_bytes`] takes one back from where it was kept sealed.
///
/// # Security
///
/// Whoever has the key can compute every code. It is wiped on drop and compared in constant time; `Debug` is redacted,
/// and there is neither `Display` nor `Serialize`: [`Secret::expose_bytes`] and [`Secret::expose_base32`] hand it out.
///
/// # Examples
///
/// ```
/// use countersign::secret::Secret;
///
/// let secret = Secret::from_base32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq")?;
/// assert_eq!(secret.expose_bytes(), b"12345678901234567890");
/// assert_eq!(secret.expose_base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
/// # Ok::<(), countersign::secret::SecretError>(())
/// ```
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
}

/// A key that was read leniently.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadSecret {
    /// The key.
    pub secret: Secret,
    /// Whether the text's last letter carried bits that belong to no byte, which were dropped.
    pub trailing_bits: bool,
}

impl Secret {
    /// The shortest key that is accepted without further ado, in bytes: 128 bits (RFC 4226 §4, R6).
    pub const MIN_BYTES: usize = 16;
    /// The length of a generated key, in bytes: 160 bits (RFC 4226 §4, R6).
    pub const DEFAULT_BYTES: usize = 20;
    /// The longest key that is accepted, in bytes: a block of SHA-512.
    pub const MAX_BYTES: usize = 128;

    /// A fresh key of 20 bytes, for [`Algorithm::Sha1`].
    ///
    /// # Errors
    ///
    /// What the random generator fails with.
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        Self::generate_bytes(Self::DEFAULT_BYTES, rng)
    }

    /// A fresh key of the length that suits `algorithm`: 20, 32 or 64 bytes (RFC 6238 §5.1).
    ///
    /// # Errors
    ///
    /// What the random generator fails with.
    pub fn generate_for<R: TryCryptoRng + ?Sized>(
        algorithm: Algorithm,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        Self::generate_bytes(algorithm.recommended_key_bytes(), rng)
    }

    fn generate_bytes<R: TryCryptoRng + ?Sized>(
        length: usize,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        let mut bytes = Zeroizing::new(alloc::vec![0; length]);
        rng.try_fill_bytes(&mut bytes)?;
        Ok(Self { bytes })
    }

    /// The key with these bytes.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] under 16 bytes, [`SecretError::TooLong`] over 128.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        Self::dangerous_from_weak_bytes(bytes)?.strong()
    }

    /// The key with these bytes, even if it is shorter than any standard allows.
    ///
    /// For an import from a service that issued such keys: refusing them would lock its users out. Prefer
    /// [`Secret::from_bytes`], and ask [`Secret::is_weak`] whom to enrol anew.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] for no bytes at all, [`SecretError::TooLong`] over 128.
    ///
    /// # Security
    ///
    /// A key under 16 bytes can be found by search from a few observed codes, the sooner the shorter it is.
    pub fn dangerous_from_weak_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        match bytes.len() {
            0 => Err(SecretError::TooShort),
            1..=Self::MAX_BYTES => Ok(Self {
                bytes: Zeroizing::new(bytes.to_vec()),
            }),
            _ => Err(SecretError::TooLong),
        }
    }

    /// Reads a key from base32 (RFC 4648 §6), the form in which people and apps pass it on.
    ///
    /// Case, spaces, dashes and trailing padding are forgiven.
    ///
    /// # Errors
    ///
    /// - [`SecretError::ForeignCharacter`] for anything else that is not of the alphabet, such as `0`, `1`, `8`, or a
    ///   `=` in the middle.
    /// - [`SecretError::Length`] for a number of letters that no number of bytes encodes to.
    /// - [`SecretError::TrailingBits`] if the last letter carries bits that belong to no byte (RFC 4648 §3.5): two
    ///   texts must not be the same key.
    /// - [`SecretError::TooShort`] under 16 bytes, [`SecretError::TooLong`] over 128 or over 512 bytes of text.
    pub fn from_base32(text: &str) -> Result<Self, SecretError> {
        Self::dangerous_from_weak_base32(text)?.strong()
    }

    /// Reads a key from base32 as other services wrote it: what [`from_base32`](Self::from_base32) takes, and bits behind the
    /// last byte that are not zero, which are dropped as apps drop them (RFC 4648 §3.5 leaves that to the decoder). White
    /// space and a byte-order mark around the text are forgiven, too.
    ///
    /// ```
    /// use countersign::secret::Secret;
    ///
    /// let read = Secret::from_base32_lenient("S46SQCPPTCNPROMHWYBDCTBZXV\n")?;
    /// assert!(read.trailing_bits);
    /// assert_eq!(read.secret, Secret::from_base32("S46SQCPPTCNPROMHWYBDCTBZXU")?);
    /// # Ok::<(), countersign::secret::SecretError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`from_base32`](Self::from_base32) but [`SecretError::TrailingBits`].
    pub fn from_base32_lenient(text: &str) -> Result<ReadSecret, SecretError> {
        let read = Self::read_lenient(text)?;
        let secret = read.secret.strong()?;
        Ok(ReadSecret { secret, ..read })
    }

    /// Reads a key from base32, even if it is shorter than any standard allows.
    ///
    /// [`Secret::from_base32`] without the lower bound, for imports; see [`Secret::dangerous_from_weak_bytes`].
    ///
    /// # Errors
    ///
    /// Those of [`Secret::from_base32`]; [`SecretError::TooShort`] for no letters at all.
    ///
    /// # Security
    ///
    /// As for [`Secret::dangerous_from_weak_bytes`].
    pub fn dangerous_from_weak_base32(text: &str) -> Result<Self, SecretError> {
        match Self::read(text)? {
            ReadSecret {
                trailing_bits: true,
                ..
            } => Err(SecretError::TrailingBits),
            ReadSecret { secret, .. } => Ok(secret),
        }
    }

    /// A weak key, too.
    pub(crate) fn read_lenient(text: &str) -> Result<ReadSecret, SecretError> {
        Self::read(
            text.trim_matches(|letter: char| letter.is_whitespace() || letter == BYTE_ORDER_MARK),
        )
    }

    fn read(text: &str) -> Result<ReadSecret, SecretError> {
        let letters = canonical_letters(text)?;
        if matches!(letters.len() % 8, 1 | 3 | 6) {
            return Err(SecretError::Length);
        }
        // With the letters checked, the decoder neither fails half-way nor reallocates, and so leaves no copy behind.
        let bytes = base32::decode(ALPHABET, &letters).ok_or(SecretError::ForeignCharacter)?;
        let secret = Self::dangerous_from_weak_bytes(&Zeroizing::new(bytes))?;
        // The decoder drops the bits of the last letter that belong to no byte.
        let same = secret.expose_base32().as_bytes().ct_eq(letters.as_bytes());
        Ok(ReadSecret {
            secret,
            trailing_bits: !bool::from(same),
        })
    }

    fn strong(self) -> Result<Self, SecretError> {
        if self.is_weak() {
            return Err(SecretError::TooShort);
        }
        Ok(self)
    }

    /// Whether the key is shorter than 16 bytes, which RFC 4226 forbids.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.bytes.len() < Self::MIN_BYTES
    }

    /// The key itself, for sealing it or for scheduling an HMAC.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key in base32, upper case and unpadded, for its owner to type into an authenticator app.
    #[must_use]
    pub fn expose_base32(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(base32_letters(self.bytes.len())));
        for chunk in self.bytes.chunks(5) {
            // The encoder reallocates, and leaves a copy behind, unless it is given whole groups one at a time.
            let mut group = Zeroizing::new([0; 5]);
            group[..chunk.len()].copy_from_slice(chunk);
            let letters = Zeroizing::new(base32::encode(ALPHABET, &*group));
            text.extend(letters.chars().take(base32_letters(chunk.len())));
        }
        text
    }
}

/// How many letters encode so many bytes.
const fn base32_letters(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// The letters of a base32 text in upper case, without what is forgiven.
fn canonical_letters(text: &str) -> Result<Zeroizing<String>, SecretError> {
    if text.len() > MAX_TEXT {
        return Err(SecretError::TooLong);
    }
    let mut letters = Zeroizing::new(String::with_capacity(text.len()));
    let mut padding = 0;
    for character in text.chars() {
        match character.to_ascii_uppercase() {
            ' ' | '-' => {}
            '=' if !letters.is_empty() && padding < MAX_PADDING => padding += 1,
            letter @ ('A'..='Z' | '2'..='7') if padding == 0 => letters.push(letter),
            _ => return Err(SecretError::ForeignCharacter),
        }
    }
    Ok(letters)
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(&other.bytes).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl ZeroizeOnDrop for Secret {}

/// The input is no OTP key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Shorter than 16 bytes.
    #[error("the key is too short")]
    TooShort,
    /// Longer than 128 bytes, or a text longer than any way to write those.
    #[error("the key is too long")]
    TooLong,
    /// A character outside the base32 alphabet.
    #[error("the key has a character that base32 lacks")]
    ForeignCharacter,
    /// A number of letters that no number of bytes encodes to.
    #[error("the key is cut short or has a letter too many")]
    Length,
    /// The last letter carries bits that belong to no byte.
    #[error("the last letter of the key is wrong")]
    TrailingBits,
}
