//! Admission of factors, and messages about failures.

use super::draft::Draft;
use crate::account::state::{Counters, Standing};
use crate::denial::Denial;
use crate::event::{Event, EventKind, Reason};
use crate::factor::Factor;
use crate::limits::FAILURE_TOLD_EVERY;
use crate::time::Timestamp;

fn admitted(standing: Standing) -> Result<(), Denial> {
    match standing {
        Standing::Open => Ok(()),
        Standing::Blocked { until } => Err(Denial::Throttled { retry_at: until }),
        Standing::Exhausted => Err(Denial::FactorExhausted),
    }
}

impl Draft<'_> {
    /// Refuses a blocked or exhausted factor. The answer is not evaluated, and nothing is charged.
    pub(crate) fn admit(&self, factor: Factor) -> Result<(), Denial> {
        admitted(self.standing(factor))
    }

    /// [Admits](Self::admit) a factor to the second step of a login.
    pub(crate) fn admit_to_login(&self, factor: Factor) -> Result<(), Denial> {
        admitted(self.standing_at_login(factor))
    }

    /// The standing of a factor at the second step of a login. A signature cannot be guessed, so
    /// that no failure blocks a passkey there.
    pub(crate) fn standing_at_login(&self, factor: Factor) -> Standing {
        match factor {
            Factor::Passkey => Standing::Open,
            _ => self.standing(factor),
        }
    }

    /// Keeps the refusal of an assertion whose signature was right, at most once an hour: the same
    /// response can be sent many times. Any other refused assertion is no attempt that could
    /// succeed, and leaves nothing.
    pub(crate) fn refuse_assertion(&mut self, refusal: Event) {
        if refusal.authenticator.is_some() && self.is_told(&refusal) {
            self.charged = true;
            self.record(Event {
                notify: true,
                ..refusal.factor(Factor::Passkey)
            });
        }
    }

    pub(crate) fn standing(&self, factor: Factor) -> Standing {
        self.account
            .counters
            .budget(factor)
            .standing(&self.context.policy.throttle, self.context.now)
    }

    /// Demands a new password once, either after a failure or because the policy now allows fewer
    /// failures. Returns whether it did.
    pub(crate) fn demand_password_change(&mut self) -> bool {
        // Without a second factor no login asks for a new password.
        let needed = self.needs_new_password() && self.account.is_enabled();
        if !needed || self.account.counters.password_demanded {
            return false;
        }
        self.account.counters.password_demanded = true;
        self.record(self.event(EventKind::PasswordChangeDemanded));
        true
    }

    /// Whether there were so many failures that the password has to change first.
    pub(crate) fn needs_new_password(&self) -> bool {
        self.account.needs_new_password(self.context.policy)
    }

    /// A success clears only the budget of its factor.
    pub(crate) fn clear(&mut self, factor: Factor) {
        *self.account.counters.budget_mut(factor) = Default::default();
    }

    /// Whether the user is told of this refusal: the password was right, and the second factor was
    /// wrong.
    pub(crate) fn is_told(&mut self, refusal: &Event) -> bool {
        let (reason, now) = (refusal.reason, self.context.now);
        if reason == Some(Reason::WrongPassword) {
            return false;
        }
        let before = *told_at(&mut self.account.counters, reason);
        if let Some(told_at) = before.filter(|at| now < *at + FAILURE_TOLD_EVERY) {
            if is_guess(reason) {
                self.note_guess_after(told_at);
            }
            return false;
        }
        if is_guess(reason) && self.can_wait() {
            return false;
        }
        *told_at(&mut self.account.counters, reason) = Some(now);
        true
    }
}

/// When the user was last told of a refusal of this kind.
fn told_at(counters: &mut Counters, reason: Option<Reason>) -> &mut Option<Timestamp> {
    match reason {
        Some(Reason::ReplayedCode | Reason::UsedRecoveryCode) => &mut counters.reuse_told_at,
        Some(Reason::CopiedPasskey | Reason::ChangedPasskey) => &mut counters.clone_told_at,
        _ => &mut counters.failure_told_at,
    }
}

/// Whether the refused code may be a slip. A code or key that was right once is none.
fn is_guess(reason: Option<Reason>) -> bool {
    use Reason::{ChangedPasskey, CopiedPasskey, ReplayedCode, UsedRecoveryCode};
    let known = [
        ReplayedCode,
        UsedRecoveryCode,
        CopiedPasskey,
        ChangedPasskey,
    ];
    reason.is_none_or(|reason| !known.contains(&reason))
}
