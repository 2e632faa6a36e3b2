//! Charging failures to a factor, and refusing one that is blocked.

use std::time::Duration;

use super::denial::Denial;
use super::draft::Draft;
use super::event::{Event, EventKind, Reason};
use super::throttle::{Charged, Factor, Standing};

/// A failed second factor tells the user at most this often, and so does one that was used before (ASVS 5.0 6.3.5, 4.0.3
/// 2.8.5): a flood must not mail.
const TOLD_AT_MOST_EVERY: Duration = Duration::from_secs(3600);

impl Draft<'_> {
    /// Refuses a factor that is blocked or disabled, before anything is evaluated and without charging it.
    pub(super) fn admit(&self, factor: Factor) -> Result<(), Denial> {
        match self.standing(factor) {
            Standing::Open => Ok(()),
            Standing::Blocked { until } => Err(Denial::Throttled { retry_at: until }),
            Standing::Disabled => Err(Denial::FactorDisabled),
        }
    }

    pub(super) fn standing(&self, factor: Factor) -> Standing {
        self.account
            .counters
            .budget(factor)
            .standing(&self.context.policy.throttle, self.context.now)
    }

    /// Charges one failure, and records `refusal` and what follows from it.
    pub(super) fn charge(&mut self, factor: Factor, refusal: Event) {
        self.charged = true;
        let notify = self.is_told(&refusal);
        self.record(Event {
            notify,
            ..refusal.factor(factor)
        });

        if factor == Factor::EmailCode {
            let failures = &mut self.account.counters.email_failures;
            *failures = failures.saturating_add(1);
        }
        self.restart_recovery();

        let (throttle, now) = (self.context.policy.throttle, self.context.now);
        let reason = match self
            .account
            .counters
            .budget_mut(factor)
            .charge(&throttle, now)
        {
            Charged::Counted => None,
            Charged::Blocked => Some(Reason::Blocked),
            Charged::Disabled => Some(Reason::Disabled),
        };
        if let Some(reason) = reason {
            self.record(
                self.event(EventKind::FactorBlocked)
                    .refused(reason)
                    .factor(factor),
            );
        }

        let failures = &mut self.account.counters.failures_since_password;
        *failures = failures.saturating_add(1);
        let demands_password = self.demand_password_change();
        if reason.is_some() || demands_password {
            // The challenges that are open now are over: the first factor again. Rounds are only told apart, so that the
            // highest one, which no count reaches and a damaged record may hold, is followed by zero.
            let round = &mut self.account.counters.round;
            *round = round.wrapping_add(1);
        }
    }

    /// Tells the user once that a new password is needed, be it after one more failure or because the policy allows
    /// fewer now. Gives whether it did.
    pub(super) fn demand_password_change(&mut self) -> bool {
        // Without a second factor no login asks for a new password.
        let needed = self.needs_new_password() && self.account.is_enabled();
        if !needed || self.account.counters.password_demanded {
            return false;
        }
        self.account.counters.password_demanded = true;
        self.record(self.event(EventKind::PasswordChangeDemanded));
        true
    }

    /// Whether failures have added up so that the password has to change before anything else is tried.
    pub(super) fn needs_new_password(&self) -> bool {
        let failures = self.account.counters.failures_since_password;
        failures >= self.context.policy.password_change_after
    }

    /// Success clears the budget of the factor that was used, and no other.
    pub(super) fn clear(&mut self, factor: Factor) {
        *self.account.counters.budget_mut(factor) = Default::default();
    }

    /// Whether the user is told of this refusal: the password was right, and the second factor was not.
    fn is_told(&mut self, refusal: &Event) -> bool {
        let now = self.context.now;
        let counters = &mut self.account.counters;
        let told_at = match refusal.reason {
            Some(Reason::WrongPassword) => return false,
            Some(Reason::ReplayedCode | Reason::UsedRecoveryCode) => &mut counters.reuse_told_at,
            _ => &mut counters.failure_told_at,
        };
        if told_at.is_some_and(|at| now < at + TOLD_AT_MOST_EVERY) {
            return false;
        }
        *told_at = Some(now);
        true
    }
}
