//! The errors of reading and writing an export as a whole.

use super::protobuf::Malformed;

/// The reason why an export cannot be read.
///
/// No variant contains any of the text. A single key that cannot be used is not such an error,
/// because the other keys can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A text is longer than 32,768 bytes.
    #[error("the migration URI is too long")]
    TooLong,
    /// A text does not begin with `otpauth-migration://offline?data=`.
    #[error("the text is not an otpauth-migration URI")]
    Scheme,
    /// The data is not base64, or its percent-encoding is broken.
    #[error("the data of the migration URI is not base64")]
    Encoding,
    /// The data is not a valid message: it is too short or too long, or a field has the wrong type.
    #[error("the data of the migration URI is malformed")]
    Malformed,
    /// A batch belongs to an export of more than 64 batches, or its number is beyond the last one.
    #[error("the number of the migration URI is out of range")]
    Number,
    /// The URIs belong to different exports.
    #[error("the migration URIs are of different exports")]
    MixedExports,
    /// Two different batches have the same number.
    #[error("two migration URIs of the export have one number")]
    Duplicate,
    /// A batch of the export is missing. Its QR code is still to be scanned.
    #[error("a migration URI of the export is missing")]
    Missing,
    /// There is no URI, or the URIs contain no key.
    #[error("the export has no keys")]
    Empty,
}

impl From<Malformed> for ImportError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// The reason why keys cannot be written as an export.
///
/// `E` is the error of the random number generator. A `position` is the index of the key in the
/// slice, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError<E> {
    /// There is no key.
    #[error("there are no keys to export")]
    Empty,
    /// There are more keys than 64 URIs can hold.
    #[error("there are too many keys to export at once")]
    TooManyKeys,
    /// The period is not 30 seconds. The format has no period, and every reader assumes 30 seconds.
    #[error("a key to export has another period than 30 seconds")]
    Period {
        /// Which key.
        position: usize,
    },
    /// The number of digits is 7. The format cannot express it.
    #[error("a key to export has another number of digits than 6 or 8")]
    Digits {
        /// Which key.
        position: usize,
    },
    /// The counter is 2⁶³ or more.
    #[error("a key to export has a counter that is too high")]
    Counter {
        /// Which key.
        position: usize,
    },
    /// The random number generator failed.
    #[error("the random number generator failed")]
    Rng(#[source] E),
}
