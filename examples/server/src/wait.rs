//! The wait of a delayed recovery, in a setting and in words.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::language::Language;

/// The wait of a delayed recovery, or none if there is no such recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub Option<Duration>);

impl Wait {
    /// Whether there is one.
    pub(crate) fn is_on(self) -> bool {
        self.0.is_some()
    }

    /// Whether the wait may be over before the owner of the account reads a mail.
    pub(crate) fn is_short(self) -> bool {
        self.0
            .is_some_and(|wait| wait < Duration::from_secs(24 * 3600))
    }

    /// The wait in words, such as `72 hours`.
    pub(crate) fn words(self, language: Language) -> String {
        let Some(wait) = self.0 else {
            return language.phrase("wait-off", &[]);
        };
        let whole = |unit: &&(&str, u64, &str, &str)| {
            // Waits of less than a week are told in hours, as in "72 hours".
            let enough = if unit.0 == "d" { 7 * 86_400 } else { unit.1 };
            wait.as_secs() >= enough && wait.as_secs().is_multiple_of(unit.1)
        };
        let (_, seconds, one, several) = UNITS.iter().find(whole).unwrap_or(&UNITS[3]);
        let count = wait.as_secs() / seconds;
        let key = if count == 1 { one } else { several };
        language.phrase(key, &[("count", &count.to_string())])
    }
}

/// The letter of a unit, its seconds, and the phrases for one and for several.
const UNITS: [(&str, u64, &str, &str); 4] = [
    ("d", 86_400, "wait-day", "wait-days"),
    ("h", 3600, "wait-hour", "wait-hours"),
    ("m", 60, "wait-minute", "wait-minutes"),
    ("s", 1, "wait-second", "wait-seconds"),
];

/// A text that is no wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a wait is a number and a unit, such as 72h, 30m or 5s, or `off`")]
pub struct InvalidWait;

impl FromStr for Wait {
    type Err = InvalidWait;

    fn from_str(text: &str) -> Result<Self, InvalidWait> {
        let text = text.trim();
        if matches!(text, "" | "0" | "off") {
            return Ok(Self(None));
        }
        let mut units = UNITS.iter();
        let unit =
            units.find_map(|(letter, seconds, ..)| Some((text.strip_suffix(letter)?, seconds)));
        let (count, seconds) = unit.ok_or(InvalidWait)?;
        let count: u64 = count.trim_end().parse().map_err(|_| InvalidWait)?;
        let wait = count.checked_mul(*seconds).filter(|wait| *wait > 0);
        wait.map(|wait| Self(Some(Duration::from_secs(wait))))
            .ok_or(InvalidWait)
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(Language::English))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_has_a_unit() {
        for (text, seconds, words) in [
            ("72h", 259_200, "72 hours"),
            ("5s", 5, "5 seconds"),
            ("90s", 90, "90 seconds"),
            ("1h", 3600, "1 hour"),
            ("30m", 1800, "30 minutes"),
            ("14d", 1_209_600, "14 days"),
        ] {
            let wait: Wait = text.parse().unwrap();
            assert_eq!(wait, Wait(Some(Duration::from_secs(seconds))), "{text}");
            assert_eq!(wait.to_string(), words);
        }
        assert_eq!("off".parse(), Ok(Wait(None)));
        for bad in ["72", "h", "-1h", "1.5h", "0s", "1w", "99999999999999999d"] {
            assert_eq!(bad.parse::<Wait>(), Err(InvalidWait), "{bad}");
        }
    }
}
