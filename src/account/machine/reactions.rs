//! What happens across families: an epoch begins, the factors are removed, a proof succeeds, a failure is charged. One list each.

use super::draft::Draft;
use super::proof::Proof;
use crate::account::state::Charged;
use crate::entropy::RngError;
use crate::epoch::Epoch;
use crate::event::{Event, EventKind, Reason};
use crate::factor::Factor;

impl Draft<'_> {
    /// Charges one failure, and records `refusal` and what follows from it.
    pub(crate) fn charge(&mut self, factor: Factor, refusal: Event) {
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
        self.restart_delayed_recovery();

        let (throttle, now) = (self.context.policy.throttle, self.context.now);
        let reason = match self
            .account
            .counters
            .budget_mut(factor)
            .charge(&throttle, now)
        {
            Charged::Counted => None,
            Charged::Blocked => Some(Reason::Blocked),
            Charged::Exhausted => Some(Reason::Exhausted),
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

    /// Ends all sessions and tokens there are, and what was only good among them.
    pub(crate) fn begin_epoch(&mut self) -> Result<(), RngError> {
        self.account.epoch = Epoch::random(self.context.random)?;
        self.cancel_delayed_recovery();
        self.account.end_epoch(self.context.now);
        Ok(())
    }

    /// Uses up what was found right: the time step, the counter or the recovery code is dead from here on.
    pub(crate) fn accept(&mut self, proof: &Proof) {
        let now = self.context.now;
        self.clear(proof.factor());
        match proof {
            Proof::Authenticator { hit, others } => {
                for other in others {
                    if let Some(authenticator) = self.account.authenticator(other.id) {
                        authenticator.mechanism = other.found.spent();
                    }
                }
                if let Some(authenticator) = self.account.authenticator(hit.id) {
                    authenticator.mechanism = hit.found.learnt();
                    authenticator.proven = true;
                    authenticator.last_used_at = Some(now);
                }
            }
            Proof::RecoveryCode { number } => {
                if let Some(set) = &mut self.account.recovery_codes {
                    set.spend(*number, now);
                }
                self.record(
                    self.event(EventKind::RecoveryCodeUsed)
                        .factor(Factor::RecoveryCode)
                        .code_number(*number),
                );
            }
            Proof::EmailCode => {
                self.account.email.drop_code();
                self.account.counters.email_failures = 0;
                // Whoever reads the mail has neither shown a second factor nor anything against a delayed recovery.
                return;
            }
        }
        self.account.last_verified_at = Some(now);
        self.cancel_delayed_recovery();
    }

    /// What the budgets guarded is gone with it; the count of all failures since the password changed stays.
    pub(crate) fn remove_factors(&mut self) {
        self.account.authenticators.clear();
        self.account.recovery_codes = None;
        for factor in [
            Factor::Authenticator,
            Factor::RecoveryCode,
            Factor::EmailCode,
        ] {
            self.clear(factor);
        }
    }
}
