//! The state that a failed proof may change.

use super::budget::Budget;
use super::delayed_recovery::DelayedRecovery;
use crate::channel::Channel;
use crate::factor::Factor;
use crate::time::Timestamp;

/// The state that a failed proof may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Counters {
    pub(crate) authenticator: Budget,
    pub(crate) recovery_code: Budget,
    pub(crate) email_code: Budget,
    pub(crate) phone_code: Budget,
    pub(crate) passkey: Budget,
    /// Wrong answers to the current e-mail code and to the codes that it replaced.
    pub(crate) email_failures: u32,
    /// Wrong answers to the current codes by SMS and voice and to the codes that they replaced.
    pub(crate) phone_failures: u32,
    /// The delayed recovery. A failure restarts its wait.
    pub(crate) delayed_recovery: Option<DelayedRecovery>,
    /// Failures of all factors since the last password change.
    pub(crate) failures_since_password: u32,
    /// Whether the user was told to change the password.
    pub(crate) password_demanded: bool,
    /// Wrong codes for the pending enrolment.
    pub(crate) pending_failures: u32,
    /// The current round of challenges. Challenges of earlier rounds are dead.
    pub(crate) round: u64,
    /// When the user was last told of a failed second step.
    pub(crate) failure_told_at: Option<Timestamp>,
    /// When the user was last told of a reused code.
    pub(crate) reuse_told_at: Option<Timestamp>,
    /// When the user was last told of a passkey that seems to be copied.
    pub(crate) clone_told_at: Option<Timestamp>,
}

impl Counters {
    pub(crate) fn budget(&self, factor: Factor) -> &Budget {
        match factor {
            Factor::Authenticator => &self.authenticator,
            Factor::Passkey => &self.passkey,
            Factor::RecoveryCode => &self.recovery_code,
            Factor::EmailCode => &self.email_code,
            Factor::PhoneCode => &self.phone_code,
        }
    }

    pub(crate) fn budget_mut(&mut self, factor: Factor) -> &mut Budget {
        match factor {
            Factor::Authenticator => &mut self.authenticator,
            Factor::Passkey => &mut self.passkey,
            Factor::RecoveryCode => &mut self.recovery_code,
            Factor::EmailCode => &mut self.email_code,
            Factor::PhoneCode => &mut self.phone_code,
        }
    }

    pub(crate) fn budgets_mut(&mut self) -> [&mut Budget; 5] {
        [
            &mut self.authenticator,
            &mut self.recovery_code,
            &mut self.email_code,
            &mut self.phone_code,
            &mut self.passkey,
        ]
    }

    /// Wrong answers to the live codes of a channel's factor.
    pub(crate) fn sent_code_failures(&self, channel: Channel) -> u32 {
        match channel {
            Channel::Email => self.email_failures,
            Channel::Sms | Channel::Voice => self.phone_failures,
        }
    }

    pub(crate) fn sent_code_failures_mut(&mut self, channel: Channel) -> &mut u32 {
        match channel {
            Channel::Email => &mut self.email_failures,
            Channel::Sms | Channel::Voice => &mut self.phone_failures,
        }
    }

    /// Ends blocks and resets the count of all failures, after a password change. Failures in a row
    /// stay.
    pub(crate) fn password_changed(&mut self) {
        for budget in self.budgets_mut() {
            budget.blocked_until = None;
        }
        self.failures_since_password = 0;
        self.password_demanded = false;
    }
}
