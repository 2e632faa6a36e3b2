//! The text that a person prints or saves.

use std::fmt::{self, Write};

use zeroize::Zeroizing;

use super::code::RecoveryCode;
use crate::time::Timestamp;

/// Recovery codes as a plain text for a file or a printer.
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
            Date(generated_at)
        );
        for (code, number) in codes.iter().zip(1_usize..) {
            // A compact code begins with its number, because it is typed with it.
            let _ = match code.is_compact() {
                true => writeln!(text, "{:>23}", *code.expose()),
                false => writeln!(text, "{number:>4}   {}", *code.expose()),
            };
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

/// A date as RFC 3339 writes it, with the time to the minute.
struct Date(Timestamp);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_unix();
        let (days, minutes) = (seconds / 86_400, seconds / 60 % 1_440);
        let (year, month, day) = civil(days);
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {:02}:{:02} UTC",
            minutes / 60,
            minutes % 60
        )
    }
}

/// Year, month and day of the proleptic Gregorian calendar, `days` after 1970-01-01.
///
/// Counted from 1 March of year 0 the leap day ends a year, and 400 years are 146,097 days.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // From `date -u -d @N '+%F %H:%M UTC'`.
        let cases = [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_164_800, "2024-02-29 00:00 UTC"),
            (1_795_214_460, "2026-11-20 22:41 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ];
        for (seconds, text) in cases {
            assert_eq!(Date(Timestamp::from_unix(seconds)).to_string(), text);
        }
        let _ = Date(Timestamp::from_unix(u64::MAX)).to_string();
    }

    #[test]
    fn a_compact_code_is_written_with_its_number_and_every_line_reads_back() {
        for bytes in [[1; 10].as_slice(), &[2; 15]] {
            let code = RecoveryCode::from_bytes(Some(1), bytes);
            let sheet = Sheet::new("Acme", Timestamp::from_unix(0), std::slice::from_ref(&code));
            let line = sheet.expose().lines().last().unwrap();
            let read = RecoveryCode::parse(line).unwrap();
            assert_eq!((&read, read.number()), (&code, Some(1)), "{line}");
            assert_eq!(format!("{sheet:?}"), "Sheet(…)");
        }
    }
}
