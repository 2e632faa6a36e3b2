//! The recovery codes as a text for a file or a printer.

use std::fmt::{self, Write};

use zeroize::Zeroizing;

use super::code::RecoveryCode;
use crate::time::Timestamp;
use crate::words::{SheetFacts, Words};

/// Recovery codes as a plain text for a file or a printer.
///
/// # Security
///
/// The text is wiped on drop, and `Debug` is redacted. Send it with `Cache-Control: no-store`,
/// never by mail, and store it nowhere.
pub struct Sheet {
    pub(crate) issuer: String,
    pub(crate) generated_at: Timestamp,
    pub(crate) codes: Vec<RecoveryCode>,
}

impl Sheet {
    /// The text.
    #[must_use]
    pub fn expose_text(&self, words: &dyn Words) -> Zeroizing<String> {
        let head = words.sheet(&SheetFacts {
            issuer: &self.issuer,
            generated_at: self.generated_at,
        });
        let letters = self.codes.first().map_or(0, RecoveryCode::letters);
        // The buffer has room for the whole text, so that no copy stays behind when it grows.
        let mut text = Zeroizing::new(String::with_capacity(
            head.len() + 8 + self.codes.len() * (letters * 2 + 8),
        ));
        // Writing to a string cannot fail.
        let _ = write!(text, "{head}\n\n");
        for (code, number) in self.codes.iter().zip(1_usize..) {
            let _ = writeln!(text, "{number:>4}. {}", *code.expose());
        }
        text
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
    use crate::words::English;

    #[test]
    fn every_code_is_written_behind_its_number() {
        let sheet = Sheet {
            issuer: "Acme".to_owned(),
            generated_at: Timestamp::from_unix(0),
            codes: [[1; 15], [2; 15]]
                .map(|bytes| RecoveryCode::from_bytes(&bytes))
                .into(),
        };
        let text = sheet.expose_text(&English);
        let lines: Vec<_> = text.lines().rev().take(2).collect();
        for (line, (code, number)) in lines.iter().rev().zip(sheet.codes.iter().zip(1..)) {
            assert_eq!(*line, format!("   {number}. {}", *code.expose()));
            assert_eq!(RecoveryCode::parse(line).as_ref(), Ok(code));
        }
        assert_eq!(format!("{sheet:?}"), "Sheet(…)");
    }
}
