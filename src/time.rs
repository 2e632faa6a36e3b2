//! Time as an argument: a [`Timestamp`], and the [`Clock`] that gives it.

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment, in whole seconds since the Unix epoch (UTC).
///
/// Arithmetic saturates, so that even a wrong clock cannot make it panic. `Display` is for people:
/// it shows date and time to the minute, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `seconds` after the Unix epoch.
    #[must_use]
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this moment, or zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }

    pub(crate) fn calendar(self) -> Calendar {
        let (days, minutes) = (self.0 / 86_400, self.0 / 60 % 1_440);
        let (year, month, day) = civil(days);
        Calendar {
            year,
            month,
            day,
            hour: minutes / 60,
            minute: minutes % 60,
        }
    }
}

impl fmt::Display for Timestamp {
    /// Date and time to the minute, as RFC 3339 writes a date: `2026-11-20 22:41 UTC`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Calendar {
            year,
            month,
            day,
            hour,
            minute,
        } = self.calendar();
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
    }
}

/// A moment by the calendar, in UTC. January is month 1.
pub(crate) struct Calendar {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
}

/// Year, month and day of the proleptic Gregorian calendar, `days` after 1970-01-01.
///
/// Years are counted from 1 March of year 0, so that the leap day ends a year. 400 years are
/// 146,097 days.
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

impl core::ops::Add<Duration> for Timestamp {
    type Output = Self;

    /// The moment that is later by the whole seconds of `duration`.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }
}

impl core::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    /// The moment that is earlier by the whole seconds of `duration`, but never before the Unix
    /// epoch.
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.as_secs()))
    }
}

/// The source of the time for every operation.
///
/// Use [`SystemClock`] in production and `testing::SteppedClock` (feature `testing`) in tests.
pub trait Clock: Send + Sync {
    /// The present moment.
    ///
    /// # Errors
    ///
    /// [`ClockError`] if the clock cannot be read. The operation that asked is then refused.
    fn now(&self) -> Result<Timestamp, ClockError>;
}

impl<C: Clock + ?Sized> Clock for alloc::sync::Arc<C> {
    fn now(&self) -> Result<Timestamp, ClockError> {
        (**self).now()
    }
}

/// The clock could not be read, or it stands before the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clock cannot be read")]
pub struct ClockError;

/// The operating system's clock.
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(feature = "std")]
impl Clock for SystemClock {
    fn now(&self) -> Result<Timestamp, ClockError> {
        std::time::SystemTime::now().try_into()
    }
}

#[cfg(feature = "std")]
impl TryFrom<std::time::SystemTime> for Timestamp {
    type Error = ClockError;

    /// The moment in whole seconds. A moment before the Unix epoch is an error.
    fn try_from(time: std::time::SystemTime) -> Result<Self, ClockError> {
        let elapsed = time.duration_since(std::time::UNIX_EPOCH);
        elapsed
            .map(|elapsed| Self(elapsed.as_secs()))
            .map_err(|_| ClockError)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

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
            assert_eq!(Timestamp::from_unix(seconds).to_string(), text);
        }
        let _ = Timestamp::from_unix(u64::MAX).to_string();
    }
}
