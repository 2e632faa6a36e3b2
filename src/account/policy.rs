//! What a service demands and allows.

use std::time::Duration;

use super::throttle::Throttle;
use crate::keyuri::KeyUri;
use crate::otp::{Period, Skew, TotpParams};
use crate::recovery::RecoveryPolicy;
use crate::secret::Secret;

/// What a service demands and allows. It is checked when the [`Mfa`](crate::Mfa) is built.
///
/// | setting | [`new`](Self::new) | [`strict`](Self::strict) |
/// | --- | --- | --- |
/// | [`totp`](Self::totp) | SHA-1, 6 digits, 30 s, one step of skew either way | the current step only |
/// | [`throttle`](Self::throttle) | blocks at 5 failures in a row, disables at 50 | at 3, and 20 |
/// | [`password_change_after`](Self::password_change_after) | 40 failures | 15 |
/// | [`require`](Self::require) | no | no |
/// | [`codeless_enrollment`](Self::codeless_enrollment) | no | refused |
/// | [`recovery`](Self::recovery) | ten codes of 120 bits | the same |
/// | [`challenge_lifetime`](Self::challenge_lifetime) | 5 min | the same |
/// | [`enrollment_lifetime`](Self::enrollment_lifetime) | 10 min | the same |
/// | [`step_up_lifetime`](Self::step_up_lifetime) | 5 min | the same |
/// | [`password_freshness`](Self::password_freshness) | 5 min | the same |
/// | [`max_authenticators`](Self::max_authenticators) | 5 | the same |
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) audience: String,
    pub(crate) issuer: String,
    strict: bool,
    pub(crate) totp: TotpParams,
    pub(crate) throttle: Throttle,
    pub(crate) password_change_after: u32,
    pub(crate) required: bool,
    pub(crate) codeless: bool,
    pub(crate) recovery: RecoveryPolicy,
    pub(crate) challenge_lifetime: Duration,
    pub(crate) enrollment_lifetime: Duration,
    pub(crate) step_up_lifetime: Duration,
    pub(crate) password_freshness: Duration,
    pub(crate) max_authenticators: u8,
}

/// Why a policy makes no sense, or is not as strict as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The audience is empty, over 64 bytes, or has a control character in it.
    #[error("the audience is 1 to 64 bytes without control characters")]
    Audience,
    /// The issuer cannot stand in an `otpauth://` URI.
    #[error("the issuer is empty, too long, or has a colon or a control character in it")]
    Issuer,
    /// The throttle is laxer than NIST SP 800-63B-4 §3.2.2 allows, or contradicts itself.
    #[error("the throttle is out of bounds")]
    Throttle,
    /// Recovery codes are too short for how they are stored, or too many or few.
    #[error("the recovery policy is out of bounds")]
    Recovery,
    /// A lifetime is zero or longer than the standards allow.
    #[error("a lifetime is out of bounds")]
    Lifetime,
    /// The number of failures after which a new password is asked for does not lie between the throttle's first block
    /// and the point where both factors could be disabled.
    #[error(
        "password_change_after must be at least the throttle's first block and less than twice its disable_at"
    )]
    PasswordChange,
    /// The number of authenticators is not between 1 and 10.
    #[error("an account has 1 to 10 authenticators")]
    MaxAuthenticators,
    /// A setting is laxer than the strict preset stands for.
    #[error("a setting is laxer than the strict preset allows")]
    NotStrict,
}

impl Policy {
    /// The defaults, for one service.
    ///
    /// `audience` is a stable id that keys and tokens are bound to; change it and every record and token becomes
    /// unreadable. `issuer` is the name that people see in their authenticator app and may change.
    #[must_use]
    pub fn new(audience: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            audience: audience.into(),
            issuer: issuer.into(),
            strict: false,
            totp: TotpParams::default(),
            throttle: Throttle::DEFAULT,
            password_change_after: 40,
            required: false,
            codeless: false,
            recovery: RecoveryPolicy::standard(),
            challenge_lifetime: minutes(5),
            enrollment_lifetime: minutes(10),
            step_up_lifetime: minutes(5),
            password_freshness: minutes(5),
            max_authenticators: 5,
        }
    }

    /// The strict preset: ASVS 5.0 level 3 for one-time passwords. Settings that are laxer are refused when it is built.
    #[must_use]
    pub fn strict(audience: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self {
            strict: true,
            totp: TotpParams::default().with_skew(Skew::NONE),
            throttle: Throttle::STRICT,
            password_change_after: 15,
            ..Self::new(audience, issuer)
        }
    }

    /// The parameters of new TOTP authenticators. Those already enrolled keep theirs, but for the skew.
    #[must_use]
    pub fn totp(mut self, params: TotpParams) -> Self {
        self.totp = params;
        self
    }

    /// The budgets against guessing.
    #[must_use]
    pub fn throttle(mut self, throttle: Throttle) -> Self {
        self.throttle = throttle;
        self
    }

    /// The failures of all factors since the password last changed at which the next login asks for a new password.
    #[must_use]
    pub fn password_change_after(mut self, failures: u32) -> Self {
        self.password_change_after = failures;
        self
    }

    /// Whether everybody needs a second factor: a user without one gets a grant to enrol and nothing else.
    #[must_use]
    pub fn require(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Whether a first authenticator may be confirmed by its token alone, without a code. It then counts as unproven
    /// (good for login, not for a sensitive action) until a code of it succeeds.
    #[must_use]
    pub fn codeless_enrollment(mut self, allowed: bool) -> Self {
        self.codeless = allowed;
        self
    }

    /// How recovery codes are made.
    #[must_use]
    pub fn recovery(mut self, recovery: RecoveryPolicy) -> Self {
        self.recovery = recovery;
        self
    }

    /// How long the second step of a login may take, 15 minutes at most.
    #[must_use]
    pub fn challenge_lifetime(mut self, lifetime: Duration) -> Self {
        self.challenge_lifetime = lifetime;
        self
    }

    /// How long a pending enrolment waits, 10 minutes at most (NIST SP 800-63B-4 §4.1.2.2).
    #[must_use]
    pub fn enrollment_lifetime(mut self, lifetime: Duration) -> Self {
        self.enrollment_lifetime = lifetime;
        self
    }

    /// How long a step-up token is good, 15 minutes at most.
    #[must_use]
    pub fn step_up_lifetime(mut self, lifetime: Duration) -> Self {
        self.step_up_lifetime = lifetime;
        self
    }

    /// How old the password check of a sensitive action may be, 15 minutes at most.
    #[must_use]
    pub fn password_freshness(mut self, age: Duration) -> Self {
        self.password_freshness = age;
        self
    }

    /// How many authenticators an account may have, 1 to 10.
    #[must_use]
    pub fn max_authenticators(mut self, count: u8) -> Self {
        self.max_authenticators = count;
        self
    }

    /// The parameters of new TOTP authenticators, as they were set.
    #[must_use]
    pub const fn totp_params(&self) -> TotpParams {
        self.totp
    }

    /// Checks the whole of it.
    ///
    /// # Errors
    ///
    /// The first [`PolicyError`] there is.
    pub fn validate(&self) -> Result<(), PolicyError> {
        let require = |met: bool, error| if met { Ok(()) } else { Err(error) };
        let audience = &self.audience;
        require(
            (1..=64).contains(&audience.len()) && !audience.chars().any(char::is_control),
            PolicyError::Audience,
        )?;
        self.check_issuer()?;
        require(self.throttle.is_sound(), PolicyError::Throttle)?;
        require(self.recovery.is_sound(), PolicyError::Recovery)?;
        require(
            (1..=600).contains(&self.enrollment_lifetime.as_secs()),
            PolicyError::Lifetime,
        )?;
        for lifetime in [
            self.challenge_lifetime,
            self.step_up_lifetime,
            self.password_freshness,
        ] {
            require(
                (1..=900).contains(&lifetime.as_secs()),
                PolicyError::Lifetime,
            )?;
        }
        require(
            (self.throttle.block_at..self.throttle.disable_at * 2)
                .contains(&self.password_change_after),
            PolicyError::PasswordChange,
        )?;
        require(
            (1..=10).contains(&self.max_authenticators),
            PolicyError::MaxAuthenticators,
        )?;
        require(!self.strict || self.keeps_strict(), PolicyError::NotStrict)
    }

    fn keeps_strict(&self) -> bool {
        self.totp.skew == Skew::NONE
            && self.totp.period.seconds() <= Period::default().seconds()
            && !self.codeless
            && self.throttle.block_at <= Throttle::STRICT.block_at
            && self.throttle.disable_at <= Throttle::STRICT.disable_at
            && self.throttle.first_block >= Throttle::STRICT.first_block
            && self.throttle.longest_block >= Throttle::STRICT.longest_block
            && self.password_change_after <= 15
            && self.challenge_lifetime <= minutes(5)
            && self.step_up_lifetime <= minutes(5)
            && self.password_freshness <= minutes(5)
    }

    /// An issuer is good if a key URI can be written with it.
    fn check_issuer(&self) -> Result<(), PolicyError> {
        let probe = Secret::from_bytes(&[0; Secret::MIN_BYTES]).map_err(|_| PolicyError::Issuer)?;
        KeyUri::totp(&self.issuer, "account", probe, &self.totp)
            .map(|_| ())
            .map_err(|_| PolicyError::Issuer)
    }
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(Policy) -> Policy) -> Result<(), PolicyError> {
        change(Policy::new("tests", "Tests")).validate()
    }

    #[test]
    fn the_presets_are_sound() {
        assert_eq!(check(|policy| policy), Ok(()));
        assert_eq!(Policy::strict("tests", "Tests").validate(), Ok(()));
    }

    #[test] // S-5, S-13, S-17, S-34
    fn nonsense_is_refused_by_name() {
        let audience = |text: &str| Policy::new(text, "Tests").validate();
        let issuer = |text: &str| Policy::new("tests", text).validate();
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let standard = RecoveryPolicy::standard();
        let cases = [
            (audience(""), PolicyError::Audience),
            (audience(&"x".repeat(65)), PolicyError::Audience),
            (audience("a\nb"), PolicyError::Audience),
            (issuer(""), PolicyError::Issuer),
            (issuer("a:b"), PolicyError::Issuer),
            (issuer("a\nb"), PolicyError::Issuer),
            (
                check(|p| p.throttle(Throttle::DEFAULT.block_at(0))),
                PolicyError::Throttle,
            ),
            (
                check(|p| p.throttle(Throttle::DEFAULT.disable_at(101))),
                PolicyError::Throttle,
            ),
            (
                check(|p| p.throttle(Throttle::DEFAULT.disable_at(5))),
                PolicyError::Throttle,
            ),
            (
                check(|p| p.throttle(Throttle::DEFAULT.blocks(hours(2), hours(1)))),
                PolicyError::Throttle,
            ),
            (
                check(|p| p.throttle(Throttle::DEFAULT.blocks(Duration::ZERO, hours(1)))),
                PolicyError::Throttle,
            ),
            (
                check(|p| p.recovery(standard.letters(16))),
                PolicyError::Recovery,
            ),
            (
                check(|p| p.recovery(standard.letters(8))),
                PolicyError::Recovery,
            ),
            (
                check(|p| p.recovery(standard.count(0))),
                PolicyError::Recovery,
            ),
            (
                check(|p| p.recovery(standard.count(17))),
                PolicyError::Recovery,
            ),
            (
                check(|p| p.challenge_lifetime(Duration::ZERO)),
                PolicyError::Lifetime,
            ),
            (
                check(|p| p.enrollment_lifetime(Duration::from_secs(601))),
                PolicyError::Lifetime,
            ),
            (
                check(|p| p.password_freshness(hours(1))),
                PolicyError::Lifetime,
            ),
            (
                check(|p| p.password_change_after(4)),
                PolicyError::PasswordChange,
            ),
            (
                check(|p| p.password_change_after(100)),
                PolicyError::PasswordChange,
            ),
            (
                check(|p| p.max_authenticators(0)),
                PolicyError::MaxAuthenticators,
            ),
        ];
        for (position, (result, error)) in cases.into_iter().enumerate() {
            assert_eq!(result, Err(error), "case {position}");
        }
    }

    #[test] // S-7
    fn a_strict_policy_stays_strict() {
        let strict = || Policy::strict("tests", "Tests");
        let laxer = [
            strict().totp(TotpParams::default()),
            strict().codeless_enrollment(true),
            strict().throttle(Throttle::DEFAULT),
            strict().password_change_after(16),
            strict().challenge_lifetime(minutes(6)),
            strict().step_up_lifetime(minutes(6)),
            strict().password_freshness(minutes(6)),
            strict().throttle(Throttle::STRICT.blocks(minutes(1), minutes(59))),
        ];
        for policy in laxer {
            assert_eq!(policy.validate(), Err(PolicyError::NotStrict));
        }
    }
}
