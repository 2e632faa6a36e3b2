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

/// The longest base32 text that is read, in bytes: a key of [`Secret::MAX_BYTES`], written in
/// groups of four.
const MAX_TEXT: usize = 512;
/// The longest padding: the number of trailing `=` (RFC 4648 §6).
const MAX_PADDING: usize = 6;

/// The byte-order mark, which some editors put in front of a text.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

const ALPHABET: Alphabet = Alphabet::Rfc4648 { padding: false };

/// An OTP key.
///
/// [`Secret::generate`] makes a key. [`Secret::from_base32`] reads a key that an authenticator app
/// or another service exported. [`Secret::from_bytes`] takes the bytes of a key that was stored
/// under seal.
///
/// # Security
///
/// Whoever has the key can compute every code. The key is wiped on drop and compared in constant
/// time. `Debug` is redacted, and there is neither `Display` nor `Serialize`.
/// [`Secret::expose_bytes`] and [`Secret::expose_base32`] hand out the key.
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
    /// Whether the last letter carried bits that belong to no byte. Such bits were dropped.
    pub trailing_bits: bool,
}

impl Secret {
    /// The shortest key that is accepted by default, in bytes: 128 bits (RFC 4226 §4, R6).
    pub const MIN_BYTES: usize = 16;
    /// The length of a generated key, in bytes: 160 bits (RFC 4226 §4, R6).
    pub const DEFAULT_BYTES: usize = 20;
    /// The longest key that is accepted, in bytes: a block of SHA-512.
    pub const MAX_BYTES: usize = 128;

    /// Makes a random key of 20 bytes, for [`Algorithm::Sha1`].
    ///
    /// # Errors
    ///
    /// What the random generator fails with.
    pub fn generate<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        Self::generate_bytes(Self::DEFAULT_BYTES, rng)
    }

    /// Makes a random key of the length that is recommended for `algorithm`: 20, 32 or 64 bytes
    /// (RFC 6238 §5.1).
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

    /// The key with these bytes, even if it is shorter than the standards allow.
    ///
    /// It is for imports from a service that issued such keys, because refusing them would lock its
    /// users out. Prefer [`Secret::from_bytes`]. [`Secret::is_weak`] tells which users should enrol
    /// again.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] for no bytes at all, [`SecretError::TooLong`] over 128.
    ///
    /// # Security
    ///
    /// A key under 16 bytes can be found by search from a few observed codes. The shorter the key,
    /// the faster the search.
    pub fn dangerous_from_weak_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        match bytes.len() {
            0 => Err(SecretError::TooShort),
            1..=Self::MAX_BYTES => Ok(Self {
                bytes: Zeroizing::new(bytes.to_vec()),
            }),
            _ => Err(SecretError::TooLong),
        }
    }

    /// Reads a key from base32 (RFC 4648 §6), the form in which people and apps exchange keys.
    ///
    /// Case, spaces, dashes and trailing padding are forgiven.
    ///
    /// # Errors
    ///
    /// - [`SecretError::ForeignCharacter`] for any other character that is not in the alphabet,
    ///   such as `0`, `1`, `8`, or a `=` in the middle.
    /// - [`SecretError::Length`] for a number of letters that no number of bytes encodes to.
    /// - [`SecretError::TrailingBits`] if the last letter carries bits that belong to no byte (RFC
    ///   4648 §3.5), because two texts must not be the same key.
    /// - [`SecretError::TooShort`] under 16 bytes, [`SecretError::TooLong`] over 128 or over 512
    ///   bytes of text.
    pub fn from_base32(text: &str) -> Result<Self, SecretError> {
        Self::dangerous_from_weak_base32(text)?.strong()
    }

    /// Reads a key from base32 that another service wrote. It accepts what
    /// [`from_base32`](Self::from_base32) accepts. In addition it drops bits after the last byte
    /// that are not zero, as apps do (RFC 4648 §3.5 leaves this to the decoder), and it ignores
    /// white space and a byte-order mark around the text.
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
    /// Those of [`from_base32`](Self::from_base32) except [`SecretError::TrailingBits`].
    pub fn from_base32_lenient(text: &str) -> Result<ReadSecret, SecretError> {
        let read = Self::read_lenient(text)?;
        let secret = read.secret.strong()?;
        Ok(ReadSecret { secret, ..read })
    }

    /// Reads a key from base32, even if it is shorter than the standards allow.
    ///
    /// This is [`Secret::from_base32`] without the lower bound. It is for imports; see
    /// [`Secret::dangerous_from_weak_bytes`].
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

    /// A weak key is accepted too.
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
        // The letters were checked before, so that the decoder neither fails halfway nor
        // reallocates, and leaves no copy behind.
        let bytes = base32::decode(ALPHABET, &letters).ok_or(SecretError::ForeignCharacter)?;
        let secret = Self::dangerous_from_weak_bytes(&Zeroizing::new(bytes))?;
        Ok(ReadSecret {
            secret,
            trailing_bits: trailing_bits(&letters),
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

    /// The bytes of the key, to seal it or to schedule an HMAC.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key in base32, upper case and unpadded, for its owner to type into an authenticator app.
    #[must_use]
    pub fn expose_base32(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(base32_letters(self.bytes.len())));
        for chunk in self.bytes.chunks(5) {
            // The encoder gets one whole group at a time, because otherwise it reallocates and
            // leaves a copy behind.
            let mut group = Zeroizing::new([0; 5]);
            group[..chunk.len()].copy_from_slice(chunk);
            let letters = Zeroizing::new(base32::encode(ALPHABET, &*group));
            text.extend(letters.chars().take(base32_letters(chunk.len())));
        }
        text
    }
}

/// The number of letters that encode this number of bytes.
const fn base32_letters(bytes: usize) -> usize {
    (bytes * 8).div_ceil(5)
}

/// The letters of a base32 text in upper case, without spaces, dashes and padding.
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

/// Whether the last letter has bits that belong to no byte. The decoder drops them.
fn trailing_bits(letters: &str) -> bool {
    let value = match letters.bytes().last() {
        Some(letter @ b'A'..=b'Z') => letter - b'A',
        Some(letter) => letter - b'2' + 26,
        None => return false,
    };
    let left = 5 * letters.len() % 8;
    value & ((1 << left) - 1) != 0
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

/// The input is not an OTP key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Shorter than 16 bytes.
    #[error("the key is too short")]
    TooShort,
    /// Longer than 128 bytes, or a text that is too long for such a key.
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
