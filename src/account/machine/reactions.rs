//! Reactions that concern several families, each in one list: a new epoch, the removal of the
//! factors, a success and a failure.

use super::draft::Draft;
use super::proof::Proof;
use crate::account::state::Charged;
use crate::channel::Channel;
use crate::entropy::RngError;
use crate::epoch::Epoch;
use crate::event::{Event, EventKind, Reason};
use crate::factor::Factor;

impl Draft<'_> {
    /// Charges one failure, and records `refusal` and its consequences.
    pub(crate) fn charge(&mut self, factor: Factor, refusal: Event) {
        self.charged = true;
        let notify = self.is_told(&refusal);
        self.record(Event {
            notify,
            ..refusal.factor(factor)
        });

        let counters = &mut self.account.counters;
        let tries = match factor {
            Factor::Authenticator | Factor::Passkey | Factor::RecoveryCode => None,
            Factor::EmailCode => Some(&mut counters.email_failures),
            Factor::PhoneCode => Some(&mut counters.phone_failures),
        };
        if let Some(tries) = tries {
            *tries = tries.saturating_add(1);
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
        *failures = failures.saturating_add(u32::from(self.by_password));
        let demands_password = self.by_password && self.demand_password_change();
        if reason.is_some() || demands_password {
            // A block ends the open challenges, so that the login begins with the first factor
            // again. Rounds are only compared for equality. A damaged record may hold the highest
            // round, which wraps to zero.
            let round = &mut self.account.counters.round;
            *round = round.wrapping_add(1);
        }
    }

    /// Begins an epoch, which ends all sessions and tokens and the state that belongs to them.
    pub(crate) fn begin_epoch(&mut self) -> Result<(), RngError> {
        self.account.epoch = Epoch::random(self.context.random)?;
        self.cancel_delayed_recovery();
        self.account.end_epoch(self.context.now);
        Ok(())
    }

    /// Spends verified evidence: the time step, the counter, the recovery code or the signature is
    /// dead from now on.
    pub(crate) fn accept(&mut self, proof: &Proof) {
        let now = self.context.now;
        self.clear(proof.factor());
        match proof {
            Proof::Authenticator { hit, others } => {
                for other in others {
                    self.account.moved(other.id, other.found.spent());
                }
                self.account.moved(hit.id, hit.found.learnt());
                self.account.used(hit.id, now);
            }
            Proof::Passkey { id, signed, .. } => {
                let used = self.account.authenticator(*id);
                if let Some(passkey) = used.and_then(|one| one.credential.passkey_mut()) {
                    passkey.sign_count = signed.sign_count;
                    passkey.backup_eligible = signed.backup_eligible;
                    passkey.backed_up = signed.backed_up;
                }
                self.account.used(*id, now);
            }
            Proof::RecoveryCode { number, .. } => {
                if let Some(set) = &mut self.account.recovery_codes {
                    set.spend(*number, now);
                }
                self.record(
                    self.event(EventKind::RecoveryCodeUsed)
                        .factor(Factor::RecoveryCode)
                        .code_number(*number),
                );
            }
            Proof::SentCode(channel) => {
                self.account.sent_codes_mut(*channel).drop_codes();
                *self.account.counters.sent_code_failures_mut(*channel) = 0;
                // A code by e-mail shows that a person reads the mail, which is no second factor.
                if *channel != Channel::Email {
                    self.account.last_verified_at = Some(now);
                }
                // Whoever has nothing but sent codes needs the delayed recovery, because they
                // replace no authenticator. So a login with one does not cancel it.
                return;
            }
        }
        self.account.last_verified_at = Some(now);
        self.cancel_delayed_recovery();
    }

    /// The budgets of the factors go with them. The count of all failures since the last password
    /// change stays.
    pub(crate) fn remove_factors(&mut self) {
        self.account.authenticators.clear();
        self.account.recovery_codes = None;
        for factor in Factor::ALL {
            self.clear(factor);
        }
    }
}
