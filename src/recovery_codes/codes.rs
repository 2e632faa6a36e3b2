//! New recovery codes before they are shown.

use std::fmt;

use zeroize::Zeroizing;

use super::code::RecoveryCode;
use super::sheet::Sheet;
use crate::id::RecoveryCodeSetId;
use crate::time::Timestamp;
use crate::token::{RecoveryCodeSheet, Token};

/// New recovery codes. They exist nowhere else and cannot be shown again.
///
/// Show them to their owner: [`deliver`](Self::deliver) consumes the value.
///
/// ```
/// use countersign::recovery_codes::RecoveryCodes;
///
/// fn page(codes: RecoveryCodes) -> String {
///     let codes = codes.deliver();
///     let lines = codes.codes().iter().map(|code| code.expose().to_string());
///     lines.collect::<Vec<_>>().join("\n")
/// }
/// ```
#[must_use = "the codes cannot be had again"]
pub struct RecoveryCodes {
    pub(crate) set: RecoveryCodeSetId,
    pub(crate) codes: Vec<RecoveryCode>,
    pub(crate) issuer: String,
    pub(crate) generated_at: Timestamp,
    pub(crate) ticket: Token<RecoveryCodeSheet>,
}

/// Recovery codes that the application shows and then drops.
///
/// # Security
///
/// Show the codes once, on a page with `Cache-Control: no-store`, and store them nowhere. The
/// library keeps only hashes, and the ticket holds the sealed codes for ten minutes.
#[derive(Debug)]
pub struct DeliveredCodes {
    set: RecoveryCodeSetId,
    sheet: Sheet,
    ticket: Token<RecoveryCodeSheet>,
}

impl RecoveryCodes {
    /// Takes the codes out to show them.
    #[must_use = "the codes cannot be had again"]
    pub fn deliver(self) -> DeliveredCodes {
        DeliveredCodes {
            set: self.set,
            sheet: Sheet {
                issuer: self.issuer,
                generated_at: self.generated_at,
                codes: self.codes,
            },
            ticket: self.ticket,
        }
    }
}

impl DeliveredCodes {
    /// The id of the set. Pass it to
    /// [`Mfa::acknowledge_recovery_codes`](crate::Mfa::acknowledge_recovery_codes) when the owner
    /// says that the codes are kept.
    #[must_use]
    pub fn set(&self) -> RecoveryCodeSetId {
        self.set
    }

    /// The codes, in the order of their numbers.
    #[must_use]
    pub fn codes(&self) -> &[RecoveryCode] {
        &self.sheet.codes
    }

    /// The codes as a text for a file or a printer.
    #[must_use]
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// A ticket that downloads the sheet once within ten minutes
    /// ([`Mfa::redeem_sheet`](crate::Mfa::redeem_sheet)).
    #[must_use]
    pub fn ticket(&self) -> &Token<RecoveryCodeSheet> {
        &self.ticket
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes({})", self.codes.len())
    }
}

/// The codes of a set in a row, for a sheet ticket.
pub(crate) fn write_codes(codes: &[RecoveryCode]) -> Zeroizing<Vec<u8>> {
    let length = codes.iter().map(|code| code.bytes().len()).sum();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    for code in codes {
        bytes.extend_from_slice(code.bytes());
    }
    bytes
}

/// Reads codes of `letters` letters, which [`write_codes`] wrote.
pub(crate) fn read_codes(bytes: &[u8], letters: u8) -> Vec<RecoveryCode> {
    bytes
        .chunks_exact((usize::from(letters) * 5 / 8).max(1))
        .map(RecoveryCode::from_bytes)
        .collect()
}
