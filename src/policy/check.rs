//! Checks that a policy is consistent, and as strict as it claims.

use std::time::Duration;

use super::settings::{Policy, minutes};
use super::throttle::Throttle;
use crate::denial::Denial;
use crate::keyuri::{KeyUri, KeyUriKind};
use crate::limits::{
    AUDIENCE_BYTES, DELAYED_RECOVERY_WAIT, DEVICE_TRUST, LONGEST_ENROLLMENT,
    LONGEST_TOKEN_LIFETIME, MOST_AUTHENTICATORS, UNANSWERED_TOLD_AFTER,
};
use crate::otp::{LookAhead, Period, ResyncWindow, Skew};
use crate::passkey::UserVerification;
use crate::requirement::Requirement;
use crate::secret::Secret;

/// The reason why a policy is inconsistent, or not as strict as it claims.
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
    RecoveryCodes,
    /// A lifetime is zero or longer than the standards allow.
    #[error("a lifetime is out of bounds")]
    Lifetime,
    /// The number of failures after which a new password is asked for does not lie between the
    /// throttle's first block and the point where both factors could be disabled.
    #[error(
        "password_change_after must be at least the throttle's first block and less than twice its exhaust_at"
    )]
    PasswordChange,
    /// The number of authenticators is not between 1 and 10.
    #[error("an account has 1 to 10 authenticators")]
    MaxAuthenticators,
    /// A device is trusted for 1 to 90 days.
    #[error("a device is trusted for 1 to 90 days")]
    Devices,
    /// A delayed recovery waits for 24 hours to 30 days.
    #[error("a delayed recovery waits for 24 hours to 30 days")]
    DelayedRecovery,
    /// Unanswered challenges are told after 15 minutes to a day.
    #[error("unanswered challenges are told after 15 minutes to a day")]
    Unanswered,
    /// A setting is laxer than the strict preset allows.
    #[error("a setting is laxer than the strict preset allows")]
    NotStrict,
}

impl Policy {
    /// Checks the settings, each by itself and all together.
    ///
    /// # Errors
    ///
    /// The first [`PolicyError`] that is found.
    pub fn validate(&self) -> Result<(), PolicyError> {
        let require = |met: bool, error| if met { Ok(()) } else { Err(error) };
        let (audience, second) = (&self.audience, Duration::from_secs(1));
        require(
            (1..=AUDIENCE_BYTES).contains(&audience.len())
                && !audience.chars().any(char::is_control),
            PolicyError::Audience,
        )?;
        self.check_issuer()?;
        require(self.throttle.is_sound(), PolicyError::Throttle)?;
        require(self.recovery_codes.is_sound(), PolicyError::RecoveryCodes)?;
        require(
            (second..=LONGEST_ENROLLMENT).contains(&self.enrollment_lifetime),
            PolicyError::Lifetime,
        )?;
        for lifetime in [
            self.challenge_lifetime,
            self.step_up_lifetime,
            self.first_factor_freshness,
            self.first_factor_lifetime,
        ] {
            require(
                (second..=LONGEST_TOKEN_LIFETIME).contains(&lifetime),
                PolicyError::Lifetime,
            )?;
        }
        require(
            (self.throttle.block_at..self.throttle.exhaust_at * 2)
                .contains(&self.password_change_after),
            PolicyError::PasswordChange,
        )?;
        require(
            (1..=MOST_AUTHENTICATORS).contains(&self.max_authenticators),
            PolicyError::MaxAuthenticators,
        )?;
        require(
            self.device_lifetime
                .is_none_or(|lifetime| DEVICE_TRUST.contains(&lifetime)),
            PolicyError::Devices,
        )?;
        let shortest = match self.short_wait_allowed {
            true => &second,
            false => DELAYED_RECOVERY_WAIT.start(),
        };
        require(
            self.delayed_recovery_wait
                .is_none_or(|wait| (shortest..=DELAYED_RECOVERY_WAIT.end()).contains(&&wait)),
            PolicyError::DelayedRecovery,
        )?;
        require(
            self.tells_unanswered_after
                .is_none_or(|after| UNANSWERED_TOLD_AFTER.contains(&after)),
            PolicyError::Unanswered,
        )?;
        require(!self.strict || self.keeps_strict(), PolicyError::NotStrict)
    }

    fn keeps_strict(&self) -> bool {
        self.totp.skew == Skew::NONE
            && self.totp.period.seconds() <= Period::default().seconds()
            && self.requirement == Requirement::Now
            && !self.login_waivers
            && !self.confirmed_sessions
            && self.recorded
            && !self.codeless
            && !self.drift_memory
            && self.look_ahead <= LookAhead::DEFAULT
            && self.resync_window <= ResyncWindow::DEFAULT
            && self.device_lifetime.is_none()
            && !self.upstream_mfa
            && self.channels().next().is_none()
            && self.user_verification == UserVerification::Required
            && self.delayed_recovery_wait.is_none()
            && self.throttle.block_at <= Throttle::STRICT.block_at
            && self.throttle.exhaust_at <= Throttle::STRICT.exhaust_at
            && self.throttle.first_block >= Throttle::STRICT.first_block
            && self.throttle.longest_block >= Throttle::STRICT.longest_block
            && self.password_change_after <= 15
            && self.challenge_lifetime <= minutes(5)
            && self.step_up_lifetime <= minutes(5)
            && self.first_factor_freshness <= minutes(5)
    }

    /// Whether codes that follow the time live as short as the policy demands of new ones, too.
    pub(crate) fn demand_short_period(&self, kind: KeyUriKind) -> Result<(), Denial> {
        match kind {
            KeyUriKind::Totp { period } if self.strict && period > Period::default() => {
                Err(Denial::PeriodTooLong)
            }
            _ => Ok(()),
        }
    }

    /// An issuer is good if a key URI can be written with it.
    fn check_issuer(&self) -> Result<(), PolicyError> {
        let probe = Secret::from_bytes(&[0; Secret::MIN_BYTES]).map_err(|_| PolicyError::Issuer)?;
        KeyUri::totp(&self.issuer, "account", probe, &self.totp)
            .map(|_| ())
            .map_err(|_| PolicyError::Issuer)
    }
}
