use serde::{Deserialize, Serialize};

use super::{Algorithm, Digits, LookAhead, Period, Skew};

/// The parameters that a TOTP authenticator and its verifier share, except for the key, and the
/// skew of the verifier.
///
/// Every authenticator app supports the default: SHA-1, 6 digits, 30 seconds, one step on either
/// side. The type of each field admits only valid values.
///
/// # Examples
///
/// ```
/// use countersign::otp::{Algorithm, Digits, Skew, TotpParams};
///
/// let params = TotpParams::default()
///     .with_algorithm(Algorithm::Sha256)
///     .with_digits(Digits::EIGHT)
///     .with_skew(Skew::NONE);
/// assert_eq!(params.period.seconds(), 30);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TotpParams {
    /// The hash under the HMAC.
    pub algorithm: Algorithm,
    /// How many digits a code has.
    pub digits: Digits,
    /// How long a time step lasts.
    pub period: Period,
    /// Which neighbouring steps the verifier accepts.
    pub skew: Skew,
}

impl TotpParams {
    /// These parameters with another hash under the HMAC.
    #[must_use]
    pub const fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// These parameters with another number of digits.
    #[must_use]
    pub const fn with_digits(self, digits: Digits) -> Self {
        Self { digits, ..self }
    }

    /// These parameters with another length of a time step.
    #[must_use]
    pub const fn with_period(self, period: Period) -> Self {
        Self { period, ..self }
    }

    /// These parameters with another skew. Only the verifier uses it; the authenticator does not
    /// know it.
    #[must_use]
    pub const fn with_skew(self, skew: Skew) -> Self {
        Self { skew, ..self }
    }
}

/// The parameters that a HOTP authenticator and its verifier share, except for the key, and the
/// look-ahead of the verifier.
///
/// The default is SHA-1 (the only hash of RFC 4226), 6 digits and ten counters ahead. The type of
/// each field admits only valid values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HotpParams {
    /// The hash under the HMAC.
    pub algorithm: Algorithm,
    /// How many digits a code has.
    pub digits: Digits,
    /// The number of counters beyond the expected one that are tried.
    pub look_ahead: LookAhead,
}

impl HotpParams {
    /// These parameters with another hash under the HMAC.
    #[must_use]
    pub const fn with_algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// These parameters with another number of digits.
    #[must_use]
    pub const fn with_digits(self, digits: Digits) -> Self {
        Self { digits, ..self }
    }

    /// These parameters with another look-ahead. Only the verifier uses it; the authenticator does
    /// not know it.
    #[must_use]
    pub const fn with_look_ahead(self, look_ahead: LookAhead) -> Self {
        Self { look_ahead, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_suit_every_app() {
        let params = TotpParams::default();
        assert_eq!(params.algorithm, Algorithm::Sha1);
        assert_eq!(params.digits, Digits::SIX);
        assert_eq!(params.period.seconds(), 30);
        assert_eq!((params.skew.past(), params.skew.future()), (1, 1));
        assert_eq!(HotpParams::default().look_ahead.get(), 10);
    }

    #[test]
    fn stored_params_keep_their_form() {
        let json = r#"{"algorithm":"SHA256","digits":8,"period":60,"skew":{"past":2,"future":0}}"#;
        let params: TotpParams = serde_json::from_str(json).unwrap();
        let expected = TotpParams::default()
            .with_algorithm(Algorithm::Sha256)
            .with_digits(Digits::EIGHT)
            .with_period(Period::new(60).unwrap())
            .with_skew(Skew::new(2, 0).unwrap());
        assert_eq!(params, expected);
        assert_eq!(serde_json::to_string(&params).unwrap(), json);

        let json = r#"{"algorithm":"SHA1","digits":7,"look_ahead":25}"#;
        let params: HotpParams = serde_json::from_str(json).unwrap();
        let expected = HotpParams::default()
            .with_digits(Digits::SEVEN)
            .with_look_ahead(LookAhead::new(25).unwrap());
        assert_eq!(params, expected);
        assert_eq!(serde_json::to_string(&params).unwrap(), json);
    }

    #[test]
    fn invalid_stored_params_are_errors() {
        for json in [
            r#"{"algorithm":"SHA1","digits":12,"period":30,"skew":{"past":1,"future":1}}"#,
            r#"{"algorithm":"SHA1","digits":262,"period":30,"skew":{"past":1,"future":1}}"#,
            r#"{"algorithm":"SHA1","digits":5,"period":30,"skew":{"past":1,"future":1}}"#,
            r#"{"algorithm":"SHA1","digits":6,"period":0,"skew":{"past":1,"future":1}}"#,
            r#"{"algorithm":"SHA1","digits":6,"period":121,"skew":{"past":1,"future":1}}"#,
            r#"{"algorithm":"SHA1","digits":6,"period":286,"skew":{"past":1,"future":1}}"#,
            r#"{"algorithm":"SHA1","digits":6,"period":30,"skew":{"past":3,"future":1}}"#,
            r#"{"algorithm":"SHA1","digits":6,"period":30,"skew":{"past":1,"future":255}}"#,
            r#"{"algorithm":"MD5","digits":6,"period":30,"skew":{"past":1,"future":1}}"#,
            r#"{"algorithm":"SHA1","digits":6,"period":-1,"skew":{"past":1,"future":1}}"#,
        ] {
            assert!(serde_json::from_str::<TotpParams>(json).is_err(), "{json}");
        }
        let json = r#"{"algorithm":"SHA1","digits":6,"look_ahead":101}"#;
        assert!(serde_json::from_str::<HotpParams>(json).is_err());
    }
}
