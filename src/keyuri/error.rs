//! The warnings and errors of key URIs.

use core::fmt;

use crate::secret::SecretError;

/// A defect that the reader of a key URI accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The key is shorter than 16 bytes, which RFC 4226 forbids.
    WeakSecret,
    /// The secret is in lower case, padded, or written with spaces or dashes, which some apps
    /// refuse.
    UntidySecret,
    /// The last letter of the secret carried bits that belong to no byte. They were dropped (RFC
    /// 4648 §3.5).
    TrailingBits,
    /// There is no account name.
    MissingAccount,
    /// The account name has a colon. The URI has U+A789 in its place, because apps take a colon for
    /// the end of the issuer.
    ColonReplaced,
    /// The issuers of the label and of the parameter differ. The parameter was used.
    IssuerMismatch,
    /// There is no issuer.
    MissingIssuer,
    /// The issuer or the account contains a colon, so that apps disagree where the issuer ends.
    AmbiguousLabel,
    /// A `+` in a parameter was read as a space. Apps differ in this.
    PlusAsSpace,
    /// A parameter was ignored: it is unknown, it belongs to the other type, or it is an image
    /// without a plain `https` address.
    UnknownParameter,
}

/// The reason why a key URI cannot be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyUriError {
    /// The issuer or the account is empty or blank.
    #[error("the issuer or the account is empty")]
    EmptyLabel,
    /// The issuer or the account is longer than 255 bytes.
    #[error("the issuer or the account is too long")]
    LabelTooLong,
    /// The issuer or the account contains a colon.
    #[error("the issuer or the account contains a colon")]
    Colon,
    /// The issuer or the account contains a control character.
    #[error("the issuer or the account contains a control character")]
    ControlCharacter,
    /// The image is not an `https` address of at most 255 printable ASCII characters.
    #[error("the image is not a plain https address")]
    Image,
    /// The text is longer than 4,096 bytes.
    #[error("the key URI is too long")]
    TooLong,
    /// The text does not begin with `otpauth://`, or it has a fragment.
    #[error("the text is not an otpauth URI")]
    Scheme,
    /// The type is neither `totp` nor `hotp`.
    #[error("the type of key URI is unknown")]
    Kind,
    /// A `%` does not begin an escape, or the escapes are not UTF-8.
    #[error("the key URI has an invalid escape")]
    Encoding,
    /// A parameter has two values. Apps differ in the one that they use.
    #[error("a parameter of the key URI has two values")]
    DuplicateParameter,
    /// An entry of an export is not a valid message, or its name is not UTF-8.
    #[error("the entry of the export is malformed")]
    Malformed,
    /// There is no secret.
    #[error("the key URI has no secret")]
    MissingSecret,
    /// The secret cannot be read.
    #[error("the secret of the key URI is invalid")]
    Secret(#[source] SecretError),
    /// The algorithm is none of SHA-1, SHA-256 and SHA-512.
    #[error("the algorithm of the key URI is unknown")]
    Algorithm,
    /// The digits are not a number from 6 to 8.
    #[error("the digits of the key URI are not a number from 6 to 8")]
    Digits,
    /// The period is not a number from 1 to 120.
    #[error("the period of the key URI is not a number from 1 to 120")]
    Period,
    /// A counter-based key has no counter, or the counter is not a 64-bit number.
    #[error("the counter of the key URI is missing or no number")]
    Counter,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WeakSecret => "the key is shorter than 16 bytes",
            Self::UntidySecret => {
                "the key is in lower case, padded, or written with spaces or dashes"
            }
            Self::TrailingBits => "the last letter of the key has bits that belong to no byte",
            Self::MissingAccount => "there is no account name",
            Self::ColonReplaced => "the colon in the account name was replaced",
            Self::IssuerMismatch => "the label and the parameter name different issuers",
            Self::MissingIssuer => "there is no issuer",
            Self::AmbiguousLabel => "the issuer or the account contains a colon",
            Self::PlusAsSpace => "a plus sign was taken for a space",
            Self::UnknownParameter => "a parameter was ignored",
        })
    }
}
