//! Why an export cannot be read as a whole, or not be written.

use super::protobuf::Malformed;

/// An export cannot be read.
///
/// None of the variants contains anything of the text. A key that cannot be used is no such error: the others can be.
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
    /// The data is not the message that it should be: cut short, with something left over, or with a field of the wrong
    /// type.
    #[error("the data of the migration URI is malformed")]
    Malformed,
    /// A batch says that it is of more than 64, or comes after the last one of them.
    #[error("the number of the migration URI is out of range")]
    Number,
    /// The URIs are of different exports.
    #[error("the migration URIs are of different exports")]
    MixedExports,
    /// Two different batches have one number.
    #[error("two migration URIs of the export have one number")]
    Duplicate,
    /// A batch of the export is not there: its QR code is yet to be scanned.
    #[error("a migration URI of the export is missing")]
    Missing,
    /// There is no URI, or no key in them.
    #[error("the export has no keys")]
    Empty,
}

impl From<Malformed> for ImportError {
    fn from(Malformed: Malformed) -> Self {
        Self::Malformed
    }
}

/// Keys cannot be written as an export.
///
/// `E` is what the random generator fails with. A `position` is the key's place in the slice, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError<E> {
    /// There is no key.
    #[error("there are no keys to export")]
    Empty,
    /// More keys than 64 URIs hold.
    #[error("there are too many keys to export at once")]
    TooManyKeys,
    /// The period is another than 30 seconds, which every reader of the format takes for granted.
    #[error("a key to export has another period than 30 seconds")]
    Period {
        /// Which key.
        position: usize,
    },
    /// The number of digits is 7, which the format has no word for.
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
    /// The random generator failed.
    #[error("the random number generator failed")]
    Rng(#[source] E),
}
