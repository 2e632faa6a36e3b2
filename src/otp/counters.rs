//! How far a HOTP verifier looks ahead of its counter. Each type admits only valid numbers, also
//! when it is deserialized.

use serde::{Deserialize, Serialize};

use super::ParamsError;

/// The number of counters beyond the expected one that a HOTP verification tries: 0 to 100, 10 by
/// default.
///
/// Pressing the button without logging in moves the device ahead of the server (RFC 4226 §7.2 and
/// §7.4). Each further counter is one more code that a guess can hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct LookAhead(u8);

impl LookAhead {
    /// The widest look-ahead.
    pub const MAX: u8 = 100;
    /// Ten counters.
    pub const DEFAULT: Self = Self(10);

    /// Looks `counters` ahead.
    ///
    /// # Errors
    ///
    /// [`ParamsError::LookAhead`] for more than 100.
    pub const fn new(counters: u8) -> Result<Self, ParamsError> {
        if counters > Self::MAX {
            return Err(ParamsError::LookAhead);
        }
        Ok(Self(counters))
    }

    /// The number of counters beyond the expected one.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Default for LookAhead {
    /// Ten counters.
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<u8> for LookAhead {
    type Error = ParamsError;

    fn try_from(counters: u8) -> Result<Self, ParamsError> {
        Self::new(counters)
    }
}

impl From<LookAhead> for u8 {
    fn from(look_ahead: LookAhead) -> Self {
        look_ahead.get()
    }
}

/// The number of counters beyond the expected one that a two-code resync searches: 0 to 1,000, 100
/// by default.
///
/// It is wider than a [`LookAhead`], because two consecutive codes are a million times harder to
/// guess than one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct ResyncWindow(u16);

impl ResyncWindow {
    /// The widest search.
    pub const MAX: u16 = 1_000;
    /// A hundred counters.
    pub const DEFAULT: Self = Self(100);

    /// Searches `counters` ahead.
    ///
    /// # Errors
    ///
    /// [`ParamsError::ResyncWindow`] for more than 1,000.
    pub const fn new(counters: u16) -> Result<Self, ParamsError> {
        if counters > Self::MAX {
            return Err(ParamsError::ResyncWindow);
        }
        Ok(Self(counters))
    }

    /// The number of counters beyond the expected one.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for ResyncWindow {
    /// A hundred counters.
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<u16> for ResyncWindow {
    type Error = ParamsError;

    fn try_from(counters: u16) -> Result<Self, ParamsError> {
        Self::new(counters)
    }
}

impl From<ResyncWindow> for u16 {
    fn from(window: ResyncWindow) -> Self {
        window.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_window_is_bounded() {
        // S-11
        assert_eq!(LookAhead::new(100).map(LookAhead::get), Ok(100));
        assert_eq!(LookAhead::new(101), Err(ParamsError::LookAhead));
        assert_eq!(ResyncWindow::new(1_000).map(ResyncWindow::get), Ok(1_000));
        assert_eq!(ResyncWindow::new(1_001), Err(ParamsError::ResyncWindow));
    }

    #[test]
    fn a_stored_window_is_bounded_too() {
        assert_eq!(
            serde_json::from_str::<ResyncWindow>("1000").unwrap().get(),
            1_000
        );
        assert!(serde_json::from_str::<ResyncWindow>("1001").is_err());
        assert_eq!(
            serde_json::to_string(&ResyncWindow::DEFAULT).unwrap(),
            "100"
        );
        assert_eq!(serde_json::from_str::<LookAhead>("0").unwrap().get(), 0);
        assert!(serde_json::from_str::<LookAhead>("101").is_err());
        assert!(serde_json::from_str::<LookAhead>("-1").is_err());
    }
}
