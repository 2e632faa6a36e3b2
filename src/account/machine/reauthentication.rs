//! Password and second factor for a sensitive action.

use super::draft::Draft;
use super::halt::Halt;
use super::proof::Proof;
use super::proofs::Demand;
use crate::account::state::{Standing, has_come};
use crate::answer::{Answer, Presented};
use crate::denial::Denial;
use crate::event::{EventKind, Reason};
use crate::factor::Factor;
use crate::purpose::StepUpPurpose;
use crate::reauthentication::{PasswordCheck, Reauthentication, Second};
use crate::token::{Claims, GrantedStepUp, StepUp, Token};

impl Draft<'_> {
    /// Demands password and code, or password and a step-up token for `purpose`.
    pub(crate) fn reauthenticate(
        &mut self,
        reauthentication: &Reauthentication,
        purpose: &StepUpPurpose,
    ) -> Result<(), Halt> {
        self.demand_enrolled()?;
        match &reauthentication.second {
            Second::Answer(answer) => self
                .demand_password_and_code(reauthentication.password, answer)
                .map(|_| ()),
            Second::StepUp(token) => {
                self.demand_password_and_step_up(reauthentication.password, token, purpose)
            }
        }
    }

    pub(crate) fn demand_password_and_code(
        &mut self,
        password: PasswordCheck,
        answer: &Answer,
    ) -> Result<Proof, Halt> {
        if answer.factor == Factor::EmailCode {
            return Err(Denial::MethodUnavailable.into());
        }
        let password = self.demand_fresh(password)?;
        self.admit(answer.factor)?;
        if matches!(answer.presented, Presented::Shown(_))
            && !self.account.has_proven_authenticator()
        {
            return Err(Denial::AuthenticatorUnproven.into());
        }
        // Both are verified, so that the time does not reveal which one was wrong.
        match (self.evaluate(answer, Demand::Sensitive)?, password) {
            (Ok(proof), Ok(())) => {
                self.accept(&proof);
                Ok(proof)
            }
            (Err(reason), Ok(())) | (_, Err(reason)) => self.refuse(answer.factor, reason),
        }
    }

    /// A step-up token stands for the factor that granted it, and a failure is charged to that
    /// factor. If the token is unreadable, the failure is charged to the authenticators.
    pub(crate) fn demand_password_and_step_up(
        &mut self,
        password: PasswordCheck,
        token: &Token<StepUp>,
        purpose: &StepUpPurpose,
    ) -> Result<(), Halt> {
        let password = self.demand_fresh(password)?;
        let claims = self.read(token);
        let factor = claims
            .as_ref()
            .map_or(Factor::Authenticator, |claims| claims.payload.factor);
        self.admit(factor)?;
        let good = |claims: &Claims<GrantedStepUp>| {
            claims.payload.purpose == *purpose && self.check(claims).is_ok()
        };
        match (claims.filter(good), password) {
            (Some(claims), Ok(())) => {
                self.spend(&claims)?;
                // The token stands for a verified factor, which cancels a delayed recovery.
                self.cancel_delayed_recovery();
                Ok(())
            }
            (None, Ok(())) => self.refuse(factor, Reason::StepUpInvalid),
            (_, Err(reason)) => self.refuse(factor, reason),
        }
    }

    /// Demands the password alone, for an account without a second factor. Failures block for a
    /// while and a right password clears them. They never exhaust the factor, because only the
    /// password can be guessed here.
    pub(crate) fn demand_password(&mut self, password: PasswordCheck) -> Result<(), Halt> {
        let factor = Factor::Authenticator;
        let password = self.demand_fresh(password)?;
        if let Standing::Blocked { until } =
            self.account.counters.budget(factor).block(self.context.now)
        {
            return Err(Denial::Throttled { retry_at: until }.into());
        }
        password.or_else(|reason| self.refuse(factor, reason))?;
        self.clear(factor);
        Ok(())
    }

    pub(crate) fn demand_enrolled(&self) -> Result<(), Denial> {
        if self.account.is_enabled() {
            Ok(())
        } else {
            Err(Denial::NotEnrolled)
        }
    }

    /// Refuses a password check that is too old, and every check while a new password is due. The
    /// caller judges whether the password was right.
    pub(crate) fn demand_fresh(
        &self,
        password: PasswordCheck,
    ) -> Result<Result<(), Reason>, Denial> {
        let now = self.context.now;
        if self.needs_new_password() {
            return Err(Denial::PasswordChangeRequired);
        }
        match password.passed_at {
            None => Ok(Err(Reason::WrongPassword)),
            Some(at)
                if !has_come(at, now) || now.since(at) > self.context.policy.password_freshness =>
            {
                Err(Denial::ReauthenticationRequired)
            }
            Some(_) => Ok(Ok(())),
        }
    }

    pub(crate) fn refuse<T>(&mut self, factor: Factor, reason: Reason) -> Result<T, Halt> {
        self.charge(
            factor,
            self.event(EventKind::ReauthenticationRefused)
                .refused(reason),
        );
        Err(Denial::ReauthenticationFailed.into())
    }
}
