//! The recovery codes as a text for a file or a printer.

use std::fmt::{self, Write};

use zeroize::Zeroizing;

use super::code::RecoveryCode;
use crate::time::Timestamp;

/// Recovery codes as a plain text for a file or a printer.
///
/// # Security
///
/// The text is wiped on drop, and `Debug` is redacted. Send it with `Cache-Control: no-store`,
/// never by mail, and store it nowhere.
pub struct Sheet(Zeroizing<String>);

impl Sheet {
    pub(crate) fn new(issuer: &str, generated_at: Timestamp, codes: &[RecoveryCode]) -> Self {
        let letters = codes.first().map_or(0, RecoveryCode::letters);
        let mut text = Zeroizing::new(String::with_capacity(
            512 + codes.len() * (letters * 2 + 8) + issuer.len() * 2,
        ));
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "Recovery codes for {issuer}\n\
             Issued {}\n\n\
             Each code signs you in once when your authenticator is not at hand.\n\
             New codes make all of these void. Keep this where only you find it.\n\n",
            generated_at
        );
        for (code, number) in codes.iter().zip(1_usize..) {
            let _ = writeln!(text, "{number:>4}. {}", *code.expose());
        }
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sheet(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_behind_its_number() {
        let codes = [[1; 15], [2; 15]].map(|bytes| RecoveryCode::from_bytes(&bytes));
        let sheet = Sheet::new("Acme", Timestamp::from_unix(0), &codes);
        let lines: Vec<_> = sheet.expose().lines().rev().take(2).collect();
        for (line, (code, number)) in lines.iter().rev().zip(codes.iter().zip(1..)) {
            assert_eq!(*line, format!("   {number}. {}", *code.expose()));
            assert_eq!(RecoveryCode::parse(line).as_ref(), Ok(code));
        }
        assert_eq!(format!("{sheet:?}"), "Sheet(…)");
    }
}
